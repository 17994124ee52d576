"""Probe profiles as data: which Bluetooth service of a probe is its serial port, and how to use it.

One TOML file for each profile. A utility adds its own in the folder `probes` of the agent's data; a file of the same
name replaces ours.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.service import BleakGATTServiceCollection

from agent.domain.errors import InputError

SUFFIX = ".toml"
WriteMode = Literal["without-response", "with-response"]
Flow = Literal["free", "paced"]
_OCTETS = re.compile(r"([0-9A-Fa-f]{2}( [0-9A-Fa-f]{2})*)?")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MAX_CAP = 512
_TEXT, _WHOLE, _FLAG, _NUMBER, _TABLE = (str,), (int,), (bool,), (int, float), (dict,)
_IN_WORDS: dict[tuple[type, ...], str] = {
    _TEXT: "a text",
    _WHOLE: "a whole number",
    _FLAG: "true or false",
    _NUMBER: "a number",
    _TABLE: "a table",
}
_NEEDED = ("title", "service", "write", "notify")
_KEYS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys((*_NEEDED, "write_mode", "flow", "double"), _TEXT),
    **dict.fromkeys(("cap", "buffer"), _WHOLE),
    "cached_services": _FLAG,
    **dict.fromkeys(("baud", "led", "keep_alive"), _TABLE),
}
_INNER_KEYS: dict[str, dict[str, tuple[type, ...]]] = {
    "baud": {"command": _TEXT, "answer": _TEXT},
    "led": {"characteristic": _TEXT, "red": _TEXT, "green": _TEXT},
    "keep_alive": {"characteristic": _TEXT, "seconds": _NUMBER},
}


@dataclass(frozen=True)
class BaudCommand:
    """The command, sent among the meter's octets, that sets the rate of a probe's optical side.

    `{baud}` stands for the rate; `answer` is the probe's confirmation, empty if it gives none.
    """

    command: str
    answer: str = ""


@dataclass(frozen=True)
class Led:
    """The characteristic with the colour of a probe's LED, and the octet for each colour."""

    characteristic: str
    red: int
    green: int


@dataclass(frozen=True)
class KeepAlive:
    """A characteristic that is read every so many seconds on an idle link."""

    characteristic: str
    seconds: float


@dataclass(frozen=True)
class ProbeProfile:
    """UUIDs in lower case.

    `cap` is the most octets that one write may carry. With the flow `paced`, the link keeps no more than `buffer`
    octets ahead of the optical line: half of what the probe holds, as the time of arrival is not known exactly.
    `baud` None: the probe follows a sign-on by itself. `cached_services` lets the operating system skip the discovery
    at a probe that it has seen before. `double` are the octets that go to the probe twice, as it swallows single ones.
    """

    title: str
    service: str
    write: str
    notify: str
    write_mode: WriteMode = "without-response"
    cap: int = 20
    flow: Flow = "free"
    buffer: int = 0
    cached_services: bool = False
    double: bytes = b""
    baud: BaudCommand | None = None
    led: Led | None = None
    keep_alive: KeepAlive | None = None


def probe_profiles(own: Path | None = None) -> tuple[ProbeProfile, ...]:
    """The utility's own profiles and those shipped with the program, by file name.

    Raises:
        InputError: `bad-probe-profile` with the file and the reason.
    """
    folders: list[Traversable] = [files(__package__).joinpath("profiles")]
    if own is not None and own.is_dir():
        folders.append(own)
    listed = {entry.name: entry for folder in folders for entry in folder.iterdir() if entry.name.endswith(SUFFIX)}
    return tuple(parse_profile(name, listed[name].read_text(encoding="utf-8")) for name in sorted(listed))


