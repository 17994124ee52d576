"""Examples to begin with, made by our own encoders, and words of the formats that are hard to guess."""

from itertools import pairwise

from agent.dlms.acse import apdus as acse
from agent.dlms.acse.diagnostics import Diagnostic
from agent.dlms.acse.mechanism import Mechanism
from agent.dlms.axdr.coding import Data, Tag, encode
from agent.dlms.axdr.compact_array import CompactArray, TypeDescription
from agent.dlms.cosem.names import (
    ActionResult,
    AttributeDescriptor,
    DataAccessResult,
    MethodDescriptor,
    Obis,
    SelectiveAccess,
)
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.hdlc.parameters import LinkParameters
from agent.dlms.xdlms import action, get, initiate
from agent.dlms.xdlms import set as set_
from agent.dlms.xdlms.common import Block
from agent.dlms.xdlms.general_block_transfer import GeneralBlock, encode_general_block
from agent.dlms.xdlms.initiate import SERVICES, Initiate


def hexes(*texts: str) -> tuple[bytes, ...]:
    return tuple(map(bytes.fromhex, texts))


# ── HDLC ──

_INFORMATION = {FrameKind.I: b"\xe6\xe7\x00\xc4\x01\xc1", FrameKind.FRMR: b"\x10\x20\x04"}
_STATIONS = (Address(16), Address(1)), (Address(1, 17, 2), Address(16)), (Address(1, 17, 4), Address(16))
_WHOLE_FRAMES = tuple(
    encode_frame(Frame(kind, to, by, 1, 2, information=_INFORMATION.get(kind, b""), segmented=kind is FrameKind.I))
    for kind in (FrameKind.I, FrameKind.RR, FrameKind.SNRM, FrameKind.FRMR)
    for to, by in _STATIONS
)
FRAMES = tuple(octets[1:-1] for octets in _WHOLE_FRAMES)
STREAMS = tuple(b"\x03" + first + b"\x7e\xa0garbage" + second[1:] for first, second in pairwise(_WHOLE_FRAMES))
PARAMETERS = LinkParameters(), LinkParameters(2030, 1024, 7, 3)

# ── the TCP wrapper ──

WRAPPED = hexes(
    "00 0001 0010 0001 0003 c001c1",
    "07 0001 0001 0010 0000 0001 0001 0010 0006 e70101a1c401",
    "00 7ea00a",
)
GATEWAYS = hexes("e60102a1b2c001c1", "e70000c4", "e7")

# ── Data ──

TYPES = tuple(bytes((tag,)) for tag in Tag) + hexes("0906", "090c", "0204", "0110", "0100010800ff", "81", "8200")
MOMENT = bytes.fromhex("07ea0b17010a0f0000ffc400")


def structure(*parts: Data) -> Data:
    return Data(Tag.STRUCTURE, parts)


def array(*parts: Data) -> Data:
    return Data(Tag.ARRAY, parts)


def octets_of(*data: Data) -> bytes:
    return b"".join(map(encode, data))


