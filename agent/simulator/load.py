"""The energy a household uses: a power for each hour of the day, and the tariff that counts it."""

from datetime import UTC, datetime

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""When sample meters stood at their first values: a fixed date, so that they keep growing over restarts."""

# fmt: off
_WATTS = (180, 150, 140, 140, 150, 210, 480, 820, 640, 410, 380, 420,
          760, 690, 430, 390, 440, 710, 980, 1240, 1310, 900, 520, 260)
# fmt: on
_TARIFFS = (2, 2, 2, 2, 2, 2, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 2)
TARIFFS = 6


def energy_since_epoch(moment: datetime) -> list[int]:
    """Wh that T1…T6 have counted since the epoch, zero before it; it never decreases."""
    seconds = max(0, int((moment - EPOCH).total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hour, rest = divmod(rest, 3600)
    watt_seconds = [0] * TARIFFS
    for number, (watts, tariff) in enumerate(zip(_WATTS, _TARIFFS, strict=True)):
        whole_hours = days + (1 if number < hour else 0)
        watt_seconds[tariff] += watts * (whole_hours * 3600 + (rest if number == hour else 0))
    return [value // 3600 for value in watt_seconds]
