"""Each page of the central system in a browser: it fits, is accessible, and works by keyboard and on paper."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from agent.domain.activity import Activity
from agent.domain.group import AUDITOR_GROUP, ENGINEER_GROUP
from agent.domain.sample import METERS
from agent.smm import audit
from agent.smm.app import create_app
from agent.smm.database import AUTO_APPROVE, Database, put_setting, utc_now
from agent.smm.keys import KeyBox
from agent.smm.orders import approval
from agent.smm.orders.creating import create
from agent.smm.orders.request import WorkOrderRequest
from agent.smm.people import users
from agent.smm.people.requester import Requester
from agent.smm.people.users import NewUser
from agent.smm.sample import init
from tests.browser.conftest import LANDSCAPE, PORTRAIT
from tests.browser.test_screens import violations
from tests.smm import samples
from tests.smm.conftest import Tablet, reading

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenPage = Callable[..., Page]
FIRST, SECOND = METERS[0].serial, METERS[1].serial

WIDER_THAN_THE_WINDOW = """() => [...document.querySelectorAll('html, .desk, .sheet, .pane, .side')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => `${one.scrollWidth} > ${one.clientWidth} ${one.className || one.tagName}`)"""


@dataclass(frozen=True)
class Smm:
    url: str
    undecided: int
    awaiting: int
    tablet: str
    doubtful: str


@pytest.fixture(scope="module")
def smm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Smm]:
    url = f"sqlite:///{tmp_path_factory.mktemp('smm') / 'smm.sqlite'}"
    init(url, sample=True)
    app = create_app(url)
    tablet = Tablet(app.test_client())
    tablet.log_in()
    database = Database(url)
    undecided = _work(tablet)
    doubtful = _doubtful(tablet)
    awaiting = _more(database, KeyBox.for_database(url))
    Tablet(app.test_client())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield Smm(f"http://127.0.0.1:{server.server_port}", undecided, awaiting, tablet.id, doubtful)
    server.shutdown()
    serving.join()
    server.server_close()
    database.engine.dispose()


def _work(tablet: Tablet) -> int:
    """Sends a reading, a failure, and a charge with an unknown outcome; returns the number of its order."""
    (charge,) = (order for order in tablet.get("/work-orders").json["orders"] if order["activity"] == "credit-charge")
    claim = tablet.post(f"/work-orders/{charge['id']}/claim").json
    failure = tablet.failure("association-refused", diagnostic="authentication-failure")
    at = utc_now()
    unknown = tablet.signed(
        samples.undecided(), at, kind="credit-charge", work_order=charge["id"], fence=claim["fence"]
    )
    assert tablet.states(tablet.envelope(), tablet.envelope(SECOND, 3), failure, unknown) == ["accepted"] * 4
    number: int = charge["id"]
    return number


def _doubtful(tablet: Tablet) -> str:
    """Sends work of next year, twice, and reports two records as lost; returns the key of the first."""
    made = [tablet.signed(reading(), utc_now() + timedelta(days=365), clock_drift_s=None) for _ in range(2)]
    last = tablet.sequence + 2
    lost = {"first": last - 1, "last": last, "cause": "lost", "note": "pantalla rota"}
    assert tablet.send(*made, last_sequence=last, absences=[lost]).json["missing"] == []
    return str(made[0]["key"])


def _more(database: Database, keys: KeyBox) -> int:
    with database.begin() as session:
        put_setting(session, AUTO_APPROVE, "no")
        approval.set_limit(session, 5000)
        for name, group in (("elena.vidal", ENGINEER_GROUP), ("sofia.mena", AUDITOR_GROUP)):
            users.create(session, NewUser(name, name, group, "Chile", "es-CL", f"{name}@mail.cl", name), "smm-2026")
            audit.note(session, "GDS-ITA-Admin", "user-created", name, "Chile", group=group)
        requester = Requester("ripa", "Chile")
        request = WorkOrderRequest(Activity.CREDIT_CHARGE, (SECOND,), amount_wh=60000)
        (number,) = create(session, keys, request, requester, utc_now())
    return number


def _logged_in(smm: Smm, open_page: OpenPage, viewport: dict[str, int]) -> Page:
    page = open_page(f"{smm.url}/login", viewport)
    page.fill("[name=username]", "GDS-ITA-Admin")
    page.fill("[name=password]", "smm-2026")
    page.click("button[type=submit]")
    page.goto(f"{smm.url}/language/en")
    return page


def pages(smm: Smm) -> dict[str, str]:
    return {
        "meters": "/meters",
        "meters-prepay": f"/meters?serial={FIRST}&activity=prepay-config",
        "import": "/meters/import",
        "commissioned": "/commissioned-meters",
        "commissioned-charge": f"/commissioned-meters?serial={SECOND}&activity=credit-charge",
        "orders": "/work-orders",
        "orders-settle": f"/work-orders?order={smm.undecided}",
        "orders-approve": f"/work-orders?order={smm.awaiting}",
        "undecided": "/undecided",
        "times": "/times",
        "times-one": f"/times?time={smm.doubtful}",
        "last-readings": "/reports/last-readings",
        "mobile": "/reports/mobile-work-orders",
        "commercial": "/reports/commercial-work-orders",
        "catalogue": "/profiles",
        "catalogue-profile": "/profiles?new=profile",
        "catalogue-tariff": "/profiles?new=tariff",
        "catalogue-contract": "/profiles?new=contract",
        "catalogue-limit": "/profiles?new=limit",
        "tablets": "/tablets",
        "tablets-one": f"/tablets?tablet={smm.tablet}",
        "users": "/users",
        "users-edit": "/users?user=ripa",
        "audit": "/audit",
        "error": "/nothing-here",
    }


@pytest.mark.parametrize("viewport", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
def test_every_page(smm: Smm, open_page: OpenPage, output: Path, viewport: dict[str, int]) -> None:
    page = _logged_in(smm, open_page, viewport)
    wrong: dict[str, list[str]] = {}
    for name, path in pages(smm).items():
        page.goto(f"{smm.url}{path}")
        page.screenshot(path=output / f"smm-{name}-{viewport['width']}.png", animations="disabled")
        faults = page.evaluate(WIDER_THAN_THE_WINDOW) + violations(page)
        if page.locator(".btn--go:visible").count() > 1:
            faults.append("more than one next step")
        if faults:
            wrong[name] = faults
    assert wrong == {}


def test_by_keyboard_alone(smm: Smm, open_page: OpenPage) -> None:
    page = _logged_in(smm, open_page, LANDSCAPE)
    page.goto(f"{smm.url}/work-orders")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("input[name='serial number']").focus()
    page.keyboard.type(SECOND[-6:])
    page.keyboard.press("Enter")
    page.wait_for_url("**serial+number=*")
    expect(page.locator("tbody tr").first).to_contain_text(SECOND[-6:])
    page.locator(f"a[href$='order={smm.awaiting}']").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="APPROVE")).to_be_visible()


def test_on_paper(smm: Smm, open_page: OpenPage, output: Path) -> None:
    page = _logged_in(smm, open_page, LANDSCAPE)
    page.goto(f"{smm.url}/reports/mobile-work-orders")
    page.emulate_media(media="print")
    for gone in (".nav", ".strip", ".filters", ".foot"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.locator("thead")).to_be_visible()
    printed = page.pdf(path=output / "smm-mobile.pdf", prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")


def test_a_charge_waits_for_its_second_person(smm: Smm, open_page: OpenPage) -> None:
    page = _logged_in(smm, open_page, LANDSCAPE)
    page.goto(f"{smm.url}/work-orders?order={smm.awaiting}")
    page.get_by_role("button", name="APPROVE").click()
    expect(page.get_by_role("status")).to_contain_text("approved")
