"""A twin on the line: its server with the sizes, limits and answer times of the recording."""

import os
from collections.abc import Iterator
from random import Random

from agent.dlms import ServerSession, ServerSettings
from agent.dlms.xdlms.common import BLOCK_OVERHEAD
from agent.meters.twin.model import RESULTS, AnswerTime, Twin
from agent.meters.twin.requests import RequestKinds
from agent.simulator.line import BITS_PER_OCTET
from agent.simulator.session import DirectSession, MeterSession, SignedOnSession
from agent.simulator.twin.device import TITLE, TwinDevice
from agent.simulator.twin.serving import Piece

PIECE_OCTETS = 64
_LONGEST_BLOCK = 0xFFFF
_AT_ONCE = AnswerTime(1, 0, 0)


class TwinPlayer:
    """A `Player` for one connection to the twin; with `fast` it answers at once."""

    has_ended = False

    def __init__(self, device: TwinDevice, dice: Random, *, fast: bool) -> None:
        self._twin, self._dice, self._fast = device.twin, dice, fast
        self._session = twin_session(device)
        self._kinds = RequestKinds()

    def take(self, octets: bytes, now: float) -> Iterator[Piece]:
        """See `Player`."""
        kind = self._kinds.of(octets) or "request"
        self._session.receive(octets, now)
        answer = self._session.data_to_send()
        if answer and self._fast:
            yield 0.0, answer
        elif answer:
            yield self._seconds(len(octets)) + self._pause(kind), b""
            for at in range(0, len(answer), PIECE_OCTETS):
                piece = answer[at : at + PIECE_OCTETS]
                yield self._seconds(len(piece)), piece

    def _seconds(self, octets: int) -> float:
        baud = self._session.baud or self._twin.line.baud
        return octets * BITS_PER_OCTET / baud if baud else 0.0

    def _pause(self, kind: str) -> float:
        times = self._twin.times
        time = times.get(kind) or times.get("get") or next(iter(times.values()), _AT_ONCE)
        return max(0.0, time.median_ms + self._dice.uniform(-time.spread_ms, time.spread_ms)) / 1000


def twin_session(device: TwinDevice) -> MeterSession:
    """A session with the twin, after a sign-on where the meter wanted one."""
    session = ServerSession(twin_settings(device.twin), device, device, os.urandom)
    return SignedOnSession(session, device.twin.sign_on, tuple) if device.twin.sign_on else DirectSession(session)


def twin_settings(twin: Twin) -> ServerSettings:
    """The server's sizes and limits: those of the recording."""
    line, lists = twin.line, twin.lists
    return ServerSettings(
        server_sap=line.server_sap,
        system_title=TITLE,
        physical=line.physical,
        max_info=line.send_info,
        window=line.send_window,
        max_pdu=twin.access.max_pdu,
        conformance=twin.access.conformance,
        block_size=line.block_size and min(line.block_size + BLOCK_OVERHEAD, _LONGEST_BLOCK),
        whole_size=line.whole_size if line.block_size else None,
        list_limit=lists.largest if lists.beyond else None,
        beyond_list=RESULTS.get(lists.beyond or ""),
    )
