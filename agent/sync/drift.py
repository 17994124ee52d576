"""The difference between this tablet's clock and SMM's."""

from datetime import datetime

from agent.store import Store, settings
from agent.store.settings import Setting


def drift_seconds(asked_at: datetime, answered_at: datetime, server_time: datetime) -> int:
    """Tablet minus SMM, in whole seconds; SMM is assumed to have answered halfway between request and answer."""
    halfway = asked_at + (answered_at - asked_at) / 2
    return round((halfway - server_time).total_seconds())


async def keep_drift(store: Store, seconds: int) -> None:
    """Keeps the drift, which goes into each envelope. Raises: StoreError."""
    await store.write(lambda db: settings.put(db, Setting.CLOCK_DRIFT, str(seconds)))