CLOCK, COUNT, NAME = Data(Tag.OCTET_STRING, MOMENT), Data(Tag.DOUBLE_LONG_UNSIGNED, 5), Data(Tag.OCTET_STRING, bytes(6))
SCALER_UNIT = structure(Data(Tag.INTEGER, -3), Data(Tag.ENUM, 30))
_CELLS = TypeDescription(Tag.STRUCTURE, (TypeDescription(Tag.OCTET_STRING), TypeDescription(Tag.DOUBLE_LONG_UNSIGNED)))
_ROW = structure(CLOCK, COUNT)
_COMPACT = Data(Tag.COMPACT_ARRAY, CompactArray(_CELLS, (_ROW, _ROW)))
_ARRAYS = TypeDescription(Tag.ARRAY, (TypeDescription(Tag.LONG),), 2)
_SIMPLE = (
    Data(Tag.NULL, None),
    Data(Tag.BOOLEAN, True),
    Data(Tag.BIT_STRING, "10100"),
    Data(Tag.DOUBLE_LONG, -5),
    Data(Tag.VISIBLE_STRING, "UAAEEDN"),
    Data(Tag.UTF8_STRING, "ñ"),
    Data(Tag.BCD, 0x42),
    Data(Tag.LONG64_UNSIGNED, 1 << 60),
    Data(Tag.ENUM, 30),
    Data(Tag.FLOAT32, 0.1),
    Data(Tag.FLOAT64, 1e300),
    Data(Tag.DATE_TIME, MOMENT),
    Data(Tag.DATE, MOMENT[:5]),
    Data(Tag.TIME, MOMENT[5:9]),
    Data(Tag.DELTA_LONG, -300),
)
ANY_DATA = (
    *_SIMPLE,
    structure(*_SIMPLE),
    array(_ROW, _ROW),
    _COMPACT,
    Data(Tag.COMPACT_ARRAY, CompactArray(_ARRAYS, (array(Data(Tag.LONG, 1), Data(Tag.LONG, 2)),))),
)
VALUES = tuple(map(encode, ANY_DATA))
_BUFFERS = (
    array(_ROW, _ROW, structure(Data(Tag.NULL, None), Data(Tag.DELTA_UNSIGNED, 5)), structure(CLOCK, array(COUNT))),
    array(structure(Data(Tag.VISIBLE_STRING, "ab"), Data(Tag.BIT_STRING, "101")), structure(COUNT, COUNT)),
    _COMPACT,
)
ROWS = tuple(b"\x02\x07" + encode(buffer) for buffer in _BUFFERS)
EXPANDED_ROWS = tuple(b"\x01\x0f" + encode(buffer) for buffer in _BUFFERS)

# ── COSEM ──

_CAPTURE_OBJECT = structure(Data(Tag.LONG_UNSIGNED, 8), NAME, Data(Tag.INTEGER, 2), Data(Tag.LONG_UNSIGNED, 0))
PROFILES = (octets_of(array(_CAPTURE_OBJECT), COUNT, Data(Tag.ENUM, 1), _CAPTURE_OBJECT, COUNT, COUNT),)
REGISTERS = tuple(octets_of(data, SCALER_UNIT) for data in (COUNT, *_SIMPLE))
_RANGE = structure(_CAPTURE_OBJECT, CLOCK, CLOCK, array(_CAPTURE_OBJECT))
_ENTRIES = structure(COUNT, COUNT, Data(Tag.LONG_UNSIGNED, 1), Data(Tag.LONG_UNSIGNED, 0))
SELECTIONS = b"\x01" + encode(_RANGE), b"\x02" + encode(_ENTRIES)
_RIGHTS = structure(
    array(structure(Data(Tag.INTEGER, 2), Data(Tag.ENUM, 1), array(Data(Tag.INTEGER, 1)))),
    array(structure(Data(Tag.INTEGER, 1), Data(Tag.BOOLEAN, True))),
)
OBJECT_LISTS = tuple(
    encode(array(structure(Data(Tag.LONG_UNSIGNED, 15), Data(Tag.UNSIGNED, version), NAME, _RIGHTS)))
    for version in (1, 3)
)
MOMENTS = MOMENT, bytes.fromhex("ffffffffffffffffff8000ff"), bytes.fromhex("07ea0bfe07ff00000000ff88"), bytes(12)

# ── APDUs ──

