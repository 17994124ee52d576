"""The front door: when set-up runs, what it prints, and that it repairs what was left half done."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent import bootstrap, old_python
from tests.checkout import FRONT_DOOR, Checkout

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and apt-get are POSIX's")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.mark.slow
def test_set_up_once_then_only_when_sources_or_needs_change(checkout: Checkout) -> None:
    first = checkout.start("demo", "--no-window")
    assert first.stdout.split() == ["in", str(checkout.venv), "demo", "--no-window"]
    assert [line.split("] ")[1] for line in first.stderr.splitlines()] == [
        "making .venv (this first time takes a minute or two)",
        "building the page",
        "installing",
        "ready",
    ]
    second = checkout.start("fail")
    assert (second.returncode, second.stderr, checkout.builds) == (7, "", 1)
    lock = checkout.locks / "demo.lock"
    for source in (checkout.page, checkout.words, checkout.root / "pyproject.toml", lock):
        source.write_text(source.read_text() + "\n")
        assert checkout.start().returncode == 0
    assert checkout.builds == 5
    (checkout.page.parent / "node_modules").mkdir()
    (checkout.page.parent / "node_modules" / "x.js").write_text("")
    assert checkout.start().stderr == ""


@pytest.mark.slow
def test_the_environments_own_python_goes_straight_on(checkout: Checkout) -> None:
    checkout.start()
    inside = [str(checkout.venv / bootstrap.PYTHON.relative_to(bootstrap.VENV)), "-m", "agent"]
    done = subprocess.run(inside, cwd=checkout.root, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["in", str(checkout.venv)], "")


@posix
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "Ctrl-C"])
def test_a_set_up_that_was_cut_short_is_begun_anew(checkout: Checkout, how: signal.Signals) -> None:
    with checkout.building() as process:
        (checkout.venv / "half").touch()
        os.killpg(process.pid, how)
        told = process.communicate(timeout=60)[1]
    assert process.returncode in (-signal.SIGKILL, 130)
    assert "Traceback" not in told
    again = checkout.start()
    assert again.returncode == 0, again.stderr
    assert not (checkout.venv / "half").exists()
    assert checkout.start().stderr == ""


@posix
@pytest.mark.slow
def test_a_set_up_started_in_the_background_is_not_interrupted_by_ctrl_c(checkout: Checkout) -> None:
    """A shell starts it with SIGINT ignored, and pip inherits that: both finish."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with checkout.building() as process:
            os.killpg(process.pid, signal.SIGINT)
            checkout.hold.unlink()
            assert "ready" in process.communicate(timeout=60)[1]
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.returncode == 0
    assert checkout.start().stderr == ""


@posix
@pytest.mark.slow
def test_a_pip_that_outlives_its_parent_is_waited_for(checkout: Checkout) -> None:
    with checkout.building() as process:
        process.kill()
        process.wait(10)
        again = subprocess.Popen(
            checkout.command(), cwd=checkout.root, env=checkout.environment, stderr=subprocess.PIPE, text=True
        )
        assert again.stderr is not None
        assert again.stderr.readline().startswith("waiting for the set-up")
        checkout.hold.unlink()
        assert "ready" in again.communicate(timeout=60)[1]
    assert again.returncode == 0
    assert checkout.builds == 2


@pytest.mark.slow
def test_of_two_first_starts_one_sets_up(checkout: Checkout) -> None:
    with checkout.building() as first:
        second = subprocess.Popen(checkout.command(), cwd=checkout.root, env=checkout.environment)
        checkout.hold.unlink()
        assert first.wait(60) == second.wait(60) == 0
    assert checkout.builds == 1


@pytest.mark.slow
def test_a_failing_pip_is_told_with_its_last_words(checkout: Checkout) -> None:
    project = (checkout.root / "pyproject.toml").read_text()
    (checkout.root / "pyproject.toml").write_text("this is no project")
    failed = checkout.start()
    assert failed.returncode == 2
    assert "line 1, column 6" in failed.stderr
    assert failed.stderr.endswith("Check the network and run the command again.\n")
    (checkout.root / "pyproject.toml").write_text(project)
    (checkout.venv / "kept").touch()
    assert checkout.start().returncode == 0
    assert (checkout.venv / "kept").exists(), "what pip left in order is not thrown away"


@posix
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="installs a package: root on Linux only")
def test_root_installs_ensurepip_where_it_is_missing(checkout: Checkout) -> None:
    _without_ensurepip(checkout)
    calls = checkout.root / "calls"
    _apt_get(checkout, f'echo "$@" >> {calls}; [ $(wc -l < {calls}) -lt 3 ] && [ "$1" = install ] && exit 100; exit 0')
    done = checkout.start()
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    install = f"install -y --no-install-recommends {package}"
    assert calls.read_text().splitlines() == [install, "update", install]
    assert done.returncode == 0, done.stderr


@posix
def test_a_user_without_ensurepip_is_told_the_command(checkout: Checkout) -> None:
    _without_ensurepip(checkout)
    _apt_get(checkout, "exit 1")
    script = "import os; os.geteuid = lambda: 1000; from agent.__main__ import main; main()"
    command = [checkout.command()[0], "-c", script]
    done = subprocess.run(
        command, cwd=checkout.root, env=checkout.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    if sys.platform == "linux":
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        assert f"\n  sudo apt-get install -y --no-install-recommends {package}\n" in done.stderr
    assert not checkout.venv.exists()


def test_an_old_python_is_told_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as ended:
        old_python.refuse()
    assert ended.value.code == 2
    assert "needs Python 3.11 or newer; this is 3.9.2" in capsys.readouterr().err


@pytest.mark.parametrize("name", [name for name in FRONT_DOOR if name != "bootstrap.py"] + ["../tests/__main__.py"])
def test_an_old_python_can_read_as_far_as_the_refusal(name: str) -> None:
    source = (bootstrap.ROOT / "agent" / name).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))


def test_this_very_environment_is_ready_for_itself() -> None:
    assert bootstrap.is_checkout()
    assert bootstrap.is_ready("test")


def _without_ensurepip(checkout: Checkout) -> None:
    """As Debian's Python is without python3-venv."""
    hidden = checkout.root / "hidden"
    hidden.mkdir()
    (hidden / "ensurepip.py").write_text("raise ImportError")
    checkout.environment["PYTHONPATH"] = str(hidden)


def _apt_get(checkout: Checkout, body: str) -> None:
    tools = checkout.root / "tools"
    tools.mkdir()
    (tools / "apt-get").write_text(f"#!/bin/sh\n{body}\n")
    (tools / "apt-get").chmod(0o755)
    checkout.environment["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
