"""Authentication mechanisms of COSEM (IEC 62056-5-3:2017, authentication mechanism names)."""

from enum import IntEnum

_NAME_PREFIX = bytes.fromhex("608574050802")


class Mechanism(IntEnum):
    """By the last arc of the mechanism's name. 2 is manufacturer-specific and not supported."""

    NONE = 0
    LLS = 1
    HLS_MD5 = 3
    HLS_SHA1 = 4
    HLS_GMAC = 5
    HLS_SHA256 = 6
    HLS_ECDSA = 7

    @classmethod
    def of_words(cls, words: str) -> "Mechanism":
        """From `none`, `lls`, `hls-gmac` and so on. Raises KeyError for anything else."""
        return cls[words.upper().replace("-", "_")]

    @property
    def is_hls(self) -> bool:
        """Whether both sides prove themselves by answering a challenge."""
        return self > Mechanism.LLS

    @property
    def words(self) -> str:
        """The name in lower case, with hyphens."""
        return self.name.lower().replace("_", "-")


def encode_mechanism_name(mechanism: Mechanism) -> bytes:
    """The object identifier of a mechanism, without its BER tag."""
    return _NAME_PREFIX + bytes((mechanism,))


def decode_mechanism_name(name: bytes | None) -> Mechanism | None:
    """The mechanism with that name: NONE without a name, None if the name is unknown."""
    if name is None:
        return Mechanism.NONE
    if name[:-1] != _NAME_PREFIX or name[-1] not in list(Mechanism):
        return None
    return Mechanism(name[-1])
