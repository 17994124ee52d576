"""Attributes of a simulated meter that a client writes: each keeps its type, and outlives a restart."""

from collections.abc import Callable, Mapping

from agent.dlms import Data, DataAccessResult, Tag
from agent.dlms.axdr.coding import decode, encode
from agent.simulator.objects import Read, Write


class Kept:
    """`applied` notes in the meter's ledger what was written, before it is answered."""

    def __init__(self, applied: Callable[..., None]) -> None:
        self._applied = applied
        self._values: dict[str, Data] = {}

    def attribute(self, name: str, first: Data) -> tuple[Read, Write]:
        """What reads and what writes an attribute that holds `first` until it is written."""
        self._values[name] = first

        def write(value: Data) -> DataAccessResult:
            if not _has_shape(value, first):
                return DataAccessResult.TYPE_UNMATCHED
            self._values[name] = value
            self._applied("configuration", what=name)
            return DataAccessResult.SUCCESS

        return lambda: self._values[name], write

    def copy(self, sources: Mapping[str, str], what: str) -> None:
        """All at once: each attribute gets the value of its source."""
        self._values |= {name: self._values[source] for name, source in sources.items()}
        self._applied("configuration", what=what)

    def state(self) -> dict[str, str]:
        return {name: encode(value).hex() for name, value in self._values.items()}

    def restore(self, state: Mapping[str, str]) -> None:
        self._values |= {name: decode(bytes.fromhex(octets)) for name, octets in state.items()}


def _has_shape(value: Data, wanted: Data) -> bool:
    """The same types all through; an array has any number of elements that are like the first."""
    if value.tag is not wanted.tag:
        return False
    if wanted.tag is Tag.ARRAY:
        return all(_has_shape(element, wanted.value[0]) for element in value.value)
    if wanted.tag is Tag.STRUCTURE:
        return len(value.value) == len(wanted.value) and all(map(_has_shape, value.value, wanted.value))
    return True
