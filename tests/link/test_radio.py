"""bleak's errors, and what the technician reads about them."""

import asyncio

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
    BleakError,
)

from agent.api.probes import link_state
from agent.domain.words import plain
from agent.link.paired import Paired, paired_devices
from agent.link.radio import link_error
from agent.link.scanner import Found
from agent.link.states import ProbeState
from agent.link.status import ProbeStatus
from agent.store.probes import KnownProbe
from tests.store.samples import NOW

Reason = BleakBluetoothNotAvailableReason
CODES = {
    Reason.NO_BLUETOOTH: "link-no-adapter",
    Reason.NO_BLE_CENTRAL_ROLE: "link-no-adapter",
    Reason.POWERED_OFF: "link-radio-off",
    Reason.DENIED_BY_USER: "link-no-permission",
    Reason.DENIED_BY_SYSTEM: "link-no-permission",
    Reason.DENIED_BY_UNKNOWN: "link-no-permission",
    Reason.UNKNOWN: "link-unavailable",
}


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("culture", ["es", "en", "it"])
def test_each_reason_has_its_words(reason: Reason, culture: str) -> None:
    error = link_error(BleakBluetoothNotAvailableError("why", reason))
    assert error.code == CODES[reason]
    assert str(plain(error, culture)) != error.code


@pytest.mark.parametrize(
    ("error", "address", "code"),
    [
        (BleakDeviceNotFoundError("C0", "not found"), "C0", "link-not-found"),
        (TimeoutError(), "C0", "link-not-found"),
        (BleakError("failed to discover services, device disconnected"), "C0", "link-taken"),
        (OSError("no such thing"), "C0", "link-failed"),
        (TimeoutError(), "", "link-unavailable"),
        (BleakError("org.bluez.Error.NotReady"), "", "link-unavailable"),
        (OSError("no bus"), "", "link-unavailable"),
    ],
)
def test_other_errors(error: Exception, address: str, code: str) -> None:
    assert link_error(error, address).code == code


def test_the_list_joins_what_is_heard_known_and_paired() -> None:
    """A label given here takes precedence over the probe's own name, and that over the operating system's."""
    heard = Found("AA", "BIRD-1", -60.4, is_probe=True, seen_at=0.0)
    stranger = Found("DD", None, -80.0, is_probe=False, seen_at=0.0)
    known = [KnownProbe("AA", "BIRD-0", NOW, label="Bird van 12"), KnownProbe("BB", "BIRD-2", NOW)]
    paired = (Paired("BB", "System's name"), Paired("CC", "EPL-BIRD"))
    status = ProbeStatus(ProbeState.SCANNING, None, (heard, stranger), paired, None, None, mode_e=False)
    told = link_state(status, known, simulated=False)
    assert [(probe.address, probe.name, probe.signal, probe.known, probe.used) for probe in told.found] == [
        ("AA", "Bird van 12", -60, True, True),
        ("DD", None, -80, False, False),
        ("BB", "BIRD-2", None, True, True),
        ("CC", "EPL-BIRD", None, True, False),
    ]


def test_a_system_that_does_not_tell_what_is_paired_is_no_trouble() -> None:
    assert isinstance(asyncio.run(paired_devices()), list)
