"""Which driver a meter gets, and what the driver is made of."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.dlms import AssociationSettings
from agent.domain.errors import InputError
from agent.domain.transport import GatewayAddress, Transport
from agent.drivers.choose import DriverParts, dlms_driver, driver_for
from agent.drivers.dlms import DlmsDriver
from agent.drivers.readout import ReadoutDriver
from agent.drivers.session import Timeouts
from agent.meters import MeterModel, load_model, model_names
from agent.store.counters import COUNTERS_FILE, Counters
from tests.drivers.line import Log, cerm1, new_clock
from tests.drivers.test_dlms import Journalled

SETTINGS = AssociationSettings(client_sap=1)


def parts(folder: Path) -> DriverParts:
    counters = Counters(folder / COUNTERS_FILE)
    return DriverParts(counters, new_clock(), Log().watcher, True, Journalled(), Timeouts(request=1.0))


@pytest.mark.parametrize("name", model_names())
def test_the_model_decides(tmp_path: Path, name: str) -> None:
    asked: list[MeterModel] = []

    def associate(model: MeterModel) -> AssociationSettings:
        asked.append(model)
        return SETTINGS

    model, given = load_model(name), parts(tmp_path)
    driver = driver_for(model, associate, given)
    assert isinstance(driver, DlmsDriver if isinstance(model, MeterModel) else ReadoutDriver)
    assert asked == ([model] if isinstance(model, MeterModel) else [])
    if isinstance(driver, ReadoutDriver):
        assert (driver.model, driver.clock, driver.timeouts) == (model, given.clock, given.timeouts)


def test_a_driver_gets_all_of_its_parts(tmp_path: Path) -> None:
    given = parts(tmp_path)
    driver = dlms_driver(cerm1(), lambda _: SETTINGS, given)
    sessions = driver.sessions
    assert (driver.model, driver.association) == (cerm1(), SETTINGS)
    assert (sessions.counters, sessions.clock, sessions.watcher) == (given.counters, given.clock, given.watcher)
    assert (sessions.timeouts, sessions.mode_e, sessions.journal) == (given.timeouts, given.mode_e, given.journal)


def test_the_transport_is_the_associations_and_a_readout_has_none(tmp_path: Path) -> None:
    wrapped = Transport(wrapper=True, gateway=GatewayAddress(1, b"a"))
    given = replace(parts(tmp_path), transport=wrapped)
    assert dlms_driver(cerm1(), lambda _: SETTINGS, given).association == replace(SETTINGS, transport=wrapped)
    with pytest.raises(InputError, match="not-supported"):
        driver_for(load_model("readout"), lambda _: SETTINGS, given)


def test_bad_keys_are_said(tmp_path: Path) -> None:
    def associate(_model: MeterModel) -> AssociationSettings:
        raise InputError(code="bad-keys")

    with pytest.raises(InputError, match="bad-keys"):
        driver_for(cerm1(), associate, parts(tmp_path))
