"""What the columns of a load profile are."""

from dataclasses import dataclass

import pytest

from agent.domain.channel_words import WORDS
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
        ("3/1.0.5.8.0.255/2", "Reactive QI"),
        ("3/1.0.1.29.0.255/2", "Active Forward, in the interval"),
        ("3/1.0.1.7.0.255/2", "Active Forward, instantaneous"),
        ("3/1.0.32.7.0.255/2", "Voltage L1"),
        ("3/1.0.71.7.0.255/2", "Current L3"),
        ("3/1.0.91.7.0.255/2", "Current N"),
        ("3/1.0.14.7.0.255/2", "Frequency"),
        ("4/1.0.1.6.2.255/2", "Active Forward T2, maximum"),
        ("4/1.0.1.6.0.255/4", "Active Forward, maximum, status"),
        ("4/1.0.1.6.0.255/5", "Active Forward, maximum, captured at"),
        ("4/1.0.1.8.0.255/5", "Active Forward, captured at"),
        ("5/1.0.1.4.0.255/2", "Active Forward, average so far"),
        ("5/1.0.1.4.0.255/3", "Active Forward, last average"),
        ("5/1.0.1.4.0.255/6", "Active Forward, captured at"),
        ("3/1.0.1.8.0.255/2/1", "Active Forward 1"),
        ("3/1.0.1.8.0.255/3", "3/1.0.1.8.0.255/3"),
        ("3/1.0.1.99.0.255/2", "3/1.0.1.99.0.255/2"),
        ("3/1.0.86.8.0.255/2", "3/1.0.86.8.0.255/2"),
        ("3/1.0.0.8.0.255/2", "3/1.0.0.8.0.255/2"),
        ("3/0.0.1.8.0.255/2", "3/0.0.1.8.0.255/2"),
    ],
)
def test_words(name: str, expected: str) -> None:
    assert channel_title(name) == expected


@pytest.mark.parametrize(
    ("culture", "title"),
    [
        ("es-CL", "Tensión L1, máximo"),
        ("it", "Tensione L1, massimo"),
        ("en", "Voltage L1, maximum"),
        ("de", "Voltage L1, maximum"),
    ],
)
def test_in_the_language_of_the_user(culture: str, title: str) -> None:
    assert channel_title("4/1.0.32.6.0.255/2", culture) == title


def test_all_languages_have_the_same_words() -> None:
    assert {frozenset(words) for words in WORDS.values()} == {frozenset(WORDS["en"])}


@dataclass(frozen=True)
class Channel:
    name: str
    unit: str | None = None


def test_columns_and_heads() -> None:
    clock, status, energy = Channel("8/0.0.1.0.0.255/2"), Channel("1/0.0.96.10.1.255/2"), "3/1.0.1.8.0.255/2"
    other_status = Channel("1/0.0.96.10.2.255/2")
    assert columns_of([status, Channel(energy), clock, other_status]) == Columns(2, 0, (1, 3))
    assert columns_of([Channel(energy)]) == Columns(None, None, (0,))
    assert column_titles([Channel(energy, "Wh"), Channel("3/1.1.1.8.0.255/2", "Wh")]) == (
        "Active Forward (3/1.0.1.8.0.255/2) Wh",
        "Active Forward (3/1.1.1.8.0.255/2) Wh",
    )
    assert column_titles([clock, Channel(energy, "Wh"), Channel("1/0.0.96.1.0.255/2")]) == (
        "time",
        "Active Forward Wh",
        "1/0.0.96.1.0.255/2",
    )
