"""Directory, accounts, settings and Birds."""

from datetime import timedelta
from functools import partial

import pytest

from agent.domain.errors import InputError, LoginRefused
from agent.domain.exchange import DirectoryMeter, MeterPage, MeterSecret
from agent.domain.sealing import seal
from agent.store import Store, accounts, directory, probes, settings
from agent.store.probes import KnownProbe
from agent.store.settings import Setting
from tests.store.samples import NOW, SERIAL, USER, write

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


def test_accounts(store: Store) -> None:
    def verify(password: str, at: timedelta = timedelta()) -> str:
        try:
            with store.read() as db:
                return accounts.verify_offline(db, USER.username, password, NOW + at).name
        except LoginRefused as refused:
            assert refused.params == {"user": USER.username}
            return refused.code

    assert verify("good") == "login-never-here"
    password_hash = accounts.hash_password("good")
    grant = NOW + timedelta(days=7)
    write(store, partial(accounts.remember, user=USER, password_hash=password_hash, offline_until=grant))
    assert verify("good") == "Mario Rossi"
    assert verify("bad") == "login-wrong"
    assert verify("good", timedelta(days=7)) == "login-grant-expired"
    assert verify("good", timedelta(days=7, seconds=-1)) == "Mario Rossi"
    write(store, lambda db: accounts.refuse(db, USER.username, "login-locked"))
    assert verify("good") == "login-locked"
    write(store, partial(accounts.remember, user=USER, password_hash=password_hash, offline_until=grant))
    assert verify("good") == "Mario Rossi"
    write(store, partial(accounts.remember, user=USER, password_hash="damaged", offline_until=grant))
    assert verify("good") == "login-wrong"
    write(store, lambda db: accounts.forget(db, USER.username))
    assert verify("good") == "login-never-here"


def test_settings(store: Store) -> None:
    with store.read() as db:
        assert (settings.get(db, Setting.PORT), settings.get_number(db, Setting.CLOCK_DRIFT)) == (None, None)
    for port in ("40123", "40124"):
        write(store, partial(settings.put, name=Setting.PORT, value=port))
    write(store, lambda db: settings.put(db, Setting.CLOCK_DRIFT, "-3"))
    with store.read() as db:
        assert (settings.get_number(db, Setting.PORT), settings.get_number(db, Setting.CLOCK_DRIFT)) == (40124, -3)


def test_the_last_bird_comes_first_and_keeps_its_name(store: Store) -> None:
    visits = [("AA", "Bird 1", 0), ("BB", None, 1), ("CC", "Bird 3", 2), ("AA", None, 3)]
    for address, name, minute in visits:
        probe = KnownProbe(address, name, NOW + timedelta(minutes=minute))
        write(store, partial(probes.remember, probe=probe))
    with store.read() as db:
        known = probes.known(db)
    assert [(probe.address, probe.name) for probe in known] == [("AA", "Bird 1"), ("CC", "Bird 3"), ("BB", None)]
    assert known[0].last_used == NOW + timedelta(minutes=3)


def test_a_bird_can_be_called_otherwise_and_forgotten(store: Store) -> None:
    write(store, partial(probes.remember, probe=KnownProbe("AA", "Bird 1", NOW, profile="HM-10")))
    assert store.writer.submit(lambda db: probes.rename(db, "AA", "Bird van 12")).result()
    assert not store.writer.submit(lambda db: probes.rename(db, "BB", "nobody")).result()
    write(store, partial(probes.remember, probe=KnownProbe("AA", "BIRD-1", NOW)))
    with store.read() as db:
        (known,) = probes.known(db)
    assert (known.label, known.name, known.profile) == ("Bird van 12", "BIRD-1", "HM-10")
    write(store, lambda db: probes.forget(db, "AA"))
    with store.read() as db:
        assert probes.known(db) == []
