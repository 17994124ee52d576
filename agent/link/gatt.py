"""GATT operations on a connected Bluetooth probe: subscribing, with pairing where it is required, and writing."""

import asyncio
from collections.abc import Callable

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakGATTProtocolError, BleakGATTProtocolErrorCode

from agent.domain.errors import LinkError
from agent.link.pacing import Backlog
from agent.link.profile import ProbeProfile
from agent.link.states import ProbeEvent

PAIR_SECONDS = 30.0
GATT_SECONDS = 5.0
GATT_VALUE_OCTETS = 512
_NEEDS_PAIRING = (
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
    BleakGATTProtocolErrorCode.UNLIKELY_ERROR,
)
"""The last is BlueZ's answer when it tried to pair by itself and failed."""
STACK_ERRORS = (Exception,)
"""bleak's own errors, and whatever comes through from the system below it: either way, the connection failed."""


async def subscribe(
    client: BleakClient,
    characteristic: BleakGATTCharacteristic,
    on_data: Callable[[bytearray], None],
    on_event: Callable[[ProbeEvent], None],
    name: str,
) -> None:
    """Subscribes to a characteristic of a connected probe, pairing first where the probe requires it.

    Raises:
        LinkError: `link-pin-needed`, or `link-taken` where the connection fails meanwhile.
    """
    try:
        if not await _try_to_subscribe(client, characteristic, on_data):
            await _pair(client, on_event, name)
            if not await _try_to_subscribe(client, characteristic, on_data):
                raise LinkError(code="link-pin-needed", retryable=False, address=name)
    except LinkError:
        raise
    except STACK_ERRORS as error:
        raise LinkError(str(error), code="link-taken", address=name) from None


async def _try_to_subscribe(
    client: BleakClient, characteristic: BleakGATTCharacteristic, on_data: Callable[[bytearray], None]
) -> bool:
    """False if the probe requires pairing first."""
    try:
        async with asyncio.timeout(GATT_SECONDS):
            await client.start_notify(characteristic, lambda _, data: on_data(data))
    except BleakGATTProtocolError as error:
        if error.code in _NEEDS_PAIRING:
            return False
        raise
    return True


async def _pair(client: BleakClient, on_event: Callable[[ProbeEvent], None], name: str) -> None:
    on_event(ProbeEvent.PAIR_ASKED)
    try:
        async with asyncio.timeout(PAIR_SECONDS):
            await client.pair()
    except STACK_ERRORS as error:
        raise LinkError(str(error), code="link-pin-needed", retryable=False, address=name) from None
    on_event(ProbeEvent.PAIRED)


def doubled(data: bytes, octets: bytes) -> bytes:
    """The same with each of these octets twice."""
    for octet in set(octets):
        data = data.replace(bytes((octet,)), bytes((octet, octet)))
    return data


class PacedWriter:
    """Writes octets in pieces that the connection takes, no faster than the probe's buffer empties."""

    def __init__(
        self, client: BleakClient, characteristic: BleakGATTCharacteristic, profile: ProbeProfile, backlog: Backlog
    ) -> None:
        self._client, self._characteristic = client, characteristic
        self._profile, self._backlog = profile, backlog
        properties = characteristic.properties
        with_response = profile.write_mode == "with-response" or "write-without-response" not in properties
        self._with_response = with_response and "write" in properties

    async def write(self, data: bytes) -> None:
        """Raises whatever bleak raises, and TimeoutError where one piece takes more than `GATT_SECONDS`."""
        now = asyncio.get_running_loop().time
        data = doubled(data, self._profile.double)
        while data:
            size = self._piece_octets()
            piece, data = data[:size], data[size:]
            if self._profile.flow == "paced":
                await asyncio.sleep(self._backlog.seconds_until_room(len(piece), self._profile.buffer, now()))
            async with asyncio.timeout(GATT_SECONDS):
                await self._client.write_gatt_char(self._characteristic, piece, response=self._with_response)
            self._backlog.add(len(piece), now())

    def _piece_octets(self) -> int:
        """Determined for each piece: some stacks report a small size at first."""
        return min(self._characteristic.max_write_without_response_size, GATT_VALUE_OCTETS, self._profile.cap)
