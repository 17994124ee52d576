"""Security suites 0, 1 and 2, and the security control octet (IEC 62056-5-3:2017, clause 5)."""

from dataclasses import dataclass
from enum import IntFlag
from typing import Literal

from agent.domain.errors import InputError

SuiteId = Literal[0, 1, 2]
TITLE_OCTETS = 8


@dataclass(frozen=True)
class Suite:
    """Sizes in octets. Suite 0 has no key agreement and no signatures, hence neither curve nor hash."""

    id: SuiteId
    key_octets: int
    curve: str | None
    hash: str | None
    kdf_algorithm: bytes

    @property
    def coordinate_octets(self) -> int:
        """Length of a coordinate on the curve; 0 without a curve."""
        return {None: 0, "P-256": 32, "P-384": 48}[self.curve]


SUITES: dict[int, Suite] = {
    0: Suite(0, 16, None, None, b""),
    1: Suite(1, 16, "P-256", "sha256", bytes.fromhex("60857405080300")),
    2: Suite(2, 32, "P-384", "sha384", bytes.fromhex("60857405080301")),
}


class Protection(IntFlag):
    """Bits of the security control octet above the suite id."""

    NONE = 0
    AUTHENTICATED = 0x10
    ENCRYPTED = 0x20
    BROADCAST = 0x40
    COMPRESSED = 0x80

    @classmethod
    def of_words(cls, words: str) -> "Protection":
        """From `none`, `auth`, `enc` or `auth-enc`. Raises KeyError for anything else."""
        return _PROTECTIONS[words]


_PROTECTIONS = {
    "none": Protection.NONE,
    "auth": Protection.AUTHENTICATED,
    "enc": Protection.ENCRYPTED,
    "auth-enc": Protection.AUTHENTICATED | Protection.ENCRYPTED,
}


def check_key(suite: Suite, key: bytes) -> None:
    """Raises InputError for a key that does not have the suite's length."""
    if len(key) != suite.key_octets:
        raise InputError(f"suite {suite.id} takes keys of {suite.key_octets} octets", code="bad-keys")


def check_title(title: bytes) -> None:
    """Raises InputError for a system title that is not eight octets long."""
    if len(title) != TITLE_OCTETS:
        raise InputError("a system title has eight octets", code="bad-keys")
