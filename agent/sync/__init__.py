"""The way to SMM ePlus: logs in, sends what waits, fetches the meter directory."""

from agent.sync.client import SmmClient
from agent.sync.state import LoggedIn, SyncState, Trouble
from agent.sync.sync import Sync
from agent.sync.watch import Watch

__all__ = ["LoggedIn", "SmmClient", "Sync", "SyncState", "Trouble", "Watch"]
