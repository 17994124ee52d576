"""`eplus job reading` where things go wrong: clear errors, right exit codes, nothing hangs."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent import meters
from agent.commands import unordered
from agent.commands.main import cli
from agent.dlms import AttributeDescriptor, Data, DataAccessResult, ServerSettings, Tag
from agent.dlms.iec21 import parity
from agent.dlms.iec21.readout import check_character
from agent.domain.sample import METERS
from agent.drivers.session import Timeouts
from agent.simulator.command import local_now
from agent.simulator.load_profile import Oddity, ProfileKind
from agent.simulator.meter import SimulatedMeter, other_meter, sample_meter
from agent.simulator.session import new_session

SAMPLE_METER = METERS[0]
SERIAL = SAMPLE_METER.serial
Answer = Callable[[bytes, int], bytes | None]
"""What a meter answers to the n-th request; None hangs up."""


@contextmanager
def listening(answer: Callable[[], Answer]) -> Iterator[str]:
    """A socket that answers as told, each connection anew."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                converse(connection, answer())

    threading.Thread(target=serve, daemon=True).start()
    yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
    server.close()


def converse(connection: socket.socket, answer: Answer) -> None:
    number = 0
    while request := connection.recv(4096):
        number += 1
        reply = answer(request, number)
        if reply is None:
            return
        connection.sendall(reply)


def meter_answers(meter: SimulatedMeter, cut_after: int = 10_000) -> Callable[[], Answer]:
    def begin() -> Answer:
        session = new_session(ServerSettings(), meter)

        def answer(request: bytes, number: int) -> bytes | None:
            session.receive(request, time.monotonic())
            return None if number > cut_after else session.data_to_send()

        return answer

    return begin


def run(*arguments: str) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(cli, ["job", *arguments, "--json"])
    told: dict[str, object] = json.loads(result.stdout) if result.stdout.startswith("{") else {}
    return result.exit_code, told


def code(told: dict[str, object]) -> object:
    error = told["error"]
    assert isinstance(error, dict)
    assert set(error) == {"code", "message", "retryable"}
    assert error["message"] and "?" not in str(error["message"])
    return error["code"]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unordered, "TIMEOUTS", Timeouts(opening=0.5, request=0.5, closing=0.1))


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["dance", "--link", "tcp://h:1"], "unknown-activity"),
        (["prepay-config", "--link", "tcp://h:1"], "order-needed"),
        (["credit-charge", "--link", "tcp://h:1"], "order-needed"),
        (["change", "--link", "tcp://h:1"], "order-needed"),
        *(
            (["credit-charge", "--link", "tcp://h:1", "--lab", "--serial", SERIAL, "--amount", amount], "bad-amount")
            for amount in ("0", "-1", "4294967296", "1e3", "ten", "1.5", " 5", "٣", "")
        ),
        (["credit-charge", "--link", "tcp://h:1", "--lab", "--serial", SERIAL], "bad-amount"),
        (["credit-charge", "--link", "tcp://h:1", "--lab", "--amount", "5"], "bad-input"),
        (["credit-charge", "--link", "tcp://h:1", "--amount", "5"], "bad-input"),
        (["prepay-config", "--link", "tcp://h:1", "--lab"], "bad-input"),
        (["prepay-config", "--link", "tcp://h:1", "--lab", "--profile", "nobody's"], "unknown-name"),
        (["change", "--link", "tcp://h:1", "--lab"], "bad-input"),
        (["change", "--link", "tcp://h:1", "--lab", "--tariff", "😀"], "unknown-name"),
        (["credit-charge", "--link", "tcp://h:1", "--order", "7"], "bad-input"),
        (["credit-charge", "--link", "tcp://h:1", "--check"], "bad-input"),
        *(
            (["reading", "--link", "tcp://h:1", "--serial", serial], "bad-serial")
            for serial in ("", "UAA,EEDN", "a' OR 1=1 --", "😀😀😀😀", "X" * 33, "-ABC", "ÀBCD1234")
        ),
        (["load-profile", "--link", "tcp://h:1", "--from", "2026-02-31"], "bad-input"),
        (["load-profile", "--link", "tcp://h:1", "--from", "0001-01-01T00:00+14:00"], "bad-input"),
        (["load-profile", "--link", "tcp://h:1", "--from", "2026-02-02", "--to", "2026-02-01"], "bad-range"),
        (["load-profile", "--link", "tcp://h:1", "--from", "2999-01-01"], "bad-range"),
        (["load-profile", "--link", "tcp://h:1", "--info", "--from", "2026-02-02"], "bad-input"),
        (["events", "--link", "tcp://h:1", "--to", "1999-01-01"], "bad-range"),
        (["reading", "--link", "tcp://h:1", "--to", "2026-01-01"], "bad-input"),
        (["reading", "--link", "tcp://h:1", "--info"], "bad-input"),
        (["reading", "--link", "nowhere"], "bad-link"),
        (["reading", "--link", "tcp://h:1", "--serial", "no serial!"], "bad-serial"),
        (["reading", "--link", "tcp://h:1", "--model", "cerm9"], "unknown-model"),
        (["reading", "--link", "tcp://h:1", "--auth", "lls"], "bad-input"),
    ],
)
def test_bad_input_is_refused_before_anything_is_opened(arguments: list[str], wanted: str) -> None:
    status, told = run(*arguments)
    assert (status, code(told)) == (2, wanted)


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        status, told = run("reading", "--link", f"tcp://127.0.0.1:{taken.getsockname()[1]}")
    assert (status, code(told)) == (3, "link-not-found")


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (b"", "no-answer"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "garbage-answer"),
        (b"\x7e\xa0\x00\x7e", "garbage-answer"),
    ],
)
def test_silence_and_garbage(answer: bytes, wanted: str) -> None:
    with listening(lambda: lambda _, __: answer) as link:
        status, told = run("reading", "--link", link)
    assert (status, code(told)) == (4, wanted)


