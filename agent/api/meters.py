"""A meter before anything is done to it, and the prepayment profiles to choose from."""

import asyncio
from datetime import datetime
from typing import Annotated

from pydantic import Field

from agent.api.message import Empty, ErrorInfo, PageMessage, Text, UtcText, optional_text
from agent.api.rpc import method
from agent.api.sessions import PageSession
from agent.domain.attempt import AttemptState
from agent.domain.errors import InputError
from agent.domain.exchange import DirectoryMeter
from agent.domain.serial import parse_serial
from agent.store import Store, attempts, directory, load_profiles, prepay_profiles
from agent.store.attempts import Attempt


class MeterSerial(PageMessage):
    """A serial number as typed or scanned."""

    serial: Text


class MeterCard(PageMessage):
    """What is known of a meter before anything is done; `has_key` is false where SMM sent none."""

    serial: str
    model: str
    pod: str | None
    address: str | None
    customer: str | None
    has_key: bool
    blocked: Annotated[ErrorInfo | None, Field(description="an outcome that is unknown or undecided")] = None
    last_profile_row: UtcText | None = None


class ProfileNames(PageMessage):
    """Prepayment profiles that SMM gave this tablet."""

    profiles: list[str]


def meter_card(meter: DirectoryMeter, attempt: Attempt | None, last_profile_row: datetime | None) -> MeterCard:
    """`attempt` is one at this meter whose outcome is open; `last_profile_row` the newest that is here."""
    return MeterCard(
        serial=meter.serial,
        model=meter.model,
        pod=meter.pod,
        address=meter.address,
        customer=meter.customer,
        has_key=meter.sealed is not None,
        blocked=None if attempt is None else _blocked(attempt),
        last_profile_row=optional_text(last_profile_row),
    )


class MeterMethods:
    """Looks meters up in this tablet's directory."""

    def __init__(self, store: Store, session: PageSession) -> None:
        self._store = store
        self._session = session

    @method("meter.card")
    async def card(self, request: MeterSerial) -> MeterCard:
        """Raises: InputError `meter-unknown`, or a malformed serial number; LoginRefused."""
        self._session.user()
        return await asyncio.to_thread(self._card, parse_serial(request.serial))

    @method("prepay.profiles")
    async def prepay_profiles(self, _: Empty) -> ProfileNames:
        """By name."""
        with self._store.read() as db:
            return ProfileNames(profiles=prepay_profiles.names(db))

    def _card(self, serial: str) -> MeterCard:
        with self._store.read() as db:
            meter = directory.find(db, serial)
            if meter is None:
                raise InputError(code="meter-unknown", serial=serial)
            return meter_card(meter, attempts.open_at(db, serial), load_profiles.last_fetched(db, serial))


def _blocked(attempt: Attempt) -> ErrorInfo:
    code = "outcome-undecided" if attempt.state is AttemptState.UNDECIDED else "outcome-open"
    return ErrorInfo(code=code, params={"serial": attempt.serial})
