"""Work orders and meters as the page is shown them."""

from datetime import datetime

from agent.api.messages import ErrorInfo, MeterCard, OrderInfo, SheetCell
from agent.api.views import sheet_rows, utc_text
from agent.domain.attempt import AttemptState
from agent.domain.exchange import DirectoryMeter, WorkOrder
from agent.domain.result_tables import parameter_table
from agent.store.attempts import Attempt
from agent.store.orders import HeldOrder


def waiting_order(order: WorkOrder) -> OrderInfo:
    """One that can be claimed."""
    return _order(order, [])


def held_order(held: HeldOrder) -> OrderInfo:
    """One that this tablet has claimed, with its parameters."""
    claim = held.claim
    shown = _order(claim.order, sheet_rows(parameter_table(claim.parameters)))
    gone = None if held.gone is None else ErrorInfo(code=held.gone, params={"order": claim.order.id})
    return shown.model_copy(update={"mine": True, "lease_until": utc_text(claim.lease_until), "gone": gone})


def meter_card(meter: DirectoryMeter, attempt: Attempt | None, last_profile_row: datetime | None) -> MeterCard:
    return MeterCard(
        serial=meter.serial,
        model=meter.model,
        pod=meter.pod,
        address=meter.address,
        customer=meter.customer,
        has_key=meter.sealed is not None,
        blocked=None if attempt is None else _blocked(attempt),
        last_profile_row=None if last_profile_row is None else utc_text(last_profile_row),
    )


def _blocked(attempt: Attempt) -> ErrorInfo:
    code = "outcome-undecided" if attempt.state is AttemptState.UNDECIDED else "outcome-open"
    return ErrorInfo(code=code, params={"serial": attempt.serial})


def _order(order: WorkOrder, parameters: list[list[SheetCell | None]]) -> OrderInfo:
    return OrderInfo(
        id=order.id,
        activity=order.activity,
        serial=order.serial,
        pod=order.pod,
        address=order.address,
        customer=order.customer,
        summary=order.summary,
        parameters=parameters,
        created_by=order.created_by,
        inserted_at=utc_text(order.inserted_at),
    )
