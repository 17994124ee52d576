"""Our engine at a meter behind a socket, in real time: one operation after another."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from agent.dlms import (
    AssociationSettings,
    AttributeDescriptor,
    ClientSession,
    Closed,
    Data,
    Event,
    Failed,
    MethodDescriptor,
    Opened,
    Rows,
    Traced,
)

SECONDS = 20.0


class Counting:
    def __init__(self, first: int) -> None:
        self._numbers = count(first)

    def next(self) -> int:
        return next(self._numbers)


class SocketClient:
    """Raises the error of an operation that fails."""

    def __init__(self, settings: AssociationSettings, port: int, first_counter: int) -> None:
        self._session = ClientSession(settings, Counting(first_counter), os.urandom)
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self.rows: list[tuple[Any, ...]] = []

    def open(self) -> Event:
        self._session.open(*self._now_and_deadline())
        return self._end()

    def get(self, *attributes: AttributeDescriptor) -> Event:
        self._session.get(attributes, *self._now_and_deadline())
        return self._end()

    def set(self, *values: tuple[AttributeDescriptor, Data]) -> Event:
        self._session.set(values, *self._now_and_deadline())
        return self._end()

    def act(self, *methods: tuple[MethodDescriptor, Data | None]) -> Event:
        self._session.act(methods, *self._now_and_deadline())
        return self._end()

    def read_rows(self, buffer: AttributeDescriptor, columns: int) -> Event:
        self.rows = []
        self._session.rows(buffer, columns, *self._now_and_deadline())
        return self._end()

    def close(self) -> Event:
        self._session.close(*self._now_and_deadline())
        event = self._end()
        self._socket.close()
        return event

    def _now_and_deadline(self) -> tuple[float, float]:
        now = time.monotonic()
        return now, now + SECONDS

    def _end(self) -> Event:
        while True:
            event = self._session.next_event()
            if event is None:
                self._carry()
            elif isinstance(event, Rows):
                self.rows += event.rows
            elif isinstance(event, Failed):
                raise event.error
            elif not isinstance(event, Traced):
                return event

    def _carry(self) -> None:
        if data := self._session.data_to_send():
            self._socket.sendall(data)
        due = self._session.next_timer()
        assert due is not None
        self._socket.settimeout(max(0.001, due - time.monotonic()))
        try:
            received = self._socket.recv(4096)
        except TimeoutError:
            self._session.handle_timer(time.monotonic())
        else:
            assert received, "the meter hung up"
            self._session.receive(received, time.monotonic())


@contextmanager
def associated(settings: AssociationSettings, port: int, first_counter: int) -> Iterator[SocketClient]:
    """A client whose association stands; released and disconnected afterwards."""
    client = SocketClient(settings, port, first_counter)
    assert isinstance(client.open(), Opened)
    yield client
    assert isinstance(client.close(), Closed)
