"""The meter directory as SMM has sent it. The meters' secrets stay sealed on disk until they are used."""

from sqlite_utils import Database

from agent.domain.errors import InputError
from agent.domain.exchange import DirectoryMeter, MeterPage, MeterSecret
from agent.domain.sealing import NotSealedToUs
from agent.store.identity import Identity
from agent.store.settings import Setting, get, put

_REPLACE = """
INSERT INTO meters (serial, model, pod, address, customer, sealed) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (serial) DO UPDATE SET model = excluded.model, pod = excluded.pod, address = excluded.address,
    customer = excluded.customer, sealed = excluded.sealed
"""
"""Keeps a meter as SMM has it now."""


def cursor(db: Database, scope: str) -> str | None:
    """Where the last page for this scope (the user's tag) ended; None if the whole directory has to be fetched."""
    return get(db, Setting.DIRECTORY_CURSOR) if get(db, Setting.DIRECTORY_SCOPE) == scope else None


def apply(db: Database, page: MeterPage, scope: str) -> None:
    """Keeps a page of changes and its cursor. The first page of another scope removes the meters of the former one."""
    if get(db, Setting.DIRECTORY_SCOPE) != scope:
        db.execute("DELETE FROM meters")
        put(db, Setting.DIRECTORY_SCOPE, scope)
    for meter in page.meters:
        db.execute(_REPLACE, [meter.serial, meter.model, meter.pod, meter.address, meter.customer, meter.sealed])
    for serial in page.deleted:
        db.execute("DELETE FROM meters WHERE serial = ?", [serial])
    put(db, Setting.DIRECTORY_CURSOR, page.cursor)


def find(db: Database, serial: str) -> DirectoryMeter | None:
    """The meter with that serial number; None if the directory does not have it."""
    for row in db.query("SELECT * FROM meters WHERE serial = ?", [serial]):
        return DirectoryMeter.model_validate(row)
    return None


def count(db: Database) -> int:
    """How many meters the directory has."""
    number: int = db.execute("SELECT count(*) FROM meters").fetchone()[0]
    return number


def open_secret(meter: DirectoryMeter, identity: Identity) -> MeterSecret:
    """The keys of a meter, to be used now and not kept.

    Raises:
        InputError: `meter-no-key`, if SMM has sent none, or none that this tablet can open.
    """
    if meter.sealed is None:
        raise InputError(code="meter-no-key", serial=meter.serial)
    try:
        content = identity.unseal(bytes.fromhex(meter.sealed), meter.serial.encode())
        return MeterSecret.model_validate_json(content)
    except (NotSealedToUs, ValueError):
        # No cause is chained: pydantic's message would quote the secret.
        raise InputError("the box does not open", code="meter-no-key", serial=meter.serial) from None
