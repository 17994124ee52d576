"""Every link of a page leads somewhere, and every file or folder that it names is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from agent.bootstrap import ROOT
from tests.docs.pages import Page, is_commands, pages
from tests.docs.test_commands import NOT_COMMANDS, by_name

PAGES = pages()
NOT_HERE = {
    ".peers/": "the tests make it",
    "agent/api/page/": "the build makes it",
    "agent/x/y.py": "an example",
    "tests/output/": "the tests make it",
    "tests/x/": "an example",
    "trace.txt": "the reader exports it",
}
"""Names in pages that a bare checkout has not, and why."""
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ .*?`([\w./-]+/)`", re.MULTILINE)
_PATH = re.compile(r"\.?[\w*-]+(?:[./][\w*-]+)*/?")
_FILE = re.compile(r".*\.(?:css|html|js|json|lock|md|mako|py|sh|sql|svg|toml|ts|tsx|txt|yaml|yml)")


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_link_leads_somewhere(page: Page) -> None:
    for link in _LINK.findall(page.prose):
        if re.match(r"https?:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.path.parent / unquote(path)).resolve() if path else page.path
        assert target.is_relative_to(ROOT) and target.exists(), link
        assert not fragment or fragment in _anchors(target), link


AGENT, TESTS = (Page(ROOT / folder / "README.md") for folder in ("agent", "tests"))


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_file_and_folder_that_is_named_exists(page: Page) -> None:
    missing = [name for name, bases in _named(page) if name not in NOT_HERE and not _exists(name, bases)]
    missing += [name for name, base in _rooms(page) if not _exists(name, [base])]
    assert not missing


def test_no_room_of_the_agent_is_left_out() -> None:
    assert _packages("agent") <= {name.rstrip("/") for name, base in _rooms(AGENT) if base == AGENT.path.parent}


def test_no_room_of_the_tests_is_left_out() -> None:
    assert _packages("tests") - _packages("agent") <= {span.rstrip("/") for span in TESTS.spans}


def test_what_is_not_here_is_still_named() -> None:
    named = {name for page in PAGES for name, _ in _named(page)}
    assert set(NOT_HERE) <= named


def _packages(folder: str) -> set[str]:
    return {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")}


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _named(page: Page) -> Iterator[tuple[str, list[Path]]]:
    """Inline code that looks like a file or folder, and where it may be: in a row of a table, first in its folder."""
    for line in page.prose.splitlines():
        spans = re.findall(r"`([^`]+)`", line)
        bases = [page.path.parent, page.path.parent / "src", ROOT, ROOT / "agent"]
        if line.startswith("|") and spans and spans[0].endswith("/"):
            bases.insert(0, page.path.parent / spans[0])
        for span in spans:
            if _PATH.fullmatch(span) and (span.endswith("/") or _FILE.fullmatch(span)):
                yield span, bases


def _rooms(page: Page) -> Iterator[tuple[str, Path]]:
    """The names at the left of a tree of rooms, each with the folder that it is in."""
    for block in page.blocks:
        if is_commands(block) or block.splitlines()[0] in NOT_COMMANDS:
            continue
        above = page.text[: page.text.index(block.splitlines()[0])]
        heading = _HEADING.findall(above[above.rfind("\n#") + 1 :])
        inside = [(-1, page.path.parent / (heading[-1] if heading else ""))]
        for line in filter(str.strip, block.splitlines()):
            depth = len(line) - len(line.lstrip())
            names = re.split(r" {2,}", line.strip())[0].split()
            if not all(map(_PATH.fullmatch, names)):
                continue  # a description that goes on
            while inside[-1][0] >= depth:
                inside.pop()
            base = inside[-1][1]
            yield from ((name, base) for name in names)
            if names[0].endswith("/"):
                inside.append((depth, base / names[0]))


def _exists(name: str, bases: list[Path]) -> bool:
    return any(any(base.glob(name.rstrip("/"))) for base in bases if base.is_dir())
