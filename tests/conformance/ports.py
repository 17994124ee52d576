"""Ways to a meter under test: ours in memory and virtual time, others' behind a socket."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from agent.dlms import ServerSession

FIRST_OCTET_SECONDS, SILENCE_SECONDS = 0.6, 0.1


class Port(Protocol):
    """The tester's side of a meter's optical port."""

    def talk(self, octets: bytes) -> bytes:
        """Sends, and gives all that comes in return before the meter is silent."""

    def wait(self, seconds: float) -> None:
        """Lets time pass."""

    def close(self) -> None:
        """Hangs up."""


@dataclass
class InMemory:
    """Our server, asked directly; `now` is virtual."""

    session: ServerSession
    now: float = 1000.0

    def talk(self, octets: bytes) -> bytes:
        self.now += 0.1
        self.session.receive(octets, self.now)
        return self.session.data_to_send()

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def close(self) -> None:
        pass


@dataclass
class OverSocket:
    """A meter in a process of its own, in real time."""

    port: int
    _socket: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def talk(self, octets: bytes) -> bytes:
        self._socket.sendall(octets)
        return self._until_silence(FIRST_OCTET_SECONDS)

    def wait(self, seconds: float) -> None:
        assert not self._until_silence(seconds), "it speaks unasked"

    def close(self) -> None:
        self._socket.close()

    def _until_silence(self, first: float) -> bytes:
        received, patience = b"", first
        while True:
            self._socket.settimeout(patience)
            try:
                octets = self._socket.recv(65536)
            except TimeoutError:
                return received
            except ConnectionError:
                octets = b""
            assert octets or received, "it hangs up"
            if not octets:
                return received
            received, patience = received + octets, SILENCE_SECONDS


@dataclass(frozen=True)
class Attribute:
    """Class, logical name and number, as a descriptor holds them."""

    class_id: int
    name: tuple[int, int, int, int, int, int]
    number: int = 2

    def encode(self) -> bytes:
        return self.class_id.to_bytes(2) + bytes(self.name) + bytes((self.number,))


@dataclass(frozen=True)
class MeterUnderTest:
    """A way to reach it, and what its maker declares: that much a test plan has to be told.

    `addresses` are those that it answers to, each as its parts; `inactivity` is None where it cannot be told, or is too
    long for a test in real time. Client 16 is public; client 1 has the password; client 2 answers challenges by MD5,
    client 3 has keys, each where there is one.
    """

    connect: Callable[[], Port]
    addresses: tuple[tuple[int, ...], ...] = ((1,),)
    max_info: int = 128
    window: int = 1
    inactivity: float | None = None
    inter_octet: float = 1.0
    password: bytes = b"12345678"
    hashed: bytes | None = b"12345678"
    ciphers: bool = False
    short: Attribute = Attribute(1, (0, 0, 42, 0, 0, 255))
    long: Attribute = Attribute(15, (0, 0, 40, 0, 0, 255))
    method: Attribute = Attribute(70, (0, 0, 96, 3, 10, 255), 1)
