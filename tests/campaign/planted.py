"""Three faults that the campaign has to find: each is a way to lose or to double somebody's money."""

from collections.abc import Callable, Mapping

import pytest

from agent.dlms import ActionResults, AttributeDescriptor
from agent.dlms import SetResult as SessionWritten
from agent.domain.errors import LinkLost
from agent.domain.results import Result
from agent.drivers.conversation import Conversation
from agent.drivers.dlms import DlmsDriver
from agent.drivers.driver import DriverRequest
from agent.link import Link
from agent.procedures import charge_by_token
from agent.procedures.dialogue import Dialogue, Write, Written
from agent.simulator.token_gateway import TokenGateway


def sent_is_written_after_sending(patch: pytest.MonkeyPatch) -> None:
    async def write(self: Conversation, request: Write) -> Written:
        now = self.clock.monotonic()
        deadline = now + self.timeouts.request
        descriptor, value = request.change
        if isinstance(descriptor, AttributeDescriptor):
            assert value is not None
            self.session.set([(descriptor, value)], now, deadline)
            written = Written((await self.until(SessionWritten)).results[0], self.clock.now())
        else:
            self.session.act([(descriptor, value)], now, deadline)
            written = Written((await self.until(ActionResults)).replies[0], self.clock.now())
        await self._journal.sent(request.evidence)
        return written

    patch.setattr(Conversation, "write", write)


def a_change_is_sent_again_after_a_reconnect(patch: pytest.MonkeyPatch) -> None:
    perform = DlmsDriver.perform

    async def again(self: DlmsDriver, request: DriverRequest, link: Link) -> Result:
        try:
            return await perform(self, request, link)
        except LinkLost:
            await link.open()
            return await perform(self, request, link)

    patch.setattr(DlmsDriver, "perform", again)


def token_ids_are_not_checked(patch: pytest.MonkeyPatch) -> None:
    def no_tokens(_objects: object) -> Dialogue[frozenset[bytes]]:
        return frozenset()
        yield

    patch.setattr(TokenGateway, "_is_new_and_ours", lambda _self, _token: True)
    patch.setattr(charge_by_token, "_used_tokens", no_tokens)


PLANTED: Mapping[str, Callable[[pytest.MonkeyPatch], None]] = {
    "SENT is written after sending": sent_is_written_after_sending,
    "a change is sent again after a reconnect": a_change_is_sent_again_after_a_reconnect,
    "token ids are not checked": token_ids_are_not_checked,
}
