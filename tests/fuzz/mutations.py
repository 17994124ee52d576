"""New inputs from old ones: bits and octets changed, blocks moved, lengths that lie, words of the protocols."""

from collections.abc import Callable, Sequence
from random import Random

MAX_OCTETS = 4096
INTERESTING = (0x00, 0x01, 0x02, 0x7E, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x8F, 0xFE, 0xFF)
LIES = tuple(
    bytes.fromhex(octets)
    for octets in ("00", "7f", "80", "8100", "81ff", "820000", "827fff", "82ffff", "8400000000", "847fffffff",
                   "84ffffffff", "85ffffffffff", "ffff", "7fffffff", "ffffffff")
)  # fmt: skip
_MOST_AT_ONCE = 6

Repair = Callable[[bytes], bytes]


class Mutator:
    """Deterministic by its dice. `tokens` are words of the format; `repair` makes checksums right again."""

    def __init__(self, dice: Random, tokens: Sequence[bytes] = (), repair: Repair | None = None) -> None:
        self._dice, self._tokens, self._repair = dice, tokens, repair
        self._ways = [
            self._flip, self._change, self._count, self._insert, self._delete, self._duplicate, self._lie, self._repeat
        ]  # fmt: skip
        if tokens:
            self._ways += [self._token, self._token]

    def mutate(self, entry: bytes, other: bytes) -> bytes:
        """A relative of `entry`, now and then with a piece of `other`."""
        octets = bytearray(self._splice(entry, other) if self._dice.random() < 0.1 else entry)
        for _ in range(self._dice.randint(1, _MOST_AT_ONCE)):
            self._dice.choice(self._ways)(octets)
        changed = bytes(octets[:MAX_OCTETS])
        return self._repair(changed) if self._repair and self._dice.random() < 0.8 else changed

    def _place(self, octets: bytearray) -> int:
        return self._dice.randrange(len(octets) + 1)

    def _block(self, octets: bytearray) -> slice:
        start = self._place(octets)
        longest = max(1, len(octets) if self._dice.random() < 0.1 else 16)
        return slice(start, start + self._dice.randint(1, longest))

    def _flip(self, octets: bytearray) -> None:
        if octets:
            octets[self._dice.randrange(len(octets))] ^= 1 << self._dice.randrange(8)

    def _change(self, octets: bytearray) -> None:
        if octets:
            chosen = self._dice.choice(INTERESTING) if self._dice.random() < 0.5 else self._dice.randrange(256)
            octets[self._dice.randrange(len(octets))] = chosen

    def _count(self, octets: bytearray) -> None:
        """One more or a few less, as a count or length may be."""
        if octets:
            at = self._dice.randrange(len(octets))
            octets[at] = (octets[at] + self._dice.randint(-4, 4)) % 256

    def _insert(self, octets: bytearray) -> None:
        at = self._place(octets)
        octets[at:at] = self._dice.randbytes(self._dice.randint(1, 8))

    def _delete(self, octets: bytearray) -> None:
        del octets[self._block(octets)]

    def _duplicate(self, octets: bytearray) -> None:
        at = self._place(octets)
        octets[at:at] = octets[self._block(octets)]

    def _repeat(self, octets: bytearray) -> None:
        """Long inputs are where what is not linear shows."""
        if self._dice.random() < 0.1:
            block = self._block(octets)
            octets[block] = octets[block] * self._dice.choice((4, 20, 100))

    def _lie(self, octets: bytearray) -> None:
        lie, at = self._dice.choice(LIES), self._place(octets)
        octets[at : at + self._dice.choice((0, 1, len(lie)))] = lie

    def _token(self, octets: bytearray) -> None:
        token, at = self._dice.choice(self._tokens), self._place(octets)
        octets[at : at + self._dice.choice((0, len(token)))] = token

    def _splice(self, entry: bytes, other: bytes) -> bytes:
        return entry[: self._place(bytearray(entry))] + other[self._place(bytearray(other)) :]
