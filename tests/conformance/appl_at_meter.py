"""Each application layer item at a meter. A function has its item's name; its docstring is what is asked."""

import hashlib
from collections.abc import Callable

from tests.conformance.aarq import (
    CIPHERED,
    HLS_MD5,
    LLS,
    SHORT_NAMES,
    UNKNOWN,
    aarq,
    initiate,
    mechanism_name,
    with_password,
)
from tests.conformance.octets import tagged
from tests.conformance.ports import Attribute
from tests.conformance.tester import (
    CIPHERING,
    EXCEPTION,
    HASHING,
    MANAGEMENT,
    NotTried,
    Tester,
    accepted,
    expect,
    refused,
)

NULL, CONTEXT, TITLE, NOT_RECOGNISED, NAME_REQUIRED, FAILURE, REQUIRED = 0, 2, 3, 11, 12, 13, 14
NO_COMMON_VERSION = 2
OTHER, VERSION_TOO_LOW, NO_CONFORMANCE, PDU_TOO_SHORT = 0, 1, 2, 3
_GET_RESPONSE, _SET_RESPONSE, _ACTION_RESPONSE = 0xC4, 0xC5, 0xC7
_CHALLENGE = b"tester's challenge"[:16]
_CALLING_USER = tagged(0xA9, b"\x02\x01\x01")
_REPLY_TO_HLS = Attribute(15, (0, 0, 40, 0, 0, 255), 1)
_SELECTED = 0b10000000
"""The authentication functional unit in a bit string."""


def again(tester: Tester) -> None:
    """Disconnected and connected, without an association."""
    tester.to_ndm()
    tester.snrm()


def is_refusal(response: bytes, tag: int, what: str) -> None:
    """An exception or confirmed service error, or a response of the service with a result that is no success."""
    if response[:1] in (bytes((EXCEPTION,)), b"\x0e"):
        return
    expect(response[:1] == bytes((tag,)), f"{what}: {response.hex() or 'no answer'}")
    result = response[4:5] if tag == _GET_RESPONSE else response[3:4]
    expect(result not in (b"", b"\x00"), f"{what}: taken, {response.hex()}")


def appl_idle_n1(tester: Tester) -> None:
    """GET, SET and ACTION without an association: an exception, or no answer; a connection that can still be used."""
    again(tester)
    attribute = tester.meter.short.encode()
    for request in (b"\xc0\x01\xc1" + attribute + b"\x00", b"\xc1\x01\xc1" + attribute + b"\x00\x09\x00", _act(tester)):
        response = tester.ask(request)
        expect(response[:1] in (b"", b"\xd8", b"\x0e"), f"serves without an association: {response.hex()}")
    accepted(tester.associate())


def appl_open_1(tester: Tester) -> None:
    """Without a mechanism and with the right password it associates, serves, and ends the association with DISC."""
    tester.open()
    tester.is_associated()
    again(tester)
    tester.is_not_associated()
    known = Tester(tester.meter, MANAGEMENT)
    known.open(with_password(tester.meter.password))
    known.is_associated()
    known.to_ndm()


def appl_open_2(tester: Tester) -> None:
    """A client user's number, where users are not told apart: taken or refused, and the state is as was said."""
    again(tester)
    aare = tester.associate(aarq(titles=_CALLING_USER))
    if aare.get(0xA2) == b"\x02\x01\x00":
        tester.is_associated()
    else:
        refused(aare)
        tester.is_not_associated()


def appl_open_3(tester: Tester) -> None:
    """HLS: pass 4 proves the meter; nothing is served before pass 3, nor after a wrong one."""
    if tester.meter.hashed is None:
        raise NotTried("it has no client with HLS")
    client = Tester(tester.meter, HASHING)
    challenge = _challenged(client)
    client.is_not_associated()
    challenge = _challenged(client)
    is_refusal(_pass_3(client, b"\x00" * 16), _ACTION_RESPONSE, "a wrong answer to its challenge")
    client.is_not_associated()
    challenge = _challenged(client)
    response = _pass_3(client, hashlib.md5(challenge + tester.meter.hashed).digest())
    own = hashlib.md5(_CHALLENGE + tester.meter.hashed).digest()
    expect(response[:4] == b"\xc7\x01\xc1\x00", f"refuses the right answer: {response.hex()}")
    expect(response.endswith(own), f"does not prove itself: {response.hex()}")
    client.is_associated()