@pytest.mark.parametrize("cut_after", range(1, 8))
def test_a_link_cut_anywhere_can_be_tried_again(cut_after: int) -> None:
    meter = sample_meter(METERS[0], local_now)
    with listening(meter_answers(meter, cut_after)) as link:
        status, told = run("reading", "--link", link)
    assert (status, code(told)) == (3, "link-lost")
    assert isinstance(told["error"], dict) and told["error"]["retryable"] is True
    with listening(meter_answers(meter)) as link:
        status, told = run("reading", "--link", link)
    assert (status, told["outcome"]) == (0, "done")


def test_a_link_cut_at_the_goodbye_changes_nothing() -> None:
    with listening(meter_answers(sample_meter(METERS[0], local_now), cut_after=8)) as link:
        status, told = run("reading", "--link", link, "--model", "cerm1")
    assert (status, told["outcome"]) == (0, "done")


def test_another_meters_serial_number() -> None:
    with listening(meter_answers(other_meter("OTHER-METER-1", local_now))) as link:
        status, told = run("reading", "--link", link, "--serial", METERS[0].serial)
    assert (status, code(told)) == (2, "other-meter")


def test_what_is_told_of_a_reading() -> None:
    with listening(meter_answers(sample_meter(METERS[0], local_now))) as link:
        status, told = run("reading", "--link", link, "--serial", METERS[0].serial.lower(), "--model", "CERM1")
    assert status == 0
    keys = {"activity", "serial", "model", "started_at", "ended_at", "outcome", "result", "steps", "warnings"}
    assert set(told) == keys
    assert (told["activity"], told["serial"], told["model"]) == ("reading", METERS[0].serial, "cerm1")
    assert told["steps"] == [
        "readserial",
        "readclock",
        "readversion",
        "readbreaker",
        "readscalers",
        "readregisters",
        "checksum",
    ]
    result = told["result"]
    assert isinstance(result, dict)
    assert result["total"]["value"] == "1352143"
    assert result["warnings"] == told["warnings"] == []


