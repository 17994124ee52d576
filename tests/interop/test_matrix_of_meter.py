"""Everything that our client can ask of a meter by another maker (pydlms): its side of the matrix."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from agent.dlms import (
    ActionResult,
    ActionResults,
    AssociationSettings,
    AttributeDescriptor,
    Conformance,
    Data,
    DataAccessResult,
    GetResult,
    Mechanism,
    MethodDescriptor,
    Obis,
    RowsEnd,
    SetResult,
    Tag,
)
from agent.dlms.cosem.selection import EntryDescriptor, RangeDescriptor
from agent.dlms.security import curve
from agent.dlms.security.settings import PartyKeys, SecuritySettings
from agent.dlms.security.suite import SUITES, Protection, SuiteId
from agent.dlms.security.wrapping import ApduWrapping, KeySource, WrappingKind
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.errors import EplusError
from tests.interop.matrix import Matrix, PeerCannot
from tests.interop.socket_client import associated
from tests.interop.their_meter import pydlms_meter

pytestmark = pytest.mark.interop

PEER = "pydlms meter"
CLIENT_TITLE = b"EPL\0\0\0\0\2"
ENERGY = AttributeDescriptor(3, Obis(1, 0, 1, 8, 0), 2)
NAME = AttributeDescriptor(1, Obis(0, 0, 42, 0, 0), 2)
BUFFER = Obis(1, 0, 99, 1, 0)
OBJECTS = AttributeDescriptor(15, Obis(0, 0, 40, 0, 0), 2)
TOTAL = Data(Tag.DOUBLE_LONG_UNSIGNED, 12345678)
LONG = Data(Tag.OCTET_STRING, b"Z" * 2400)
PRIVATE = {name: bytes((number,)) * 31 + b"\1" for number, name in enumerate(("ca", "cs", "ma", "ms"), 1)}

Start = Callable[..., int]
_counters = count(1000, 1000)


@pytest.fixture(scope="module")
def meter() -> Iterator[Start]:
    """Starts their meter with settings, once for each set of them; gives its port."""
    ports: dict[str, int] = {}
    with contextlib.ExitStack() as running:

        def start(**settings: Any) -> int:
            key = repr(sorted(settings.items()))
            if key not in ports:
                ports[key] = running.enter_context(pydlms_meter(**settings))
            return ports[key]

        yield start


def assert_serves(settings: AssociationSettings, port: int) -> None:
    """GET alone and with a list, a long one, SET in blocks, ACTION, rows by range and by entry."""
    with associated(settings, port, next(_counters)) as client:
        assert client.get(ENERGY) == GetResult((TOTAL,))
        together = client.get(ENERGY, AttributeDescriptor(3, Obis(1, 0, 9, 9, 9), 2), ENERGY)
        assert together == GetResult((TOTAL, DataAccessResult.OBJECT_UNDEFINED, TOTAL))
        objects = client.get(OBJECTS)
        assert (
            isinstance(objects, GetResult) and isinstance(objects.values[0], Data) and len(objects.values[0].value) > 8
        )
        assert client.set((NAME, LONG)) == SetResult((DataAccessResult.SUCCESS,))
        assert client.get(NAME) == GetResult((LONG,))
        refused = client.set((AttributeDescriptor(3, Obis(1, 0, 9, 9, 9), 2), TOTAL))
        assert refused == SetResult((DataAccessResult.OBJECT_UNDEFINED,))
        disconnect = MethodDescriptor(70, Obis(0, 0, 96, 3, 10), 1)
        done = client.act((disconnect, Data(Tag.INTEGER, 0)))
        assert isinstance(done, ActionResults) and done.replies[0].result is ActionResult.SUCCESS
        first, last = datetime(2024, 5, 1, 1, tzinfo=UTC), datetime(2024, 5, 1, 3, tzinfo=UTC)
        by_range = AttributeDescriptor(7, BUFFER, 2, RangeDescriptor(first, last).access())
        assert client.read_rows(by_range, 2) == RowsEnd()
        assert [row[1] for row in client.rows] == [1000 + 7 * n for n in range(4, 13)]
        by_entry = AttributeDescriptor(7, BUFFER, 2, EntryDescriptor(3, 6).access())
        assert client.read_rows(by_entry, 2) == RowsEnd()
        assert [row[1] for row in client.rows] == [1000 + 7 * n for n in range(2, 6)]


@pytest.mark.parametrize("mechanism", [m for m in Mechanism if m.is_hls and m < Mechanism.HLS_ECDSA])
def test_mechanisms(meter: Start, mechanism: Mechanism, matrix: Matrix) -> None:
    with matrix.trial(PEER, mechanism.words):
        if mechanism is Mechanism.HLS_GMAC:
            raise PeerCannot("its meter knows GMAC only in a ciphered association")
        port = meter(clients={"1": {"auth": mechanism.words, "secret": "abcd1234", "ciphered": False}})
        settings = AssociationSettings(
            client_sap=1, mechanism=mechanism, secret=b"abcd1234", system_title=CLIENT_TITLE, max_info=246
        )
        assert_serves(settings, port)


def keys_of(suite: SuiteId) -> tuple[bytes, bytes]:
    octets = SUITES[suite].key_octets
    return bytes(range(octets)), bytes(range(0xC0, 0xC0 + octets))


WRAPPINGS = {
    "glo": ApduWrapping(),
    "general-glo": ApduWrapping(WrappingKind.GENERAL),
    "general-ciphering": ApduWrapping(WrappingKind.GENERAL_CIPHERING),
    "one-pass agreement": ApduWrapping(WrappingKind.GENERAL_CIPHERING, key_source=KeySource.ONE_PASS),
    "static agreement": ApduWrapping(WrappingKind.GENERAL_CIPHERING, key_source=KeySource.STATIC),
    "signed": ApduWrapping(signed=True),
    "one-pass agreement, signed": ApduWrapping(
        WrappingKind.GENERAL_CIPHERING, key_source=KeySource.ONE_PASS, signed=True
    ),
}


@pytest.mark.parametrize("suite", [0, 1, 2])
@pytest.mark.parametrize("mechanism", [Mechanism.LLS, Mechanism.HLS_GMAC, Mechanism.HLS_ECDSA])
@pytest.mark.parametrize("dedicated", [False, True], ids=["global key", "dedicated key"])
@pytest.mark.parametrize("name", WRAPPINGS)
def test_ciphering(
    meter: Start, suite: SuiteId, mechanism: Mechanism, dedicated: bool, name: str, matrix: Matrix
) -> None:
    wrapping = WRAPPINGS[name]
    curved = wrapping.signed or wrapping.key_source in (KeySource.ONE_PASS, KeySource.STATIC)
    if suite == 0 and (curved or mechanism is Mechanism.HLS_ECDSA):
        return  # suite 0 has no curve
    if dedicated and wrapping.kind is WrappingKind.GENERAL_CIPHERING:
        return  # its keys come with each APDU
    key = "dedicated key" if dedicated else "global key"
    with matrix.trial(PEER, f"suite {suite}, {mechanism.words}, {name}, {key}"):
        if mechanism is Mechanism.HLS_GMAC and suite:
            raise PeerCannot("it answers a GMAC challenge of suites 1 and 2 with suite 0")
        encryption, authentication = keys_of(suite)
        our_keys, meter_keys = curve_keys(suite)
        port = meter(
            clients={"1": {"auth": mechanism.words, "secret": "abcd1234"}},
            suite=suite,
            encryption_key=encryption.hex(),
            authentication_key=authentication.hex(),
            **meter_keys,
        )
        security = SecuritySettings(
            CLIENT_TITLE,
            encryption,
            authentication,
            suite,
            Protection.AUTHENTICATED | Protection.ENCRYPTED,
            bytes(reversed(encryption)) if dedicated else None,
            wrapping,
            header_in_aad=False,
            agreement=our_keys.get("agreement"),
            signing=our_keys.get("signing"),
        )
        association = AssociationSettings(
            client_sap=1,
            mechanism=mechanism,
            secret=b"abcd1234",
            security=security,
            conformance=SERVICES | Conformance.GENERAL_PROTECTION,
        )
        assert_serves(association, port)


def curve_keys(suite: SuiteId) -> tuple[dict[str, PartyKeys], dict[str, str]]:
    """Ours, and the meter's settings."""
    if suite == 0:
        return {}, {}
    octets = SUITES[suite].coordinate_octets
    public = {name: curve.public_octets(SUITES[suite], key) for name, key in PRIVATE.items()}
    private = {name: key.rjust(octets, b"\0").hex() for name, key in PRIVATE.items()}
    ours = {
        "agreement": PartyKeys(PRIVATE["ca"], public["ma"]),
        "signing": PartyKeys(PRIVATE["cs"], public["ms"]),
    }
    theirs = {
        "agreement_key": private["ma"],
        "signing_key": private["ms"],
        "client_agreement_key": public["ca"].hex(),
        "client_signing_key": public["cs"].hex(),
    }
    return ours, theirs


