"""One state, numbered changes, and pages that do not read."""

import json

from agent.api.agent_info import AgentInfo
from agent.api.hub import LOG_LINES_KEPT, UNREAD_MESSAGES_KEPT, Hub
from agent.api.jobs import LogLine
from agent.api.orders import OrderInfo
from agent.api.probes import LinkState
from agent.api.state import PageState
from agent.api.sync import SyncInfo


def hub() -> Hub:
    info = AgentInfo(version="1", demo=True, csv_folder="", activities=[])
    link = LinkState(state="idle")
    return Hub(
        PageState(agent=info, user=None, link=link, job=None, log=[], pending=[], orders=[], sync=SyncInfo(online=None))
    )


def line(number: int) -> LogLine:
    return LogLine(at="2026-11-23T10:00:00Z", text=str(number))


def test_snapshot_then_numbered_changes() -> None:
    made = hub()
    made.link(LinkState(state="scanning"))
    outlet = made.watch()
    made.link(LinkState(state="idle"))
    made.log([line(1)], reset=True)
    messages = [json.loads(outlet.get() or "") for _ in range(3)]
    assert [message["method"] for message in messages] == ["snapshot", "change", "change"]
    assert messages[0]["params"]["seq"] == 1
    assert messages[0]["params"]["state"]["link"]["state"] == "scanning"
    assert [message["params"]["seq"] for message in messages[1:]] == [2, 3]


def test_lists_are_told_whoever_changed_them_and_only_if_they_differ() -> None:
    made = hub()
    outlet = made.watch()
    order = OrderInfo.model_construct(id=1)
    for orders in ([], [order], [order], [], []):
        made.orders(orders)
    made.pending([])
    made.leave(outlet)
    changes = []
    while (text := outlet.get()) is not None:
        changes.append(json.loads(text)["params"])
    assert [[one["id"] for one in change["value"]] for change in changes[1:]] == [[1], []]


def test_a_page_that_does_not_read_costs_no_memory_and_sees_the_gap() -> None:
    made = hub()
    outlet = made.watch()
    for number in range(3 * UNREAD_MESSAGES_KEPT):
        made.log([line(number)])
    made.leave(outlet)
    messages = []
    while (text := outlet.get()) is not None:
        messages.append(json.loads(text))
    assert len(messages) < UNREAD_MESSAGES_KEPT
    assert made.snapshot().seq == 3 * UNREAD_MESSAGES_KEPT


def test_the_log_is_bounded_and_reset_by_a_new_job() -> None:
    made = hub()
    made.log(line(number) for number in range(2 * LOG_LINES_KEPT))
    shown = made.snapshot().state.log
    assert 100 < len(shown) <= LOG_LINES_KEPT
    assert shown[-1] == line(2 * LOG_LINES_KEPT - 1)
    made.log([LogLine(at=shown[0].at, text="7E" * 3000) for _ in range(50)])
    assert len(made.snapshot().model_dump_json()) < 13_000
    made.log([line(0)], reset=True)
    assert len(made.snapshot().state.log) == 1
