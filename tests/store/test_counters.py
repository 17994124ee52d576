"""Invocation counters: no number is ever given out twice, whichever process is killed and when."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.errors import InputError, StoreError
from agent.store.counters import BLOCK, COUNTERS_FILE, LIMIT, Counters

TITLE, KEY = b"EPL\0\0\0\0\1", bytes(16)

TAKER = """
import sys
from pathlib import Path
from agent.store.counters import Counters
counter = Counters(Path(sys.argv[1])).counter(bytes(8), bytes(16))
while True:
    print(counter.next(), flush=True)
"""


@pytest.fixture
def counters(tmp_path: Path) -> Counters:
    return Counters(tmp_path / "new folder" / COUNTERS_FILE)


def test_numbers_rise_from_block_to_block(counters: Counters) -> None:
    counter = counters.counter(TITLE, KEY)
    assert not counter.is_known
    assert [counter.next() for _ in range(2 * BLOCK + 1)] == list(range(2 * BLOCK + 1))
    assert counter.is_known
    again = counters.counter(TITLE, KEY)
    assert again.next() == 3 * BLOCK, "what was reserved and not used is left out"


def test_each_key_and_each_title_counts_by_itself(counters: Counters) -> None:
    first = counters.counter(TITLE, KEY)
    first.next()
    assert counters.counter(TITLE, b"\1" * 16).next() == 0
    assert counters.counter(b"OTHERONE", KEY).next() == 0


def test_a_meter_that_is_ahead_is_caught_up_with_and_never_fallen_behind(counters: Counters) -> None:
    counter = counters.counter(TITLE, KEY)
    counter.next()
    counter.raise_to(5000)
    assert counter.next() == 5000
    counter.raise_to(10)
    assert counter.next() > 5000


def test_a_key_that_is_used_up(counters: Counters) -> None:
    counter = counters.counter(TITLE, KEY)
    counter.raise_to(LIMIT - 2)
    assert [counter.next(), counter.next()] == [LIMIT - 2, LIMIT - 1]
    with pytest.raises(InputError) as caught:
        counter.next()
    assert caught.value.code == "counter-exhausted"


def test_the_key_is_not_in_the_file(tmp_path: Path) -> None:
    key = bytes(range(100, 116))
    Counters(tmp_path / "c").counter(TITLE, key).next()
    octets = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key not in octets and key.hex().encode() not in octets


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        Counters(tmp_path / "file" / COUNTERS_FILE).counter(TITLE, KEY).next()


@given(st.lists(st.sampled_from(["next", "new", "reserve", "raise"]), max_size=60))
def test_never_twice_whatever_is_done(tmp_path_factory: pytest.TempPathFactory, acts: list[str]) -> None:
    counters = Counters(tmp_path_factory.mktemp("c") / COUNTERS_FILE)
    live = [counters.counter(TITLE, KEY)]
    given_numbers: list[int] = []
    for place, act in enumerate(acts):
        one = live[place % len(live)]
        if act == "next":
            given_numbers.append(one.next())
        elif act == "new":
            live.append(counters.counter(TITLE, KEY))
        elif act == "reserve":
            one.reserve()
        else:
            one.raise_to(max(given_numbers, default=0) + 3)
    assert len(set(given_numbers)) == len(given_numbers)


def test_a_new_file_is_made_by_many_at_once(tmp_path: Path) -> None:
    for place in range(20):
        path = tmp_path / f"{place}.sqlite"
        with ThreadPoolExecutor(8) as takers:
            ends = list(takers.map(lambda _, path=path: Counters(path).advance("a", 1), range(8)))
        assert sorted(ends) == list(range(1, 9))


@pytest.mark.slow
def test_killed_at_any_moment_and_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / COUNTERS_FILE
    given_numbers: list[int] = []
    for length in (1, 7, BLOCK - 1, BLOCK, BLOCK + 3):
        both = [
            subprocess.Popen([sys.executable, "-c", TAKER, str(path)], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for taker in both:
            assert taker.stdout is not None
            given_numbers += [int(taker.stdout.readline()) for _ in range(length)]
            taker.send_signal(signal.SIGKILL)
        for taker in both:
            taken, _ = taker.communicate()
            given_numbers += [int(line) for line in taken.splitlines()]
    assert given_numbers and len(set(given_numbers)) == len(given_numbers)
