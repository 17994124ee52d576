"""Every target: a decoder, examples of what it takes, and what it may raise. A new one is one line."""

from functools import partial

from pydantic import ValidationError

from agent.dlms.acse import apdus as acse
from agent.dlms.axdr import coding as axdr
from agent.dlms.cosem import units
from agent.dlms.hdlc.parameters import encode_parameters
from agent.dlms.iec21 import SignOnGoal
from agent.dlms.xdlms import action, get, initiate
from agent.dlms.xdlms import set as set_
from agent.dlms.xdlms.exception import refusal
from agent.dlms.xdlms.general_block_transfer import decode_general_block, encode_general_block
from agent.domain.activity import Activity
from agent.domain.credit_token import read_token, vend
from agent.domain.errors import (
    AccessRefused,
    AssociationRefused,
    InputError,
    MalformedData,
    RemoteProtocolError,
    RemoteRefusal,
    SecurityBroken,
)
from agent.domain.exchange import MeterPage, ReceiptBatch, Session
from agent.domain.sealing import NotSealedToUs
from tests.fuzz import promises, protected, readings, recorded, seeds, sessions, signon, texts
from tests.fuzz.octets import repaired, repaired_frame
from tests.fuzz.promises import of_data, round_trip
from tests.fuzz.seeds import ACSE, TYPES, hexes
from tests.fuzz.target import Budget, Target

_REFUSED = (MalformedData, AssociationRefused)
_INPUT = (InputError,)
_TOLD = (MalformedData, RemoteRefusal, InputError)
_SECURITY = (MalformedData, SecurityBroken, InputError)
_SESSION = Budget(fixed_steps=300_000, fixed_memory=8 << 20)
_TURNS = (sessions.PAUSE,)
_ASSOCIATIONS = ("plain", "blocks", "general-blocks", "ciphered", "signed")
_data = round_trip(axdr.decode, axdr.encode)
_aarq = round_trip(acse.decode_aarq, acse.encode_aarq)
_initiate_request = round_trip(initiate.decode_request, initiate.encode_request)
_get_request = round_trip(get.decode_request, get.encode_request)
_get_response = round_trip(get.decode_response, get.encode_response)
_set_request = round_trip(set_.decode_request, set_.encode_request)
_set_response = round_trip(set_.decode_response, set_.encode_response)
_action_request = round_trip(action.decode_request, action.encode_request)
_action_response = round_trip(action.decode_response, action.encode_response)
_general_block = round_trip(decode_general_block, encode_general_block)

