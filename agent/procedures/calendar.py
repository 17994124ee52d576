"""A tariff plan as a meter's activity calendar holds it, and back (IEC 62056-6-2:2017, class_id 20)."""

from collections.abc import Iterable

from agent.dlms import Data, Obis, Tag
from agent.dlms.cosem.clock import CosemDateTime, as_octet_string, read_date_time, read_time
from agent.dlms.cosem.dates import CosemDate, CosemTime
from agent.dlms.cosem.values import elements, integer, logical_name, text
from agent.domain.errors import MalformedData
from agent.domain.tariff import Season, Switch, TariffPlan

TARIFF_SCRIPTS = Obis(0, 0, 10, 0, 100)
"""The tariffication script table (IEC 62056-6-1:2017); its script n switches to tariff n."""
_MIDNIGHT = CosemTime(0, 0, 0, 0)
_WEEKDAYS = 7


def plan_parts(plan: TariffPlan) -> tuple[Data, Data, Data, Data]:
    """Calendar name, season profile, week profile table and day profile table, as COSEM data."""
    return (
        _octets(plan.name),
        _array(_structure(_octets(s.name), _begin(s), _octets(s.week)) for s in plan.seasons),
        _array(
            _structure(_octets(name), *(Data(Tag.UNSIGNED, day) for day in days)) for name, days in plan.weeks.items()
        ),
        _array(
            _structure(Data(Tag.UNSIGNED, number), _array(map(_action, switches)))
            for number, switches in plan.days.items()
        ),
    )


def read_plan(name: Data, seasons: Data, weeks: Data, days: Data) -> TariffPlan:
    """The tariff plan that these four parts of a calendar make.

    Raises:
        MalformedData: they are no calendar, or one that no tariff plan can express.
    """
    return TariffPlan(
        name=text(name),
        seasons=tuple(map(_season, elements(seasons, Tag.ARRAY))),
        weeks=dict(map(_week, elements(weeks, Tag.ARRAY))),
        days=dict(map(_day, elements(days, Tag.ARRAY))),
    )


def _begin(season: Season) -> Data:
    """Midnight of that day, every year, with deviation and status not specified."""
    return as_octet_string(CosemDateTime(CosemDate(None, season.month, season.day), _MIDNIGHT))


def _action(switch: Switch) -> Data:
    hour, minute = divmod(switch.minute, 60)
    start = as_octet_string(CosemTime(hour, minute, 0, 0))
    return _structure(start, _octets(bytes(TARIFF_SCRIPTS)), Data(Tag.LONG_UNSIGNED, switch.tariff))


def _season(value: Data) -> Season:
    name, start, week = elements(value, Tag.STRUCTURE, 3)
    begin = read_date_time(start).date
    if begin.month is None or begin.day is None:
        raise MalformedData("a season that begins on no day")
    return Season(text(name), begin.month, begin.day, text(week))


def _week(value: Data) -> tuple[str, tuple[int, ...]]:
    name, *days = elements(value, Tag.STRUCTURE, 1 + _WEEKDAYS)
    return text(name), tuple(map(integer, days))


def _day(value: Data) -> tuple[int, tuple[Switch, ...]]:
    number, actions = elements(value, Tag.STRUCTURE, 2)
    return integer(number), tuple(map(_switch, elements(actions, Tag.ARRAY)))


def _switch(value: Data) -> Switch:
    start, scripts, selector = elements(value, Tag.STRUCTURE, 3)
    if logical_name(scripts) != TARIFF_SCRIPTS:
        raise MalformedData("an action that switches no tariff")
    time = read_time(start)
    if time.hour is None or time.minute is None or time.second:
        raise MalformedData("a switch that is at no minute of the day")
    return Switch(60 * time.hour + time.minute, integer(selector))


def _octets(value: str | bytes) -> Data:
    return Data(Tag.OCTET_STRING, value.encode() if isinstance(value, str) else value)


def _structure(*parts: Data) -> Data:
    return Data(Tag.STRUCTURE, parts)


def _array(parts: Iterable[Data]) -> Data:
    return Data(Tag.ARRAY, tuple(parts))
