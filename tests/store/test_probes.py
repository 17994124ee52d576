"""The list of probes that were used on this tablet."""

from datetime import timedelta
from functools import partial

from agent.store import Store, probes
from agent.store.probes import KnownProbe
from tests.store.samples import NOW, write


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
