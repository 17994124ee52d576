"""What people, files and SMM write: names, addresses, meter models, messages."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import BaseModel

from agent.dlms import Obis
from agent.domain.exchange import Envelope
from agent.domain.sealing import seal, unseal
from agent.domain.serial import parse_serial
from agent.domain.signing import canonical, content_hash, is_signed_by, sign
from agent.link.address import parse_link
from agent.meters import Model, ReadoutModel, model_names, parse_model
from agent.meters.twin.model import Twin
from agent.meters.twin.text import parse_twin, twin_text
from agent.simulator.twin.device import TwinDevice
from agent.simulator.twin.player import twin_session
from agent.simulator.twin.replay import filled_answer, parse_trace
from tests.meters.twin.samples import SAMPLE

_PRIVATE = bytes(range(32))
_TIME = "2026-11-23T12:00:00+01:00"
_QUANTITY = {"obis": "1.0.1.8.0.255", "value": "1352143.5", "scaler": -1, "unit": "Wh"}
_READING = {
    "kind": "reading",
    "serial": "UAAEEDN11200129695",
    "tariffs": {"t1": _QUANTITY},
    "total": _QUANTITY,
    "meter_time": _TIME,
    "drift_s": -3,
    "app_version": "3131",
    "breaker": {"control": 1, "output": True},
    "warnings": ["sum-mismatch"],
}
_FAILURE = {"kind": "failure", "serial": "UAAEEDN1", "code": "no-answer", "params": {"seconds": 3, "what": "é"}}
SESSION = {
    "token": "t",
    "user": {"username": "ana", "name": "Ana", "group": "g", "tag": "", "culture": "es-CL"},
    "expires_at": _TIME,
    "offline_until": _TIME,
    "server_time": _TIME,
}
METER_PAGE = {
    "meters": [{"serial": "UAAEEDN1", "model": "cerm1", "sealed": "00ff"}],
    "deleted": [],
    "cursor": "1",
    "more": False,
}
RECEIPTS = {"receipts": [{"key": "k", "state": "accepted", "received_at": _TIME}], "server_time": _TIME}
LINKS = (
    b"ble://C0:17:E9:E4:06:95",
    b"tcp://[::1]:4059/?signon=mode-e",
    b"tcp://localhost:4059",
    b"serial:///dev/ttyUSB0?baud=9600",
    b"tcp+wrapper://localhost:4059?gateway=1/0xA1B2",
)
LINK_WORDS = (
    b"://",
    b"[",
    b"]",
    b":",
    b"@",
    b"?",
    b"#",
    b"&signon=",
    b"%00",
    b"\xef\xbc\x8f",
    b"\xe2\x84\xaa",
    b"65536",
)
WORDS = tuple(
    text.encode()
    for text in (
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        '"\\ud800"',
        "1e5",
        "-0",
        "9" * 40,
        "null",
        "[",
        "{",
    )
)
TOML_WORDS = (
    b"[",
    b"{",
    b"]",
    b"=",
    b"''",
    b'"""',
    b"\n",
    b"1.0",
    b"999.1.8.0.1",
    b"true",
    b"inf",
    b"1979-05-27T07:32:00Z",
    b"9" * 40,
)


def serial(octets: bytes) -> str:
    """A serial number stays the same once it is one."""
    found = parse_serial(_text(octets))
    assert parse_serial(found) == found
    return found


def obis(octets: bytes) -> Obis:
    found = Obis.parse(_text(octets))
    assert Obis.parse(str(found)) == found == Obis.from_octets(bytes(found))
    return found


def link(octets: bytes) -> object:
    return parse_link(_text(octets))


# ── meter models ──


def model(octets: bytes) -> Model:
    """Every name of a DLMS model is one, and its numbers are whole."""
    found = parse_model("fuzzed", octets.decode("utf-8", "replace"))
    if isinstance(found, ReadoutModel):
        return found
    association = found.association
    names = [found.clock, found.app_version, found.disconnect_control, found.total, association.invocation_counter]
    for name in (*filter(None, names), *found.serial_number, *found.tariffs.values()):
        Obis.parse(name)
    assert all(type(number) is int for number in (association.max_info, association.window, association.suite))
    return found


