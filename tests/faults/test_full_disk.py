"""No room on the disk: nothing changes, the error says so, and with room the same job settles.

The disk is a real one, mounted in a mount namespace of its own, so that it goes with its process.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MOUNTS = {
    "tmpfs": 'mount -t tmpfs -o size=48m tmpfs "$1"',
    "ext4": 'truncate -s 64m "$1.img" && mkfs.ext4 -q -m 0 "$1.img" && mount -o loop "$1.img" "$1"',
}


def namespace() -> list[str]:
    """The command that runs another one where it may mount."""
    return ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts are Linux's")
@pytest.mark.parametrize("kind", MOUNTS)
def test_a_full_disk_loses_nothing(tmp_path: Path, kind: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("unshare") is None:
        pytest.skip("no unshare(1) on this machine")
    if run([*namespace(), "sh", "-ec", MOUNTS[kind], "sh", str(disk)]).returncode != 0:
        pytest.skip(f"this machine does not let us mount {kind}")
    script = f'{MOUNTS[kind]} && exec "$2" -m tests.faults.full_disk "$1"'
    done = run([*namespace(), "sh", "-ec", script, "sh", str(disk), sys.executable])
    assert done.stdout == "survived\n", done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX's")
def test_a_file_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    done = run([sys.executable, "-m", "tests.faults.limited", str(tmp_path)])
    assert done.stdout == "survived\n", done.stderr