ACSE = hexes("60857405080101", "60857405080103", "608574050802", "0407", "a203020100", "be10040e", "8a020780")
_KEY = bytes(range(16))
_TITLE = b"EPL\x00\x00\x00\x00\x01"
_INITIATE = Initiate(SERVICES, 1024)
INITIATE_REQUESTS = initiate.encode_request(_INITIATE), initiate.encode_request(Initiate(SERVICES, 0, _KEY))
INITIATE_RESPONSES = initiate.encode_response(_INITIATE), bytes.fromhex("0e010203")
AARQS = tuple(
    acse.encode_aarq(acse.AssociationRequest(mechanism, ciphered, value, title, INITIATE_REQUESTS[0]))
    for mechanism, ciphered, value, title in (
        (Mechanism.NONE, False, None, None),
        (Mechanism.LLS, False, b"secret", None),
        (Mechanism.HLS_GMAC, True, _KEY, _TITLE),
    )
)
AARES = (
    acse.encode_aare(INITIATE_RESPONSES[0], Diagnostic.NULL),
    acse.encode_aare(b"\x0e\x01\x02\x03", Diagnostic.AUTHENTICATION_FAILURE),
    acse.encode_aare(
        INITIATE_RESPONSES[0],
        Diagnostic.AUTHENTICATION_REQUIRED,
        mechanism=Mechanism.HLS_MD5,
        challenge=_KEY,
        title=_TITLE,
    ),
)
_ATTRIBUTE = AttributeDescriptor(3, Obis(1, 0, 1, 8, 0), 2)
_PART = AttributeDescriptor(7, Obis(1, 0, 99, 1, 0), 2, SelectiveAccess(2, _ENTRIES))
_METHOD = MethodDescriptor(70, Obis(0, 0, 96, 3, 10), 1)
_BLOCK = Block(False, 1, b"\x09\x10abc")
GETS = (
    get.encode_request(get.GetRequest(1, (_PART,), as_list=False)),
    get.encode_request(get.GetRequest(1, (_ATTRIBUTE, _PART), as_list=True)),
    get.encode_request(get.GetNext(1, 1)),
)
GOT = (
    get.encode_response(get.GetResponse(1, (COUNT,), as_list=False)),
    get.encode_response(get.GetResponse(1, (COUNT, DataAccessResult.OBJECT_UNDEFINED), as_list=True)),
    get.encode_response(get.GetBlock(1, _BLOCK)),
    get.encode_response(get.GetBlockRefused(1, 2, DataAccessResult.LONG_GET_ABORTED)),
)
SETS = (
    set_.encode_request(set_.SetRequest(1, (_ATTRIBUTE,), (COUNT,), as_list=False)),
    set_.encode_request(set_.SetRequest(1, (_ATTRIBUTE, _PART), (COUNT, CLOCK), as_list=True)),
    set_.encode_request(set_.SetFirstBlock(1, (_ATTRIBUTE,), _BLOCK, as_list=False)),
    set_.encode_request(set_.SetFirstBlock(1, (_ATTRIBUTE, _PART), _BLOCK, as_list=True)),
    set_.encode_request(set_.SetBlock(1, _BLOCK)),
)
_OK = DataAccessResult.SUCCESS
WRITTEN = (
    set_.encode_response(set_.SetResponse(1, (_OK,), as_list=False)),
    set_.encode_response(set_.SetResponse(1, (_OK, DataAccessResult.OTHER_REASON), as_list=True)),
    set_.encode_response(set_.SetResponse(1, (_OK,), as_list=False, block=2)),
    set_.encode_response(set_.SetResponse(1, (_OK, _OK), as_list=True, block=2)),
    set_.encode_response(set_.SetBlockTaken(1, 1)),
)
ACTIONS = (
    action.encode_request(action.ActionRequest(1, (_METHOD,), (COUNT,), as_list=False)),
    action.encode_request(action.ActionRequest(1, (_METHOD, _METHOD), (None, COUNT), as_list=True)),
    action.encode_request(action.ActionFirstBlock(1, (_METHOD,), _BLOCK, as_list=False)),
    action.encode_request(action.ActionFirstBlock(1, (_METHOD, _METHOD), _BLOCK, as_list=True)),
    action.encode_request(action.ActionBlock(1, _BLOCK)),
    action.encode_request(action.ActionNext(1, 1)),
)
_REPLIES = action.ActionReply(ActionResult.SUCCESS, COUNT), action.ActionReply(ActionResult.OTHER_REASON)
DONE = (
    action.encode_response(action.ActionResponse(1, _REPLIES[:1], as_list=False)),
    action.encode_response(action.ActionResponse(1, _REPLIES, as_list=True)),
    action.encode_response(action.ActionBlock(1, _BLOCK)),
    action.encode_response(action.ActionBlockTaken(1, 1)),
)
GENERAL_BLOCKS = (encode_general_block(GeneralBlock(True, False, 1, 1, 0, b"\xc0\x01\xc1")),)