def models() -> tuple[bytes, ...]:
    folder = files("agent.meters").joinpath("models")
    return tuple(folder.joinpath(f"{name}.toml").read_bytes() for name in model_names())


# ── twins and traces ──


def twin(octets: bytes) -> Twin:
    """What is read is written the same, and read again the same; a server can be made of it. Raises InputError."""
    found = parse_twin(_file(octets))
    text = twin_text(found)
    assert twin_text(parse_twin(text)) == text
    twin_session(TwinDevice(found, lambda: datetime(2026, 6, 1, tzinfo=UTC)))
    return found


def trace(octets: bytes) -> int:
    """Every answer can be sent. Raises InputError."""
    conversations = parse_trace(_file(octets))
    return sum(len(filled_answer(turn.answer)) for turns in conversations for turn in turns)


def twins() -> tuple[bytes, ...]:
    return (twin_text(SAMPLE).encode(),)


TWIN_WORDS = tuple(
    text.encode() for text in ('"array": 3', '["null"]', '{"text": "a"}', '{"name": "1.0.1.8.0.255"}', "\n", "null")
)
TRACES = (
    "2026-06-01T00:00:00.000000Z memory - begins\n"
    "2026-06-01T00:00:00.050000Z memory > 7E A0 07 03 21 93 0F 01 7E\n"
    "2026-06-01T00:00:00.100000Z memory < 7E A0 09 21 03 73 8D 5C E6 E7 ·· ·· 00 00 7E\n".encode(),
)
TRACE_WORDS = ("··".encode(), b"\n> ", b"\n< ", b" - begins\n", b"7E ")


# ── messages between tablet and SMM ──


def message(kind: type[BaseModel]) -> Callable[[bytes], BaseModel]:
    """As a tablet takes it from SMM. Raises ValidationError."""
    return kind.model_validate_json


def envelope(octets: bytes) -> bool:
    """As SMM takes it from a tablet: parsed, hashed, its signature checked. Raises ValidationError."""
    content = _json(octets)
    if not isinstance(content, dict):
        return False
    found = Envelope.model_validate(content)
    content_hash(found.payload.model_dump(mode="json"))
    return is_signed_by(_public(), found.head(), found.signature)


def one_form(octets: bytes) -> bytes:
    """The canonical form of any JSON says the same as it does. Raises as `canonical` says."""
    content = _json(octets)
    form = canonical(content)
    assert json.loads(form) == content
    is_signed_by(_public(), content, "00" * 64)
    return form


def unsealed(octets: bytes) -> bytes:
    return unseal(_PRIVATE, octets, b"purpose")


def as_json(*contents: dict[str, Any]) -> tuple[bytes, ...]:
    return tuple(json.dumps(content).encode() for content in contents)


def envelopes() -> tuple[bytes, ...]:
    return as_json(_envelope(_READING | {"meter_time": "2026-11-23T11:00:00Z"}), _envelope(_FAILURE))


def sealed() -> bytes:
    public = X25519PrivateKey.from_private_bytes(_PRIVATE).public_key().public_bytes_raw()
    return seal(public, b"secret", b"purpose")


def _envelope(payload: dict[str, Any]) -> dict[str, Any]:
    head = {
        "key": "01936f2e-7c00-7abc-8def-0123456789ab",
        "schema_version": 1,
        "kind": "reading",
        "part": 1,
        "parts": 1,
        "job": "job",
        "work_order": None,
        "device": "device",
        "sequence": 1,
        "executed_by": "ana",
        "started_at": "2026-11-23T12:00:00Z",
        "executed_at": "2026-11-23T12:00:09Z",
        "clock_drift_s": 0,
        "sha256": content_hash(payload),
    }
    return {**head, "payload": payload, "signature": sign(_PRIVATE, head)}


def _text(octets: bytes) -> str:
    """Any text that a command line may hold."""
    return octets.decode("utf-8", "surrogateescape")


def _file(octets: bytes) -> str:
    """As a file is read."""
    return octets.decode("utf-8", "replace")


def _json(octets: bytes) -> Any:
    """None where it is no JSON."""
    try:
        return json.loads(octets)
    except (ValueError, RecursionError):
        return None


def _public() -> bytes:
    return Ed25519PrivateKey.from_private_bytes(_PRIVATE).public_key().public_bytes_raw()
