"""Attributes of a simulated meter that clients write: each keeps its type, and survives a restart."""

from collections.abc import Callable, Mapping

from agent.dlms import Data, DataAccessResult, Tag
from agent.dlms.axdr.coding import decode, encode
from agent.simulator.objects import Read, Write


class Kept:
    """`applied` writes to the meter's ledger what was done, before the meter answers."""

    def __init__(self, applied: Callable[..., None]) -> None:
        self._applied = applied
        self._values: dict[str, Data] = {}

    def attribute(self, name: str, first: Data) -> tuple[Read, Write]:
        """Functions that read and write an attribute, which holds `first` until it is written."""
        self._values[name] = first

        def write(value: Data) -> DataAccessResult:
            if not _has_shape(value, first):
                return DataAccessResult.TYPE_UNMATCHED
            self._values[name] = value
            self._applied("configuration", what=name)
            return DataAccessResult.SUCCESS

        return lambda: self._values[name], write

    def copy(self, sources: Mapping[str, str], what: str) -> None:
        """Gives each attribute the value of its source, all in one step."""
        self._values |= {name: self._values[source] for name, source in sources.items()}
        self._applied("configuration", what=what)

    def state(self) -> dict[str, str]:
        """All values as A-XDR in hex, for the ledger."""
        return {name: encode(value).hex() for name, value in self._values.items()}

    def restore(self, state: Mapping[str, str]) -> None:
        """Back to the values of `state`."""
        self._values |= {name: decode(bytes.fromhex(octets)) for name, octets in state.items()}


def _has_shape(value: Data, wanted: Data) -> bool:
    """Whether all types agree; an array may have any number of elements of the type of the first."""
    if value.tag is not wanted.tag:
        return False
    if wanted.tag is Tag.ARRAY:
        return all(_has_shape(element, wanted.value[0]) for element in value.value)
    if wanted.tag is Tag.STRUCTURE:
        return len(value.value) == len(wanted.value) and all(map(_has_shape, value.value, wanted.value))
    return True