_ALL = (
    Target("hdlc-deframer", promises.deframe, seeds.STREAMS, repair=repaired),
    Target("hdlc-frame", promises.frame, seeds.FRAMES, repair=repaired_frame),
    Target("hdlc-address", promises.address, hexes("21", "0223", "00020223", "0203")),
    Target("link-parameters", promises.parameters, tuple(map(encode_parameters, seeds.PARAMETERS))),
    Target("wrapper", promises.unwrap, seeds.WRAPPED, (RemoteProtocolError,)),
    Target("wrapper-mask", promises.masked, seeds.WRAPPED, ()),
    Target("gateway-header", promises.gateway_header, seeds.GATEWAYS, ()),
    Target("axdr", _data, seeds.VALUES, tokens=TYPES),
    Target("rows", promises.rows, seeds.ROWS, tokens=TYPES),
    Target("expansion", promises.expanded_rows, seeds.EXPANDED_ROWS, tokens=TYPES),
    Target("aarq", _aarq, seeds.AARQS, tokens=ACSE),
    Target("aare", acse.decode_aare, seeds.AARES, tokens=ACSE),
    Target("initiate-request", _initiate_request, seeds.INITIATE_REQUESTS),
    Target("initiate-response", initiate.decode_response, seeds.INITIATE_RESPONSES, _REFUSED),
    Target("get-request", _get_request, seeds.GETS, tokens=TYPES),
    Target("get-response", _get_response, seeds.GOT, tokens=TYPES),
    Target("set-request", _set_request, seeds.SETS, tokens=TYPES),
    Target("set-response", _set_response, seeds.WRITTEN),
    Target("action-request", _action_request, seeds.ACTIONS, tokens=TYPES),
    Target("action-response", _action_response, seeds.DONE, tokens=TYPES),
    Target("general-block", _general_block, seeds.GENERAL_BLOCKS),
    Target("refusal", refusal, hexes("d80103", "0e010203", "c4")),
    Target("date-time", promises.moment, seeds.MOMENTS),
    Target("date", promises.date, tuple(moment[:5] for moment in seeds.MOMENTS)),
    Target("time", promises.time, tuple(moment[5:9] for moment in seeds.MOMENTS)),
    Target("scaler-unit", of_data(units.scaler_and_unit), hexes("02020ffd161e")),
    Target("register", promises.register, seeds.REGISTERS, tokens=TYPES),
    Target("profile", promises.profile, seeds.PROFILES, tokens=TYPES),
    Target("selection", promises.selected, seeds.SELECTIONS, tokens=TYPES),
    Target("object-list", promises.object_list, seeds.OBJECT_LISTS, tokens=TYPES),
    Target("shown", promises.shown, tuple(bytes((n,)) + value for n, value in enumerate(seeds.VALUES)), tokens=TYPES),
    Target("security-ciphered", protected.opened("ciphered"), protected.sealed("ciphered"), _SECURITY),
    Target("security-signed", protected.opened("signed"), protected.sealed("signed"), _SECURITY),
    Target("security-initiate", protected.opened_initiate, (protected.sealed_initiate(),), _SECURITY),
    Target("security-round-trip", protected.round_trip, tuple(bytes((n,)) + protected.GET for n in range(16)), ()),
    Target("key-wrap", protected.unwrapped, (protected.wrapped(),), _SECURITY),
    Target("key-agreement", protected.verified_ephemeral, (protected.ephemeral(),), _SECURITY),
    Target("challenge", protected.verified, protected.answers(), _SECURITY),
    Target("iec21-lines", signon.lines, signon.LINES, tokens=signon.WORDS),
    Target("iec21-readout", signon.block, signon.BLOCKS, tokens=signon.WORDS),
    Target("iec21-mode-e", signon.reader(SignOnGoal.HDLC), signon.READER),
    Target("iec21-mode-c", signon.reader(SignOnGoal.READOUT), signon.READER),
    Target("iec21-port", signon.meter, signon.METER),
    *(
        Target(f"client-{name}", sessions.client_octets(of), recorded.client_octets(of), (), _TURNS, repair, _SESSION)
        for name, of, repair in (("octets", "plain", repaired), ("wrapper", "wrapped", None))
    ),
    *(
        Target(f"server-{name}", run, recorded.server_octets(of), (), _TURNS, repair, _SESSION)
        for name, run, of, repair in (
            ("octets", sessions.server_octets, "plain", repaired),
            ("wrapper", sessions.gateway_octets, "wrapped", None),
        )
    ),
    *(
        Target(
            f"client-{name}",
            sessions.client_apdus(name),
            recorded.client_apdus(name),
            (),
            sessions.WORDS,
            None,
            _SESSION,
        )
        for name in _ASSOCIATIONS
    ),
    *(
        Target(
            f"server-{name}",
            sessions.server_apdus(name),
            recorded.server_apdus(name),
            (),
            sessions.WORDS,
            None,
            _SESSION,
        )
        for name in _ASSOCIATIONS
    ),
    Target("reading", readings.read_meter, readings.readings(), (MalformedData, AccessRefused), TYPES),
    *(
        Target(f"at-meter-{activity}", readings.performer(activity), readings.answers(), _TOLD, TYPES)
        for activity in Activity
        if not activity.facts.brings_rows and activity is not Activity.EVENTS
    ),
    Target("credit-token", round_trip(read_token, partial(vend, vending_key=bytes(16))), (readings.TOKEN,)),
    Target("serial-number", texts.serial, (b"UAAEEDN11200129695",), _INPUT),
    Target("logical-name", texts.obis, (b"1.0.1.8.0.255", b"0.0.1.0.0"), _INPUT),
    Target("link-address", texts.link, texts.LINKS, _INPUT, texts.LINK_WORDS),
    Target("meter-model", texts.model, texts.models(), _INPUT, texts.TOML_WORDS),
    Target("twin", texts.twin, texts.twins(), _INPUT, texts.TWIN_WORDS),
    Target("trace", texts.trace, texts.TRACES, _INPUT, texts.TRACE_WORDS),
    Target("smm-session", texts.message(Session), texts.as_json(texts.SESSION), (ValidationError,), texts.WORDS),
    Target("smm-meters", texts.message(MeterPage), texts.as_json(texts.METER_PAGE), (ValidationError,), texts.WORDS),
    Target("smm-receipts", texts.message(ReceiptBatch), texts.as_json(texts.RECEIPTS), (ValidationError,), texts.WORDS),
    Target("envelope", texts.envelope, texts.envelopes(), (ValidationError,), texts.WORDS),
    Target("canonical-json", texts.one_form, texts.envelopes(), (TypeError, UnicodeEncodeError), texts.WORDS),
    Target("sealed-secret", texts.unsealed, (texts.sealed(),), (NotSealedToUs,)),
)
TARGETS = {target.name: target for target in _ALL}
