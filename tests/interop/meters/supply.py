"""What the pydlms example meter lacks for a technician's work: breaker, limiter, calendar, account, credit and charge.

Standard objects as its maker's simulator takes them; what their methods do is written here.
"""

from typing import Any

from pydlms.cosem.data import DlmsData
from pydlms.obis import ObisCode
from pydlms.simulator import MeterSimulator

BREAKER, LIMITER, CALENDAR = (70, "0.0.96.3.10.255"), (71, "0.0.17.0.0.255"), (20, "0.0.13.0.0.255")
ACCOUNT, CREDIT, CHARGE = (111, "0.0.19.0.0.255"), (112, "0.0.19.10.0.255"), (113, "0.0.19.20.0.255")
EVERY_YEAR = bytes.fromhex("ffff0101ff000000008000ff")
TARIFF_SCRIPTS = bytes((0, 0, 10, 0, 100, 255))
PREPAYMENT, ACTIVE, CONSUMPTION, IN_USE, BY_CONSUMPTION = 2, 2, 1, 3, 0


def add_supply(meter: MeterSimulator) -> None:
    meter.add_object(1, "0.0.42.0.0.255", {2: DlmsData.octet_string(b"EPLPYD0000000001")})
    meter.add_object(*BREAKER, {2: DlmsData.boolean(True), 3: DlmsData.enum(1), 4: DlmsData.enum(4)})
    meter.add_method(*BREAKER, 1, lambda meter, _: switch(meter, closed=False))
    meter.add_method(*BREAKER, 2, lambda meter, _: switch(meter, closed=True))
    power = [DlmsData.uint16(3), octets(bytes((1, 0, 1, 7, 0, 255))), DlmsData.int8(2)]
    meter.add_object(*LIMITER, {2: DlmsData.structure(power), 3: DlmsData.uint16(5000), 4: DlmsData.uint16(5000)})
    meter.add_object(*CALENDAR, {**calendar(2), **calendar(6)})
    meter.add_method(*CALENDAR, 1, activate)
    add_prepayment(meter)


def add_prepayment(meter: MeterSimulator) -> None:
    currency = [DlmsData.visible_string("Wh"), DlmsData.int8(0), DlmsData.enum(CONSUMPTION)]
    mode = [DlmsData.enum(PREPAYMENT), DlmsData.enum(ACTIVE)]
    meter.add_object(*ACCOUNT, {2: DlmsData.structure(mode), 15: DlmsData.structure(currency)})
    amounts = {2: 1000, 5: 500, 6: 0, 9: 0}
    meter.add_object(*CREDIT, {8: DlmsData.enum(IN_USE), **{n: DlmsData.int32(wh) for n, wh in amounts.items()}})
    meter.add_method(*CREDIT, 1, charge)
    table = DlmsData.array([DlmsData.structure([octets(b""), DlmsData.int16(1000)])])
    scaling = DlmsData.structure([DlmsData.int8(3), DlmsData.int8(0)])
    energy = DlmsData.structure([DlmsData.uint16(3), octets(bytes((1, 0, 1, 8, 0, 255))), DlmsData.int8(2)])
    unit = DlmsData.structure([scaling, energy, table])
    meter.add_object(*CHARGE, {3: DlmsData.enum(BY_CONSUMPTION), 5: unit, 6: unit})


def calendar(first: int) -> dict[int, DlmsData]:
    """Name, seasons, weeks and days, from that attribute on."""
    season = DlmsData.structure([octets(b"year"), octets(EVERY_YEAR), octets(b"week")])
    week = DlmsData.structure([octets(b"week"), *[DlmsData.uint8(1)] * 7])
    midnight = DlmsData.structure([octets(bytes(4)), octets(TARIFF_SCRIPTS), DlmsData.uint16(1)])
    day = DlmsData.structure([DlmsData.uint8(1), DlmsData.array([midnight])])
    parts = octets(b"Base"), *(DlmsData.array([part]) for part in (season, week, day))
    return dict(enumerate(parts, first))


def switch(meter: MeterSimulator, *, closed: bool) -> None:
    of(meter, BREAKER).update({2: DlmsData.boolean(closed), 3: DlmsData.enum(int(closed))})


def activate(meter: MeterSimulator, _parameters: Any) -> None:
    attributes = of(meter, CALENDAR)
    attributes.update({number: attributes[number + 4] for number in range(2, 6)})


def charge(meter: MeterSimulator, amount: Any) -> None:
    attributes = of(meter, CREDIT)
    attributes[2] = DlmsData.int32(attributes[2].value + amount.value)


def of(meter: MeterSimulator, name: tuple[int, str]) -> dict[int, DlmsData]:
    attributes: dict[int, DlmsData] = meter.objects[(name[0], ObisCode.parse(name[1]))]
    return attributes


def octets(value: bytes) -> DlmsData:
    return DlmsData.octet_string(value)
