"""From a bare checkout to a ready environment, with the standard library alone.

Makes `.venv` in the checkout, installs the project with what the command needs (which builds the page), and
remembers for what sources that was done. This file must be readable by old Pythons too, to say so to them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
_STAMP = VENV / "eplus-ready.json"
_PAGE_SOURCES = ("webui", "agent/domain/words")
_NO_SOURCES = {"node_modules", "dist", "__pycache__"}
_SHOWN = ("Collecting", "Building editable", "Installing build dependencies", "Installing collected")


class SetUpFailed(Exception):
    """What went wrong and what to do, in words."""


def is_checkout() -> bool:
    """Whether this code runs from its sources, and not as an installed package."""
    return (ROOT / "pyproject.toml").is_file() and (ROOT / "webui").is_dir()


def is_ready(extra: str) -> bool:
    """Whether this very Python has everything that is asked for."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        return _is_installed(extra)
    in_another_environment = sys.prefix != sys.base_prefix
    return in_another_environment and _is_distribution_here()


def hand_over(module: str, extra: str, arguments: list[str]) -> int:
    """Runs `module` with the checkout's own Python, made ready before; returns its exit code, if it returns."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        print("ePlus Mobile needs Python 3.11 or newer; this is {}.".format(found), file=sys.stderr)  # noqa: UP032
        return 2
    try:
        _make_ready(extra)
    except SetUpFailed as failure:
        print(failure, file=sys.stderr)
        return 2
    command = [str(PYTHON), "-m", module, *arguments]
    if os.name == "nt":
        return _run_as_child(command)
    sys.stdout.flush()
    return os.execv(command[0], command)


def _run_as_child(command: list[str]) -> int:
    """Windows has no exec: the child gets Ctrl-C by itself, and we only wait for it."""
    with subprocess.Popen(command) as child:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return child.wait()


# ── set-up ──


def _make_ready(extra: str) -> None:
    if _is_installed(extra):
        return
    with _one_at_a_time():
        if _is_installed(extra):
            return
        began = time.monotonic()
        if not _venv_works():
            _say(began, "making .venv")
            _make_venv()
        extras = sorted({extra, *_installed_extras()})
        _say(began, "installing ePlus Mobile and building its page (the first time takes a minute or two)")
        _pip_install(began, f"{ROOT}[{','.join(extras)}]")
        _STAMP.write_text(json.dumps({"extras": extras, "sources": fingerprint()}), encoding="utf-8")
        _say(began, "ready")


def fingerprint() -> str:
    """Changes whenever the dependencies or the page's sources do."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    for folder in _PAGE_SOURCES:
        for path in _files(ROOT / folder):
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - _NO_SOURCES)
        found += [Path(base, name) for name in sorted(names)]
    return found


def _is_installed(extra: str) -> bool:
    return PYTHON.exists() and extra in _installed_extras() and _stamp().get("sources") == fingerprint()


def _installed_extras() -> set[str]:
    extras = _stamp().get("extras")
    return set(extras) if isinstance(extras, list) else set()


def _stamp() -> dict[str, object]:
    try:
        stamp = json.loads(_STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _is_distribution_here() -> bool:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return bool(version("eplus-mobile"))
    except PackageNotFoundError:
        return False


def _venv_works() -> bool:
    """Not so after a set-up that was killed half-way."""
    try:
        done = subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def _make_venv() -> None:
    _make_sure_of_ensurepip()
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SetUpFailed("Cannot make .venv:\n" + (done.stdout + done.stderr).strip())


def _make_sure_of_ensurepip() -> None:
    """Debian keeps it in a package of its own."""
    if _has_ensurepip():
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    if not (sys.platform == "linux" and hasattr(os, "geteuid") and os.geteuid() == 0):
        raise SetUpFailed(
            f"This Python cannot make environments. Run this, then try again:\n  sudo {' '.join(install)}"
        )
    print(f"installing {package}", file=sys.stderr)
    try:
        if subprocess.run(install, capture_output=True, check=False).returncode:
            subprocess.run(["apt-get", "update", "-qq"], capture_output=True, check=False)
            subprocess.run(install, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise SetUpFailed(f"Cannot install {package}. Run: {' '.join(install)}") from None


def _has_ensurepip() -> bool:
    check = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def _pip_install(began: float, what: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-e", what]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            lines.append(line)
            _show_progress(began, line.strip())
    _show_progress(began, "")
    if pip.returncode:
        tail = "".join(lines[-25:])
        raise SetUpFailed(f"{tail}\nInstalling failed. Check the network and run the command again.")


def _say(began: float, text: str) -> None:
    print(f"[{time.monotonic() - began:5.1f} s] {text}", file=sys.stderr, flush=True)


def _show_progress(began: float, line: str) -> None:
    """What pip is at, on one line that is written over; nothing where nobody looks."""
    if sys.stderr.isatty() and (not line or line.startswith(_SHOWN)):
        shown = f"[{time.monotonic() - began:5.1f} s] {line[:66]}" if line else ""
        print(f"\r{shown:<78}", end="" if line else "\r", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _one_at_a_time():  # type: ignore[no-untyped-def]
    """Two first starts at once: the second waits for the first. The system lets go if we are killed."""
    with open(ROOT / ".venv.lock", "w", encoding="utf-8") as lock:  # noqa: PTH123
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
