"""Parcels on their way to SMM: which answers close them, and which do not."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from agent.domain.errors import LoginRefused, SmmFault, SmmUnreachable
from agent.domain.exchange import ParcelReceipt
from agent.domain.parcel import read_parcel
from agent.domain.signing import sign
from agent.store import Store, parcels, settings
from agent.store.packing import pack
from agent.store.settings import Setting
from agent.sync.parcels import ParcelPost
from tests.store.samples import NOW, settle_new_job, write
from tests.sync.servers import FixedClock

RECEIPTS = Ed25519PrivateKey.generate()
PARCELS = X25519PrivateKey.generate().public_key().public_bytes_raw().hex()
Answer = Callable[[bytes, int], ParcelReceipt]


class Smm:
    """Answers as it is told to; signs what has no signature yet."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[int] = []

    async def parcel(self, content: bytes, after: int, _token: str) -> ParcelReceipt:
        self.asked.append(after)
        receipt = self.answers.pop(0)(content, after)
        if receipt.signature is not None:
            return receipt
        signed = receipt.signed(read_parcel(content).head.digest)
        return receipt.model_copy(update={"signature": sign(RECEIPTS.private_bytes_raw(), signed)})


def taken(count: int, **changes: object) -> Answer:
    def answer(content: bytes, _after: int) -> ParcelReceipt:
        content_ = {"id": read_parcel(content).head.id, "taken": count, "accepted": count, "received_at": NOW}
        return ParcelReceipt.model_validate({**content_, **changes})

    return answer


def failing(error: Exception) -> Answer:
    def answer(_content: bytes, _after: int) -> ParcelReceipt:
        raise error

    return answer


@pytest.fixture
def number(store: Store) -> str:
    """A parcel of three envelopes, imported on this tablet."""
    public = RECEIPTS.public_key().public_bytes_raw().hex()
    write(store, lambda db: settings.put(db, Setting.SMM_RECEIPT_KEY, public))
    return imported(store, 3)


def imported(store: Store, jobs: int) -> str:
    write(store, lambda db: settings.put(db, Setting.SMM_PARCEL_KEY, PARCELS))
    for job in range(jobs):
        settle_new_job(store, f"job-{jobs}-{job}")
    with store.read() as db:
        (parcel,) = pack(db, NOW)
    parcels.put(store.folder, parcel)
    return parcel.head.id


async def post(store: Store, smm: Smm) -> None:
    await ParcelPost(store, smm, FixedClock()).run("token")  # type: ignore[arg-type]


def state(store: Store, number: str) -> tuple[str, str | None]:
    with store.read() as db:
        row: tuple[str, str | None] = db.execute(
            "SELECT state, refusal_code FROM parcels WHERE id = ?", [number]
        ).fetchone()
    return row


async def test_a_receipt_closes_it(store: Store, number: str) -> None:
    smm = Smm(taken(3))
    await post(store, smm)
    await post(store, smm)
    assert (state(store, number), smm.asked) == (("received", None), [0])


async def test_what_smm_has_not_gone_through_is_sent_again(store: Store, number: str) -> None:
    smm = Smm(taken(2), taken(3))
    await post(store, smm)
    assert (state(store, number), smm.asked) == (("received", None), [0, 2])


async def test_a_parcel_that_smm_can_never_take_is_kept_apart(store: Store, number: str) -> None:
    await post(store, Smm(taken(0, code="parcel-foreign")))
    assert state(store, number) == ("refused", "parcel-foreign")


@pytest.mark.parametrize(
    "answer",
    [
        taken(3, signature="00" * 64),
        taken(0, code="parcel-foreign", signature="00" * 64),
        taken(3, id="another"),
        taken(0),
        failing(SmmFault(status=500)),
        failing(SmmUnreachable()),
        failing(LoginRefused(code="session-ended")),
    ],
)
async def test_nothing_else_closes_it(store: Store, number: str, answer: Answer) -> None:
    with pytest.raises((SmmFault, SmmUnreachable, LoginRefused)):
        await post(store, Smm(answer))
    assert state(store, number) == ("waiting", None)
    await post(store, Smm(taken(3)))
    assert state(store, number) == ("received", None)


async def test_one_does_not_hold_the_others_up(store: Store, number: str) -> None:
    second = imported(store, 4)
    with pytest.raises(SmmFault):
        await post(store, Smm(failing(SmmFault(status=500)), taken(7)))
    assert sorted([state(store, number), state(store, second)]) == [("received", None), ("waiting", None)]
