"""When the client polls the server again: timeouts, retries, and the pause after a poll that brought nothing."""

from agent.dlms.hdlc.events import LinkTimes

PAUSE_SECONDS = 0.3
"""Between polls of a busy meter, and while late answers to an earlier poll may still arrive."""


class Polling:
    """Timers of one connection; `due` is the time of the next one, in monotonic seconds."""

    def __init__(self, times: LinkTimes) -> None:
        self.due: float | None = None
        self.is_pausing = False
        self.unanswered = 0
        self._times = times
        self._silences_left = self._repeats_left = times.retries
        self._progress = self._gap = False

    def allow_retries(self) -> None:
        """A new request begins: all retries are available again."""
        self._silences_left = self._repeats_left = self._times.retries

    def poll_sent(self, now: float) -> None:
        """The server has the turn; its answer is due."""
        self.unanswered += 1
        self._progress = self._gap = self.is_pausing = False
        self.due = now + self._times.response

    def octets_received(self, now: float) -> None:
        """An answer has begun; its next octet is due after the inter-octet timeout."""
        if self.due is not None and not self.is_pausing:
            self.due = max(self.due, now + self._times.inter_octet)

    def server_heard(self) -> None:
        """A frame of the server ends a series of silences."""
        self._silences_left = self._times.retries

    def note_progress(self) -> None:
        """Segments were acknowledged or received, so segments may be repeated again."""
        self._progress = True
        self._repeats_left = self._times.retries

    def note_gap(self) -> None:
        """A segment was lost on the way here."""
        self._gap = True

    def expect_more(self, now: float) -> None:
        """More frames follow the one that was received."""
        if self.due is not None:
            self.due = now + self._times.inter_octet

    def await_late_answers(self, now: float) -> None:
        """Earlier polls are unanswered: their answers are awaited before the next poll."""
        if self.due is None:
            self.due = now + self._times.inter_octet

    def turn_returned(self) -> None:
        """A final frame answers one poll."""
        self.unanswered = max(0, self.unanswered - 1)

    @property
    def may_continue(self) -> bool:
        """Whether the answer to the last poll is a reason to poll again at once."""
        return self.unanswered == 0 and (self._progress or self._gap)

    @property
    def must_repeat(self) -> bool:
        """Whether the next poll repeats segments, as the last one moved nothing forward."""
        return not self._progress

    def pause(self, now: float) -> None:
        """No poll until `PAUSE_SECONDS` have passed."""
        self.is_pausing = True
        self.due = now + PAUSE_SECONDS

    def pause_over(self) -> None:
        """Answers to earlier polls are no longer expected."""
        self.unanswered = 0

    def rest(self) -> None:
        """Nothing is awaited."""
        self.is_pausing = False
        self.unanswered = 0
        self.due = None

    def use_silence(self) -> bool:
        """Whether one more silence is tolerated; counts it."""
        if self._silences_left == 0:
            return False
        self._silences_left -= 1
        return True

    def use_repeat(self) -> bool:
        """Whether segments may be sent or asked for once more; counts it."""
        if self._repeats_left == 0:
            return False
        self._repeats_left -= 1
        return True
