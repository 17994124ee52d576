"""Probe profiles as data: which Bluetooth service of a probe is its serial port. One TOML file a profile."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class ProbeProfile:
    """UUIDs in lower case. `cap` is the most octets that one write may carry."""

    title: str
    service: str
    write: str
    notify: str
    with_response: bool
    cap: int


@cache
def probe_profiles() -> tuple[ProbeProfile, ...]:
    """The profiles that come with the program."""
    folder = files(__package__).joinpath("profiles")
    texts = [entry.read_text(encoding="utf-8") for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)]
    return tuple(ProbeProfile(**tomllib.loads(text)) for text in texts)


def profile_for(services: set[str]) -> ProbeProfile | None:
    """The first profile whose service is among these UUIDs."""
    return next((profile for profile in probe_profiles() if profile.service in services), None)
