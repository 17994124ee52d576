"""APDUs over an open HDLC connection, seen from the client: I frames in windows, and RR to ask for more."""

from agent.dlms.hdlc.client_wire import ClientWire
from agent.dlms.hdlc.events import LLC_COMMAND, LLC_RESPONSE, SegmentReceived
from agent.dlms.hdlc.frame import Frame, FrameKind
from agent.dlms.hdlc.parameters import LinkParameters
from agent.dlms.hdlc.polling import Polling
from agent.dlms.hdlc.window import MODULUS, Incoming, Outgoing
from agent.domain.errors import RemoteProtocolError

_MOST_WRONG = 4


class Transfer:
    """Sequence numbers and windows of one connection, from UA to its end.

    `is_unasked`: the APDU that comes in, or came last, was not asked for.
    """

    def __init__(self, wire: ClientWire, polling: Polling, parameters: LinkParameters) -> None:
        self.is_awaiting = self.is_unasked = False
        self._wire, self._polling, self._parameters = wire, polling, parameters
        self._outgoing, self._incoming = Outgoing(parameters.transmit_window), Incoming()
        self._at_start = self._peer_busy = False
        self._wrong_in_a_row = self._late_in_a_row = 0

    def send(self, apdu: bytes, now: float) -> None:
        """Sends an APDU and awaits one in return."""
        self._outgoing.load(LLC_COMMAND + apdu, self._parameters.transmit_info)
        self.await_apdu(now)

    def await_apdu(self, now: float) -> None:
        """Polls until one more APDU has been received."""
        self.is_awaiting = self._at_start = True
        self.is_unasked = False
        self._wire.begin_listening()
        self._polling.allow_retries()
        if self._polling.unanswered == 0:
            self._take_turn(now)
        else:
            self._polling.await_late_answers(now)

    def poll(self, now: float) -> None:
        """Asks with RR how far the server is; sends no information."""
        self._transmit([self._wire.frame(FrameKind.RR, nr=self._incoming.due)], now)

    def resume(self, now: float) -> None:
        """Polls again after a pause.

        Raises:
            RemoteProtocolError: `answer-missing`; segments were repeated often enough.
        """
        self._polling.pause_over()
        if self._outgoing and not self._peer_busy:
            self._count_repeat()
        self._take_turn(now)

    def receive(self, frame: Frame, now: float) -> SegmentReceived | None:
        """Takes I, RR or RNR; the final one gives the turn back to the client.

        Raises:
            RemoteProtocolError: `answer-missing`; segments were repeated often enough.
            RemoteProtocolError: `sequence-wrong`, if the meter goes on acknowledging what was never sent, or nothing.
        """
        polling = self._polling
        polling.server_heard()
        self._check_sequence(frame)
        progress = self._outgoing.acknowledge(frame.nr)
        self._peer_busy = frame.kind is FrameKind.RNR
        segment = None
        if frame.kind is FrameKind.I and self._incoming.accepts(frame.ns):
            progress = True
            segment = self._segment(frame)
        elif frame.kind is FrameKind.I and not self._incoming.is_ahead(frame.ns, self._parameters.receive_window):
            return None  # a repetition: polling again here would double every frame from now on
        elif frame.kind is FrameKind.I:
            polling.note_gap()
        if progress:
            polling.note_progress()
        if frame.final:
            self._turn_returned(now)
        else:
            polling.expect_more(now)
        return segment

    def _check_sequence(self, frame: Frame) -> None:
        """A late answer may have an old N(R); a meter that never has a right one cannot be waited for."""
        is_wrong = frame.kind is not FrameKind.I and self._outgoing.never_sent(frame.nr)
        self._wrong_in_a_row = self._wrong_in_a_row + 1 if is_wrong else 0
        if self._wrong_in_a_row > _MOST_WRONG:
            raise RemoteProtocolError("N(R) of what was never sent", code="sequence-wrong")

    def _segment(self, frame: Frame) -> SegmentReceived | None:
        if self._outgoing:  # a late answer to an earlier request, of which there is no more than a window
            self._late_in_a_row += 1
            if self._late_in_a_row > MODULUS:
                raise RemoteProtocolError("answers that acknowledge nothing", code="sequence-wrong")
            return None
        self._late_in_a_row = 0
        content = frame.information
        if self._at_start:
            while content.startswith((LLC_RESPONSE, LLC_COMMAND)):  # meters are in service that send it twice
                content = content[len(LLC_RESPONSE) :]
        self._at_start = not frame.segmented
        self.is_unasked = self.is_unasked or not self.is_awaiting
        self.is_awaiting = frame.segmented
        return SegmentReceived(content, last=not frame.segmented)

    def _turn_returned(self, now: float) -> None:
        polling = self._polling
        polling.turn_returned()
        if not self.is_awaiting:
            polling.rest()
        elif self._peer_busy or not polling.may_continue:
            polling.pause(now)
        else:
            if polling.must_repeat:
                self._count_repeat()
            self._take_turn(now)

    def _take_turn(self, now: float) -> None:
        segments = [] if self._peer_busy else self._outgoing.burst()
        frames = [
            self._wire.frame(
                FrameKind.I,
                segment.ns,
                self._incoming.due,
                segment.information,
                final=segment is segments[-1],
                segmented=segment.more,
            )
            for segment in segments
        ]
        if frames:
            self._transmit(frames, now)
        else:
            self.poll(now)

    def _transmit(self, frames: list[Frame], now: float) -> None:
        self._polling.poll_sent(self._wire.send(frames, now))

    def _count_repeat(self) -> None:
        if not self._polling.use_repeat():
            raise self._wire.no_answer(0.0)
