"""A link that notes how a meter answers: how long it thinks, what it agrees to, how it identifies itself."""

from collections import defaultdict
from dataclasses import dataclass, field

from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.events import LLC_RESPONSE
from agent.dlms.hdlc.frame import Frame, FrameKind
from agent.dlms.hdlc.parameters import LinkParameters, decode_parameters
from agent.dlms.hdlc.segments import Assembly
from agent.dlms.iec21 import parity
from agent.dlms.iec21.lines import Identification, find_identification
from agent.dlms.xdlms import get
from agent.domain.clock import Clock
from agent.domain.errors import MalformedData
from agent.link import Link
from agent.meters.twin.model import AnswerTime
from agent.meters.twin.requests import RequestKinds

_GET_RESPONSE = bytes((get.RESPONSE,))
_LONGEST_LINE = 256
_BITS_PER_OCTET = 10


@dataclass
class Observed:
    """What was seen on the line. `seconds` are by kind of request; `block_size` is what the fullest data block
    holds, `whole_size` the longest answer to a GET without blocks; neither is seen where APDUs are ciphered."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    parameters: LinkParameters = field(default_factory=LinkParameters)
    sign_on: Identification | None = None
    baud: int | None = None
    block_size: int | None = None
    whole_size: int | None = None

    def times(self) -> dict[str, AnswerTime]:
        """The answer times of each kind, in the order of the alphabet."""
        return {kind: AnswerTime.of(seconds) for kind, seconds in sorted(self.seconds.items())}


class ObservedLink:
    """Passes everything to another link. See `Link`."""

    def __init__(self, link: Link, clock: Clock, observed: Observed) -> None:
        self._link, self._clock, self._observed = link, clock, observed
        self._kinds = RequestKinds()
        self._deframer, self._assembly = Deframer(), Assembly()
        self._line = bytearray()
        self._asked: tuple[str, float] | None = None
        self._connects = False

    @property
    def name(self) -> str:
        """See `Link`."""
        return self._link.name

    async def open(self) -> None:
        """See `Link`."""
        await self._link.open()

    async def write(self, data: bytes) -> None:
        """See `Link`."""
        kind = self._kinds.of(data)
        await self._link.write(data)
        self._connects = kind == "connect"
        baud = self._observed.baud
        sending = len(data) * _BITS_PER_OCTET / baud if baud else 0.0
        self._asked = None if kind is None else (kind, self._clock.monotonic() + sending)

    async def read(self, timeout: float) -> bytes:
        """See `Link`."""
        data = await self._link.read(timeout)
        if data and self._asked is not None:
            kind, since = self._asked
            self._observed.seconds[kind].append(max(0.0, self._clock.monotonic() - since))
            self._asked = None
        self._look_at(data)
        return data

    async def set_baud(self, baud: int) -> None:
        """See `Link`."""
        await self._link.set_baud(baud)
        self._observed.baud = baud

    async def close(self) -> None:
        """See `Link`."""
        await self._link.close()

    def _look_at(self, data: bytes) -> None:
        for frame in self._deframer.feed(data):
            self._frame(frame)
        if self._observed.sign_on is None:
            self._line += parity.decode_leniently(data)
            if found := find_identification(bytes(self._line)):
                self._observed.sign_on = found[0]
            del self._line[:-_LONGEST_LINE]

    def _frame(self, frame: Frame) -> None:
        try:
            if frame.kind is FrameKind.UA and self._connects:
                self._assembly.clear()
                self._observed.parameters = decode_parameters(frame.information)
            elif frame.kind is FrameKind.I:
                self._apdu(self._assembly.add(frame.information, last=not frame.segmented) or b"")
        except MalformedData:
            return

    def _apdu(self, octets: bytes) -> None:
        apdu = octets.removeprefix(LLC_RESPONSE)
        if not apdu.startswith(_GET_RESPONSE):
            return
        response = get.decode_response(apdu)
        if isinstance(response, get.GetBlock):
            self._observed.block_size = max(len(response.block.content), self._observed.block_size or 0)
        elif isinstance(response, get.GetResponse):
            self._observed.whole_size = max(len(apdu), self._observed.whole_size or 0)
