"""What a secured association is made with: keys, titles, and the strength that is asked for."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from agent.dlms.security.suite import SUITES, Protection, SuiteId, check_key, check_title
from agent.domain.errors import InputError

_HEADER_OCTETS, _TAG_OCTETS, _GENERAL_HEADER_OCTETS, _CURVE_OCTETS = 5, 12, 36, 96


class InvocationCounter(Protocol):
    """Gives each number once for ever; reserved on disk before it is given."""

    def next(self) -> int:
        """The next number, below 2³²."""


class Wrapping(Enum):
    """How a protected APDU looks: a tag for each service, one for all, or one that names its key."""

    SERVICE = auto()
    GENERAL = auto()
    GENERAL_CIPHERING = auto()


class KeySource(Enum):
    """Where general-ciphering takes its key from."""

    IDENTIFIED = auto()
    WRAPPED = auto()
    ONE_PASS = auto()
    STATIC = auto()


@dataclass(frozen=True)
class Protected:
    """How one APDU is wrapped; a meter answers as it was asked."""

    wrapping: Wrapping = Wrapping.SERVICE
    dedicated: bool = False
    key_source: KeySource = KeySource.IDENTIFIED
    signed: bool = False


@dataclass(frozen=True)
class PartyKeys:
    """Private key of this side, public key of the other: big-endian numbers, and X || Y."""

    own_private: bytes = field(repr=False)
    peer_public: bytes


@dataclass(frozen=True)
class SecuritySettings:
    """`protection` is what is sent, and the least that is taken; with none, the keys serve authentication alone.

    Keys have the suite's length. `envelope` is how a client wraps what it sends.
    `header_in_aad`: whether the header of general-ciphering is authenticated, which makers read differently.
    """

    system_title: bytes
    encryption_key: bytes = field(repr=False)
    authentication_key: bytes = field(repr=False)
    suite: SuiteId = 0
    protection: Protection = Protection.AUTHENTICATED | Protection.ENCRYPTED
    dedicated_key: bytes | None = field(default=None, repr=False)
    envelope: Protected = Protected()
    master_key: bytes | None = field(default=None, repr=False)
    agreement: PartyKeys | None = None
    signing: PartyKeys | None = None
    header_in_aad: bool = True

    def __post_init__(self) -> None:
        suite = SUITES[self.suite]
        check_title(self.system_title)
        for key in (self.encryption_key, self.authentication_key, self.dedicated_key):
            if key is not None:
                check_key(suite, key)
        needs_curve = self.signing or self.envelope.key_source in (KeySource.ONE_PASS, KeySource.STATIC)
        if needs_curve and suite.curve is None:
            raise InputError("suite 0 has neither signatures nor key agreement", code="bad-keys")


def protection_overhead(settings: SecuritySettings | None) -> int:
    """Octets that protection adds to an APDU, at most."""
    if settings is None or settings.protection == Protection.NONE:
        return 0
    sealed = 1 + 5 + _HEADER_OCTETS + _TAG_OCTETS
    general = _GENERAL_HEADER_OCTETS if settings.envelope.wrapping is not Wrapping.SERVICE else 0
    key_info = 2 * _CURVE_OCTETS + 8 if settings.envelope.wrapping is Wrapping.GENERAL_CIPHERING else 0
    signature = _GENERAL_HEADER_OCTETS + _CURVE_OCTETS + 8 if settings.envelope.signed else 0
    return sealed + general + key_info + signature
