"""Probe profiles: what a file may say, and what is wrong with the rest."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.errors import InputError
from agent.link.profile import BaudCommand, KeepAlive, Led, advertised_by, parse_profile, probe_profiles

UUID = "0000abc0-0000-1000-8000-00805f9b34fb"
LEAST = f'title = "T"\nservice = "{UUID}"\nwrite = "{UUID}"\nnotify = "{UUID}"\n'
WHOLE = f"""{LEAST}
write_mode = "with-response"
cap = 100
flow = "paced"
buffer = 200
cached_services = true

[baud]
command = "AT+BAUD{{baud}}\\r\\n"
answer = "OK\\r\\n"

[led]
characteristic = "{UUID}"
red = "01"
green = "0A"

[keep_alive]
characteristic = "{UUID}"
seconds = 20
"""


def test_the_four_that_come_along() -> None:
    assert [profile.title for profile in probe_profiles()] == [
        "HM-10",
        "Microchip transparent UART",
        "Nordic UART",
        "TI FFF0",
    ]


def test_all_that_a_file_may_say() -> None:
    profile = parse_profile("whole", WHOLE)
    assert profile.baud == BaudCommand("AT+BAUD{baud}\r\n", "OK\r\n")
    assert profile.led == Led(UUID, 1, 10)
    assert profile.keep_alive == KeepAlive(UUID, 20)
    assert (profile.write_mode, profile.cap, profile.flow, profile.buffer) == ("with-response", 100, "paced", 200)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("", "title"),
        ("title = 3 = 4", ""),
        (LEAST.replace(UUID, "FFE0", 1), "FFE0"),
        (LEAST + "cap = 0", "cap"),
        (LEAST + "cap = 513", "cap"),
        (LEAST + 'write_mode = "shouting"', "write_mode"),
        (LEAST + 'flow = "paced"', "buffer"),
        (LEAST + "speed = 3", "speed"),
        (LEAST + '[baud]\ncommand = "AT"', "baud"),
        (LEAST + f'[led]\ncharacteristic = "{UUID}"\nred = "01"', "green"),
        (LEAST + f'[keep_alive]\ncharacteristic = "{UUID}"\nseconds = 0.1', "second"),
    ],
)
def test_what_is_wrong_is_said(wrong: str, why: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_profile("wrong.toml", wrong)
    assert caught.value.code == "bad-probe-profile"
    assert why in str(caught.value.params["reason"])


@given(st.text(max_size=200))
def test_any_text_is_a_profile_or_a_clear_error(text: str) -> None:
    try:
        parse_profile("any.toml", text)
    except InputError as error:
        assert error.code == "bad-probe-profile"


def test_a_utilitys_own_file_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "hm-10.toml").write_text(LEAST)
    titles = {profile.title for profile in probe_profiles(tmp_path)}
    assert "T" in titles
    assert "HM-10" not in titles
    assert advertised_by({UUID}, probe_profiles(tmp_path)) is not None
