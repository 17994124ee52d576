"""Made-up values of the same form for secrets and for what is personal: the same one each time, and none twice.

A digit becomes a digit, a letter a letter of its case, an octet an octet; a serial number keeps its letters. What is
made up already is left as it is, so that a twin of a twin is the same twin.
"""

import re
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from string import digits
from typing import TypeVar

from agent.dlms import Data, Tag
from agent.dlms.axdr.data import INTEGERS, LISTS

P = TypeVar("P", bytes, str)

SHORTEST = 4
"""Characters or octets of what can tell whose it is, or can be searched for."""
_CANDIDATES = 256
_TEXTS = (Tag.VISIBLE_STRING, Tag.UTF8_STRING)
_LETTERS_OF_MAKER = 3
_TITLE_OCTETS = 8
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+", re.ASCII)
_FIRST_DIGITS = {"z": "0", "1": "1"}
"""A number that begins with zero still does, and one that does not is as large as before."""
_LONGEST_NUMBER = str((1 << 64) - 1)
_TELLING = re.compile(r"\d{7,}", re.ASCII)
"""A number this long in any text may be a telephone's, a SIM's, or a customer's."""


class Disguise:
    """First everything private is shown to `learn`; then `hide` gives what stands in its place.

    Raises nothing. `replaced` are the originals that must not be found anywhere.
    """

    def __init__(self) -> None:
        self._made_up: dict[str | bytes, str | bytes] = {}
        self._learnt: dict[str | bytes, None] = {}
        self._wholes: dict[str, bool] = {}
        self._made_up_wholes: dict[str, str] = {}

    def learn(self, value: Data, *, secret: bool) -> None:
        """All texts, octets and numbers in it are private."""
        for leaf in leaves(value):
            if leaf.tag in (Tag.OCTET_STRING, *_TEXTS):
                self.learn_part(leaf.value, secret=secret)
            elif leaf.tag in INTEGERS and len(figures := str(abs(leaf.value))) >= SHORTEST:
                self._note(figures)

    def learn_part(self, part: bytes | str, *, secret: bool) -> None:
        """The same of octets or of a text."""
        for unit in _units(part, secret=secret):
            self._note(unit)
        text = part if isinstance(part, str) else printable(part)
        if text is not None and len(text) >= SHORTEST:
            self._wholes[text] = secret or self._wholes.get(text, False)
            self._made_up.clear()

    def learn_telling(self, value: Data) -> None:
        """Only long numbers in its texts are private."""
        for leaf in leaves(value):
            for number in _TELLING.findall(_text(leaf) or ""):
                self._note(number)

    def hide(self, value: Data, *, private: bool, secret: bool = False) -> Data:
        """The value with everything private made up; where it is `private` as a whole, short parts too."""
        if value.tag in LISTS:
            parts = (self.hide(part, private=private, secret=secret) for part in value.value)
            return Data(value.tag, tuple(parts))
        if value.tag is Tag.COMPACT_ARRAY:
            elements = (self.hide(part, private=private, secret=secret) for part in value.value.elements)
            return Data(value.tag, replace(value.value, elements=tuple(elements)))
        if value.tag in INTEGERS:
            return Data(value.tag, self._hidden_number(value.value, private=private))
        if value.tag is Tag.OCTET_STRING or value.tag in _TEXTS:
            return Data(value.tag, self.hide_part(value.value, private=private, secret=secret))
        return value

    def hide_part(self, part: P, *, private: bool, secret: bool = False) -> P:
        """The same of octets or of a text."""
        if isinstance(part, str):
            return self._hidden_text(part, private=private, secret=secret)
        if (text := printable(part)) is not None:
            return self._hidden_text(text, private=private, secret=secret).encode("ascii")
        if not private:
            return self._without_known(part)
        begin = _kept(part)
        return part[:begin] + self._made_up_octets(part[begin:])

    def replaced(self) -> set[str | bytes]:
        """Every original that something else stands for now, and the whole secrets."""
        self._make_up()
        both = [*self._made_up.items(), *self._made_up_wholes.items()]
        return {each for each, instead in both if each != instead and len(each) >= SHORTEST}

    # ── units: the pieces that are replaced each by the same one, wherever they stand ──

    def _note(self, unit: str | bytes) -> None:
        if unit not in self._learnt:
            self._learnt[unit] = None
            self._made_up.clear()

    def _make_up(self) -> None:
        """Once all is known: what is made up already stays, the others get what nobody has."""
        if self._made_up:
            return
        self._made_up_wholes.clear()
        self._made_up = {unit: unit for unit in self._learnt if unit in _candidates(_form(unit))}
        taken = {*self._learnt, *self._made_up}
        for unit in self._learnt:
            if unit not in self._made_up:
                candidates = _candidates(_form(unit))
                self._made_up[unit] = next((each for each in candidates if each not in taken), candidates[0])
                taken.add(self._made_up[unit])
        for whole, secret in self._wholes.items():
            self._made_up_wholes[whole] = self._by_units(whole, secret=secret)

    def _hidden_text(self, text: str, *, private: bool, secret: bool) -> str:
        self._make_up()
        if private:
            return self._by_units(text, secret=secret)
        for whole, instead in self._made_up_wholes.items():
            if text == whole or len(whole) > SHORTEST:
                text = text.replace(whole, instead)
        for pattern in (_WORD, _DIGITS):
            text = pattern.sub(lambda found: self._where_known(found[0], found.string), text)
        return text

    def _by_units(self, text: str, *, secret: bool) -> str:
        return _pattern(text, secret=secret).sub(lambda found: str(self._made_up.get(found[0], found[0])), text)

    def _where_known(self, unit: str, text: str) -> str:
        """In what is not private, only what is too long to be there by chance, or all of it."""
        return str(self._made_up.get(unit, unit)) if len(unit) > SHORTEST or unit == text else unit

    def _without_known(self, octets: bytes) -> bytes:
        """Octets that are no text, without what is known and too long to be there by chance."""
        self._make_up()
        if (whole := self._made_up_octets(octets)) != octets:
            return whole
        for unit, instead in self._made_up.items():
            if len(unit) > SHORTEST + 1:
                octets = octets.replace(_as_octets(unit), _as_octets(instead))
        return octets

    def _hidden_number(self, number: int, *, private: bool) -> int:
        self._make_up()
        figures = str(abs(number))
        known = self._made_up.get(figures)
        if known is None or not (private or len(figures) > SHORTEST + 2):
            return number
        return int(known) if number >= 0 else -int(known)

    def _made_up_octets(self, octets: bytes) -> bytes:
        self._make_up()
        if (figures := bcd_digits(octets)) is not None:
            return bytes.fromhex(str(self._made_up.get(figures, figures)))
        known = self._made_up.get(octets)
        return known if isinstance(known, bytes) else octets


