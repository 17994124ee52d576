"""What an envelope's signature covers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.domain.exchange import Envelope
from agent.domain.signing import content_hash, is_signed_by
from agent.store import Store
from tests.store.samples import envelope_for

LATER = ("run", "uptime_s")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def envelope(store: Store) -> dict[str, Any]:
    content = envelope_for(store.identity, "job-1")(1)
    assert is_signed_by(store.identity.signing_public, Envelope.model_validate(content).head(), content["signature"])
    plain: dict[str, Any] = json.loads(json.dumps(content))
    return plain


def test_an_envelope_of_an_earlier_program_keeps_its_signature(store: Store, envelope: dict[str, Any]) -> None:
    old = {name: value for name, value in envelope.items() if name not in LATER}
    parsed = Envelope.model_validate(old)
    assert is_signed_by(store.identity.signing_public, parsed.head(), old["signature"])
    assert not set(LATER) & set(parsed.head())


@pytest.mark.parametrize(("name", "value"), [("run", "r-1"), ("uptime_s", 5), ("sequence", 2)])
def test_a_field_that_is_changed_breaks_the_signature(
    store: Store, envelope: dict[str, Any], name: str, value: str | int
) -> None:
    changed = Envelope.model_validate({**envelope, name: value})
    assert not is_signed_by(store.identity.signing_public, changed.head(), envelope["signature"])
    assert content_hash(changed.head()) != content_hash(Envelope.model_validate(envelope).head())
