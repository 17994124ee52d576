"""SMM's public keys: learned once, at the first login with an SMM that has them, and its word only with them."""

from collections.abc import Iterator
from contextlib import suppress

from pydantic import ValidationError
from sqlite_utils import Database

from agent.domain.errors import SmmFault
from agent.domain.exchange import Device, EnvelopeHead, Receipt
from agent.domain.signing import content_hash, is_signed_by
from agent.store import settings
from agent.store.outbox import Waiting
from agent.store.settings import Setting


def learn(db: Database, device: Device) -> None:
    """Keeps the keys that are not known yet; an older SMM has none.

    Raises:
        SmmFault: `smm-foreign`, if they are others than those known; nothing is kept.
    """
    for name, key in ((Setting.SMM_RECEIPT_KEY, device.receipt_key), (Setting.SMM_PARCEL_KEY, device.parcel_key)):
        known = settings.get(db, name)
        if key is None or key == known:
            continue
        if known is not None:
            raise SmmFault("SMM has another key than before", code="smm-foreign", status=200)
        settings.put(db, name, key)


def receipt_key(db: Database) -> bytes | None:
    """The key that signs receipts, if it is known."""
    key = settings.get(db, Setting.SMM_RECEIPT_KEY)
    return None if key is None else bytes.fromhex(key)


def is_genuine(receipt: Receipt, waiting: Waiting, device: str, key: bytes) -> bool:
    """Whether SMM has signed this receipt for this envelope of this tablet: for its head, or as a whole where SMM takes
    it for no envelope."""
    signature = receipt.signature
    if signature is None:
        return False
    return any(is_signed_by(key, receipt.signed(device, digest), signature) for digest in _digests(waiting))


def _digests(waiting: Waiting) -> Iterator[str]:
    content = waiting.envelope
    head = {name: content[name] for name in EnvelopeHead.model_fields if name in content}
    with suppress(ValidationError):
        yield content_hash(EnvelopeHead.model_validate(head).head())
    yield content_hash(content)
