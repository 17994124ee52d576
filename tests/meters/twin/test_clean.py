"""Nothing secret or personal gets into the file: it is made up, consistently, and what is left is found."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import Data, Tag
from agent.domain.errors import InputError
from agent.meters.twin import clean as cleaning
from agent.meters.twin.clean import clean, is_found
from agent.meters.twin.disguise import Disguise
from agent.meters.twin.model import Outcome, Twin, TwinAccess
from agent.meters.twin.text import twin_text
from tests.meters.twin.samples import NAME, SECRET, SERIAL, TOTAL, attribute, number, octets, twin_with

EVENT = "1/0.0.96.11.0.255/2"


def value(twin: Twin, name: str) -> Data:
    found = twin.answers[attribute(name)]
    assert isinstance(found, Data)
    return found


def cleaned(**answers: Data) -> tuple[Twin, str]:
    return clean(twin_with(dict(answers)))


def test_a_serial_number_is_the_same_other_one_everywhere() -> None:
    serial = "ISK12345678"
    given = {
        SERIAL: octets(serial),
        NAME: octets("ISK" + "1000712345678"),
        "1/0.0.96.1.1.255/2": Data(Tag.VISIBLE_STRING, "12345678"),
        "1/0.0.96.1.2.255/2": number(12345678),
        "1/0.0.96.1.3.255/2": octets(bytes.fromhex("12345678")),
        EVENT: octets("meter 12345678 was opened"),
        "1/0.0.96.11.1.255/2": octets(b"\x00\x01ISK12345678\xff"),
        "7/0.0.99.98.0.255/2": Data(Tag.ARRAY, (Data(Tag.STRUCTURE, (number(12345678), number(5))),)),
    }
    twin, text = clean(twin_with(dict(given)))
    other = value(twin, SERIAL).value.decode()
    assert other.startswith("ISK") and len(other) == len(serial) and other != serial
    digits = other[3:]
    assert value(twin, "1/0.0.96.1.1.255/2") == Data(Tag.VISIBLE_STRING, digits)
    assert value(twin, "1/0.0.96.1.2.255/2") == number(int(digits))
    assert value(twin, "1/0.0.96.1.3.255/2") == octets(bytes.fromhex(digits))
    assert value(twin, "1/0.0.96.11.1.255/2") == octets(b"\x00\x01ISK" + digits.encode() + b"\xff")
    assert value(twin, EVENT) == octets(f"meter {digits} was opened")
    assert value(twin, "7/0.0.99.98.0.255/2").value[0].value[0] == number(int(digits))
    assert "12345678" not in text and b"12345678".hex() not in text


def test_what_is_nobodys_stays() -> None:
    given: dict[str, Outcome] = {
        TOTAL: number(1352143),
        "1/1.0.0.2.0.255/2": octets("3131"),
        "8/0.0.1.0.0.255/2": octets(bytes.fromhex("07ea0601010c000000000000")),
        "3/1.0.1.8.0.255/1": octets(bytes.fromhex("0100010800ff")),
        "1/0.0.96.1.0.255/2": octets("00000000"),
    }
    twin, _ = clean(twin_with(given))
    assert twin.answers == twin_with(given).answers


@pytest.mark.parametrize(
    ("name", "private"),
    [
        (SECRET, octets("open sesame 7")),
        (SECRET, octets(bytes(range(16)))),
        ("19/0.0.20.0.0.255/7", octets("p455word")),
        ("44/0.0.25.3.0.255/5", Data(Tag.STRUCTURE, (octets("card@net"), octets("geheim99")))),
        ("45/0.0.25.4.0.255/3", Data(Tag.LONG_UNSIGNED, 4711)),
        ("29/0.0.2.1.0.255/6", Data(Tag.ARRAY, (octets("+393331234567"), octets("10.20.30.41")))),
        ("42/0.0.25.1.0.255/3", number(3_232_235_777)),
        ("64/0.0.43.0.0.255/5", octets(b"ISK\x01\x02\x03\x04\x05")),
        ("1/0.0.96.13.0.255/2", octets("Rossi Mario, Via Garibaldi 1234")),
        ("1/0.0.96.1.5.255/2", octets("IT001E12345678")),
        ("1/0.0.199.1.0.255/2", octets("anything of the maker's")),
        ("115/0.0.19.40.0.255/2", octets(bytes(range(40, 60)))),
        ("1/0.0.97.97.0.255/2", octets("SIM 8939012345678901234")),
    ],
)
def test_of_the_same_form(name: str, private: Data) -> None:
    twin, text = clean(twin_with({name: private, TOTAL: number(5)}))
    instead = value(twin, name)
    assert instead != private and forms(instead) == forms(private)
    again, text_again = clean(twin)
    assert (again, text_again) == (twin, text)


def forms(data: Data) -> object:
    if isinstance(data.value, tuple):
        return data.tag, tuple(map(forms, data.value))
    if isinstance(data.value, int):
        return data.tag, len(str(data.value))
    return data.tag, len(data.value)


def test_the_secrets_of_the_visit_and_what_ciphers() -> None:
    access = TwinAccess("hls-gmac", "auth-enc", 0, b"ROSSO-03", bytes(range(16)), bytes(range(16, 32)))
    twin, text = clean(replace(twin_with({EVENT: octets("x")}), access=access), [b"another password"])
    assert twin.access.secret is not None and len(twin.access.secret) == 8
    assert b"ROSSO" not in twin.access.secret and bytes(range(16)).hex() not in text
    assert twin.access.encryption_key != access.encryption_key != twin.access.authentication_key
    assert clean(twin)[0] == twin


@pytest.mark.parametrize(
    "left",
    [
        octets("left: 12345678"),
        Data(Tag.VISIBLE_STRING, "87654321"),
        octets(bytes.fromhex("12345678")),
        octets(bytes.fromhex("78563412")),
        octets(bytes.fromhex("21436587")),
        octets(b"\x00\x0112345678\x02"),
        number(12345678),
    ],
)
def test_what_is_left_is_found_in_any_form(left: Data) -> None:
    twin = twin_with({EVENT: left})
    assert is_found("12345678", twin, twin_text(twin))
    assert not is_found("12345679", twin, twin_text(twin))


def test_what_would_be_left_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Disguise, "hide", lambda _self, data, **_: data)
    with pytest.raises(InputError) as caught:
        cleaning.clean(twin_with({SERIAL: octets("12345678")}))
    assert caught.value.code == "twin-not-clean"


@given(st.lists(st.binary(max_size=24) | st.from_regex(r"[ -~]{0,24}", fullmatch=True).map(str.encode), max_size=6))
def test_made_up_once_and_for_all(parts: list[bytes]) -> None:
    names = ["1/0.0.96.1.0.255/2", NAME, SECRET, "1/0.0.199.0.0.255/2", "64/0.0.43.0.0.255/5", EVENT]
    twin, text = clean(twin_with(dict(zip(names, map(octets, parts), strict=False))))
    assert clean(twin) == (twin, text)
    for name, part in zip(names, parts, strict=False):
        assert len(value(twin, name).value) == len(part)
