"""How an APDU is wrapped to protect it: which APDU carries it, and with which key."""

from dataclasses import dataclass
from enum import Enum, auto


class WrappingKind(Enum):
    """The APDU around the protected one.

    SERVICE: glo- or ded-, one tag for each service. GENERAL: general-glo- or general-ded-ciphering, which also
    names the sender. GENERAL_CIPHERING: general-ciphering, which also names the receiver and the key.
    """

    SERVICE = auto()
    GENERAL = auto()
    GENERAL_CIPHERING = auto()


class KeySource(Enum):
    """Where the key of a general-ciphering APDU comes from (key-info in IEC 62056-5-3:2017).

    IDENTIFIED: the global unicast key. WRAPPED: a new key, wrapped with the master key. ONE_PASS and STATIC:
    key agreement, with an ephemeral key of the sender or without one.
    """

    IDENTIFIED = auto()
    WRAPPED = auto()
    ONE_PASS = auto()
    STATIC = auto()


@dataclass(frozen=True)
class ApduWrapping:
    """How one APDU is wrapped; a meter wraps its response like the request.

    `dedicated`: with the dedicated key instead of the global one. `key_source` is for general-ciphering only.
    `signed`: inside general-signing.
    """

    kind: WrappingKind = WrappingKind.SERVICE
    dedicated: bool = False
    key_source: KeySource = KeySource.IDENTIFIED
    signed: bool = False
