"""Prepayment in a simulated meter: its account, credits and charge (IEC 62056-6-2, classes 111, 112 and 113)."""

from collections.abc import Callable
from functools import partial

from agent.dlms import ActionReply, ActionResult, Data, DataAccessResult, Obis, Tag
from agent.dlms.cosem.tables.supply import ACCOUNT, CHARGE, CREDIT
from agent.simulator import ledger
from agent.simulator.kept import Kept
from agent.simulator.objects import DONE, NO_MOMENT, NOT_TAKEN, CosemObject, structure
from agent.simulator.purse import HIGHEST, Credit

ACCOUNT_NAME, CREDIT_NAME, EMERGENCY_NAME, CHARGE_NAME = (
    Obis(0, 0, 19, 0, 0),
    Obis(0, 0, 19, 10, 0),
    Obis(0, 0, 19, 10, 1),
    Obis(0, 0, 19, 20, 0),
)
_CREDIT_MODE, _PREPAYMENT_MODE = 1, 2
_ACTIVE, _STATUSES = 2, (1, 2, 3)
_ENABLED, _IN_USE, _EXHAUSTED = 0, 3, 4
_TOKEN_CREDIT, _EMERGENCY_CREDIT = 0, 2
_CONSUMPTION, _CONSUMPTION_BASED = 1, 0
_WH_FOR_EACH_KWH = 1_000
_KILO = 3
_FIRST_CREDIT, _ALL = 1, 100


