"""What one side of a secured association needs: system title, keys, and the protection it demands."""

from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from agent.dlms.security.suite import SUITES, Protection, SuiteId, check_key, check_title
from agent.dlms.security.wrapping import ApduWrapping, KeySource, WrappingKind
from agent.domain.errors import InputError

K = TypeVar("K")

_HEADER_OCTETS, _TAG_OCTETS, _GENERAL_HEADER_OCTETS, _CURVE_OCTETS = 5, 12, 36, 96


class InvocationCounter(Protocol):
    """Gives each number only once, ever: numbers are reserved on disk before they are used."""

    def next(self) -> int:
        """The next number, below 2³²."""


@dataclass(frozen=True)
class PartyKeys:
    """Private key of this side, big-endian, and public key of the other side, X || Y."""

    own_private: bytes = field(repr=False)
    peer_public: bytes


@dataclass(frozen=True)
class SecuritySettings:
    """Keys have the length that the suite demands.

    `protection` is applied to what is sent, and is the least accepted in what arrives; with NONE, the keys serve
    authentication only. `wrapping` is how a client wraps what it sends. `header_in_aad`: whether the header of
    general-ciphering is authenticated, which makers read differently.

    Raises InputError for a system title or key of the wrong length, or a suite without what `wrapping` needs.
    """

    system_title: bytes
    encryption_key: bytes = field(repr=False)
    authentication_key: bytes = field(repr=False)
    suite: SuiteId = 0
    protection: Protection = Protection.AUTHENTICATED | Protection.ENCRYPTED
    dedicated_key: bytes | None = field(default=None, repr=False)
    wrapping: ApduWrapping = field(default_factory=ApduWrapping)
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
        needs_curve = self.signing or self.wrapping.key_source in (KeySource.ONE_PASS, KeySource.STATIC)
        if needs_curve and suite.curve is None:
            raise InputError("suite 0 has neither signatures nor key agreement", code="bad-keys")

    @property
    def ciphered(self) -> bool:
        """Whether APDUs are protected, beyond authentication of the association."""
        return self.protection != Protection.NONE


def required(key: K | None) -> K:
    """The key.

    Raises:
        InputError: there is none.
    """
    if key is None:
        raise InputError("a key is missing for this protection", code="bad-keys")
    return key


def protection_overhead(settings: SecuritySettings | None) -> int:
    """Octets that protection adds to an APDU, at most."""
    if settings is None or not settings.ciphered:
        return 0
    sealed = 1 + 5 + _HEADER_OCTETS + _TAG_OCTETS
    general = _GENERAL_HEADER_OCTETS if settings.wrapping.kind is not WrappingKind.SERVICE else 0
    key_info = 2 * _CURVE_OCTETS + 8 if settings.wrapping.kind is WrappingKind.GENERAL_CIPHERING else 0
    signature = _GENERAL_HEADER_OCTETS + _CURVE_OCTETS + 8 if settings.wrapping.signed else 0
    return sealed + general + key_info + signature
