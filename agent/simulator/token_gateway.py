"""The token gateway of a simulated meter (IEC 62056-6-2, class 115), which takes each credit token once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent.dlms import ActionReply, ActionResult, Data, Tag
from agent.dlms.cosem.clock import encode_date_time
from agent.dlms.cosem.tables.supply import TOKEN_GATEWAY
from agent.domain.credit_token import CreditToken, WrongTag, verified
from agent.domain.errors import MalformedData
from agent.domain.prepayment import MIN_CHARGE_WH
from agent.simulator.ledger import CHARGE, Ledger
from agent.simulator.objects import DATA, DONE, NO_MOMENT, NOT_TAKEN, CosemObject, structure
from agent.simulator.purse import Credit, Purse

TOKENS_LISTED = 64
_EXECUTED, _BAD_FORMAT, _BAD_TAG, _NOT_VALID, _NOT_EXECUTED = 3, 4, 5, 6, 7
_BY_LOCAL_COMMUNICATIONS = 1


@dataclass(frozen=True)
class Options:
    """Whether a meter has a token gateway, and whether it lists the tokens it accepted."""

    gateway: bool = True
    lists_tokens: bool = True


class TokenGateway:
    """`clock` is the meter's; `applied` writes to its ledger what was done, before the meter answers."""

    def __init__(
        self,
        serial: str,
        vending_key: bytes,
        credit: Credit,
        ledger: Ledger,
        clock: Callable[[], datetime],
        applied: Callable[..., None],
    ) -> None:
        self._serial = serial
        self._vending_key = vending_key
        self._credit = credit
        self._ledger = ledger
        self._clock = clock
        self._applied = applied

    @property
    def _purse(self) -> Purse:
        return self._credit.purse

    def objects(self, options: Options) -> dict[str, CosemObject]:
        """By logical name; none for a meter without a gateway."""
        if not options.gateway:
            return {}
        used = {"0.0.128.19.40.255": CosemObject(DATA, {2: self._last_used})} if options.lists_tokens else {}
        return {"0.0.19.40.0.255": self._gateway(), **used}

    def _gateway(self) -> CosemObject:
        return CosemObject(
            TOKEN_GATEWAY.class_id,
            {
                2: lambda: Data(Tag.OCTET_STRING, bytes.fromhex(self._purse.token)),
                3: self._token_time,
                4: lambda: Data(Tag.ARRAY, (Data(Tag.OCTET_STRING, b"credit"),)),
                5: lambda: Data(Tag.ENUM, _BY_LOCAL_COMMUNICATIONS),
                6: lambda: structure(Data(Tag.ENUM, self._purse.token_status), Data(Tag.BIT_STRING, "")),
            },
            methods={1: self._enter},
        )

    def _last_used(self) -> Data:
        """The newest, oldest first; tokens used before these are refused as well."""
        last = self._ledger.used_tokens[-TOKENS_LISTED:]
        return Data(Tag.ARRAY, tuple(Data(Tag.OCTET_STRING, bytes.fromhex(used)) for used in last))

    def _token_time(self) -> Data:
        at = self._purse.token_at
        return Data(Tag.OCTET_STRING, encode_date_time(datetime.fromisoformat(at)) if at else NO_MOMENT)

    def _enter(self, value: Data | None) -> ActionReply:
        if value is None or value.tag is not Tag.OCTET_STRING:
            return ActionReply(ActionResult.TYPE_UNMATCHED)
        self._purse.token, self._purse.token_at = value.value.hex(), self._clock().isoformat()
        try:
            token = verified(value.value, self._vending_key)
        except MalformedData:
            return self._refuse(_BAD_FORMAT)
        except WrongTag:
            return self._refuse(_BAD_TAG)
        if not self._is_new_and_ours(token):
            return self._refuse(_NOT_VALID)
        if not self._credit.has_room(token.amount_wh):
            return self._refuse(_NOT_EXECUTED)
        self._credit.add(token.amount_wh)
        self._purse.token_status = _EXECUTED
        self._applied(CHARGE, token=token.id.hex(), amount=token.amount_wh)
        return DONE

    def _is_new_and_ours(self, token: CreditToken) -> bool:
        is_ours = token.serial == self._serial and token.amount_wh >= MIN_CHARGE_WH
        return is_ours and token.id.hex() not in self._ledger.used_tokens

    def _refuse(self, status: int) -> ActionReply:
        self._purse.token_status = status
        self._applied("token-refused", status=status)
        return NOT_TAKEN