class Prepayment:
    """`applied` writes to the meter's ledger what was done, before the meter answers."""

    def __init__(self, credit: Credit, kept: Kept, applied: Callable[..., None]) -> None:
        self._credit = credit
        self._purse = credit.purse
        self._kept = kept
        self._applied = applied

    def objects(self) -> dict[str, CosemObject]:
        """By logical name."""
        return {
            str(ACCOUNT_NAME): self._account(),
            str(CREDIT_NAME): self._import_credit(),
            str(EMERGENCY_NAME): self._emergency_credit(),
            str(CHARGE_NAME): self._charge(),
        }

    # ── account ──

    def _account(self) -> CosemObject:
        currency = structure(Data(Tag.UTF8_STRING, "Wh"), Data(Tag.INTEGER, 0), Data(Tag.ENUM, _CONSUMPTION))
        return CosemObject(
            ACCOUNT.class_id,
            {
                2: self._mode_and_status,
                3: lambda: Data(Tag.UNSIGNED, _FIRST_CREDIT),
                4: self._credit_status,
                5: lambda: Data(Tag.DOUBLE_LONG, self._credit.amount()),
                6: lambda: Data(Tag.DOUBLE_LONG, min(0, self._credit.amount())),
                7: _nothing,
                8: _nothing,
                9: lambda: Data(Tag.ARRAY, (_name(CREDIT_NAME), _name(EMERGENCY_NAME))),
                10: lambda: Data(Tag.ARRAY, (_name(CHARGE_NAME),)),
                11: lambda: Data(Tag.ARRAY, tuple(map(_charged_always, (CREDIT_NAME, EMERGENCY_NAME)))),
                12: lambda: Data(Tag.ARRAY, (structure(_name(CREDIT_NAME), Data(Tag.UNSIGNED, _ALL)),)),
                13: _never,
                14: _never,
                15: lambda: currency,
                16: partial(self._amount, "warning"),
                17: _nothing,
                18: lambda: Data(Tag.LONG_UNSIGNED, 0),
                19: _nothing,
            },
            {2: self._set_mode_and_status},
            {1: self._activate},
        )

    def _credit_status(self) -> Data:
        """Bit 0: in credit, bit 1: low credit, bit 6: out of credit."""
        is_low = self._credit.amount() <= self._purse.warning
        is_out = self._credit.amount() <= self._purse.limit
        return Data(Tag.BIT_STRING, f"{not is_out:d}{is_low:d}0000{is_out:d}0")

    def _mode_and_status(self) -> Data:
        mode = _PREPAYMENT_MODE if self._purse.prepaid else _CREDIT_MODE
        return structure(Data(Tag.ENUM, mode), Data(Tag.ENUM, self._purse.account))

    def _set_mode_and_status(self, value: Data) -> DataAccessResult:
        """A customer who changes to prepayment gets the preset amount to begin with."""
        match value:
            case Data(Tag.STRUCTURE, (Data(Tag.ENUM, int(mode)), Data(Tag.ENUM, int(status)))):
                if mode not in (_CREDIT_MODE, _PREPAYMENT_MODE) or status not in _STATUSES:
                    return DataAccessResult.OTHER_REASON
                self._credit.settle()
                if mode == _PREPAYMENT_MODE and not self._purse.prepaid and self._credit.has_room(self._purse.preset):
                    self._credit.add(self._purse.preset)
                self._purse.prepaid, self._purse.account = mode == _PREPAYMENT_MODE, status
                self._applied("configuration", what="account_mode_and_status")
                return DataAccessResult.SUCCESS
        return DataAccessResult.TYPE_UNMATCHED

    def _activate(self, _parameters: Data | None) -> ActionReply:
        self._purse.account = _ACTIVE
        return self._configured("activate_account")

    # ── credits ──

    def _import_credit(self) -> CosemObject:
        names = {5: "warning", 6: "limit", 9: "preset"}
        return CosemObject(
            CREDIT.class_id,
            {
                2: lambda: Data(Tag.DOUBLE_LONG, self._credit.amount()),
                3: lambda: Data(Tag.ENUM, _TOKEN_CREDIT),
                4: lambda: Data(Tag.UNSIGNED, 1),
                7: lambda: Data(Tag.BIT_STRING, "00001"),
                10: _nothing,
                11: _never,
                **{number: partial(self._amount, name) for number, name in names.items()},
                8: self._status,
            },
            {number: partial(self._set_amount, name) for number, name in names.items()},
            {1: self._update_amount, 2: self._set_amount_to_value},
        )

    def _emergency_credit(self) -> CosemObject:
        """It stays enabled until it is selected, which this meter does not offer."""
        return CosemObject(
            CREDIT.class_id,
            {
                2: partial(self._amount, "emergency"),
                3: lambda: Data(Tag.ENUM, _EMERGENCY_CREDIT),
                4: lambda: Data(Tag.UNSIGNED, 2),
                5: _nothing,
                6: _nothing,
                7: lambda: Data(Tag.BIT_STRING, "01000"),
                10: _nothing,
                11: _never,
                8: lambda: Data(Tag.ENUM, _ENABLED),
                9: partial(self._amount, "emergency_preset"),
            },
            {9: partial(self._set_amount, "emergency_preset")},
            {2: self._set_emergency},
        )

    def _amount(self, name: str) -> Data:
        return Data(Tag.DOUBLE_LONG, getattr(self._purse, name))

    def _set_amount(self, name: str, value: Data) -> DataAccessResult:
        if value.tag is not Tag.DOUBLE_LONG:
            return DataAccessResult.TYPE_UNMATCHED
        setattr(self._purse, name, value.value)
        self._applied("configuration", what=name)
        return DataAccessResult.SUCCESS

    def _status(self) -> Data:
        if not self._purse.prepaid:
            return Data(Tag.ENUM, _ENABLED)
        return Data(Tag.ENUM, _IN_USE if self._credit.amount() > self._purse.limit else _EXHAUSTED)

    def _update_amount(self, value: Data | None) -> ActionReply:
        if value is None or value.tag is not Tag.DOUBLE_LONG:
            return ActionReply(ActionResult.TYPE_UNMATCHED)
        if not self._credit.has_room(value.value):
            return NOT_TAKEN
        self._credit.add(value.value)
        self._applied(ledger.CHARGE, token=None, amount=value.value)
        return DONE

    def _set_amount_to_value(self, value: Data | None) -> ActionReply:
        if value is None or value.tag is not Tag.DOUBLE_LONG:
            return ActionReply(ActionResult.TYPE_UNMATCHED)
        self._credit.set(value.value)
        return self._configured("set_amount_to_value")

    def _set_emergency(self, value: Data | None) -> ActionReply:
        if value is None or value.tag is not Tag.DOUBLE_LONG:
            return ActionReply(ActionResult.TYPE_UNMATCHED)
        self._purse.emergency = value.value
        return self._configured("emergency")

    def _configured(self, what: str) -> ActionReply:
        self._applied("configuration", what=what)
        return DONE

    # ── charge ──

    def _charge(self) -> CosemObject:
        """The amount collected for each kWh; this meter's credit is energy, and falls by the energy used."""
        active, _ = self._kept.attribute("unit_charge_active", _unit_charge())
        passive, set_passive = self._kept.attribute("unit_charge_passive", _unit_charge())

        def update(table: Data | None) -> ActionReply:
            if table is None:
                return ActionReply(ActionResult.TYPE_UNMATCHED)
            scaling, commodity, _ = passive().value
            return ActionReply(ActionResult(set_passive(structure(scaling, commodity, table))))

        def activate(_parameters: Data | None) -> ActionReply:
            self._kept.copy({"unit_charge_active": "unit_charge_passive"}, "unit_charge_active")
            return DONE

        return CosemObject(
            CHARGE.class_id,
            {
                2: lambda: Data(Tag.DOUBLE_LONG, self._credit.paid() % (HIGHEST + 1)),
                3: lambda: Data(Tag.ENUM, _CONSUMPTION_BASED),
                4: lambda: Data(Tag.UNSIGNED, 1),
                5: active,
                6: passive,
                7: _never,
                8: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, 0),
                9: lambda: Data(Tag.BIT_STRING, "01"),
                10: _never,
                11: _nothing,
                12: _nothing,
                13: lambda: Data(Tag.LONG_UNSIGNED, 0),
            },
            {6: set_passive},
            {1: update, 2: activate},
        )


def _unit_charge() -> Data:
    scaling = structure(Data(Tag.INTEGER, _KILO), Data(Tag.INTEGER, 0))
    commodity = structure(Data(Tag.LONG_UNSIGNED, 3), _name(Obis(1, 0, 1, 8, 0)), Data(Tag.INTEGER, 2))
    element = structure(Data(Tag.OCTET_STRING, b""), Data(Tag.LONG, _WH_FOR_EACH_KWH))
    return structure(scaling, commodity, Data(Tag.ARRAY, (element,)))


def _charged_always(credit: Obis) -> Data:
    """Whatever the state of the supply."""
    return structure(_name(credit), _name(CHARGE_NAME), Data(Tag.BIT_STRING, "111"))


def _nothing() -> Data:
    return Data(Tag.DOUBLE_LONG, 0)


def _never() -> Data:
    return Data(Tag.OCTET_STRING, NO_MOMENT)


def _name(obis: Obis) -> Data:
    return Data(Tag.OCTET_STRING, bytes(obis))
