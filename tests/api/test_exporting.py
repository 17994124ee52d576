"""The page's export."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from agent.api.exporting import ExportMethods
from agent.api.message import Empty
from agent.domain.parcel import read_parcel
from agent.drivers.system_clock import SystemClock
from agent.store import Store, settings
from agent.store.settings import Setting
from tests.store.samples import settle_new_job


async def test_what_waits_is_written_into_the_folder_of_csvs(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data")
    methods = ExportMethods(store, SystemClock(), tmp_path / "Documents")
    assert (await methods.export(Empty())).model_dump() == {"files": [], "count": 0}
    key = X25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    await store.write(lambda db: settings.put(db, Setting.SMM_PARCEL_KEY, key))
    settle_new_job(store, "job-1")
    exported = await methods.export(Empty())
    (file,) = (tmp_path / "Documents").iterdir()
    assert (exported.files, exported.count) == ([str(file)], 1)
    assert read_parcel(file.read_bytes()).head.count == 1
    store.close()
