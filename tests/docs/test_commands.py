"""Every command that a page shows is one that works: its options exist, and what ends by itself is run."""

import json
import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import patch

import click
import pytest

from agent.bootstrap import ROOT
from agent.commands.main import cli
from agent.domain.errors import InputError
from agent.link.address import parse_link
from tests.docs.pages import Page, is_commands, pages, starts_program, without_comment
from tests.docs.stage import Stage, eplus_arguments, provide_files

PAGES = pages()
NOT_RUN = {
    "python3 -m agent demo": "runs until Ctrl-C; tests/browser starts it",
    "eplus demo": "runs until Ctrl-C; tests/browser starts it",
    "eplus rescue broken-tablet": "needs a broken tablet; tests/commands/test_rescue.py makes one",
    "eplus rescue broken-tablet --into mended": "needs a broken tablet; tests/commands/test_rescue.py makes one",
    "eplus simulate": "named only; the blocks of README.md start it",
    "eplus smm serve": "runs until SIGTERM; tests/smm/service/test_workers.py starts it",
    "eplus twin replay trace.txt --tcp 127.0.0.1:4059": "runs until Ctrl-C; tests/commands/test_twin.py starts it",
    "python3 -m tests": "is what runs this",
    "python3 -m tests.checks": "minutes of mypy; tests/test_checks.py runs a part",
    "python3 -m tests.lock": "fetches from a registry; tests/test_lock.py compares what it made",
    "python3 -m tests.matrix": "sets up an environment for each Python; tests/test_matrix.py runs its parts",
    "python3 -m tests.bench": "takes minutes; tests/bench/test_bench.py runs its parts",
    "python3 -m tests.vm [pytest's own arguments]": "boots a virtual machine; tests/vm/test_machine.py",
    ".venv/bin/ruff format .": "changes files; the check `format` compares",
    "pre-commit install": "changes the checkout's own git; tests/test_checks.py compares the hooks",
    "pip install -e .": "is what set the tests up; tests/test_bootstrap.py",
    "python -m agent.api.typescript": "writes into the sources; tests/webui/test_sources.py compares",
    "python3 -m venv /opt/eplus": "writes outside the checkout; the set-up of the tests makes .venv alike",
    "/opt/eplus/bin/pip install --require-hashes -r agent/locks/smm.lock": "fetches; the set-up does so with others",
    "/opt/eplus/bin/pip install --no-deps .": "fetches what builds it; tests/test_package.py builds the same",
    "npm ci": "needs Node and a registry; the build hook runs it",
    "EPLUS_AGENT=127.0.0.1:8765 npm run dev": "needs Node, and runs until Ctrl-C",
    "npm run check": "needs Node; the build hook runs the same compiler",
    "systemctl restart eplus-smm": "needs systemd and an installed service",
}
"""Commands that no test of the pages runs, and why. What is a pattern with brackets is held against `--help`."""
NOT_COMMANDS = {
    "# /etc/systemd/system/eplus-smm.service": "a systemd unit; the command in it is read",
    "server {": "a part of nginx's configuration",
    "[association]": "a part of a meter model",
    'title = "A head that swallows single FF"': "a probe profile",
}
"""Blocks that are neither commands nor a table of rooms, by their first line."""
FINDS_SOMETHING_WRONG = 3
"""Exit code of `eplus doctor` on a machine without Bluetooth."""
_TREE = re.compile(r"[\w./*-]+/$|[\w./*-]+( [\w./*-]+)* {2,}\w")
_PATTERN = re.compile(r"[\[…]")


def by_name(page: Page) -> str:
    return page.name


