"""A text where an APDU belongs, as some meters send it to report an error of their own: shown as far as it may be."""

import re

from agent.domain.errors import RemoteProtocolError

LONGEST = 60
_SHORTEST = 4
_TEXT = frozenset((*range(0x20, 0x7F), *b"\t\r\n"))
_LIKE_A_KEY = re.compile(r"[0-9A-Fa-f]{16,}")
_HIDDEN = "…"


def is_text(octets: bytes) -> bool:
    """Whether these octets are readable characters and nothing else, which no response is."""
    characters = octets.rstrip(b"\x00")
    return len(characters) >= _SHORTEST and _TEXT.issuperset(characters)


def text_answer(octets: bytes, secret: bytes | None) -> RemoteProtocolError:
    """The error for such a text; the secret, and all that looks like a key, is hidden in it."""
    text = " ".join(octets.rstrip(b"\x00").decode("ascii").split())
    for form in _forms(secret):
        text = re.sub(re.escape(form), _HIDDEN, text, flags=re.IGNORECASE)
    text = _LIKE_A_KEY.sub(_HIDDEN, text)[:LONGEST]
    return RemoteProtocolError(f"a text instead of an APDU: {text}", code="text-answer", text=text)


def _forms(secret: bytes | None) -> list[str]:
    """How a secret can stand in a text."""
    if not secret:
        return []
    return [secret.hex(), *([secret.decode("ascii")] if secret.isascii() else [])]