def _as_octets(unit: str | bytes) -> bytes:
    return unit if isinstance(unit, bytes) else unit.encode("utf-8")


def leaves(value: Data) -> list[Data]:
    """The values in it that hold no others."""
    if value.tag in LISTS:
        return [leaf for part in value.value for leaf in leaves(part)]
    if value.tag is Tag.COMPACT_ARRAY:
        return [leaf for part in value.value.elements for leaf in leaves(part)]
    return [value]


def printable(octets: bytes) -> str | None:
    """The text that these octets are, if they are one; zeros may follow it."""
    if not octets or not octets.isascii():
        return None
    text = octets.decode("ascii")
    return text if text.rstrip("\x00").isprintable() and octets[0] else None


def bcd_digits(octets: bytes) -> str | None:
    """The digits of binary-coded decimals, if they are some."""
    return figures if len(octets) >= SHORTEST // 2 and (figures := octets.hex()).isdigit() else None


def _text(leaf: Data) -> str | None:
    if leaf.tag in _TEXTS:
        return str(leaf.value)
    return printable(leaf.value) if leaf.tag is Tag.OCTET_STRING else None


def _units(part: bytes | str, *, secret: bool) -> list[str | bytes]:
    """The pieces of a private value."""
    text = part if isinstance(part, str) else printable(part)
    units: list[str | bytes] = []
    if text is not None:
        units += _pattern(text, secret=secret).findall(text)
    elif isinstance(part, bytes):
        rest = part[_kept(part) :]
        units.append(bcd_digits(rest) or rest)
    return [unit for unit in units if not _says_nothing(unit)]


def _pattern(text: str, *, secret: bool) -> re.Pattern[str]:
    """Of a number with letters around it only the digits are replaced; of anything else every word."""
    is_code = " " not in text and not any(each.isalpha() and not each.isupper() for each in text)
    longest = max(map(len, _DIGITS.findall(text)), default=0)
    return _DIGITS if is_code and not secret and longest >= SHORTEST else _WORD


def _kept(octets: bytes) -> int:
    """How many octets of a system title name its maker."""
    maker = octets[:_LETTERS_OF_MAKER]
    return _LETTERS_OF_MAKER if len(octets) == _TITLE_OCTETS and maker.isalpha() and maker.isupper() else 0


def _says_nothing(unit: str | bytes) -> bool:
    """All the same, as in 00000000: nothing is given away by it."""
    return len(set(unit)) < 2


def _form(unit: str | bytes) -> str:
    """What a made-up unit has in common with the original."""
    if isinstance(unit, bytes):
        return "b" * len(unit)
    kinds = "".join("0" if each in digits else "A" if each.isupper() else "a" for each in unit)
    return kinds if kinds[0] != "0" else ("z" if unit[0] == "0" else "1") + kinds[1:]


@lru_cache(maxsize=1024)
def _candidates(form: str) -> tuple[str | bytes, ...]:
    """Made-up units of this form, in order; a form too short for many has one that says nothing."""
    if len(form) < SHORTEST:
        return (bytes(len(form)),) if form[0] == "b" else (form.replace("1", "0").replace("z", "0"),)
    made = (_made(form, number) for number in range(4 * _CANDIDATES))
    return tuple(islice(dict.fromkeys(each for each in made if _is_clear(each)), _CANDIDATES))


def _is_clear(made: str | bytes) -> bool:
    """Whether it is taken for nothing else when it is read again, and fits the type of a number that long."""
    if isinstance(made, bytes):
        return printable(made) is None and bcd_digits(made) is None
    if not made.isdigit():
        return True
    as_octets = bytes.fromhex(made) if len(made) % 2 == 0 else b""
    return printable(as_octets) is None and (len(made) != len(_LONGEST_NUMBER) or made <= _LONGEST_NUMBER)


def _made(form: str, number: int) -> str | bytes:
    stream = b"".join(sha256(f"{form}/{number}/{part}".encode()).digest() for part in range(len(form) // 32 + 1))
    if form[0] == "b":
        return stream[: len(form)]
    return "".join(map(_character, form, stream))


def _character(kind: str, octet: int) -> str:
    if kind in _FIRST_DIGITS:
        return _FIRST_DIGITS[kind]
    return chr(ord(kind) + octet % (10 if kind == "0" else 26))