@pytest.mark.parametrize(("info", "window"), [(32, 1), (128, 7), (512, 3), (2030, 7)])
@pytest.mark.parametrize("pdu", [128, 512, 65535])
def test_sizes_and_windows(meter: Start, info: int, window: int, pdu: int, matrix: Matrix) -> None:
    port = meter(window=window, max_info=info, max_pdu=1024, clients={"1": {"auth": "none", "ciphered": False}})
    settings = AssociationSettings(client_sap=1, max_info=info, window=window, max_pdu=pdu)
    with matrix.trial(PEER, f"info {info}, window {window}, PDU {pdu}"):
        assert_serves(settings, port)


@pytest.mark.parametrize(("theirs", "ours"), [(1, 1), (1, 5), (5, 1), (5, 5)])
def test_general_block_transfer(meter: Start, theirs: int, ours: int, matrix: Matrix) -> None:
    port = meter(gbt=True, gbt_window=theirs, window=7, clients={"1": {"auth": "none", "ciphered": False}})
    settings = AssociationSettings(
        client_sap=1,
        window=7,
        max_pdu=200,
        general_block_window=ours,
        conformance=Conformance.GENERAL_BLOCK_TRANSFER | SERVICES,
    )
    with matrix.trial(PEER, f"general blocks, {ours} in a row, meter takes {theirs}"):
        assert_serves(settings, port)


def test_a_wrong_key_is_said(meter: Start, matrix: Matrix) -> None:
    encryption, authentication = keys_of(0)
    port = meter(
        clients={"1": {"auth": "hls-gmac"}}, encryption_key=encryption.hex(), authentication_key=authentication.hex()
    )
    security = SecuritySettings(CLIENT_TITLE, bytes(16), authentication)
    settings = AssociationSettings(client_sap=1, mechanism=Mechanism.HLS_GMAC, security=security)
    with matrix.trial(PEER, "wrong key refused"), pytest.raises(EplusError) as caught:
        assert_serves(settings, port)
    assert caught.value.code == "association-refused"
