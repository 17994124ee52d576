"""Every error that a person or another program can meet, as one tree.

    EplusError
    ├── InputError            exit 2   the request makes no sense; nothing was changed
    │   └── OtherMeter                 the meter in front is not the one named in the request
    ├── LinkError             exit 3   the way to the probe or the meter
    │   ├── LinkUnavailable            this tablet's radio or port cannot be used
    │   ├── LinkNotFound               the probe or host is not there
    │   ├── LinkBusy                   another job holds it
    │   └── LinkLost                   it was there and is gone
    ├── ProtocolError         exit 4   the communication with the meter
    │   ├── LocalProtocolError         we would have broken the rules: a fault of this program
    │   └── RemoteProtocolError        the meter broke them
    │       ├── MalformedData          its octets cannot be decoded
    │       ├── NoAnswer               it sends nothing, or nothing valid, in time
    │       └── SecurityBroken         its answer is not protected as agreed
    ├── RemoteRefusal         exit 5   the meter understood and said no
    │   ├── AssociationRefused
    │   ├── AccessRefused
    │   └── ChangeRefused              it confirms that it did not make the change
    ├── OutcomeUnknown        exit 6   a change was sent, and nobody knows whether it was made
    ├── StoreError            exit 7   this tablet's own storage
    │   ├── StorageFull
    │   └── RescueNeeded               what is in its folder is no whole tablet; a person decides
    └── CentralError          exit 8   SMM ePlus and the way to it
        ├── SmmUnreachable
        ├── SmmFault                   it answered, but not as agreed
        │   └── SmmBusy                it asks to be left alone for a while
        ├── OrderRefused               a work order that cannot be had
        └── LoginRefused

Code catches errors by class; people are told by code. Codes are stable, and each has its plain words in `words/` in
every language.
"""

from typing import ClassVar

ErrorParams = dict[str, str | int]
"""What fills the blanks in an error's words."""


class EplusError(Exception):
    """Root of the tree.

    `code` is stable and names the words to show; `params` fill the blanks in them, and never hold keys, passwords,
    tokens or customers' data. `detail` is for engineers, in English.
    """

    default_code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 4
    default_retryable: ClassVar[bool] = False

    def __init__(
        self, detail: str = "", *, code: str | None = None, retryable: bool | None = None, **params: str | int
    ) -> None:
        super().__init__(detail or code or self.default_code)
        self.code = code or self.default_code
        self.retryable = self.default_retryable if retryable is None else retryable
        self.params: ErrorParams = params
        self.detail = detail


class InputError(EplusError):
    """The request makes no sense; nothing was changed."""

    default_code = "bad-input"
    exit_code = 2


class OrdersRefused(InputError):
    """None of the orders was made. `reasons` says why, by serial number of the meters that cannot have theirs."""

    default_code = "orders-refused"

    def __init__(self, reasons: dict[str, EplusError]) -> None:
        super().__init__(count=len(reasons))
        self.reasons = reasons


class OtherMeter(InputError):
    """The meter in front of the probe has another serial number. Params: `expected`, `found`."""

    default_code = "other-meter"


class LinkError(EplusError):
    """The way to the probe or the meter."""

    default_code = "link-failed"
    exit_code = 3
    default_retryable = True


class LinkUnavailable(LinkError):
    """This tablet's radio or port cannot be used: off, missing, or not permitted."""

    default_code = "link-unavailable"


class LinkNotFound(LinkError):
    """The probe or host is not there. Params: `address`."""

    default_code = "link-not-found"


class LinkBusy(LinkError):
    """Another job holds the link."""

    default_code = "link-busy"


class LinkLost(LinkError):
    """The link was there and is gone."""

    default_code = "link-lost"


class ProtocolError(EplusError):
    """The communication with the meter."""

    default_code = "protocol"
    exit_code = 4


class LocalProtocolError(ProtocolError):
    """We would have broken the rules: a fault of this program, never of the meter."""

    default_code = "protocol-local"


class RemoteProtocolError(ProtocolError):
    """The other side broke the rules."""

    default_code = "protocol-remote"
    default_retryable = True


class MalformedData(RemoteProtocolError):
    """Octets of the other side that cannot be decoded."""

    default_code = "malformed-data"


class NoAnswer(RemoteProtocolError):
    """The other side sends nothing, or nothing valid, before the deadline."""

    default_code = "no-answer"


class SecurityBroken(RemoteProtocolError):
    """The answer is not protected as agreed. The code says how: `security-tag`, `security-counter`,
    `security-weaker`, `security-compressed`, `security-title`."""

    default_code = "security-tag"
    default_retryable = False


class RemoteRefusal(EplusError):
    """The meter understood and said no."""

    default_code = "refused"
    exit_code = 5


class AssociationRefused(RemoteRefusal):
    """The meter refuses the association. Params: `diagnostic` (in the words of IEC 62056-5-3:2017). The code says what
    to do: `association-context`, `association-secret-needed` and so on; `association-refused` where authentication
    failed."""

    default_code = "association-refused"


class AccessRefused(RemoteRefusal):
    """The meter does not give this value. Params: `object` (logical name), `result` (data access result)."""

    default_code = "access-refused"


class ChangeRefused(RemoteRefusal):
    """The meter answered that it did not make the change. Params: `object` (logical name), `result`."""

    default_code = "change-refused"


class OutcomeUnknown(EplusError):
    """A change was sent, and nobody knows whether it was made."""

    default_code = "outcome-unknown"
    exit_code = 6


class StoreError(EplusError):
    """This tablet's own storage."""

    default_code = "storage"
    exit_code = 7


class StorageFull(StoreError):
    """No room left on this tablet's disk."""

    default_code = "storage-full"
    default_retryable = True


class RescueNeeded(StoreError):
    """What is in the data folder is no whole tablet, and a person has to decide. Nothing was changed. The code says
    why: `rescue-needed`, `identity-lost`, `two-tablets`."""

    default_code = "rescue-needed"


class CentralError(EplusError):
    """SMM ePlus and the way to it."""

    default_code = "smm"
    exit_code = 8
    default_retryable = True


class SmmUnreachable(CentralError):
    """No answer from SMM, or no network."""

    default_code = "smm-unreachable"


class SmmFault(CentralError):
    """SMM answered, but not as agreed: an error of its own, or not SMM at all: `smm-portal`, `smm-foreign`. Params:
    `status`."""

    default_code = "smm-fault"


class SmmBusy(SmmFault):
    """SMM asks to be left alone for a while. Params: `status`, `seconds`."""

    default_code = "smm-busy"


class OrderRefused(CentralError):
    """A work order cannot be claimed or given back. The code says why: `order-taken`, `order-cancelled`,
    `order-unknown`."""

    default_code = "order-taken"
    default_retryable = False


class LoginRefused(CentralError):
    """This user may not log in. The code says why: `login-wrong`, `login-not-mobile`, `login-locked`,
    `login-never-here`, `login-grant-expired`, `session-ended`."""

    default_code = "login-wrong"
    default_retryable = False
