"""What tsc cannot see: generated types, icons by name, the lock file, the build's stamp."""

import importlib.util
import json
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from agent.api import typescript

ROOT = Path(__file__).parents[2]
WEBUI = ROOT / "webui"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", WEBUI / "hatch_build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the page is built from."""
    shutil.copytree(WEBUI, tmp_path / "webui", ignore=shutil.ignore_patterns("node_modules"))
    shutil.copytree(ROOT / "agent/domain/words", tmp_path / "agent/domain/words")
    return tmp_path


def test_the_types_are_those_of_the_messages() -> None:
    assert typescript.is_current(), "run python -m agent.api.typescript"


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (WEBUI / "src/components/sprite.svg").read_text("utf-8")))
    sources = "\n".join(path.read_text("utf-8") for path in (WEBUI / "src").rglob("*.tsx"))
    icons = {
        f"i-{name}" for name in re.findall(r'\bicon="([a-z]+)"|<Icon name="([a-z]+)"', sources) for name in name if name
    }
    marks = set(re.findall(r'"((?:m|led)-[a-z]+(?:-[a-z]+)*)"', sources))
    assert icons and marks
    assert icons | marks <= drawn


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((WEBUI / "package-lock.json").read_text("utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_the_page_obeys_its_content_policy() -> None:
    page = (WEBUI / "index.html").read_text("utf-8")
    assert not re.search(r"<style|style=|<script(?![^>]*\bsrc=)|\bon[a-z]+=", page)


@pytest.mark.parametrize("path", ["webui/src/app.tsx", "webui/sw.js", "agent/domain/words/it.json"])
def test_a_changed_source_makes_the_stamp_old(hook: ModuleType, checkout: Path, path: str) -> None:
    before = hook.fingerprint(checkout)
    (checkout / path).write_text("changed", "utf-8")
    assert hook.fingerprint(checkout) != before


def test_packages_notes_and_line_ends_do_not_make_the_stamp_old(hook: ModuleType, checkout: Path) -> None:
    before = hook.fingerprint(checkout)
    (checkout / "webui/node_modules").mkdir()
    (checkout / "webui/node_modules/x.js").write_text("x", "utf-8")
    (checkout / "webui/README.md").write_text("x", "utf-8")
    source = checkout / "webui/src/app.tsx"
    source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    assert hook.fingerprint(checkout) == before


def test_a_page_without_its_stamp_is_not_current(hook: ModuleType, checkout: Path) -> None:
    assert not hook.is_current(checkout)
    stamp = hook.page_folder(checkout) / ".stamp"
    stamp.parent.mkdir(parents=True)
    stamp.write_text(hook.fingerprint(checkout), "ascii")
    assert hook.is_current(checkout)


def test_tablet_and_smm_share_one_set_of_tokens() -> None:
    """SMM serves its own copy, so that it stands without the page's sources."""
    copy = ROOT / "agent" / "smm" / "pages" / "static" / "tokens.css"
    assert copy.read_bytes() == (WEBUI / "src" / "styles" / "tokens.css").read_bytes()
