"""Every word that the agent puts in a sheet has a text on the page; tsc sees to it that each language has it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.api.results import SheetView
from agent.dlms.cosem.clock import ClockStatus
from agent.dlms.cosem.model import Attribute, InterfaceClass
from agent.dlms.cosem.tables.supply import ACCOUNT, CREDIT, TOKEN_GATEWAY
from agent.domain.result_tables import BREAKER_WORDS
from agent.meters import load_model, model_names
from agent.meters.model import MeterModel
from agent.procedures.charge_by_token import ALREADY
from tests.webui.fixtures import change_order, charge_order
from tests.webui.scenes.results import RESULTS

SPANISH = Path(__file__).parents[2] / "webui/src/i18n/sheet/es.ts"
KNOWN = set(re.findall(r'^  "sheet\.(.+?)":', SPANISH.read_text("utf-8"), re.MULTILINE))


def of_sheets() -> Iterator[str]:
    for view in RESULTS.values():
        if isinstance(view.result, SheetView):
            yield from view.result.columns
            rows = [*view.result.rows, *charge_order().parameters, *change_order().parameters]
            yield from (cell.value for row in rows for cell in row if cell and cell.kind == "word")


def of_enumeration(known: InterfaceClass, attribute: str, part: str | None = None) -> Iterator[str]:
    found: Attribute = known.attributes[known.index_of(attribute) - 1]
    if part is not None:
        found = next(each for each in found.parts if each.name == part)
    assert found.words
    yield from found.words.values()


def of_models() -> Iterator[str]:
    for name in model_names():
        model = load_model(name)
        if isinstance(model, MeterModel):
            yield from model.instant


WORDS = {
    *of_sheets(),
    *of_enumeration(ACCOUNT, "account_mode_and_status", "account_status"),
    *of_enumeration(CREDIT, "credit_status"),
    *of_enumeration(TOKEN_GATEWAY, "token_status", "status_code"),
    *of_models(),
    *(ClockStatus(0xFF)).words,
    *BREAKER_WORDS.values(),
    *("on", "off", "yes", "no", "credit", "prepayment", ALREADY),
}


@pytest.mark.parametrize("word", sorted(WORDS))
def test_it_has_a_text(word: str) -> None:
    assert word in KNOWN
