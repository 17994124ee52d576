"""The API does what its document says: any request gets an answer that is described, and never a 500."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from agent.smm.api import limits
from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from agent.smm.people.access import new_key
from tests.smm.conftest import Tablet

pytestmark = pytest.mark.slow
OTHER_SYSTEMS = {
    ("POST", "/api/v1/work-orders"),
    ("POST", "/api/v1/work-orders/{number}/cancel"),
    ("GET", "/api/v1/events"),
}
REFUSED_BY_CONTENT = ("/api/v1/work-orders", "/api/v1/parcels")


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
def test_every_answer_is_described(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KNOWN_A_MINUTE", 1_000_000)
    monkeypatch.setattr(limits, "UNKNOWN_A_MINUTE", 1_000_000)
    app = create_app(url)
    tablet = Tablet(app.test_client())
    tablet.log_in()
    database = Database(url)
    with database.begin() as session:
        key = new_key(session, "billing", "Chile", utc_now())
    database.engine.dispose()
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) >= 14
    for operation in operations:
        is_others = (operation.method.upper(), operation.path) in OTHER_SYSTEMS
        # No schema tells whether a meter may have the order, or octets are a parcel: a refusal is a described 422.
        apart = [positive_data_acceptance] if operation.path in REFUSED_BY_CONTENT else []
        _try(operation, key if is_others else tablet.token, apart)


def _try(operation: Any, token: str, excluded_checks: list[Any]) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def any_request(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=excluded_checks)

    any_request()
