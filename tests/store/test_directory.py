"""The meter directory: meters come back as they were sent, and their secrets stay sealed."""

import pytest

from agent.domain.errors import InputError
from agent.domain.exchange import DirectoryMeter, MeterPage, MeterSecret
from agent.domain.sealing import seal
from agent.store import Store, directory
from tests.store.samples import SERIAL, write

SECRET = MeterSecret(lls_password="3132333435363738")


def sealed_meter(store: Store, purpose: str = SERIAL, content: bytes | None = None) -> DirectoryMeter:
    plain = SECRET.model_dump_json().encode() if content is None else content
    box = seal(store.identity.sealing_public, plain, purpose.encode())
    return DirectoryMeter(serial=SERIAL, model="cerm1", pod="ROSSO0002", address=None, customer=None, sealed=box.hex())


def keep(store: Store, meter: DirectoryMeter) -> DirectoryMeter | None:
    page = MeterPage(meters=[meter], deleted=[], cursor="7", more=False)
    write(store, lambda db: directory.apply(db, page, "Italy"))
    with store.read() as db:
        return directory.find(db, SERIAL)


def test_a_meter_comes_back_as_it_was_sent_and_stays_sealed(store: Store) -> None:
    meter = sealed_meter(store)
    assert keep(store, meter) == meter
    with store.read() as db:
        assert (directory.cursor(db, "Italy"), directory.cursor(db, "Chile"), directory.count(db)) == ("7", None, 1)
        assert "3132333435363738" not in "\n".join(db.conn.iterdump())
    assert directory.open_secret(meter, store.identity) == SECRET


@pytest.mark.parametrize("content", [b"not JSON", b'{"lls_password": "s3cret"}'])
def test_a_box_with_something_else_in_it_is_no_key(store: Store, content: bytes) -> None:
    with pytest.raises(InputError) as refused:
        directory.open_secret(sealed_meter(store, content=content), store.identity)
    assert (refused.value.code, refused.value.params) == ("meter-no-key", {"serial": SERIAL})
    assert refused.value.__suppress_context__


def test_no_box_or_the_box_of_another_meter_is_no_key(store: Store) -> None:
    for meter in (sealed_meter(store, purpose="METER-2"), sealed_meter(store).model_copy(update={"sealed": None})):
        with pytest.raises(InputError) as refused:
            directory.open_secret(meter, store.identity)
        assert refused.value.code == "meter-no-key"


def test_a_meter_that_is_sent_again_is_replaced(store: Store) -> None:
    meter = sealed_meter(store)
    keep(store, meter)
    changed = meter.model_copy(update={"sealed": None, "pod": "POD3"})
    assert keep(store, changed) == changed


def test_a_page_is_taken_whole_or_not_at_all(store: Store) -> None:
    broken = MeterPage.model_construct(
        meters=[sealed_meter(store), DirectoryMeter.model_construct(**{**dict(sealed_meter(store)), "model": None})],
        deleted=[],
        cursor="8",
        more=False,
    )
    with pytest.raises(Exception, match="NOT NULL"):
        write(store, lambda db: directory.apply(db, broken, "Italy"))
    with store.read() as db:
        assert (directory.count(db), directory.cursor(db, "Italy")) == (0, None)
