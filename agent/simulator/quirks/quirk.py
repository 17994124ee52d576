"""What a quirk is: it stands between the client and the regular meter, at one of four places, and may change both what
is asked and what is answered."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.dlms import AttributeDescriptor, Data, Obis, ServerSettings
from agent.dlms.iec21.readout import DataSet
from agent.dlms.xdlms.common import Result

Read = Callable[[AttributeDescriptor], Result]
Serve = Callable[[bytes], list[bytes]]
"""A request, and what the meter sends in return: one APDU mostly."""
Carry = Callable[[bytes], bytes]
"""Octets to the meter, and those that come back."""


@dataclass(frozen=True)
class SentReadout:
    """A readout before it is sent. `letter` is the identification's character for rate and mode; `lines` are without
    their ends. `framed`: with STX, ETX and check character, which is wrong `wrong_checks` times. `unasked`: it comes
    right after the identification. `by_itself`: nothing is heard, and it comes every few seconds. `seven_bits`: the
    probe takes the parity bits away."""

    letter: str
    lines: tuple[str, ...]
    framed: bool = True
    unasked: bool = False
    by_itself: bool = False
    wrong_checks: int = 0
    seven_bits: bool = False


@dataclass(frozen=True)
class Quirk:
    """`name` is how it is asked for, `words` what it does, in one line."""

    name: str
    words: str


@dataclass(frozen=True)
class ValueQuirk(Quirk):
    """At the meter's values: `begin` makes what answers in one session. Only readings pass here, never changes."""

    begin: Callable[[], Callable[[AttributeDescriptor, Read], Result]]


@dataclass(frozen=True)
class ApduQuirk(Quirk):
    """At whole APDUs as they are on the line; ciphered ones pass as they are."""

    begin: Callable[[], Callable[[bytes, Serve], list[bytes]]]


@dataclass(frozen=True)
class SettingsQuirk(Quirk):
    """At what the server offers."""

    change: Callable[[ServerSettings], ServerSettings]


@dataclass(frozen=True)
class LineQuirk(Quirk):
    """At octets, with monotonic seconds. `pause` is what the meter waits before each answer, in seconds."""

    begin: Callable[[], Callable[[bytes, float, Carry], bytes]]
    pause: float = 0.0


@dataclass(frozen=True)
class ReadoutQuirk(Quirk):
    """At a readout (IEC 62056-21)."""

    change: Callable[[SentReadout], SentReadout]


def instead(name: str, words: str, at: tuple[str, int], answer: Result | Callable[[Result], Result]) -> ValueQuirk:
    """A quirk of one attribute (logical name and number): its answer, or what becomes of the regular one."""
    obis, number = Obis.parse(at[0]), at[1]

    def read(attribute: AttributeDescriptor, plain: Read) -> Result:
        regular = plain(attribute)
        if (attribute.obis, attribute.attribute) != (obis, number) or not isinstance(regular, Data):
            return regular
        return answer(regular) if callable(answer) else answer

    return ValueQuirk(name, words, lambda: read)


def line_of(data_set: DataSet) -> str:
    """A data set as a line of a readout."""
    values = (f"({value})" if unit is None else f"({value}*{unit})" for value, unit in data_set.values)
    return data_set.address + "".join(values)
