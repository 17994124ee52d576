"""SMM's public keys: learned once, at the first login with an SMM that has them, and its word only with them."""

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
    """Whether SMM has signed this receipt for this envelope of this tablet."""
    if receipt.signature is None:
        return False
    head = EnvelopeHead.model_validate({name: waiting.envelope.get(name) for name in _sent(waiting)}).head()
    return is_signed_by(key, receipt.signed(device, content_hash(head)), receipt.signature)


def _sent(waiting: Waiting) -> set[str]:
    return EnvelopeHead.model_fields.keys() & waiting.envelope.keys()