def test_what_is_not_run_is_still_somewhere() -> None:
    shown = {command for page in PAGES for command in page.commands()}
    assert set(NOT_RUN) <= shown
    assert set(NOT_COMMANDS) <= {block.splitlines()[0] for page in PAGES for block in page.blocks}


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_block_is_commands_or_has_a_name(page: Page) -> None:
    for block in page.blocks:
        first = block.splitlines()[0]
        if is_commands(block):
            for line in filter(None, map(without_comment, block.splitlines())):
                assert starts_program(line), line
        else:
            assert first in NOT_COMMANDS or _TREE.match(first), f"what is this? {first}"


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_eplus_knows_every_command_and_option(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provide_files(tmp_path)
    (tmp_path / "secret").touch()
    monkeypatch.chdir(tmp_path)
    for command in page.commands():
        arguments = eplus_arguments(shlex.split(_without_brackets(command)))
        if arguments is not None:
            _parse(arguments)
    for line in re.findall(r"ExecStart=\S*/eplus (.*)", page.text):
        _parse(shlex.split(line))


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_modules_files_and_scripts_of_commands_exist(page: Page) -> None:
    scripts = json.loads((ROOT / "webui" / "package.json").read_text(encoding="utf-8"))["scripts"]
    for command in page.commands():
        words = shlex.split(_without_brackets(command))
        if words[0] in ("python", "python3"):
            assert words[1] == "-m" and find_spec(words[2]), command
            named = [word.split("::")[0] for word in words[3:] if word.startswith("tests/")]
            assert all((ROOT / name).exists() for name in named), command
        if words[-3:-1] == ["npm", "run"]:
            assert words[-1] in scripts, command


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if set(page.commands()) - set(NOT_RUN)], ids=by_name)
def test_what_ends_by_itself_runs(page: Page, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        for command in page.commands():
            if command in NOT_RUN:
                continue
            if command.startswith("eplus simulate --tcp "):
                stage.start_meter(command)
            elif _PATTERN.search(command):
                _fits_its_help(stage, command)
            else:
                _runs(stage, command)


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_options_links_and_variables_in_the_text_exist(page: Page) -> None:
    sources = _options_of_eplus() | _options_of_the_tests()
    for span in page.spans:
        words = re.split(r"[\s|\[\]]+", span)
        if span.startswith("--"):
            assert {word for word in words if re.fullmatch(r"--[a-z-]+", word)} <= sources, span
        for link in filter(re.compile(r"(ble|serial|tcp|tcp\+wrapper)://").match, words):
            _is_link(link)
    code = "".join(file.read_text(encoding="utf-8") for file in _sources())
    for variable in set(re.findall(r"\bEPLUS_[A-Z_]+", page.text)):
        assert variable in code, variable


def _parse(arguments: list[str]) -> None:
    """Through the real options and their types, without doing it. Names of commands alone are looked up only."""
    if all(re.fullmatch(r"[a-z-]+", word) for word in arguments) and arguments[0] != "job":
        arguments = [*arguments, "--help"]
    arguments = ["1" if word in ("ID", "N") else word for word in arguments]
    with patch.object(click.Command, "invoke", lambda *_: None):
        try:
            cli.main(arguments, prog_name="eplus", standalone_mode=False)
        except click.ClickException as error:
            pytest.fail(f"eplus {' '.join(arguments)}: {error.format_message()}")


def _runs(stage: Stage, command: str) -> None:
    if "-m pytest" in command or "-m tests " in command:
        command += " --collect-only -q"
    done = stage.run(command)
    allowed = {0, FINDS_SOMETHING_WRONG} if re.fullmatch(r"eplus doctor( --json)?", command) else {0}
    assert done.returncode in allowed, f"{command}: {done.stdout}{done.stderr}"
    if command.endswith("--json"):
        assert isinstance(json.loads(done.stdout), dict), command


def _fits_its_help(stage: Stage, pattern: str) -> None:
    """What a pattern such as `python3 -m tests.fuzz [TARGET…] [--seconds N]` names is in the help."""
    words = shlex.split(_without_brackets(pattern))
    told = stage.run(shlex.join([*words[:3], "--help"])).stdout
    for word in words[3:]:
        assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", told) or word == "N", f"{pattern}: no {word}"


def _without_brackets(command: str) -> str:
    return re.sub(r"[\[\]…]", "", command.replace("pytest's own arguments", ""))


def _is_link(url: str) -> None:
    url = url.replace("NETWORK/ADDRESS", "0/0xA1")
    example = url.replace("ADDRESS", "C0:00:00:00:00:01").replace("HOST:PORT", "h:1").replace("PORT", "COM1")
    try:
        parse_link(example)
    except InputError as error:
        pytest.fail(f"{url}: {error}")


def _options_of_eplus() -> set[str]:
    found: set[str] = set()
    groups: list[click.Group] = [cli]
    for group in groups:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            found |= {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
            if isinstance(command, click.Group):
                groups.append(command)
    return found


def _options_of_the_tests() -> set[str]:
    """Those of the modules in `tests/` that are started by themselves."""
    mains = [*(ROOT / "tests").glob("*.py"), *(ROOT / "tests").glob("*/__main__.py")]
    return set(re.findall(r'"(--[a-z-]+)"', "".join(file.read_text(encoding="utf-8") for file in mains)))


def _sources() -> list[Path]:
    return [*(ROOT / "agent").rglob("*.py"), *(ROOT / "webui").glob("*.py"), *(ROOT / "webui").glob("*.ts")]
