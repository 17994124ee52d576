"""A client and a server in conversation, in virtual time, over a line that may spoil what it carries."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from agent.dlms import (
    ActionReply,
    ActionResult,
    AssociationSettings,
    AttributeDescriptor,
    ClientAccess,
    ClientSession,
    Closed,
    Data,
    DataAccessResult,
    Event,
    GetResult,
    Mechanism,
    MethodDescriptor,
    Obis,
    Opened,
    Rows,
    ServerSession,
    ServerSettings,
    Tag,
    Traced,
)

Spoil = Callable[[int, bytes], bytes]
"""Gives what arrives of the n-th transmission (both directions counted together)."""


def register(number: int) -> AttributeDescriptor:
    return AttributeDescriptor(3, Obis(1, 0, 1, 8, number), 2)


class Counting:
    """Invocation counters from memory."""

    def __init__(self, first: int = 0) -> None:
        self._numbers = count(first)

    def next(self) -> int:
        return next(self._numbers)


@dataclass
class TestDevice:
    """Registers 0…29 hold their number or what was written; register 30 a long text; 31 whatever is set.

    The public client (16) needs nothing, client 1 the password `secret`; others as `clients` says. Method 1 of a
    register gives its parameters back.
    """

    __test__ = False
    reads: list[AttributeDescriptor] = field(default_factory=list)
    writes: list[tuple[AttributeDescriptor, Data]] = field(default_factory=list)
    calls: list[MethodDescriptor] = field(default_factory=list)
    clients: dict[int, ClientAccess] = field(default_factory=dict)
    values: dict[int, Data] = field(default_factory=dict)

    def access(self, client_sap: int) -> ClientAccess | None:
        known = {16: ClientAccess(), 1: ClientAccess(Mechanism.LLS, b"secret")} | self.clients
        return known.get(client_sap)

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Data | DataAccessResult:
        assert client_sap
        self.reads.append(attribute)
        if attribute.obis.e in self.values:
            return self.values[attribute.obis.e]
        if attribute.obis.e < 30:
            return Data(Tag.DOUBLE_LONG_UNSIGNED, attribute.obis.e)
        if attribute.obis.e == 30:
            return Data(Tag.OCTET_STRING, bytes(range(256)) * 8)
        return DataAccessResult.OBJECT_UNDEFINED

    def write(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> DataAccessResult:
        assert client_sap
        self.writes.append((attribute, value))
        if attribute.obis.e >= 50:
            return DataAccessResult.READ_WRITE_DENIED
        self.values[attribute.obis.e] = value
        return DataAccessResult.SUCCESS

    def invoke(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> ActionReply:
        assert client_sap
        self.calls.append(method)
        if method.obis.e >= 50:
            return ActionReply(ActionResult.OBJECT_UNDEFINED)
        return ActionReply(ActionResult.SUCCESS, parameters)


def method(number: int) -> MethodDescriptor:
    return MethodDescriptor(3, Obis(1, 0, 1, 8, number), 1)


def new_client(settings: AssociationSettings | None = None) -> ClientSession:
    return ClientSession(settings or AssociationSettings(), Counting(), random.Random(1).randbytes)


def new_server(settings: ServerSettings | None = None, device: TestDevice | None = None) -> ServerSession:
    return ServerSession(settings or ServerSettings(), device or TestDevice(), Counting(), random.Random(2).randbytes)


class Conversation:
    """Carries octets between the two until the client has an event that ends its operation."""

    def __init__(self, client: ClientSession, server: ServerSession, spoil: Spoil) -> None:
        self.client, self.server, self._spoil = client, server, spoil
        self.now = 0.0
        self.transmissions = 0
        self.traces: list[str] = []
        self.rows: list[tuple[Any, ...]] = []

    def open(self) -> Event:
        self.client.open(self.now, self.now + 60)
        return self.until_end()

    def get(self, *attributes: AttributeDescriptor) -> Event:
        self.client.get(attributes, self.now, self.now + 60)
        return self.until_end()

    def set(self, *values: tuple[AttributeDescriptor, Data]) -> Event:
        self.client.set(values, self.now, self.now + 60)
        return self.until_end()

    def act(self, *methods: tuple[MethodDescriptor, Data | None]) -> Event:
        self.client.act(methods, self.now, self.now + 60)
        return self.until_end()

    def read_rows(self, buffer: AttributeDescriptor, columns: int) -> Event:
        self.client.rows(buffer, columns, self.now, self.now + 600)
        return self.until_end()

    def close(self) -> Event:
        self.client.close(self.now, self.now + 60)
        return self.until_end()

    def reading(self, *attributes: AttributeDescriptor) -> GetResult:
        """A whole session; fails unless it goes well."""
        assert isinstance(opened := self.open(), Opened), opened
        result = self.get(*attributes)
        assert isinstance(result, GetResult), result
        assert isinstance(self.close(), Closed)
        return result

    def until_end(self) -> Event:
        for _ in range(10_000):
            event = self.client.next_event()
            if isinstance(event, Traced):
                self.traces.append(f"{event.direction} {event.text}")
            elif isinstance(event, Rows):
                self.rows += event.rows
            elif event is not None:
                return event
            else:
                self._carry()
        raise AssertionError("no end")

    def _carry(self) -> None:
        if data := self.client.data_to_send():
            self.server.receive(self._pass(data), self.now)
            if response := self.server.data_to_send():
                self.client.receive(self._pass(response), self.now)
            return
        timer = self.client.next_timer()
        assert timer is not None, "waits for nothing"
        self.now = max(self.now, timer)
        self.client.handle_timer(self.now)

    def _pass(self, data: bytes) -> bytes:
        self.transmissions += 1
        return self._spoil(self.transmissions, data)


def _untouched(_: int, data: bytes) -> bytes:
    return data


def new_conversation(
    spoil: Spoil = _untouched,
    client: AssociationSettings | None = None,
    server: ServerSettings | None = None,
    device: TestDevice | None = None,
) -> Conversation:
    """Between a new client and a new server."""
    return Conversation(new_client(client), new_server(server, device), spoil)
