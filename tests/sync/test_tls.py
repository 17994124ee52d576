"""SMM proves to be SMM before it is told anything, and the fault is named."""

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.wrappers import Request, Response

from agent.domain.errors import CentralError, InputError
from agent.sync.client import SmmClient
from agent.sync.tls import require_address, tls_context
from tests.store.samples import NOW
from tests.sync.certificates import Certificate, certificate
from tests.sync.servers import serving

FINE = Response('{"status": "ok"}', content_type="application/json")


async def outcome(url: str, ca: Path | None, pin: str | None) -> str | None:
    """The error's code, or None if SMM was taken as such."""
    async with SmmClient(url, tls=tls_context(ca, pin)) as client:
        try:
            await client.look()
        except CentralError as error:
            return error.code
    return None


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda folder: certificate(folder), None),
        (lambda folder: certificate(folder, host="hotel.example"), "smm-certificate-name"),
        (lambda folder: certificate(folder, valid=timedelta(days=1)), "smm-certificate-time"),
        (lambda folder: certificate(folder, valid_from=NOW + timedelta(days=5000)), "smm-certificate-time"),
    ],
    ids=["right", "other name", "run out", "not yet"],
)
async def test_own_certificates(tmp_path: Path, make: Callable[[Path], Certificate], expected: str | None) -> None:
    made = make(tmp_path)
    with serving(lambda _request: FINE, tls=made.served) as url:
        assert await outcome(url, Path(made.file), None) == expected


async def test_nobody_vouches_for_it(tmp_path: Path) -> None:
    with serving(lambda _request: FINE, tls=certificate(tmp_path).served) as url:
        assert await outcome(url, None, None) == "smm-certificate-issuer"


async def test_another_key_gets_no_request(tmp_path: Path) -> None:
    made, asked = certificate(tmp_path), []

    def answer(request: Request) -> Response:
        asked.append(request.path)
        return FINE

    with serving(answer, tls=made.served) as url:
        for pin in (made.pin, f"sha256/{made.pin}", base64.b64decode(made.pin).hex()):
            assert await outcome(url, Path(made.file), pin) is None
        assert len(asked) == 3
        assert await outcome(url, Path(made.file), "ab" * 32) == "smm-certificate-key"
        assert len(asked) == 3, "nothing is sent to who has another key"


@pytest.mark.parametrize("pin", ["", "abc", "sha256/", "AB" * 31, "ñ" * 64, "=" * 44])
def test_a_pin_that_is_none(pin: str) -> None:
    with pytest.raises(InputError, match="smm-pin-wrong"):
        tls_context(None, pin)


def test_certificates_that_are_none(tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    for file in (broken, tmp_path / "missing.pem"):
        with pytest.raises(InputError, match="smm-ca-unreadable"):
            tls_context(file)


@pytest.mark.parametrize(
    "url",
    [
        "https://smm.example",
        "https://10.0.0.8:8443/eplus",
        "http://127.0.0.1:8800",
        "http://[::1]:1",
        "http://localhost",
    ],
)
def test_addresses(url: str) -> None:
    require_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "smm",
        "smm.example",
        "ftp://smm.example",
        "https://",
        "https://:443",
        "https://a b",
        "https://a:b:c",
        "https://a:99999",
        "https://[::1",
        "javascript:alert(1)",
        "https://user:pass-word@smm.example",
        "//smm.example",
        "http:/x",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(InputError, match="smm-address-wrong") as error:
        require_address(url)
    assert "pass-word" not in str(error.value.params)


@pytest.mark.parametrize(
    "url",
    [
        "http://smm.example",
        "http://10.0.0.8",
        "HTTP://smm.example",
        "http://127.0.0.1.example",
        "http://localhost.example",
    ],
)
def test_in_clear_only_to_this_machine(url: str) -> None:
    with pytest.raises(InputError, match="smm-address-plain"):
        require_address(url)
    with pytest.raises(InputError, match="smm-address-plain"):
        SmmClient(url)
