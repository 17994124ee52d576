"""A client and a server talking in virtual time over a line that may spoil what it carries."""

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.dlms import (
    Answer,
    AttributeDescriptor,
    ClientSession,
    Closed,
    Data,
    DataAccessResult,
    Event,
    Obis,
    Opened,
    ServerSession,
    Tag,
    Traced,
)

Spoil = Callable[[int, bytes], bytes]
"""Gives what arrives of the n-th transmission (both directions counted together)."""


def register(number: int) -> AttributeDescriptor:
    return AttributeDescriptor(3, Obis(1, 0, 1, 8, number), 2)


@dataclass
class TestDevice:
    """Registers 0…29 hold their number; register 30 holds a long text; LLS password `secret`."""

    __test__ = False
    reads: list[AttributeDescriptor] = field(default_factory=list)

    def authenticate(self, client_sap: int, secret: bytes | None) -> bool:
        return secret == b"secret" if client_sap == 1 else secret is None

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Data | DataAccessResult:
        assert client_sap
        self.reads.append(attribute)
        if attribute.obis.e < 30:
            return Data(Tag.DOUBLE_LONG_UNSIGNED, attribute.obis.e)
        if attribute.obis.e == 30:
            return Data(Tag.OCTET_STRING, bytes(range(256)) * 8)
        return DataAccessResult.OBJECT_UNDEFINED


class Conversation:
    """Carries octets between the two until the client has an event that ends its operation."""

    def __init__(self, client: ClientSession, server: ServerSession, spoil: Spoil = lambda _, data: data) -> None:
        self.client, self.server, self._spoil = client, server, spoil
        self.now = 0.0
        self.transmissions = 0
        self.traces: list[str] = []

    def open(self) -> Event:
        self.client.open(self.now, self.now + 60)
        return self.until_end()

    def get(self, *attributes: AttributeDescriptor) -> Event:
        self.client.get(attributes, self.now, self.now + 60)
        return self.until_end()

    def close(self) -> Event:
        self.client.close(self.now, self.now + 60)
        return self.until_end()

    def reading(self, *attributes: AttributeDescriptor) -> Answer:
        """A whole session; fails unless it goes well."""
        assert isinstance(opened := self.open(), Opened), opened
        answer = self.get(*attributes)
        assert isinstance(answer, Answer), answer
        assert isinstance(self.close(), Closed)
        return answer

    def until_end(self) -> Event:
        for _ in range(10_000):
            event = self.client.next_event()
            if isinstance(event, Traced):
                self.traces.append(f"{event.direction} {event.text}")
            elif event is not None:
                return event
            else:
                self._carry()
        raise AssertionError("no end")

    def _carry(self) -> None:
        if data := self.client.data_to_send():
            self.server.receive(self._pass(data))
            if answer := self.server.data_to_send():
                self.client.receive(self._pass(answer), self.now)
            return
        timer = self.client.next_timer()
        assert timer is not None, "waits for nothing"
        self.now = max(self.now, timer)
        self.client.handle_timer(self.now)

    def _pass(self, data: bytes) -> bytes:
        self.transmissions += 1
        return self._spoil(self.transmissions, data)