def appl_open_4(tester: Tester) -> None:
    """The default protocol version is taken; another is refused with no-common-acse-version."""
    tester.open(aarq(before=tagged(0x80, b"\x07\x80")))
    again(tester)
    refused(tester.associate(aarq(before=tagged(0x80, b"\x06\x40"))), NO_COMMON_VERSION, provider=True)
    tester.is_not_associated()


def appl_open_5(tester: Tester) -> None:
    """A context that is unknown, is for short names, or is left out: refused for its name."""
    for context in (UNKNOWN, SHORT_NAMES, None):
        again(tester)
        refused(tester.associate(aarq(context=context)), CONTEXT)
        tester.is_not_associated()


def appl_open_6(tester: Tester) -> None:
    """Titles, qualifiers and numbers that nobody needs do not hinder; with keys, a title of 8 octets is asked for."""
    dummy = [tagged(0xA2, b"\x04\x01D"), tagged(0xA3, b"\x04\x01D"), tagged(0xA4, b"\x02\x01\0")]
    dummy += [tagged(0xA5, b"\x02\x01\0"), tagged(0xA8, b"\x02\x01\0")]
    again(tester)
    aare = tester.associate(aarq(titles=b"".join(dummy)))
    accepted(aare)
    expect(not {0xA6, 0xA7} & set(aare), "numbers come back")
    tester.is_associated()
    if tester.meter.ciphers:
        client = Tester(tester.meter, CIPHERING)
        for title in (b"D", b"TOO LONG00"):
            again(client)
            refused(client.associate(aarq(context=CIPHERED, titles=tagged(0xA6, tagged(0x04, title)))), TITLE)
            client.is_not_associated()


def appl_open_7(tester: Tester) -> None:
    """Each wrong use of the authentication unit is refused for its reason; without the unit its fields do not count."""
    password = tester.meter.password
    name = mechanism_name(LLS)
    cases: list[tuple[bytes, tuple[int, ...]]] = [
        (aarq(), (REQUIRED, FAILURE)),
        (with_password(b"wrong" + password), (FAILURE,)),
        (aarq(requirements=b"\x07\x80", mechanism=name), (FAILURE, REQUIRED)),
        (aarq(requirements=b"\x07\x80", value=password), (NAME_REQUIRED, NOT_RECOGNISED, REQUIRED)),
        (aarq(requirements=b"\x07\x80", mechanism=mechanism_name(9), value=password), (NOT_RECOGNISED,)),
        (aarq(requirements=b"\x07\x00", mechanism=name, value=password), (REQUIRED, FAILURE)),
        (aarq(requirements=b"\x07\x80", mechanism=name, value=b""), (FAILURE,)),
    ]
    client = Tester(tester.meter, MANAGEMENT)
    for request, diagnostics in cases:
        again(client)
        refused(client.associate(request), *diagnostics)
        client.is_not_associated()


def appl_open_9(tester: Tester) -> None:
    """A dedicated key without ciphering is refused as an error of initiate."""
    again(tester)
    refused(tester.associate(aarq(information=initiate(dedicated_key=bytes(range(16))))), service_error=OTHER)
    tester.is_not_associated()


def appl_open_11(tester: Tester) -> None:
    """A quality of service is no hindrance."""
    tester.open(aarq(information=initiate(quality=1)))
    tester.is_associated()


def appl_open_12(tester: Tester) -> None:
    """DLMS version 5 is refused as too low; 7 is taken, and 6 is what is agreed."""
    again(tester)
    refused(tester.associate(aarq(information=initiate(version=5))), service_error=VERSION_TOO_LOW)
    tester.is_not_associated()
    again(tester)
    aare = tester.associate(aarq(information=initiate(version=7)))
    accepted(aare)
    expect(aare[0xBE][2:5] == b"\x08\x00\x06", f"agrees on {aare[0xBE].hex()}")


def appl_open_13(tester: Tester) -> None:
    """It grants nothing that was not proposed; without any service that it has in common, it refuses."""
    again(tester)
    only_get = 0x000010
    aare = tester.associate(aarq(information=initiate(conformance=only_get)))
    accepted(aare)
    granted = int.from_bytes(aare[0xBE][9:12])
    expect(granted == only_get, f"grants {granted:06x} where {only_get:06x} was proposed")
    tester.is_associated()
    is_refusal(tester.ask(_set(tester.meter.short)), _SET_RESPONSE, "SET, which was not granted")
    again(tester)
    refused(tester.associate(aarq(information=initiate(conformance=0))), service_error=NO_CONFORMANCE)
    tester.is_not_associated()


