"""What `eplus simulate` does with a twin, and `eplus twin replay` with a trace."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path
from random import Random

from agent.dlms import ClientAccess
from agent.domain.errors import InputError
from agent.meters.twin.file import read_text
from agent.meters.twin.model import Twin
from agent.simulator.twin.device import TwinDevice, words_of
from agent.simulator.twin.player import TwinPlayer
from agent.simulator.twin.replay import ReplayPlayer, hidden_in_answers, parse_trace
from agent.simulator.twin.serving import Player, serve_players

Say = Callable[[str], None]


def run_twin(
    twin: Twin, host: str, port: int, now: Callable[[], datetime], given: ClientAccess | None, say: Say, *, fast: bool
) -> None:
    """Plays the twin until Ctrl-C; `given` is how its client gets in, if not as was recorded.

    Raises:
        InputError: the address cannot be listened on.
    """
    device, dice = TwinDevice(twin, now, given), Random(0)

    def ready(taken: int) -> None:
        say(f"twin of {words_of(twin)}, listening on tcp://{host}:{taken}")

    _serve(host, port, lambda: TwinPlayer(device, dice, fast=fast), ready)


def run_replay(file: Path, host: str, port: int, say: Say, *, fast: bool) -> None:
    """Plays the conversations of a trace, one a connection, over and over, until Ctrl-C.

    Raises:
        InputError: `bad-trace`, or the address cannot be listened on.
    """
    conversations = parse_trace(read_text(file))
    numbers = count()

    def begin() -> Player:
        number = next(numbers) % len(conversations)
        return ReplayPlayer(conversations[number], lambda line: say(f"conversation {number + 1}: {line}"), fast=fast)

    def ready(taken: int) -> None:
        say(f"{len(conversations)} conversations, listening on tcp://{host}:{taken}")
        if hidden := hidden_in_answers(conversations):
            say(f"{hidden} octets of answers are hidden in the trace: they are sent as zeros")

    _serve(host, port, begin, ready)


def _serve(host: str, port: int, begin: Callable[[], Player], ready: Callable[[int], None]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background programs with it ignored
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve_players(host, port, begin, ready))
    except OSError:
        raise InputError(code="port-taken", port=port) from None
