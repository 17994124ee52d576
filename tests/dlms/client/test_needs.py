"""Meters that are right with one setting and with no other: each setting is shown by the meter that needs it."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from agent.dlms import (
    AssociationSettings,
    ClientAccess,
    Closed,
    Event,
    Failed,
    GetResult,
    LinkTimes,
    Mechanism,
    Opened,
    ServerSession,
    ServerSettings,
)
from agent.dlms.acse import apdus as acse
from agent.dlms.acse.diagnostics import Diagnostic
from agent.dlms.security.suite import Protection
from agent.domain.errors import EplusError
from tests.dlms.conversation import Conversation, Counting, TestDevice, new_client, register
from tests.dlms.secured import BOTH, secured

OURS, THEIRS = secured(0, BOTH)
HLS = AssociationSettings(client_sap=1, mechanism=Mechanism.HLS_GMAC, security=OURS)
SIX = [register(number) for number in range(6)]


class PickyMeter(ServerSession):
    """Refuses the requests that it does not like, with one diagnostic; takes its own title out of its answers."""

    def __init__(
        self,
        access: ClientAccess,
        likes: Callable[[acse.AssociationRequest], bool] = lambda _: True,
        diagnostic: Diagnostic = Diagnostic.AUTHENTICATION_FAILURE,
        tells_title: bool = True,
    ) -> None:
        device = TestDevice(clients={1: access})
        super().__init__(ServerSettings(), device, Counting(), random.Random(2).randbytes)
        self._likes, self._refusal, self._tells_title = likes, diagnostic, tells_title

    def _associate(self, client_sap: int, request: acse.AssociationRequest) -> bytes:
        if not self._likes(request):
            return acse.encode_aare(b"", self._refusal)
        aare = super()._associate(client_sap, request)
        response = acse.decode_aare(aare)
        if self._tells_title:
            return aare
        return acse.encode_aare(
            response.user_information,
            Diagnostic.NULL,
            ciphered=bool(response.ciphered),
            mechanism=Mechanism.HLS_GMAC,
            challenge=response.value,
        )


def reading(settings: AssociationSettings, meter: ServerSession) -> Event:
    """Of six registers; the first event that is no success, else the values."""
    line = Conversation(new_client(settings), meter, lambda _number, data: data)
    opened = line.open()
    if not isinstance(opened, Opened):
        return opened
    result = line.get(*SIX)
    if isinstance(result, GetResult):
        assert isinstance(line.close(), Closed)
    return result


def reads(settings: AssociationSettings, meter: ServerSession) -> None:
    result = reading(settings, meter)
    assert isinstance(result, GetResult) and [value.value for value in result.values] == list(range(6)), result


def fails(settings: AssociationSettings, meter: ServerSession) -> EplusError:
    result = reading(settings, meter)
    assert isinstance(result, Failed), result
    return result.error


@pytest.mark.parametrize("octets", [8, 32, 64])
def test_a_challenge_of_another_length(octets: int) -> None:
    def meter() -> PickyMeter:
        return PickyMeter(
            ClientAccess(Mechanism.HLS_GMAC, security=THEIRS), lambda request: len(request.value or b"") == octets
        )

    assert fails(HLS, meter()).code == "association-refused"
    reads(replace(HLS, challenge_octets=octets), meter())


def test_a_meter_that_wants_no_title() -> None:
    settings = AssociationSettings(
        client_sap=1, mechanism=Mechanism.LLS, secret=b"secret", system_title=b"EPL\0\0\0\0\1"
    )

    def meter() -> PickyMeter:
        access = ClientAccess(Mechanism.LLS, b"secret")
        return PickyMeter(access, lambda request: request.title is None, Diagnostic.CALLING_AP_TITLE_NOT_RECOGNISED)

    assert fails(settings, meter()).code == "association-client"
    reads(replace(settings, send_title=False), meter())


@pytest.mark.parametrize("protection", [Protection.NONE, BOTH])
def test_a_meter_that_does_not_tell_its_title(protection: Protection) -> None:
    ours, theirs = secured(0, protection)
    settings = replace(HLS, security=ours)

    def meter() -> PickyMeter:
        return PickyMeter(ClientAccess(Mechanism.HLS_GMAC, security=theirs), tells_title=False)

    assert fails(settings, meter()).code == "security-title"
    reads(replace(settings, meter_title=theirs.system_title), meter())
    assert fails(replace(settings, meter_title=b"WRONG\0\0\1"), meter()).code == "security-tag"


class ShortListed(ServerSession):
    """Says nothing more, ever, once it was asked for more than `most` attributes together."""

    def __init__(self, most: int) -> None:
        super().__init__(ServerSettings(), TestDevice(), Counting(), random.Random(2).randbytes)
        self._most = most
        self._is_dead = False
        self.lists: list[int] = []

    def _serve_plain(self, association: object, apdu: bytes) -> bytes:
        if apdu[:2] == b"\xc0\x03":
            self.lists.append(apdu[3])
            self._is_dead = self._is_dead or apdu[3] > self._most
        return super()._serve_plain(association, apdu)  # type: ignore[arg-type]

    def data_to_send(self) -> bytes:
        data = super().data_to_send()
        return b"" if self._is_dead else data


def test_a_meter_that_takes_short_lists() -> None:
    fails(AssociationSettings(), ShortListed(4))
    meter = ShortListed(4)
    reads(AssociationSettings(list_limit=4), meter)
    assert meter.lists == [4, 2]


def test_a_meter_that_takes_no_list() -> None:
    fails(AssociationSettings(), ShortListed(0))
    meter = ShortListed(0)
    reads(AssociationSettings(list_limit=1), meter)
    assert meter.lists == []


class DeafMeter:
    """Whatever comes while it is deaf upsets it for good: at first, after its UA, after each of its answers."""

    def __init__(self, at_first: float = 0.0, after_ua: float = 0.0, after_answer: float = 0.0) -> None:
        self._session = ServerSession(ServerSettings(), TestDevice(), Counting(), random.Random(2).randbytes)
        self._deaf_until, self._after_ua, self._after_answer = at_first, after_ua, after_answer
        self._is_upset = False
        self._answers = 0
        self._now = 0.0

    def receive(self, data: bytes, now: float) -> None:
        self._is_upset = self._is_upset or now < self._deaf_until
        self._now = now
        if not self._is_upset:
            self._session.receive(data, now)

    def data_to_send(self) -> bytes:
        data = self._session.data_to_send()
        if data:
            self._answers += 1
            self._deaf_until = self._now + max(self._after_answer, self._after_ua if self._answers == 1 else 0.0)
        return data


@pytest.mark.parametrize(
    ("meter", "times"),
    [
        (lambda: DeafMeter(at_first=1.0), LinkTimes(before_connect=1.0)),
        (lambda: DeafMeter(after_ua=2.5), LinkTimes(after_connect=2.5)),
        (lambda: DeafMeter(after_answer=0.1), LinkTimes(before_frame=0.1)),
        (lambda: DeafMeter(1.0, 1.0, 0.2), LinkTimes(before_connect=1.0, after_connect=1.0, before_frame=0.2)),
    ],
)
def test_a_meter_that_is_deaf_for_a_while(meter: Callable[[], DeafMeter], times: LinkTimes) -> None:
    fails(AssociationSettings(), cast(ServerSession, meter()))
    reads(AssociationSettings(times=times), cast(ServerSession, meter()))


def test_quiet_costs_its_time_and_no_more() -> None:
    times = LinkTimes(before_connect=1.0, after_connect=0.5, before_frame=0.25)
    line = Conversation(
        new_client(AssociationSettings(times=times)), cast(ServerSession, DeafMeter()), lambda _number, data: data
    )
    assert isinstance(line.open(), Opened) and line.now == pytest.approx(1.5)
    assert isinstance(line.get(*SIX), GetResult) and line.now == pytest.approx(1.75)


def test_the_time_for_opening_does_not_count_the_quiet() -> None:
    client = new_client(AssociationSettings(times=LinkTimes(before_connect=5.0)))
    client.open(0.0, 4.0)
    assert not client.data_to_send()
    client.handle_timer(client.next_timer() or 0.0)
    assert client.data_to_send()
