"""Prepayment in a simulated meter: account, credit, charge and token gateway (IEC 62056-6-2, classes 111 to 115)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from agent.dlms import ActionReply, ActionResult, Data, DataAccessResult, Tag
from agent.dlms.cosem.clock import encode_date_time
from agent.domain.errors import MalformedData
from agent.domain.token import WrongTag, verified
from agent.simulator.objects import DATA, DONE, CosemObject

ACCOUNT, CREDIT, CHARGE, TOKEN_GATEWAY = 111, 112, 113, 115
_CREDIT_MODE, _PREPAYMENT_MODE, _ACTIVE = 1, 2, 2
_ENABLED, _IN_USE, _EXHAUSTED = 0, 3, 4
_EXECUTED, _BAD_FORMAT, _BAD_TAG, _NOT_VALID, _NOT_EXECUTED = 3, 4, 5, 6, 7
_LOWEST, _HIGHEST = -(2**31), 2**31 - 1
TOKENS_LISTED = 64
NOT_TAKEN = ActionReply(ActionResult.OTHER_REASON)


@dataclass
class Purse:
    """What must outlive a restart; amounts in Wh. `credit` stood at `energy`, the total that was counted then."""

    prepaid: bool = False
    credit: int = 0
    energy: int = 0
    warning: int = 5_000
    limit: int = 0
    preset: int = 0
    emergency: int = 0
    unit_charge: int = 0
    used: list[str] = field(default_factory=list)
    token: str = ""
    token_at: str = ""
    token_status: int = _EXECUTED


@dataclass(frozen=True)
class Options:
    """What kinds of meters there are."""

    gateway: bool = True
    lists_tokens: bool = True


class Prepayment:
    """`energy` is the meter's total in Wh; `applied` notes in its ledger what was done, before it is answered."""

    def __init__(
        self,
        serial: str,
        vending_key: bytes,
        energy: Callable[[], int],
        now: Callable[[], datetime],
        applied: Callable[..., None],
        purse: Purse,
        options: Options,
    ) -> None:
        self._serial = serial
        self._vending_key = vending_key
        self._energy = energy
        self._now = now
        self._applied = applied
        self._options = options
        self.purse = purse

    def state(self) -> dict[str, Any]:
        return asdict(self.purse)

    def credit(self) -> int:
        """Wh left; a meter in credit mode takes nothing off."""
        used = self._energy() - self.purse.energy if self.purse.prepaid else 0
        return max(_LOWEST, self.purse.credit - used)

    def objects(self) -> dict[str, CosemObject]:
        found = {
            "0.0.19.0.0.255": self._account(),
            "0.0.19.10.0.255": self._credit(),
            "0.0.19.10.1.255": self._emergency(),
            "0.0.19.20.0.255": self._charge(),
        }
        if self._options.gateway:
            found["0.0.19.40.0.255"] = self._gateway()
        if self._options.gateway and self._options.lists_tokens:
            found["0.0.128.19.40.255"] = CosemObject(DATA, {2: self._used_tokens})
        return found

    # ── objects ──

    def _account(self) -> CosemObject:
        currency = (Data(Tag.VISIBLE_STRING, "Wh"), Data(Tag.INTEGER, 0), Data(Tag.ENUM, 1))
        return CosemObject(
            ACCOUNT,
            {
                2: self._mode,
                5: lambda: Data(Tag.DOUBLE_LONG, self.credit()),
                15: lambda: Data(Tag.STRUCTURE, currency),
            },
            {2: self._set_mode},
        )

    def _credit(self) -> CosemObject:
        return CosemObject(
            CREDIT,
            {
                2: lambda: Data(Tag.DOUBLE_LONG, self.credit()),
                3: lambda: Data(Tag.ENUM, 0),
                5: partial(self._amount, "warning"),
                6: partial(self._amount, "limit"),
                8: self._credit_status,
                9: partial(self._amount, "preset"),
            },
            {number: partial(self._set_amount, name) for number, name in ((5, "warning"), (6, "limit"), (9, "preset"))},
            {1: self._update_amount, 2: self._set_to},
        )

    def _emergency(self) -> CosemObject:
        return CosemObject(
            CREDIT,
            {
                2: partial(self._amount, "emergency"),
                3: lambda: Data(Tag.ENUM, 2),
                9: partial(self._amount, "emergency"),
            },
            {9: partial(self._set_amount, "emergency")},
        )

    def _charge(self) -> CosemObject:
        return CosemObject(
            CHARGE,
            {3: lambda: Data(Tag.ENUM, 0), 5: self._unit_charge, 6: self._unit_charge},
            {6: self._set_unit_charge},
            {2: lambda _: DONE},
        )

    def _gateway(self) -> CosemObject:
        return CosemObject(
            TOKEN_GATEWAY,
            {
                2: lambda: Data(Tag.OCTET_STRING, bytes.fromhex(self.purse.token)),
                3: lambda: Data(Tag.OCTET_STRING, self._token_time()),
                5: lambda: Data(Tag.ENUM, 1),
                6: self._token_status,
            },
            methods={1: self._enter},
        )

    # ── what they say ──

    def _mode(self) -> Data:
        mode = _PREPAYMENT_MODE if self.purse.prepaid else _CREDIT_MODE
        return Data(Tag.STRUCTURE, (Data(Tag.ENUM, mode), Data(Tag.ENUM, _ACTIVE)))

    def _credit_status(self) -> Data:
        if not self.purse.prepaid:
            return Data(Tag.ENUM, _ENABLED)
        return Data(Tag.ENUM, _IN_USE if self.credit() > self.purse.limit else _EXHAUSTED)

    def _amount(self, name: str) -> Data:
        return Data(Tag.DOUBLE_LONG, getattr(self.purse, name))

    def _unit_charge(self) -> Data:
        scaling = Data(Tag.STRUCTURE, (Data(Tag.INTEGER, 0), Data(Tag.INTEGER, 0)))
        commodity = Data(
            Tag.STRUCTURE,
            (Data(Tag.LONG_UNSIGNED, 3), Data(Tag.OCTET_STRING, bytes((1, 0, 1, 8, 0, 255))), Data(Tag.INTEGER, 2)),
        )
        element = Data(Tag.STRUCTURE, (Data(Tag.OCTET_STRING, b""), Data(Tag.LONG, self.purse.unit_charge)))
        return Data(Tag.STRUCTURE, (scaling, commodity, Data(Tag.ARRAY, (element,))))

    def _token_time(self) -> bytes:
        moment = datetime.fromisoformat(self.purse.token_at) if self.purse.token_at else self._now()
        return encode_date_time(moment)

    def _token_status(self) -> Data:
        return Data(Tag.STRUCTURE, (Data(Tag.ENUM, self.purse.token_status), Data(Tag.BIT_STRING, "")))

    def _used_tokens(self) -> Data:
        ids = tuple(Data(Tag.OCTET_STRING, bytes.fromhex(used)) for used in self.purse.used)
        return Data(Tag.ARRAY, ids)

    # ── what they do ──

    def _set_mode(self, value: Data) -> DataAccessResult:
        mode = value.value[0].value if value.tag is Tag.STRUCTURE and value.value else None
        if mode not in (_CREDIT_MODE, _PREPAYMENT_MODE):
            return DataAccessResult.TYPE_UNMATCHED
        self._stand_still()
        self.purse.prepaid = mode == _PREPAYMENT_MODE
        self._applied("payment mode", prepaid=self.purse.prepaid)
        return DataAccessResult.SUCCESS

    def _set_amount(self, name: str, value: Data) -> DataAccessResult:
        if value.tag is not Tag.DOUBLE_LONG:
            return DataAccessResult.TYPE_UNMATCHED
        setattr(self.purse, name, value.value)
        self._applied(name, amount=value.value)
        return DataAccessResult.SUCCESS

    def _set_unit_charge(self, value: Data) -> DataAccessResult:
        try:
            self.purse.unit_charge = int(value.value[2].value[0].value[1].value)
        except (AttributeError, IndexError, TypeError, ValueError):
            return DataAccessResult.TYPE_UNMATCHED
        self._applied("unit charge", amount=self.purse.unit_charge)
        return DataAccessResult.SUCCESS

    def _set_to(self, value: Data | None) -> ActionReply:
        if value is None or value.tag is not Tag.DOUBLE_LONG:
            return ActionReply(ActionResult.TYPE_UNMATCHED)
        self._stand_still()
        self.purse.credit = value.value
        self._applied("set credit", amount=value.value)
        return DONE

    def _update_amount(self, value: Data | None) -> ActionReply:
        if value is None or value.tag is not Tag.DOUBLE_LONG:
            return ActionReply(ActionResult.TYPE_UNMATCHED)
        if not self._has_room(value.value):
            return NOT_TAKEN
        self._credit_with(value.value)
        self._applied("charge", token=None, amount=value.value)
        return DONE

    def _enter(self, value: Data | None) -> ActionReply:
        if value is None or value.tag is not Tag.OCTET_STRING:
            return ActionReply(ActionResult.TYPE_UNMATCHED)
        self.purse.token, self.purse.token_at = value.value.hex(), self._now().isoformat()
        try:
            token = verified(value.value, self._vending_key)
        except (MalformedData, WrongTag) as error:
            return self._refuse(_BAD_TAG if isinstance(error, WrongTag) else _BAD_FORMAT)
        if token.serial != self._serial or token.id.hex() in self.purse.used:
            return self._refuse(_NOT_VALID)
        if not self._has_room(token.amount_wh):
            return self._refuse(_NOT_EXECUTED)
        self._credit_with(token.amount_wh)
        self.purse.used = [*self.purse.used, token.id.hex()][-TOKENS_LISTED:]
        self.purse.token_status = _EXECUTED
        self._applied("charge", token=token.id.hex(), amount=token.amount_wh)
        return DONE

    def _refuse(self, status: int) -> ActionReply:
        self.purse.token_status = status
        self._applied("token refused", status=status)
        return NOT_TAKEN

    def _has_room(self, amount: int) -> bool:
        return _LOWEST <= self.credit() + amount <= _HIGHEST

    def _credit_with(self, amount: int) -> None:
        self._stand_still()
        self.purse.credit += amount

    def _stand_still(self) -> None:
        """From now on credit is counted from where it stands."""
        self.purse.credit, self.purse.energy = self.credit(), self._energy()
