"""The table: item, clause, test, and what came of it at our meter, at our client and at others' meters."""

import json
from pathlib import Path

from tests.conformance.items import ITEMS, Item
from tests.conformance.our_meter import OUR_METER
from tests.conformance.plays import Outcome, Result, at_meter, play_at_client, play_at_meter

FOLDER = Path(__file__).parent
TABLE, PEERS = FOLDER / "TABLE.md", FOLDER / "peers.json"
PeerResults = dict[str, dict[str, Result]]
"""By the peer's name and version, then by item."""

_HEAD = """# Conformance

Written by `python3 -m tests.conformance [--without-peers]`; a test holds it to what our two ends do today. The names
of items are those of DLMS UA's abstract test plans (1001-3 for the data link layer, 1001-6 for the application
layer); what each asks is put in our own words, and `MORE_…` are ours, beyond the plans. This is no certificate: the
plans ask more of a laboratory than a program can. Others' meters are the simulators of their libraries, as of the
last run with them; what fails there is no error of ours, and is written down because it shows what a client meets.

Each item has two functions with its name in lower case: at a meter in `hdlc_at_meter.py` or `appl_at_meter.py`, and
from the other end, at our client, in `hdlc_at_client.py` or `appl_at_client.py`. A meter that fails in the
preparation of an item fails the item; `Why not` says at which answer. What is asked of a meter:
"""


def ours() -> dict[str, dict[str, Result]]:
    """What came of each item at our meter and at our client, now."""
    return {
        "our meter": {item.name: play_at_meter(item, OUR_METER) for item in ITEMS},
        "our client": {item.name: play_at_client(item) for item in ITEMS},
    }


def known_of_peers() -> PeerResults:
    """What the last run with peers wrote down."""
    if not PEERS.exists():
        return {}
    told = json.loads(PEERS.read_text(encoding="utf-8"))
    return {peer: {name: Result(Outcome(a), why) for name, (a, why) in items.items()} for peer, items in told.items()}


def write_peers(results: PeerResults) -> None:
    """Keeps what came of a run with peers."""
    told = {peer: {name: [one.outcome, one.why] for name, one in items.items()} for peer, items in results.items()}
    PEERS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def rendered(results: dict[str, dict[str, Result]]) -> str:
    """The whole document; why something failed or was not tried stands below the table."""
    columns = list(results)
    rows = [["item", "clause", "what is asked", *columns], ["---"] * (3 + len(columns))]
    rows += [[item.name, item.clause, _asked(item), *(_word(results[who], item) for who in columns)] for item in ITEMS]
    lines = [_HEAD, *("| " + " | ".join(row) + " |" for row in rows), "", "## Counted", ""]
    lines += [f"- {who}: {_counted(results[who])}" for who in columns]
    lines += ["", "## Why not", ""]
    lines += [
        f"- {who}, {item.name}: {found.why}"
        for who in columns
        for item in ITEMS
        if (found := results[who].get(item.name)) and found.why
    ]
    return "\n".join(lines) + "\n"


def _asked(item: Item) -> str:
    function = at_meter(item)
    return " ".join((function.__doc__ or "").split()) if function else "**no test**"


def _word(results: dict[str, Result], item: Item) -> str:
    found = results.get(item.name)
    return str(found.outcome) if found else "**no result**"


def _counted(results: dict[str, Result]) -> str:
    outcomes = [result.outcome for result in results.values()]
    return ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in Outcome if outcome in outcomes)
