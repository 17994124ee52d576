"""Tables of the central system. Times are aware UTC; energies are whole Wh."""

from agent.smm.models.base import Base, SystemSetting
from agent.smm.models.catalogue import Contract, PrepayProfile, TariffPlan
from agent.smm.models.meters import Meter, Reading
from agent.smm.models.people import ApiKey, Device, MobileSession, User
from agent.smm.models.work import Execution, OrderRequest, UndecidedOutcome, WorkOrder

__all__ = [
    "ApiKey",
    "Base",
    "Contract",
    "Device",
    "Execution",
    "Meter",
    "MobileSession",
    "OrderRequest",
    "PrepayProfile",
    "Reading",
    "SystemSetting",
    "TariffPlan",
    "UndecidedOutcome",
    "User",
    "WorkOrder",
]
