"""Errors of a command: one line in plain words on stderr, one JSON object with `--json`, and an exit code."""

import json
import sys
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, NoReturn

import click

from agent.domain.errors import EplusError, InputError
from agent.domain.words import plain

CULTURE = "en"


def plain_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Turns our errors into words and exit codes."""

    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except EplusError as error:
            fail(error, as_json=bool(options.get("as_json")))

    return update_wrapper(run, command)


def fail(error: EplusError, *, as_json: bool) -> NoReturn:
    """Says the error and ends the program with its exit code."""
    words = str(plain(error, CULTURE))
    click.echo(words, err=True)
    if as_json:
        content = {"code": error.code, "message": words, "retryable": error.retryable}
        click.echo(json.dumps({"error": content}, ensure_ascii=False))
    sys.exit(error.exit_code)


def require(option: str, is_there: bool) -> None:
    """Raises: InputError `bad-input` naming the option, where it is missing or has no place."""
    if not is_there:
        raise InputError(code="bad-input", field=option)
