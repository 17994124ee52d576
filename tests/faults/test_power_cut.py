"""The power is cut at any operation of the disk: what was said to be saved is there, and the tablet is the same."""

import random
from pathlib import Path

import pytest

from tests.faults.disk import Disk, Operation
from tests.faults.images import PowerCuts
from tests.faults.power import cut, record
from tests.faults.sync_workload import sync_workload
from tests.faults.vfs import VfsMissing, shim
from tests.faults.workloads import WORKLOADS, Workload

IMAGES = 16
SEED = 20261128

try:
    shim()
except VfsMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)


@pytest.mark.slow
@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_what_is_said_to_be_saved_survives_a_power_cut(workload: Workload, tmp_path: Path) -> None:
    assert _broken(workload, tmp_path, IMAGES) == []


@pytest.mark.slow
def test_receipts_survive_a_power_cut(tmp_path: Path) -> None:
    with sync_workload() as workload:
        assert _broken(workload, tmp_path, IMAGES) == []


@pytest.mark.slow
def test_a_disk_that_does_not_sync_is_found_out(tmp_path: Path) -> None:
    """The check can tell: without its syncs, the same work does not survive."""
    recording = record(WORKLOADS[1], tmp_path / "work")
    recording.disk.log[:] = [operation for operation in recording.disk.log if operation.kind != "sync"]
    assert any(cut(recording, 40, random.Random(SEED), tmp_path))


def _broken(workload: Workload, root: Path, count: int) -> list[str]:
    recording = record(workload, root / "work")
    return [str(wrong) for wrong in cut(recording, count, random.Random(SEED), root) if wrong]


# ── the layer itself ─────────────────────────────────────────────────────────────────────────────


def test_python_files_are_recorded(tmp_path: Path) -> None:
    with Disk(tmp_path) as disk:
        (tmp_path / "a").write_text("hello", encoding="utf-8")
        with (tmp_path / "a").open("ab") as file:
            file.write(b" you")
        (tmp_path / "a").replace(tmp_path / "b")
        (tmp_path / "b").unlink()
    assert [(each.kind, each.name, each.offset, each.content) for each in disk.log] == [
        ("create", "a", 0, b""),
        ("truncate", "a", 0, b""),
        ("write", "a", 0, b"hello"),
        ("write", "a", 5, b" you"),
        ("rename", "a", 0, b""),
        ("delete", "b", 0, b""),
    ]


def test_what_is_synced_is_there_and_the_rest_may_be_torn() -> None:
    pages = bytes(2048)
    log = [
        Operation("create", "a"),
        Operation("write", "a", 0, b"x" * 2048),
        Operation("sync", "a"),
        Operation("write", "a", 0, pages),
        Operation("rename", "a", target="b"),
    ]
    cuts, chance = PowerCuts({}, log), random.Random(SEED)
    cuts.advance_to(len(log))
    found = [cuts.image(chance) for _ in range(200)]
    assert {name for files in found for name in files} == {"a", "b"}
    contents = {content for files in found for content in files.values()}
    assert {pages, b"x" * 2048} < contents
    assert all(piece in (b"x" * 512, bytes(512)) for each in contents for piece in _sectors(each))


def _sectors(content: bytes) -> list[bytes]:
    return [content[place : place + 512] for place in range(0, len(content), 512)]
