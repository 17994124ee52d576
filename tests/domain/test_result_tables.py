"""Results as rows: in words, and nothing that a person cannot read."""

from agent.domain.exchange import ChannelPayload, ClockPayload, ProfileInfoPayload
from agent.domain.result_tables import table_of
from agent.domain.table import Word

SERIAL = "UAAEEDN11200129695"


def channel(name: str, unit: str | None = None) -> ChannelPayload:
    return ChannelPayload(name=name, scaler=None, unit=unit)


def test_a_profiles_channels_are_named_in_words_without_time_and_status() -> None:
    channels = [
        channel("8/0.0.1.0.0.255/2"),
        channel("1/0.0.96.10.1.255/2"),
        channel("3/1.0.1.8.0.255/2", "Wh"),
        channel("3/1.0.3.8.0.255/2", "varh"),
        channel("3/1.0.32.7.0.255/2", "V"),
    ]
    info = ProfileInfoPayload(
        serial=SERIAL, channels=channels, capture_period_s=900, rows_held=0, first=None, last=None
    )
    assert [row for row in table_of(info).rows if row[0] == "channel"] == [
        ("channel", "Active Forward", "Wh"),
        ("channel", "Reactive Forward", "varh"),
        ("channel", "Voltage L1", "V"),
    ]


def test_each_thing_that_a_clock_says_of_itself_is_a_word() -> None:
    said = ["doubtful-value", "daylight-saving"]
    rows = table_of(ClockPayload(serial=SERIAL, meter_time=None, drift_s=4, status=said)).rows
    shown = [value for item, value, _ in rows if item == "clock status"]
    assert shown == said
    assert all(isinstance(each, Word) for each in shown)


def test_a_clock_that_says_nothing_of_itself_has_no_such_row() -> None:
    rows = table_of(ClockPayload(serial=SERIAL, meter_time=None, drift_s=4, status=[])).rows
    assert "clock status" not in [row[0] for row in rows]
