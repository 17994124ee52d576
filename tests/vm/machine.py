"""Boots the virtual machine, which runs the radio tests, and reads the result from its console."""

import base64
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.vm.count import MARK
from tests.vm.parts import make_sure

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".peers" / "vm"
LONGEST_SECONDS = 1500
MEGABYTES = 1024
RADIO_TESTS = ("-q", "--color=no", "tests/radio")
_RESULT = re.compile(rf"^{MARK} passed=(\d+) failed=(\d+) skipped=(\d+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """`counts` are passed, failed and skipped tests; None, a failure, if the console does not tell."""

    console: str
    seconds: float
    counts: tuple[int, int, int] | None

    @property
    def is_good(self) -> bool:
        return self.counts is not None and self.counts[0] > 0 and self.counts[1] == 0

    def words(self) -> str:
        if self.counts is None:
            return f"radio tests in the virtual machine: NOT KNOWN how they went, after {self.seconds:.0f} s"
        passed, failed, skipped = self.counts
        return (
            f"radio tests in the virtual machine: {passed} passed, {failed} failed, {skipped} skipped,"
            f" in {self.seconds:.0f} s"
        )


def run(arguments: Sequence[str] = RADIO_TESTS) -> Outcome:
    """Runs pytest with these arguments in the virtual machine. Raises Lacking where there can be no such machine."""
    kernel, first = make_sure(FOLDER)
    console = FOLDER / "console.log"
    began = time.monotonic()
    process = subprocess.Popen(_command(kernel, first, console, arguments), stdin=subprocess.DEVNULL)
    try:
        process.wait(LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    text = console.read_text(encoding="utf-8", errors="replace") if console.exists() else ""
    return Outcome(text, time.monotonic() - began, counts_of(text))


def counts_of(console: str) -> tuple[int, int, int] | None:
    found = _RESULT.findall(console.replace("\r", ""))
    if len(found) != 1:
        return None
    passed, failed, skipped = map(int, found[0])
    return passed, failed, skipped


def _command(kernel: Path, first: Path, console: Path, arguments: Sequence[str]) -> list[str]:
    packed = base64.b64encode("\0".join(arguments).encode()).decode()
    words = (
        "console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on tsc=reliable"
        f" guest={Path(__file__).with_name('guest.sh')} python={sys.executable} arguments={packed}"
    )
    return [
        "qemu-system-x86_64",
        *("-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max"),
        *("-smp", str(min(2, os.cpu_count() or 1)), "-m", str(MEGABYTES)),
        *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-kernel", str(kernel), "-initrd", str(first), "-append", words, "-serial", f"file:{console}"),
        *("-device", "virtio-rng-pci"),
        *("-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"),
    ]