def appl_open_14(tester: Tester) -> None:
    """An APDU size of 11 is refused as too short; 12 and 0, which is none, are taken; no APDU is longer than agreed."""
    again(tester)
    refused(tester.associate(aarq(information=initiate(max_pdu=11))), service_error=PDU_TOO_SHORT)
    tester.is_not_associated()
    for size in (12, 0):
        tester.open(aarq(information=initiate(max_pdu=size)))
    tester.open(aarq(information=initiate(max_pdu=100)))
    response = tester.get(tester.meter.long)
    expect(len(response) <= 100, f"{len(response)} octets where 100 were agreed")


def appl_data_ln_n1(tester: Tester) -> None:
    """GET of an unknown kind, cut short, or of what is not there: refused, and the association stands."""
    tester.open()
    short = tester.meter.short
    requests = {
        "an unknown kind of GET": b"\xc0\x04\xc1" + short.encode() + b"\x00",
        "GET cut short": b"\xc0\x01\xc1" + short.encode()[:5],
        "GET of a wrong selection": b"\xc0\x01\xc1" + short.encode() + b"\x01",
    }
    for what, request in requests.items():
        is_refusal(tester.ask(request), _GET_RESPONSE, what)
    nowhere = Attribute(1, (0, 0, 255, 254, 253, 255))
    for what, attribute in {
        "an object that is not there": nowhere,
        "an object as another class": Attribute(70, short.name),
        "an attribute that is not there": Attribute(short.class_id, short.name, 99),
    }.items():
        response = tester.get(attribute)
        expect(response[:4] == b"\xc4\x01\xc1\x01", f"{what}: {response.hex() or 'no answer'}")
    tester.is_associated()


def appl_data_ln_n3(tester: Tester) -> None:
    """SET of an unknown kind, cut short, of what is not there or cannot be written: refused, the association stands."""
    client = Tester(tester.meter, MANAGEMENT)
    client.open(with_password(tester.meter.password))
    short = tester.meter.short
    requests = {
        "an unknown kind of SET": b"\xc1\x06\xc1" + short.encode() + b"\x00\x09\x00",
        "SET cut short": b"\xc1\x01\xc1" + short.encode() + b"\x00",
        "SET of half a value": b"\xc1\x01\xc1" + short.encode() + b"\x00\x09\x04ab",
        "an object that is not there": _set(Attribute(1, (0, 0, 255, 254, 253, 255))),
        "an attribute that is not there": _set(Attribute(short.class_id, short.name, 99)),
        "a logical name": _set(Attribute(short.class_id, short.name, 1)),
    }
    for what, request in requests.items():
        is_refusal(client.ask(request), _SET_RESPONSE, what)
    client.is_associated()


def appl_data_ln_n4(tester: Tester) -> None:
    """Services that it has not, and tags that nobody knows: an exception; the association stands."""
    tester.open()
    for request in (
        b"\x05\x01\x02\xfa\x00",
        b"\x06\x01\x02\xfa\x00\x01\x09\x00",
        b"\xd9\x00\x00",
        b"\x7f\x00",
        b"\x00",
    ):
        response = tester.ask(request)
        expect(response[:1] in (b"\xd8", b"\x0e"), f"answers {request.hex()} with {response.hex() or 'nothing'}")
    tester.is_associated()


def appl_rel_p1(tester: Tester) -> None:
    """RLRQ, with and without its reason, is answered with RLRE, and nothing is served after it; an AARQ begins anew."""
    for request in (b"\x62\x03\x80\x01\x00", b"\x62\x00"):
        tester.open()
        response = tester.ask(request)
        expect(response[:1] == b"\x63", f"an RLRE was due, came {response.hex() or 'nothing'}")
        tester.is_not_associated()
    accepted(tester.associate())
    tester.is_associated()


# ── beyond the plan ──


def more_appl_again(tester: Tester) -> None:
    """An AARQ in an association: what the last AARE says is so."""
    tester.open()
    accepted(tester.associate())
    tester.is_associated()
    refused(tester.associate(aarq(context=UNKNOWN)))
    tester.is_not_associated()


def more_appl_client(tester: Tester) -> None:
    """A client that it does not know is not let in."""
    stranger = Tester(tester.meter, 99)
    answers = stranger.talk(stranger.frame(0x93))
    if answers and answers[0].kind == 0x63:
        refused(stranger.associate())
        stranger.is_not_associated()


