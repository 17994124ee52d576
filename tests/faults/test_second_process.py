"""Two processes on one data folder: the second is refused with a clear message, and can start after the first."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.domain.errors import InputError
from agent.domain.words import LANGUAGES, plain
from agent.store import Store

ROOT = Path(__file__).parents[2]
HOLD = "import sys; from pathlib import Path; from agent.store import Store; s = Store.open(Path(sys.argv[1]))\n"
WAIT = HOLD + "print('open', flush=True); sys.stdin.read()"


def test_the_second_process_is_refused_in_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WAIT, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        with pytest.raises(InputError) as refused:
            Store.open(tmp_path)
        assert refused.value.code == "already-running"
        assert all(plain(refused.value, language).what for language in LANGUAGES)
        first.kill()
    Store.open(tmp_path).close()


def test_one_process_cannot_open_it_twice(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    with pytest.raises(InputError, match="in use"):
        Store.open(tmp_path)
    store.close()
    Store.open(tmp_path).close()
