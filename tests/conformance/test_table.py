"""The written table is what is so."""

from tests.conformance.items import ITEMS
from tests.conformance.plays import Outcome, Result
from tests.conformance.table import TABLE, known_of_peers, ours, rendered
from tests.interop.peers import VERSIONS


def test_the_table_is_up_to_date() -> None:
    current = rendered({**ours(), **known_of_peers()})
    assert TABLE.read_text(encoding="utf-8") == current, "run python3 -m tests.conformance"


def test_peers_have_a_result_for_every_item() -> None:
    known = known_of_peers()
    assert set(known) == {f"{peer} {VERSIONS[peer]}" for peer in ("pydlms-client", "gurux-dlms")}
    for peer, results in known.items():
        assert set(results) == {item.name for item in ITEMS}, peer


def test_what_has_no_result_or_fails_is_seen_in_the_table() -> None:
    text = rendered({"a meter": {ITEMS[0].name: Result(Outcome.FAILED, "it is silent")}})
    assert "| failed |" in text and "**no result**" in text
    assert f"- a meter, {ITEMS[0].name}: it is silent" in text
