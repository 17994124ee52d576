"""Tables of the central system. Times are aware UTC; energies are whole Wh."""

from agent.smm.models.base import Base, SystemSetting
from agent.smm.models.catalogue import ContractRow, PrepayProfileRow, TariffPlanRow
from agent.smm.models.journal import AuditEntry, Event, ImportDraft
from agent.smm.models.meters import Departure, LastReading, Meter, MeterFact, ProfileChannels, ProfileRow, Reading
from agent.smm.models.numbers import ReceivedRange, ReportedAbsence
from agent.smm.models.people import ApiKey, EnrolledTablet, LoginFailures, MobileSession, RequestCount, User, WebSession
from agent.smm.models.work import Execution, IdempotencyKey, UndecidedOutcome, WorkOrder

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Base",
    "ContractRow",
    "Departure",
    "EnrolledTablet",
    "Event",
    "Execution",
    "IdempotencyKey",
    "ImportDraft",
    "LastReading",
    "LoginFailures",
    "Meter",
    "MeterFact",
    "MobileSession",
    "PrepayProfileRow",
    "ProfileChannels",
    "ProfileRow",
    "Reading",
    "ReceivedRange",
    "ReportedAbsence",
    "RequestCount",
    "SystemSetting",
    "TariffPlanRow",
    "UndecidedOutcome",
    "User",
    "WebSession",
    "WorkOrder",
]
