"""From a bare checkout to a ready environment, with the standard library alone.

Makes `.venv` in the checkout, installs the project with what the command needs (which builds the page), and
remembers from which sources that was done.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
LOCKS = ROOT / "agent" / "locks"
_STAMP = VENV / "eplus-ready.json"
_LOCK = ROOT / ".venv.lock"
_SOURCES = ("agent/locks", "webui", "agent/domain/words")
_NO_SOURCES = {"node_modules", "dist", "__pycache__"}
_PHASES = {
    "Collecting": "fetching dependencies",
    "Building editable": "building the page",
    "Installing collected": "installing",
}
_INTERRUPTED = 130


class SetUpFailed(Exception):
    """Its text says what went wrong and what to do."""


def is_checkout() -> bool:
    """Whether this code runs from its sources, and not as an installed package."""
    return (ROOT / "pyproject.toml").is_file() and (ROOT / "webui").is_dir()


def is_ready(extra: str) -> bool:
    """Whether the running Python has everything of this extra."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        return _is_installed(extra)
    in_another_environment = sys.prefix != sys.base_prefix
    return in_another_environment and _is_distribution_here()


def hand_over(module: str, extra: str, arguments: list[str]) -> int:
    """Makes the checkout's own Python ready and runs `module` with it; on POSIX, in the place of this process.

    Returns the exit code: of the module, or of a set-up that failed or was interrupted.
    """
    try:
        _make_ready(extra)
    except SetUpFailed as failure:
        print(failure, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. The next start sets everything up anew.", file=sys.stderr)
        return _INTERRUPTED
    command = [str(PYTHON), "-m", module, *arguments]
    if sys.platform == "win32":
        return _run_as_child(command)
    sys.stdout.flush()
    return os.execv(command[0], command)


def _run_as_child(command: list[str]) -> int:
    """Windows has no exec. The child gets Ctrl-C as well, so we only wait for it."""
    with subprocess.Popen(command) as child:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return child.wait()


# ── set-up ──


def _make_ready(extra: str) -> None:
    """Of two first starts at once, the second waits for the first."""
    if _is_installed(extra):
        return
    with _LOCK.open("a+b") as lock:
        _wait_for(lock)
        if not _is_installed(extra):
            _set_up(extra, lock)


def _set_up(extra: str, lock: BinaryIO) -> None:
    began = time.monotonic()
    extras = sorted({extra, *_installed_extras()})
    is_new = _was_killed(lock) or not _venv_works()
    if is_new:
        _make_sure_of_ensurepip()
    with _noted(lock):
        if is_new:
            _say(began, "making .venv (this first time takes a minute or two)")
            _make_venv(lock)
        _install(began, extras, lock)
        _STAMP.write_text(json.dumps({"extras": extras, "sources": fingerprint()}), encoding="utf-8")
    _say(began, "ready")


def fingerprint() -> str:
    """A hash that changes with the dependencies, the page's sources and the path of the checkout."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    digest.update(os.fsencode(ROOT))
    for folder in _SOURCES:
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
    """False where there is none, or where the Python it was made from is gone."""
    try:
        done = subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def _make_venv(lock: BinaryIO) -> None:
    command = [_base_python(), "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, pass_fds=_held(lock))
    if done.returncode:
        raise SetUpFailed("Cannot make .venv:\n" + (done.stdout + done.stderr).strip())


def _base_python() -> str:
    """Never .venv's own, which could not replace itself on Windows."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _make_sure_of_ensurepip() -> None:
    """Debian has it in a separate package."""
    if _has_ensurepip():
        return
    if sys.platform != "linux" or not shutil.which("apt-get"):
        raise SetUpFailed("This Python cannot make environments: it has no ensurepip. Install a complete Python.")
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    install = f"apt-get install -y --no-install-recommends {package}"
    if os.geteuid() != 0:
        raise SetUpFailed(f"This Python cannot make environments. Run this, then try again:\n  sudo {install}")
    print(f"installing {package}", file=sys.stderr)
    if not (_apt(install) or (_apt("apt-get update") and _apt(install))):
        raise SetUpFailed(f"Cannot install {package}. Run this, then try again:\n  {install}")


def _apt(command: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command.split(), env=environment, capture_output=True, check=False).returncode == 0


def _has_ensurepip() -> bool:
    check = [_base_python(), "-c", "import ensurepip, venv"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def _install(began: float, extras: list[str], lock: BinaryIO) -> None:
    """First what the lock files list, by hash; then the project, for which pip may fetch nothing more."""
    to_come = dict(_PHASES)
    locked = [argument for extra in extras for argument in ("-r", str(LOCKS / f"{extra}.lock"))]
    for what in (["--require-hashes", *locked], ["--no-deps", "-e", f".[{','.join(extras)}]"]):
        for phase in _pip_install(what, lock, to_come):
            _say(began, phase)


def _pip_install(what: list[str], lock: BinaryIO, to_come: dict[str, str]) -> Iterator[str]:
    """The phases that pip comes to, taken out of `to_come`.

    Raises:
        SetUpFailed: with the end of pip's output.
    """
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *what]
    lines: list[str] = []
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, stdout=pipe, stderr=subprocess.STDOUT, text=True, errors="replace", pass_fds=_held(lock)
    ) as pip:
        assert pip.stdout is not None
        yield from _phases(pip.stdout, lines, to_come)
    if pip.returncode:
        tail = "".join(lines[-25:])
        raise SetUpFailed(f"{tail}\nInstalling failed. Check the network and run the command again.")


def _phases(output: Iterable[str], lines: list[str], to_come: dict[str, str]) -> Iterator[str]:
    """The phases that pip goes through, each once; its whole output is added to `lines`."""
    for line in output:
        lines.append(line)
        for start in [start for start in to_come if line.strip().startswith(start)]:
            yield to_come.pop(start)


def _say(began: float, text: str) -> None:
    print(f"[{time.monotonic() - began:5.1f} s] {text}", file=sys.stderr, flush=True)


# ── one set-up at a time, and none half done ──


def _wait_for(lock: BinaryIO) -> None:
    """The system releases the lock when its holders end, however they end."""
    if _take(lock):
        return
    print("waiting for the set-up that another process is doing", file=sys.stderr, flush=True)
    while not _take(lock):
        time.sleep(0.2)


def _take(lock: BinaryIO) -> bool:
    lock.seek(0)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _held(lock: BinaryIO) -> tuple[int, ...]:
    """Children hold the lock too: one that outlives us must end before the next set-up begins."""
    return () if sys.platform == "win32" else (lock.fileno(),)


def _was_killed(lock: BinaryIO) -> bool:
    """Whether the last set-up was: then nothing in .venv can be trusted, not even pip."""
    lock.seek(0)
    return bool(lock.read())


@contextlib.contextmanager
def _noted(lock: BinaryIO) -> Iterator[None]:
    """A note stays in the lock file if the set-up is killed or interrupted, but not if pip reports a failure."""
    lock.write(b"set-up under way\n")
    lock.flush()
    try:
        yield
    except SetUpFailed:
        lock.truncate(0)
        raise
    lock.truncate(0)
