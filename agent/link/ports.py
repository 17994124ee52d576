"""Serial ports of this machine: optical heads on USB, and classic Bluetooth probes, which look the same."""

import asyncio
from dataclasses import dataclass

from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

_BLUETOOTH = "BTHENUM"


@dataclass(frozen=True)
class SerialPort:
    """`device` is what opens it (`COM5`, `/dev/ttyUSB0`); `may_be_probe`: it is a USB or Bluetooth port."""

    device: str
    title: str | None
    may_be_probe: bool


async def serial_ports() -> list[SerialPort]:
    """By name. Listed in a thread, as some systems are slow."""
    return await asyncio.to_thread(lambda: sorted(map(_port, list_ports.comports()), key=lambda port: port.device))


def _port(found: ListPortInfo) -> SerialPort:
    title = found.description if found.description not in (None, "", "n/a") else None
    over_air = _BLUETOOTH in (found.hwid or "").upper() or "rfcomm" in found.device
    return SerialPort(found.device, title, may_be_probe=found.vid is not None or over_air)