def clockless_meter() -> SimulatedMeter:
    """Its clock has lost its time."""
    meter = sample_meter(METERS[0], local_now)
    read = meter.read

    def answer(client_sap: int, attribute: AttributeDescriptor) -> Data | DataAccessResult:
        if (str(attribute.obis), attribute.attribute) == ("0.0.1.0.0.255", 2):
            return Data(Tag.OCTET_STRING, bytes(12))
        return read(client_sap, attribute)

    meter.read = answer  # type: ignore[method-assign]
    return meter


@pytest.mark.parametrize("activity", ["reading", "instant", "clock"])
def test_warnings_are_told_with_their_words(activity: str) -> None:
    words = "The meter's clock is not set. The rest is valid."
    with listening(meter_answers(clockless_meter())) as link:
        status, told = run(activity, "--link", link, "--model", "cerm1")
        printed = CliRunner().invoke(cli, ["job", activity, "--link", link, "--model", "cerm1"])
    assert (status, told["warnings"]) == (0, [{"code": "clock-not-set", "message": words}])
    assert printed.exit_code == 0
    assert printed.stderr.splitlines()[-1] == words


def test_csv_has_one_header_line_then_data(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("csv") / "reading.csv"
    with listening(meter_answers(sample_meter(METERS[0], local_now))) as link:
        status, _ = run("reading", "--link", link, "--csv", str(file))
    assert status == 0
    lines = file.read_bytes().decode("utf-8-sig").splitlines()
    assert lines[0] == "item,obis,value,unit"
    assert "T1,1.0.1.8.1.255,55134,Wh" in lines
    assert all(line.count(",") == 3 for line in lines)


def profile_of(told: dict[str, object]) -> dict[str, Any]:
    assert isinstance(told["result"], dict)
    return told["result"]


def told_of(*arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, result, and what was said on the way."""
    result = CliRunner().invoke(cli, ["job", "load-profile", *arguments, "--json"])
    return result.exit_code, profile_of(json.loads(result.stdout)), result.stderr


def test_a_load_profile_whole_of_a_range_and_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "profile.csv"
    with listening(meter_answers(sample_meter(METERS[0], local_now))) as link:
        status, told, said = told_of("--link", link, "--serial", METERS[0].serial, "--csv", str(file))
        day = datetime.now().replace(microsecond=0) - timedelta(days=3)
        until = day + timedelta(hours=2)
        ranged = run("load-profile", "--link", link, "--from", day.isoformat(), "--to", until.isoformat())
        info = run("load-profile", "--link", link, "--info")
    assert (status, ranged[0], info[0]) == (0, 0, 0)
    rows = told["rows"]
    assert len(rows) == 2880, "nobody knows here what is new"
    assert "Without --from: all rows that the meter holds" in said
    assert told["range"]["from"] is None and told["range"]["to"]
    lines = file.read_bytes().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("time,status,Active Forward Wh")
    assert len(lines) == len(rows) + 1
    moments = [datetime.fromisoformat(row[0]) for row in profile_of(ranged[1])["rows"]]
    assert len(moments) in (8, 9)
    assert day.astimezone() <= moments[0] and moments[-1] <= until.astimezone(), "without a zone they are local"
    assert profile_of(info[1])["rows_held"] > 1000


def test_channels_have_names_and_units_and_the_clock_is_none() -> None:
    with listening(meter_answers(sample_meter(METERS[0], local_now))) as link:
        first = (datetime.now() - timedelta(hours=1)).isoformat()
        _, told, _ = told_of("--link", link, "--from", first)
        _, info, _ = told_of("--link", link, "--info")
    assert told["columns"] == ["time", "status", "Active Forward Wh", "Reactive Forward varh"]
    assert [(each["name"], each["unit"], each["column"]) for each in told["channels"]] == [
        ("Active Forward", "Wh", 2),
        ("Reactive Forward", "varh", 3),
    ]
    assert told["channels"][0]["attribute"] == "3/1.0.1.8.0.255/2"
    assert info["channels"] == told["channels"]
    assert {len(row) for row in told["rows"]} == {4}
    assert told["warnings"] == []


def test_no_rows_are_said_in_words_and_are_no_error(tmp_path: Path) -> None:
    file = tmp_path / "profile.csv"
    empty = ProfileKind(oddity=Oddity.EMPTY)
    with listening(meter_answers(sample_meter(METERS[0], local_now))) as link:
        long_ago = ["--from", "2001-01-01T00:00+00:00", "--to", "2001-01-02T00:00+00:00"]
        status, told, said = told_of("--link", link, *long_ago, "--csv", str(file))
    assert (status, told["rows"]) == (0, [])
    assert told["range"] == {"from": "2001-01-01T00:00:00.000Z", "to": "2001-01-02T00:00:00.000Z"}
    assert "The load profile of this meter has no rows from 2001-01-01" in said
    assert len(file.read_bytes().splitlines()) == 1
    with listening(meter_answers(SimulatedMeter(SERIAL, (1,) * 6, b"12345678", local_now, profile=empty))) as link:
        status, told, said = told_of("--link", link)
        result = CliRunner().invoke(cli, ["job", "load-profile", "--link", link])
    assert (status, told["rows"], told["range"]["from"]) == (0, [], None)
    assert "The load profile of this meter has no rows." in said
    assert (result.exit_code, result.stdout) == (0, "")
    assert "has no rows." in result.stderr


def test_a_load_profile_that_is_cut_leaves_what_came(tmp_path: Path) -> None:
    file = tmp_path / "profile.csv"
    with listening(meter_answers(sample_meter(METERS[0], local_now), cut_after=12)) as link:
        status, told = run("load-profile", "--link", link, "--csv", str(file))
    assert (status, code(told)) == (3, "link-lost")
    assert 1 < len(file.read_bytes().splitlines()) < 97


def test_a_meter_of_the_utilitys_own_model(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    shipped = (Path(meters.__file__).parent / "models" / "cerm1.toml").read_text(encoding="utf-8")
    (tmp_path / "models" / "ACME9.toml").write_text(shipped, encoding="utf-8")
    secret = tmp_path / "secret"
    secret.write_bytes(SAMPLE_METER.lls_password)
    how = ["--model", "acme9", "--auth", "lls", "--secret-file", str(secret), "--data", str(tmp_path)]
    with listening(meter_answers(sample_meter(SAMPLE_METER, local_now))) as url:
        status, told = run("reading", "--link", url, *how)
    assert (status, told["model"], told["serial"]) == (0, "acme9", SERIAL)


def readout_answers(lines: str) -> Callable[[], Answer]:
    """A meter that signs on and reads out (IEC 62056-21, mode C)."""
    body = (lines + "!\r\n").encode() + b"\x03"
    message = parity.encode(b"\x02" + body + bytes((check_character(body),)))
    return lambda: lambda _, number: [parity.encode(b"/EMH5LZQJ\r\n"), message, None][min(number, 3) - 1]


def test_a_load_profile_of_a_readout_has_the_shape_of_any_other(tmp_path: Path) -> None:
    lines = "0.0.0(12345678)\r\nP.01(2210302001500)(00)(15)(2)(1.5)(kW)(2.5)(kW)\r\n(0.00320)(0.000)\r\n(x)(y)\r\n"
    file, asked = tmp_path / "profile.csv", ("--from", "2021-01-01T00:00", "--model", "readout", "--csv")
    with listening(readout_answers(lines)) as link:
        status, told = run("load-profile", "--link", link, *asked, str(file))
    assert status == 0
    profile = profile_of(told)
    assert profile["rows"] == [["2021-03-02T00:15:00+00:00", "0", "3.20", "0"]]
    names = [channel["name"] for channel in profile["channels"]]
    assert names == ["Active Forward, last average", "Active Reverse, last average"]
    assert profile["warnings"] == ["rows-set-aside"]
    assert file.read_text("utf-8-sig").splitlines()[1].startswith("2021-03-02")
