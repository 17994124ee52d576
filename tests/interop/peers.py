"""Other makers' software, each in its own environment under `.peers`. Their licences forbid anything closer."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from agent.bootstrap import ROOT

VERSIONS = {"pydlms-client": "0.1.0", "gurux-dlms": "1.0.203", "dlms-cosem": "25.1.0"}
# What a peer leaves to an extra of its own, and cannot cipher without.
ALSO = {"pydlms-client": ["cryptography"]}
FOLDER = ROOT / ".peers"


def python(peer: str) -> Path:
    return FOLDER / peer / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def missing(peer: str) -> str | None:
    """Why the peer cannot be used; None if it can."""
    reason = FOLDER / f"{peer}.missing"
    if reason.exists():
        return reason.read_text(encoding="utf-8")
    return None if _is_here(peer) else f"{peer} is not set up: run python3 -m tests"


def make_sure() -> None:
    """Installs what is not there. What cannot be installed leaves its reason."""
    FOLDER.mkdir(exist_ok=True)
    for peer, version in VERSIONS.items():
        if not _is_here(peer):
            print(f"installing {peer} {version} for the interop tests", flush=True)
            _install(peer, version)


def _is_here(peer: str) -> bool:
    if not python(peer).exists():
        return False
    check = (
        f"from importlib.metadata import version; assert version({peer!r}) == {VERSIONS[peer]!r}; "
        f"[version(name) for name in {ALSO.get(peer, [])!r}]"
    )
    return subprocess.run([python(peer), "-c", check], capture_output=True, check=False).returncode == 0


def _install(peer: str, version: str) -> None:
    reason = FOLDER / f"{peer}.missing"
    reason.unlink(missing_ok=True)
    venv.create(FOLDER / peer, with_pip=True, clear=True)
    command = [str(python(peer)), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    command += [f"{peer}=={version}", *ALSO.get(peer, [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason.write_text(f"{peer} could not be installed: {done.stderr[-500:]}", encoding="utf-8")
        print(reason.read_text(encoding="utf-8"), file=sys.stderr)
