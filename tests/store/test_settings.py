"""Single values that the agent keeps."""

from functools import partial

from agent.store import Store, settings
from agent.store.settings import Setting
from tests.store.samples import write


def test_settings(store: Store) -> None:
    with store.read() as db:
        assert (settings.get(db, Setting.PORT), settings.get_number(db, Setting.CLOCK_DRIFT)) == (None, None)
    for port in ("40123", "40124"):
        write(store, partial(settings.put, name=Setting.PORT, value=port))
    write(store, lambda db: settings.put(db, Setting.CLOCK_DRIFT, "-3"))
    with store.read() as db:
        assert (settings.get_number(db, Setting.PORT), settings.get_number(db, Setting.CLOCK_DRIFT)) == (40124, -3)
