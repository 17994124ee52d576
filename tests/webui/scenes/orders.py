"""Work orders: listed, taken, opened, given back, closed, confirmed."""

from functools import partial

from playwright.sync_api import Page

from agent.api.orders import OrderList
from agent.domain.activity import Activity
from tests.webui.fixtures import OTHER_SERIAL, change_order, charge_order, error, job, offline, order
from tests.webui.scenes.outcomes import attention
from tests.webui.scenes.scene import Scene, presses, script, visible

HELD = [
    charge_order(),
    change_order(),
    order(3562, Activity.READING, serial=OTHER_SERIAL, pod="ROSSO0002", address="El Molino 18"),
]
GONE = charge_order(gone=error("order-gone", order=3561))
WAITING = [
    charge_order(id=3564, serial=OTHER_SERIAL, pod="ROSSO0002", parameters=[], mine=False, lease_until=None),
    order(3566, Activity.PREPAY_CONFIG, summary="Prepago residencial", mine=False, lease_until=None),
    change_order(id=3568, parameters=[], mine=False, lease_until=None),
]
DOWNLOAD = {"orders.available": OrderList(orders=WAITING)}


def take(page: Page) -> None:
    page.get_by_test_id("available-3564").click()
    page.get_by_test_id("available-3566").click()


def missed(page: Page) -> None:
    take(page)
    page.get_by_test_id("claim").click()
    page.get_by_test_id("get-missed").wait_for()


def held(name: str, number: int, *testids: str, **parts: object) -> Scene:
    return Scene(name, f"#orden/{number}", lambda: script(None, **{"orders": HELD, **parts}), presses(*testids))


ORDERS = [
    Scene("03-trabajo", "#trabajo", partial(script, orders=HELD)),
    Scene("03-trabajo-none", "#trabajo", script),
    Scene("03-trabajo-attention", "#trabajo", lambda: script(orders=HELD[2:], pending=attention())),
    Scene("03-trabajo-gone", "#trabajo", partial(script, orders=[GONE, *HELD[1:]], sync=offline())),
    held("08-orden-charge", 3561),
    held("08-orden-change", 3567),
    held("08-orden-reading", 3562),
    held("08-orden-gone", 3561, orders=[GONE]),
    held("08-orden-missing", 99),
    held("08-orden-open", 3561, pending=[job(Activity.CREDIT_CHARGE, "unknown", order=3561)]),
    held("08-orden-release", 3561, "order-release"),
    held("08-orden-close", 3561, "order-close", "close-other"),
    held("09-carga-confirmar", 3561, "start"),
    held("09-cambio-confirmar", 3567, "start"),
    Scene("08-descargar", "#descargar", partial(script, DOWNLOAD), take),
    Scene("08-descargar-none", "#descargar", partial(script, {"orders.available": OrderList(orders=[])})),
    Scene(
        "08-descargar-offline",
        "#descargar",
        partial(script, {"orders.available": error("smm-unreachable")}, sync=offline()),
        visible("get-offline"),
    ),
    Scene(
        "08-descargar-missed",
        "#descargar",
        partial(script, {**DOWNLOAD, "orders.claim": OrderList(orders=WAITING[:1])}),
        missed,
    ),
]
