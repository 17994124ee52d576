"""This tablet's side of SMM ePlus: logs in, sends what waits, fetches orders and the meter directory."""

from agent.sync.client import SmmClient
from agent.sync.session import LoggedIn
from agent.sync.state import SyncState
from agent.sync.sync import Sync
from agent.sync.watch import Watch

__all__ = ["LoggedIn", "SmmClient", "Sync", "SyncState", "Watch"]
