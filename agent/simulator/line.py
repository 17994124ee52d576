"""The optical line of a simulated meter: its rate, its turnaround time, and what goes wrong on it."""

import asyncio
from dataclasses import dataclass
from random import Random

BITS_PER_OCTET = 10


@dataclass(frozen=True)
class OpticalLine:
    """`baud` None is as fast as possible. `turnaround` is in seconds; `loss` and `corrupt` are shares, 0 to 1.

    `late`: so many seconds more before each answer, however fast the line is.
    """

    baud: int | None = 9600
    turnaround: float = 0.06
    loss: float = 0.0
    corrupt: float = 0.0
    late: float = 0.0

    def seconds(self, octets: int, baud: int | None = None) -> float:
        """Time that so many octets take on the line; `baud` if a sign-on has agreed on another rate."""
        return 0.0 if self.baud is None else octets * BITS_PER_OCTET / (baud or self.baud)

    @property
    def pause(self) -> float:
        """Seconds before the meter answers."""
        return self.late + (0.0 if self.baud is None else self.turnaround)

    async def turn_around(self, request_octets: int) -> None:
        """Waits for the time the request takes to come in, and the turnaround."""
        if seconds := self.seconds(request_octets) + self.pause:
            await asyncio.sleep(seconds)

    def spoil(self, answer: bytes, dice: Random) -> bytes:
        """What arrives of an answer: all of it, nothing, or all with one wrong bit."""
        if dice.random() < self.loss:
            return b""
        if dice.random() < self.corrupt:
            at = dice.randrange(len(answer))
            return answer[:at] + bytes((answer[at] ^ 1 << dice.randrange(8),)) + answer[at + 1 :]
        return answer


FAST = OpticalLine(baud=None, turnaround=0.0)
