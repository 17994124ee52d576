"""The sample utility for demo, training and tests: meters, points of delivery and users.

The passwords and keys here are no secrets: nothing but the sample uses them.
"""

from dataclasses import dataclass, field

from agent.domain.group import ADMINISTRATOR_GROUP, MOBILE_GROUP, OPERATOR_GROUP
from agent.domain.prepayment import PrepayProfile
from agent.domain.tariff import Contract, Season, Switch, TariffPlan

CONCENTRATOR = "ROSSOT01"
MODEL = "cerm1"
APP_VERSION = "3131"


@dataclass(frozen=True)
class SampleMeter:
    """A simulated meter, its customer, and the Bird plugged into it.

    `energies` are T1…T6 in Wh at the start; `lls_password` (8 octets) is the secret of the association (LLS); credit
    tokens are made under `vending_key` (16 octets). `prepaid`: in prepayment mode from the start.
    """

    serial: str
    pod: str
    mac: str
    address: str
    customer: str
    probe_name: str
    probe_address: str
    energies: tuple[int, int, int, int, int, int]
    connected: bool
    prepaid: bool
    lls_password: bytes
    vending_key: bytes = field(repr=False)


METERS = (
    SampleMeter(
        serial="UAAEEDN11200129695",
        pod="ROSSO0003",
        mac="86041601FA9F",
        address="Av. Santa Rosa 1247, San Miguel",
        customer="C. Fuentes",
        probe_name="BIRD-0695",
        probe_address="C0:17:E9:E4:06:95",
        energies=(55134, 312258, 981227, 172, 1043, 2309),
        connected=False,
        prepaid=True,
        lls_password=b"ROSSO-03",
        vending_key=b"vend-0695-ROSSO3",
    ),
    SampleMeter(
        serial="UAAEEDN11200129683",
        pod="ROSSO0002",
        mac="86041601FA93",
        address="Los Alerces 88, La Florida",
        customer="M. Rojas",
        probe_name="BIRD-0683",
        probe_address="C0:17:E9:E4:06:83",
        energies=(120410, 98221, 45077, 0, 310, 12),
        connected=True,
        prepaid=True,
        lls_password=b"ROSSO-02",
        vending_key=b"vend-0683-ROSSO2",
    ),
    SampleMeter(
        serial="UAAEEDN11200129682",
        pod="POD3",
        mac="86041601FA92",
        address="Pasaje Dos 31, Puente Alto",
        customer="J. Herrera",
        probe_name="BIRD-0682",
        probe_address="C0:17:E9:E4:06:82",
        energies=(7705, 41190, 20033, 15, 0, 944),
        connected=True,
        prepaid=False,
        lls_password=b"POD3-682",
        vending_key=b"vend-0682-POD3-0",
    ),
)

FIRST_CREDIT_WH = 250_000
"""Credit of each sample meter that is in prepayment, at the start."""

OTHER_VENDING_KEY = b"vend-of-nobody-0"
OTHER_LLS_PASSWORD = b"12345678"
"""Keys of simulated meters that are not in the sample."""


PROFILES = (
    PrepayProfile(
        name="Prepago residencial",
        mode="prepayment",
        credit_preset_wh=5_000,
        warning_threshold_wh=2_000,
        limit_wh=0,
        emergency_credit_wh=1_000,
        unit_charge=1_000,
    ),
    PrepayProfile(
        name="Prepago comercial",
        mode="prepayment",
        credit_preset_wh=50_000,
        warning_threshold_wh=20_000,
        limit_wh=0,
        emergency_credit_wh=5_000,
        unit_charge=1_000,
    ),
    PrepayProfile(
        name="Pospago",
        mode="credit",
        credit_preset_wh=0,
        warning_threshold_wh=0,
        limit_wh=0,
        emergency_credit_wh=0,
        unit_charge=0,
    ),
)
_WORKDAY = (Switch(0, 1), Switch(480, 2), Switch(1320, 1))
_WINTER_WORKDAY = (Switch(0, 1), Switch(480, 2), Switch(1080, 3), Switch(1320, 1))
TARIFFS = (
    TariffPlan(
        name="Chile_THR_Tariff",
        seasons=(Season("invierno", 4, 1, "inv"), Season("verano", 10, 1, "ver")),
        weeks={"inv": (2, 2, 2, 2, 2, 3, 3), "ver": (1, 1, 1, 1, 1, 3, 3)},
        days={1: _WORKDAY, 2: _WINTER_WORKDAY, 3: (Switch(0, 1),)},
    ),
)
CONTRACTS = (Contract("Contract_6000", 6_000), Contract("Contract_10000", 10_000))


@dataclass(frozen=True)
class SampleUser:
    """A user of SMM and, in the Mobile User Group, of the tablets."""

    username: str
    name: str
    group: str
    tag: str
    culture: str
    password: str
    locked: bool = False


USERS = (
    SampleUser("claudio.silva", "Claudio Silva", MOBILE_GROUP, "Chile", "es-CL", "bird-2026"),
    SampleUser("david.salgado", "David Salgado", MOBILE_GROUP, "Chile", "en-US", "bird-2026"),
    SampleUser("jordan.palma", "Jordan Palma", MOBILE_GROUP, "Chile", "it-IT", "bird-2026"),
    SampleUser("pedro.locked", "Pedro Rivas", MOBILE_GROUP, "Chile", "es-CL", "bird-2026", locked=True),
    SampleUser("ripa", "Ripa", OPERATOR_GROUP, "Chile", "it-IT", "smm-2026"),
    SampleUser("GDS-ITA-Admin", "GDS ITA Admin", ADMINISTRATOR_GROUP, "", "es-CL", "smm-2026"),
)
