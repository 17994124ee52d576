"""The objects that an association gives access to, and a meter model fitted to them."""

from dataclasses import replace

from agent.dlms import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.cosem.objects import ListedObject, read_object_list
from agent.domain.errors import AccessRefused, MalformedData
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, ask
from agent.procedures.values import refused

OBJECT_LIST = AttributeDescriptor(15, Obis(0, 0, 40, 0, 0), 2)
"""object_list of the current association (IEC 62056-6-2:2017, class_id 15)."""
_CLOCK, _DISCONNECT_CONTROL = 8, 70
_REGISTERS = (3, 4)
_ACTIVE_ENERGY = ((1, 8), (15, 8))
"""Value groups C and D of a total (IEC 62056-6-1:2017): active energy imported, then the sum |+A| + |-A|."""


def association_view() -> Dialogue[tuple[ListedObject, ...]]:
    """All objects that this client may see.

    Raises:
        AccessRefused: the meter does not give the list.
        MalformedData: what it gives is no list of objects.
    """
    answer = yield from ask((OBJECT_LIST,))
    value = answer.values[0]
    if isinstance(value, DataAccessResult):
        raise refused(OBJECT_LIST, value)
    return read_object_list(value)


def fit(model: MeterModel) -> Dialogue[MeterModel]:
    """The model fitted to the objects that the meter lists; unchanged if it gives no list that can be read."""
    try:
        view = yield from association_view()
    except (AccessRefused, MalformedData):
        return model
    return fitted(model, view)


def fitted(model: MeterModel, view: tuple[ListedObject, ...]) -> MeterModel:
    """The model with the objects that this meter has; where it has none that fits, the model's own stay."""
    names = {str(listed.obis): listed for listed in view}
    total = _total(model, view)
    tariffs = {} if total is None else _tariffs(total, view)
    energies = [total, *tariffs.values()] if total else []
    serial_numbers = tuple(name for name in model.serial_number if _full(name) in names)
    return replace(
        model,
        serial_number=serial_numbers or model.serial_number,
        clock=_the_meters_own(view, _CLOCK, model.clock) or model.clock,
        disconnect_control=_the_meters_own(view, _DISCONNECT_CONTROL, model.disconnect_control),
        app_version=model.app_version if model.app_version and _full(model.app_version) in names else None,
        total=str(total.obis) if total else model.total,
        tariffs={name: str(listed.obis) for name, listed in tariffs.items()} if total else model.tariffs,
        register_classes={str(listed.obis): listed.class_id for listed in energies},
    )


def _total(model: MeterModel, view: tuple[ListedObject, ...]) -> ListedObject | None:
    """The model's own total if the meter has it, else any total of active energy, on any channel."""
    registers = [listed for listed in view if listed.class_id in _REGISTERS]
    for listed in registers:
        if str(listed.obis) == _full(model.total):
            return listed
    for c, d in _ACTIVE_ENERGY:
        for listed in registers:
            if (listed.obis.a, listed.obis.c, listed.obis.d, listed.obis.e) == (1, c, d, 0):
                return listed
    return None


def _tariffs(total: ListedObject, view: tuple[ListedObject, ...]) -> dict[str, ListedObject]:
    """T1…T6 of the same energy: value group E of the logical name."""
    found = {}
    for listed in view:
        same = replace(listed.obis, e=0) == total.obis
        if same and listed.class_id in _REGISTERS and 1 <= listed.obis.e <= 6:
            found[f"t{listed.obis.e}"] = listed
    return dict(sorted(found.items()))


def _the_meters_own(view: tuple[ListedObject, ...], class_id: int, known: str | None) -> str | None:
    """The object of that class with the model's own name, else the first one that is not of another channel: there
    may be a valve or a clock of a gas meter behind this one."""
    names = [listed.obis for listed in view if listed.class_id == class_id]
    if known is not None and any(str(name) == _full(known) for name in names):
        return _full(known)
    return next((str(name) for name in names if name.b == 0), None)


def _full(name: str) -> str:
    return str(Obis.parse(name))
