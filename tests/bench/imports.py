"""What `import agent.dlms` costs before anything is ciphered, beside a bare Python and the peers."""

import json
import subprocess
import sys
from pathlib import Path

from agent.bootstrap import ROOT
from tests.bench.figure import Figure
from tests.interop import peers

_ROUNDS = 7
_MODULES = {
    "dlms-cosem": ("dlms_cosem.client", "dlms_cosem.parsers"),
    "gurux-dlms": ("gurux_dlms",),
    "pydlms-client": ("pydlms",),
}
_PROGRAM = """
import json, sys, time
start = time.perf_counter()
for name in sys.argv[1:]:
    __import__(name)
seconds = time.perf_counter() - start
for line in open("/proc/self/status"):
    if line.startswith("VmRSS"):
        memory = int(line.split()[1]) / 1024
print(json.dumps([seconds * 1000, memory]))
"""


def imports() -> list[Figure]:
    """Milliseconds and megabytes (2²⁰); the goals are for ours alone."""
    if not Path("/proc/self/status").exists():
        return []
    milliseconds, megabytes = _best(Path(sys.executable), "agent.dlms")
    _, bare = _best(Path(sys.executable))
    figures = [Figure("import agent.dlms, memory", "MB", megabytes, bare, "bare Python", 16, "at most", absolute=True)]
    for peer, modules in _MODULES.items():
        why = peers.missing(peer) or ""
        theirs = None if why else _best(peers.python(peer), *modules)[0]
        figures.append(
            Figure("import agent.dlms, time", "ms", milliseconds, theirs, peer, 60, "at most", absolute=True, why=why)
        )
    return figures


def _best(python: Path, *modules: str) -> tuple[float, float]:
    """The least of several runs of each."""
    runs = []
    for _ in range(_ROUNDS):
        command: list[str | Path] = [python, "-c", _PROGRAM, *modules]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    return min(run[0] for run in runs), min(run[1] for run in runs)