def parse_profile(name: str, text: str) -> ProbeProfile:
    """A profile from the text of its file.

    Raises:
        InputError: `bad-probe-profile` with the reason.
    """
    try:
        return _profile(tomllib.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(code="bad-probe-profile", profile=name, reason=str(error)[:200]) from None


def advertised_by(services: set[str], profiles: tuple[ProbeProfile, ...]) -> ProbeProfile | None:
    """The first profile whose service is among these UUIDs."""
    return next((profile for profile in profiles if profile.service in services), None)


def recognise(services: BleakGATTServiceCollection, profiles: tuple[ProbeProfile, ...]) -> ProbeProfile | None:
    """The first profile that matches a connected device: its service is there, can be written to, and notifies."""
    return next((profile for profile in profiles if _fulfils(services, profile)), None)


def characteristic_of(
    services: BleakGATTServiceCollection, profile: ProbeProfile, uuid: str
) -> BleakGATTCharacteristic | None:
    """The characteristic with this UUID in the profile's service or, failing that, in any."""
    service = services.get_service(profile.service)
    within = None if service is None else service.get_characteristic(uuid)
    return within or next((each for each in services.characteristics.values() if each.uuid == uuid), None)


def _fulfils(services: BleakGATTServiceCollection, profile: ProbeProfile) -> bool:
    service = services.get_service(profile.service)
    if service is None:
        return False
    write, notify = service.get_characteristic(profile.write), service.get_characteristic(profile.notify)
    if write is None or notify is None:
        return False
    writable = {"write", "write-without-response"} & set(write.properties)
    return bool(writable and {"notify", "indicate"} & set(notify.properties))


def _profile(table: dict[str, Any]) -> ProbeProfile:
    _check_keys("", table, _KEYS)
    baud, led, keep_alive = table.pop("baud", None), table.pop("led", None), table.pop("keep_alive", None)
    for name, inner in (("baud", baud), ("led", led), ("keep_alive", keep_alive)):
        _check_keys(f"{name}.", inner or {}, _INNER_KEYS[name])
    double = table.pop("double", "")
    if not _OCTETS.fullmatch(double):
        raise ValueError('double is a text of octets in hexadecimal, such as "FF" or "FF 7E"')
    if missing := [key for key in _NEEDED if key not in table]:
        raise ValueError(f"{missing[0]} is missing")
    profile = ProbeProfile(
        **table,
        double=bytes.fromhex(double),
        baud=None if baud is None else BaudCommand(**baud),
        led=None if led is None else _led(led),
        keep_alive=None if keep_alive is None else KeepAlive(**keep_alive),
    )
    _check(profile)
    return profile


def _check_keys(at: str, table: Mapping[str, Any], known: Mapping[str, tuple[type, ...]]) -> None:
    """Raises ValueError for a key that nobody knows, or a value of another type, and says what is allowed."""
    if unknown := sorted(set(table) - set(known)):
        raise ValueError(f"unknown key {at}{unknown[0]}; known are {', '.join(sorted(known))}")
    for key, value in table.items():
        if type(value) not in known[key]:
            raise ValueError(f"{at}{key} is {_IN_WORDS[known[key]]}")


def _led(table: Mapping[str, Any]) -> Led:
    if set(table) != {"characteristic", "red", "green"}:
        raise ValueError("led needs characteristic, red and green")
    return Led(table["characteristic"], int(table["red"], 16), int(table["green"], 16))


def _check(profile: ProbeProfile) -> None:
    others = [each.characteristic for each in (profile.led, profile.keep_alive) if each is not None]
    for uuid in (profile.service, profile.write, profile.notify, *others):
        if not _UUID.fullmatch(uuid):
            raise ValueError(f"{uuid} is not a 128-bit UUID in lower case")
    if profile.write_mode not in ("without-response", "with-response"):
        raise ValueError("write_mode must be without-response or with-response")
    if not 1 <= profile.cap <= _MAX_CAP:
        raise ValueError(f"cap is 1 to {_MAX_CAP}")
    if profile.flow not in ("free", "paced") or (profile.flow == "paced" and profile.buffer < profile.cap):
        raise ValueError("flow must be free, or paced with a buffer of at least cap octets")
    if profile.baud is not None and "{baud}" not in profile.baud.command:
        raise ValueError("the baud command lacks {baud}")
    if profile.keep_alive is not None and profile.keep_alive.seconds < 1:
        raise ValueError("keep_alive must be one second or more")
