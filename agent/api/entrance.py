"""Where the page comes in: the same before there is an agent, while a person has to decide on damaged data."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.api.door import Door
from agent.api.rescue import RescueChoice, create_rescue_app
from agent.api.server import PageServer, take_port
from agent.config import Settings
from agent.store import Store, settings
from agent.store.rescue import kept_address
from agent.store.settings import Setting


@dataclass(frozen=True)
class Entrance:
    """A taken port with its door. `server` shows the rescue's page until it is given another app."""

    server: PageServer
    door: Door
    choice: RescueChoice

    @property
    def url(self) -> str:
        """With the launch token."""
        return f"http://127.0.0.1:{self.door.port}/?token={self.door.token}"


@contextlib.contextmanager
def entrance(config: Settings, store: Store | None) -> Iterator[Entrance]:
    """Takes the port that was drawn at the first start, as far as it can be known without the store.

    Raises:
        InputError: `port-taken`.
        StoreError: nothing can be read.
    """
    port, token = _port_and_token(store, config.data)
    listener = take_port(config.port or port)
    door = Door(listener.getsockname()[1], token or secrets.token_urlsafe(24))
    choice = RescueChoice(config.data, config.csv_folder)
    server = PageServer(create_rescue_app(choice, door), listener)
    try:
        yield Entrance(server, door, choice)
    finally:
        server.stop()


def keep_address(store: Store, config: Settings, door: Door) -> None:
    """Keeps port and token for all later starts, unless the store has its own."""
    port, token = _port_and_token(store, config.data)
    if port is None and config.port is None:
        _keep(store, Setting.PORT, str(door.port))
    if token is None:
        _keep(store, Setting.LAUNCH_TOKEN, door.token)


def _port_and_token(store: Store | None, folder: Path) -> tuple[int | None, str | None]:
    if store is None:
        return kept_address(folder)
    with store.read() as db:
        return settings.get_number(db, Setting.PORT), settings.get(db, Setting.LAUNCH_TOKEN)


def _keep(store: Store, name: Setting, value: str) -> None:
    store.writer.submit(lambda db: settings.put(db, name, value)).result()
