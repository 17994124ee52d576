"""Two engines over a bad line, thousands of times: all arrives whole and is done once, or the documented error
comes within the deadline."""

from collections.abc import Callable
from random import Random

import pytest

from agent.dlms import (
    ActionReply,
    ActionResult,
    ActionResults,
    AssociationSettings,
    Closed,
    Conformance,
    Data,
    DataAccessResult,
    Event,
    Failed,
    GetResult,
    Opened,
    ServerSettings,
    SetResult,
    Tag,
)
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.errors import NoAnswer, RemoteProtocolError
from tests.dlms.conversation import TestDevice, method, new_client, new_server, register
from tests.dlms.lossy import Evils, LossyLine

DEADLINE = 400.0
LONG = Data(Tag.OCTET_STRING, Random(5).randbytes(1500))
READABLE = Data(Tag.OCTET_STRING, bytes(range(256)) * 8)

BAD = Evils(lost=0.08, cut=0.03, corrupted=0.05, repeated=0.04, delayed=0.03, garbage=0.05)
LINES = {
    "good": Evils(),
    "losing": Evils(lost=0.15),
    "cutting and corrupting": Evils(cut=0.1, corrupted=0.15),
    "repeating": Evils(repeated=0.3),
    "delaying": Evils(delayed=0.2, repeated=0.1),
    "bad in every way": BAD,
    "hopeless": Evils(lost=0.6, corrupted=0.3),
}


def line_of(seed: int, evils: Evils) -> tuple[LossyLine, TestDevice]:
    dice = Random(seed)
    general = Conformance.GENERAL_BLOCK_TRANSFER if dice.random() < 0.4 else Conformance(0)
    info, pdu = dice.choice([32, 64, 128, 512, 2030]), dice.choice([100, 500, 2000, 65535])
    client = AssociationSettings(
        max_info=dice.choice([info, 128]),
        window=dice.randint(1, 7),
        max_pdu=pdu,
        conformance=SERVICES | general,
        general_block_window=dice.randint(1, 5),
    )
    server = ServerSettings(max_info=info, window=dice.randint(1, 7), max_pdu=pdu, conformance=SERVICES | general)
    device = TestDevice()
    return LossyLine(new_client(client), new_server(server, device), evils, seed), device


def run(seed: int, evils: Evils) -> bool:
    """Whether everything was done."""
    line, device = line_of(seed, evils)
    client = line.client
    operations: tuple[tuple[Callable[[], None], type[Event]], ...] = (
        (lambda: client.open(line.now, line.now + DEADLINE), Opened),
        (lambda: client.get([register(1), register(30)], line.now, line.now + DEADLINE), GetResult),
        (lambda: client.set([(register(31), LONG)], line.now, line.now + DEADLINE), SetResult),
        (lambda: client.act([(method(1), LONG)], line.now, line.now + DEADLINE), ActionResults),
    )
    for begin, wanted in operations:
        start = line.now
        begin()
        event = line.until_end()
        assert line.now <= start + DEADLINE, "over the deadline"
        if type(event) is not wanted:
            assert_documented(event)
            break
        assert_right(event)
    done = isinstance(event, ActionResults)
    assert len(device.writes) <= 1 and len(device.calls) <= 1, "something was done twice"
    assert all(value == LONG for _, value in device.writes)
    close(line)
    return done


def close(line: LossyLine) -> None:
    start = line.now
    line.client.close(line.now, line.now + DEADLINE)
    assert isinstance(line.until_end(), Closed)
    assert line.now <= start + DEADLINE


def assert_documented(event: Event) -> None:
    assert isinstance(event, Failed), event
    assert isinstance(event.error, NoAnswer) or event.error.code in (
        "garbage-answer",
        "protocol-remote",
        "answer-missing",
    ), event.error
    assert isinstance(event.error, RemoteProtocolError)


def assert_right(event: Event) -> None:
    if isinstance(event, GetResult):
        assert event.values == (Data(Tag.DOUBLE_LONG_UNSIGNED, 1), READABLE)
    if isinstance(event, SetResult):
        assert event.results == (DataAccessResult.SUCCESS,)
    if isinstance(event, ActionResults):
        assert event.replies == (ActionReply(ActionResult.SUCCESS, LONG),)


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("first", range(0, 40, 20))
def test_bad_lines(name: str, first: int) -> None:
    done = sum(run(seed, LINES[name]) for seed in range(first, first + 20))
    if name == "good":
        assert done == 20
    elif name == "hopeless":
        assert done == 0
    else:
        assert done >= 8, f"{name}: only {done} of 20 came through"


@pytest.mark.slow
@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("first", range(1000, 1400, 100))
def test_bad_lines_thousands_of_times(name: str, first: int) -> None:
    for seed in range(first, first + 100):
        run(seed, LINES[name])
