"""What the columns of a load profile are."""

from dataclasses import dataclass

import pytest

from agent.domain.channels import Columns, channel_title, column_titles, columns_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("3/1.0.1.8.0.255/2", "Active Forward"),
        ("3/1.0.2.8.0.255/2", "Active Reverse"),
        ("3/1.0.3.8.0.255/2", "Reactive Forward"),
        ("4/1.0.4.8.0.255/2", "Reactive Reverse"),
        ("3/1.0.1.8.2.255/2", "Active Forward T2"),
        ("8/0.0.1.0.0.255/2", "time"),
        ("1/0.0.96.10.1.255/2", "status"),
        ("3/1.0.5.8.0.255/2", "3/1.0.5.8.0.255/2"),
        ("4/1.0.1.8.0.255/5", "4/1.0.1.8.0.255/5"),
        ("3/1.0.1.7.0.255/2", "3/1.0.1.7.0.255/2"),
        ("3/0.0.1.8.0.255/2", "3/0.0.1.8.0.255/2"),
    ],
)
def test_words(name: str, expected: str) -> None:
    assert channel_title(name) == expected


@dataclass(frozen=True)
class Channel:
    name: str
    unit: str | None = None


def test_columns_and_heads() -> None:
    clock, status, energy = Channel("8/0.0.1.0.0.255/2"), Channel("1/0.0.96.10.1.255/2"), "3/1.0.1.8.0.255/2"
    other_status = Channel("1/0.0.96.10.2.255/2")
    assert columns_of([status, Channel(energy), clock, other_status]) == Columns(2, 0, (1, 3))
    assert columns_of([Channel(energy)]) == Columns(None, None, (0,))
    assert column_titles([clock, Channel(energy, "Wh"), Channel("1/0.0.96.1.0.255/2")]) == (
        "time",
        "Active Forward Wh",
        "1/0.0.96.1.0.255/2",
    )
