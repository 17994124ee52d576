"""The project's documents, and what in them can be held against the code."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent

from agent.bootstrap import ROOT

PROGRAMS = {"eplus", "git", "node", "npm", "openssl", "pip", "pre-commit", "printf", "python", "python3", "systemctl"}
_FENCED = re.compile(r"^(?P<indent> *)```\w*\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?:(?: {4}[^\n]*)?\n)*? {4}[^\n]*\n(?:(?: {4}[^\n]*)?\n)*")
_INLINE = re.compile(r"`([^`\n]+)`")
_SETTING = re.compile(r"[A-Z_]+=\S*")


@dataclass(frozen=True)
class Page:
    """One Markdown file, or an issue template with Markdown in it."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[str]:
        """Code blocks, fenced or indented, in their order."""
        found = [(match.start(), dedent(match["text"])) for match in _FENCED.finditer(self.text)]
        if self.path.suffix == ".md":
            rest = _FENCED.sub(lambda match: "x" * (match.end() - match.start()), self.text)
            found += [(match.start(), dedent(match[0]).strip("\n") + "\n") for match in _INDENTED.finditer(rest)]
        return [text for _, text in sorted(found)]

    @cached_property
    def prose(self) -> str:
        """The text without its code blocks."""
        prose = _FENCED.sub("", self.text)
        return _INDENTED.sub("", prose) if self.path.suffix == ".md" else prose

    @property
    def spans(self) -> list[str]:
        """Inline code."""
        return _INLINE.findall(self.prose)

    def commands(self) -> list[str]:
        """Each command once: all lines of the blocks of commands, and inline code that starts with a program."""
        lines = [line for block in self.blocks if is_commands(block) for line in block.splitlines()]
        found = [*map(without_comment, lines), *filter(starts_program, self.spans)]
        return list(dict.fromkeys(filter(None, found)))


def pages() -> list[Page]:
    """Every document of the project."""
    folders = (".github", "agent", "tests", "webui")
    files = [*ROOT.glob("*.md"), *(file for folder in folders for file in (ROOT / folder).rglob("*.md"))]
    files += (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
    made = {"node_modules", "output"}
    return [Page(file) for file in sorted(files) if not made & set(file.parts)]


def is_commands(block: str) -> bool:
    """Whether the first line is a command; a block is all commands, or none."""
    return starts_program(without_comment(block.splitlines()[0]))


def starts_program(text: str) -> bool:
    """Whether this is a program's name with arguments."""
    words = [word for word in text.split() if not _SETTING.fullmatch(word)]
    return len(words) > 1 and Path(words[0]).name in PROGRAMS | {"ruff"}


def without_comment(line: str) -> str:
    """The line as far as `#`."""
    return re.sub(r"(^|\s+)#.*", "", line).strip()