def more_appl_invoke_id(tester: Tester) -> None:
    """Each response has the number of its request."""
    tester.open()
    for number in (0xC0, 0xC1, 0xCF, 0x47):
        response = tester.get(tester.meter.short, number)
        expect(response[:2] == b"\xc4\x01", f"no response: {response.hex()}")
        expect(response[2] & 0x0F == number & 0x0F, f"answers {number:#x} with {response[2]:#x}")


def more_appl_action(tester: Tester) -> None:
    """ACTION of an unknown kind, cut short, or of a method that is not there: refused, the association stands."""
    client = Tester(tester.meter, MANAGEMENT)
    client.open(with_password(tester.meter.password))
    method = tester.meter.method
    requests = {
        "an unknown kind of ACTION": b"\xc3\x09\xc1" + method.encode() + b"\x00",
        "ACTION cut short": b"\xc3\x01\xc1" + method.encode()[:4],
        "a method that is not there": b"\xc3\x01\xc1" + Attribute(method.class_id, method.name, 99).encode() + b"\x00",
        "an object that is not there": b"\xc3\x01\xc1"
        + Attribute(70, (0, 0, 255, 254, 253, 255), 1).encode()
        + b"\x00",
    }
    for what, request in requests.items():
        is_refusal(client.ask(request), _ACTION_RESPONSE, what)
    client.is_associated()


def more_appl_block_number(tester: Tester) -> None:
    """A block that is not due ends a long GET with an error; one without a long GET is an error too."""
    _in_blocks(tester)
    for block in (7, 1):
        response = tester.ask(b"\xc0\x02\xc1" + block.to_bytes(4))
        is_block_error(response)
    tester.is_associated()


def more_appl_block_abort(tester: Tester) -> None:
    """Another request ends a long GET, and is served; the old one does not go on."""
    _in_blocks(tester)
    tester.is_associated()
    is_block_error(tester.ask(b"\xc0\x02\xc1" + (1).to_bytes(4)))


def more_appl_blocks(tester: Tester) -> None:
    """A long value in blocks is the value in one piece; blocks are numbered from 1, and the last says so."""
    tester.open()
    whole = tester.get(tester.meter.long)[4:]
    response, pieces, number = _in_blocks(tester), b"", 1
    while True:
        expect(int.from_bytes(response[4:8]) == number, f"block {number} was due: {response[:9].hex()}")
        pieces += _block_content(response[8:])
        if response[3]:
            break
        response = tester.ask(b"\xc0\x02\xc1" + number.to_bytes(4))
        number += 1
    expect(pieces == whole, "another value in blocks than in one piece")


def is_block_error(response: bytes) -> None:
    """A data block with an error in place of its content, or a refusal of the request."""
    if response[:2] == b"\xc4\x02":
        expect(response[8:9] == b"\x01", f"a block that was not due: {response[:12].hex()}")
    else:
        is_refusal(response, _GET_RESPONSE, "a block that was not due")


def _in_blocks(tester: Tester) -> bytes:
    """The first block of a long GET."""
    tester.open(aarq(information=initiate(max_pdu=128)))
    response = tester.get(tester.meter.long)
    expect(response[:2] == b"\xc4\x02", f"a block was due, came {response[:8].hex()}")
    return response


def _block_content(result: bytes) -> bytes:
    expect(result[:1] == b"\x00", "a block without content")
    long_form = result[1] & 0x80
    start = 2 + (result[1] & 0x7F if long_form else 0)
    return result[start:]


def _set(attribute: Attribute) -> bytes:
    return b"\xc1\x01\xc1" + attribute.encode() + b"\x00\x09\x02no"


def _act(tester: Tester) -> bytes:
    return b"\xc3\x01\xc1" + tester.meter.method.encode() + b"\x01\x0f\x00"


def _challenged(client: Tester) -> bytes:
    """The meter's challenge, after pass 1 and 2."""
    again(client)
    aare = client.associate(with_password(_CHALLENGE, HLS_MD5))
    accepted(aare)
    expect(aare.get(0xA3) == bytes((0xA1, 3, 2, 1, REQUIRED)), "the diagnostic does not ask for pass 3")
    expect(aare.get(0x89) == mechanism_name(HLS_MD5), "the mechanism does not come back")
    expect(0xAA in aare, "no challenge")
    return aare[0xAA][2:]


def _pass_3(client: Tester, answer: bytes) -> bytes:
    request = b"\xc3\x01\xc1" + _REPLY_TO_HLS.encode() + b"\x01\x09" + bytes((len(answer),)) + answer
    return client.ask(request)


Check = Callable[[Tester], None]
