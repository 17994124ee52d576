"""What time it is by SMM, and how far the tablet's own clock is from that, also when somebody sets it meanwhile."""

import contextlib
from datetime import UTC, datetime, timedelta

from agent.domain.clock import Clock
from agent.domain.errors import ErrorParams, InputError, StoreError
from agent.store import Store, settings
from agent.store.moments import from_optional, to_text
from agent.store.settings import Setting

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""No true clock is before this program; moved on with each release."""

WORTH_A_WARNING_S = 120
JUMP_S = 60
"""Seconds by which the clock may move against time that never jumps, and by which a meter's clock may be set wrong."""
_EVERY = timedelta(minutes=5)


class TabletTime:
    """Time runs on from the last comparison with SMM, or from the program's start, as the clock's uptime does.

    The latest time is kept over restarts, so that a clock that is set back takes no time back.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        with store.read() as db:
            self._drift_s = settings.get_number(db, Setting.CLOCK_DRIFT)
            self._kept = from_optional(settings.get(db, Setting.LATEST_TIME))
        self._latest = self._kept
        self._compare()

    def measured(self, drift_s: int) -> None:
        """SMM was asked: tablet minus SMM, in whole seconds."""
        self._drift_s = drift_s
        self._compare()
        self._latest = self._true()

    def now(self) -> datetime:
        """The time by SMM as well as it is known; never before what it was once."""
        self._latest = max(self._true(), self._latest or RELEASED)
        return self._latest

    @property
    def drift_s(self) -> int | None:
        """Tablet minus SMM in whole seconds, where it was ever measured; with what the clock has jumped since."""
        if self._drift_s is None or abs(self._jump()) <= 2:
            return self._drift_s
        return self._drift_s + round(self._jump())

    def warning(self) -> tuple[str, ErrorParams] | None:
        """What is wrong with the tablet's clock, as an error's code and params."""
        return self._wrong_by(JUMP_S if abs(self._jump()) > JUMP_S else WORTH_A_WARNING_S)

    def require_true(self) -> None:
        """To be asked before another clock is set by this one.

        Raises:
            InputError: `tablet-clock-off`, `tablet-clock-jumped`, `tablet-clock-past`.
        """
        if (wrong := self._wrong_by(JUMP_S)) is not None:
            code, params = wrong
            error = InputError(code=code)
            error.params.update(params)
            raise error

    async def keep(self) -> None:
        """Keeps the latest time, now and then; to be called often. Without room on the disk it is kept another time."""
        latest = self.now()
        if self._kept is None or abs(latest - self._kept) >= _EVERY:
            with contextlib.suppress(StoreError):
                await self._store.write(lambda db: settings.put(db, Setting.LATEST_TIME, to_text(latest)))
                self._kept = latest

    def _wrong_by(self, seconds: int) -> tuple[str, ErrorParams] | None:
        drift, jump, now = self.drift_s, round(self._jump()), self._clock.now()
        if drift is not None:
            return ("tablet-clock-off", {"seconds": drift}) if abs(drift) > seconds else None
        if abs(jump) > JUMP_S:
            return "tablet-clock-jumped", {"seconds": jump}
        is_past = now < max(RELEASED, (self._latest or RELEASED) - timedelta(seconds=JUMP_S))
        return ("tablet-clock-past", {}) if is_past else None

    def _compare(self) -> None:
        self._compared_at, self._compared = self._clock.now(), self._clock.uptime()

    def _true(self) -> datetime:
        passed = self._clock.uptime() - self._compared - (self._drift_s or 0)
        return self._compared_at.astimezone(UTC) + timedelta(seconds=passed)

    def _jump(self) -> float:
        """Seconds by which the tablet's clock has moved against time that never jumps."""
        passed = (self._clock.now() - self._compared_at).total_seconds()
        return passed - (self._clock.uptime() - self._compared)
