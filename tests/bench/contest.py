"""The same task in our process and in each peer's, in turn, on the same octets and with the same result."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from agent.bootstrap import ROOT
from tests.bench.figure import Figure
from tests.interop import peers

PEERS = {"dlms-cosem": "cosem_peer.py", "gurux-dlms": "gurux_peer.py", "pydlms-client": "pydlms_peer.py"}
_FOLDER = Path(__file__).with_name("peers")
_OURS = "own.py"
_ROUNDS, _SECONDS = 3, 0.5


@dataclass(frozen=True)
class Task:
    """`amount` is how many `unit`s one call does; `goals` are least ratios, by peer."""

    name: str
    task: str
    octets: bytes
    amount: float
    unit: str
    goals: dict[str, float]


def contest(task: Task) -> list[Figure]:
    """One figure for each peer; alternating rounds, the best of each side."""
    return [_against(task, peer, goal) for peer, goal in task.goals.items()]


def _against(task: Task, peer: str, goal: float) -> Figure:
    why = peers.missing(peer)
    ours, theirs = [], []
    for _ in range(_ROUNDS):
        seconds, digest = _measure(Path(sys.executable), _OURS, task)
        ours.append(seconds)
        if why is None:
            their_seconds, their_digest = _measure(peers.python(peer), PEERS[peer], task)
            theirs.append(their_seconds)
            if digest != their_digest:
                why = "another result than ours"
    best = task.amount / min(theirs) if theirs and why is None else None
    return Figure(task.name, task.unit, task.amount / min(ours), best, peer, goal, "at least", why=why or "")


def _measure(python: Path, script: str, task: Task) -> tuple[float, str]:
    """Seconds of a call, and the digest of its result."""
    command: list[str | Path] = [python, _FOLDER / script, task.task, str(_SECONDS)]
    environment = {"PYTHONPATH": str(ROOT)} if script == _OURS else {}
    done = subprocess.run(command, input=task.octets, capture_output=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"{script} {task.task}: {done.stderr.decode()[-1000:]}")
    answer = json.loads(done.stdout)
    return float(answer["seconds"]), str(answer["digest"])
