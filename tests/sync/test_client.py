"""Whatever SMM, or something else in its place, answers: the client returns the answer or raises one of our errors."""

import gzip
import threading
import tracemalloc
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from agent.domain.errors import CentralError, LoginRefused, SmmBusy, SmmFault, SmmUnreachable
from agent.domain.exchange import ExecutionBatch, Problem, Session, SessionRequest
from agent.sync import SmmClient
from agent.sync.answers import pause_asked
from agent.sync.client import MAX_ANSWER
from tests.store.samples import NOW, USER
from tests.sync.certificates import certificate
from tests.sync.servers import json_response, problem, raw_server, serving

REQUEST = SessionRequest(username="mrossi", password="secret", device="T-1")
SESSION = Session(token="t", user=USER, expires_at=NOW, offline_until=NOW + timedelta(days=7), server_time=NOW)
HTML = Response("<html>Welcome to the hotel</html>", content_type="text/html")


async def login_error(url: str, seconds: float = 60.0) -> CentralError:
    async with SmmClient(url, whole_seconds=seconds) as client:
        with pytest.raises(CentralError) as caught:
            await client.login(REQUEST)
    return caught.value


async def executions_error(url: str) -> CentralError:
    async with SmmClient(url) as client:
        with pytest.raises(CentralError) as caught:
            await client.executions(ExecutionBatch(envelopes=[{}]), "token")
    return caught.value


async def test_a_session_comes_back_whole() -> None:
    with serving(lambda _request: json_response(SESSION)) as url:
        async with SmmClient(url) as client:
            assert await client.login(REQUEST) == SESSION


async def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(SESSION.model_dump_json().encode())
    answer = Response(packed, content_type="application/json", headers={"Content-Encoding": "gzip"})
    with serving(lambda _request: answer) as url:
        async with SmmClient(url) as client:
            assert await client.login(REQUEST) == SESSION


@pytest.mark.parametrize("packed", [True, False])
async def test_an_answer_without_end_is_not_collected(packed: bool) -> None:
    """However much is packed into it: what a tablet unpacks at a time is a piece of the network."""
    plain = b" " * (1 << 20)
    content = gzip.compress(plain * 256) if packed else plain * 48
    headers = {"Content-Encoding": "gzip"} if packed else {}
    tracemalloc.start()
    with serving(lambda _request: Response(content, content_type="application/json", headers=headers)) as url:
        error = await login_error(url)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(error, SmmFault)
    assert peak < 5 * MAX_ANSWER, "of 256 MB"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Response("boom", 500), 500),
        (Response("<h1>Bad gateway</h1>", 502, content_type="text/html"), 502),
        (Response("{", content_type="application/json"), 200),
        (Response('{"token": 1}', content_type="application/json"), 200),
        (Response("", 302, headers={"Location": "/elsewhere"}), 302),
        (Response("", 413), 413),
        (problem(403, "something-else"), 403),
        (problem(404, None), 404),
        (problem(422, "bad-input"), 422),
    ],
)
async def test_an_answer_that_is_not_as_agreed_is_a_fault(answer: Response, status: int) -> None:
    with serving(lambda _request: answer) as url:
        error = await login_error(url)
    assert isinstance(error, SmmFault)
    assert (error.code, error.params) == ("smm-fault", {"status": status})
    assert error.retryable


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "login-wrong"), (403, "login-not-mobile"), (403, "login-locked"), (403, "device-pending")],
)
async def test_a_refused_login_says_why(status: int, code: str) -> None:
    with serving(lambda _request: problem(status, code)) as url:
        error = await login_error(url)
    assert isinstance(error, LoginRefused)
    assert (error.code, error.retryable) == (code, False)


@pytest.mark.parametrize("code", [None, "session-ended"])
async def test_401_on_other_calls_is_the_end_of_the_session(code: str | None) -> None:
    with serving(lambda _request: problem(401, code)) as url:
        error = await executions_error(url)
    assert isinstance(error, LoginRefused)
    assert error.code == "session-ended"


async def test_nobody_there() -> None:
    with serving(lambda _request: HTML) as url:
        pass
    assert isinstance(await login_error(url), SmmUnreachable)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"\x00\xff garbage\r\n\r\n"]
)
async def test_a_connection_that_is_cut_or_talks_garbage(answer: bytes) -> None:
    with raw_server(answer) as url:
        assert isinstance(await login_error(url), SmmUnreachable)


async def test_a_body_that_does_not_decode_is_a_fault() -> None:
    broken = Response(b"not gzip", content_type="application/json", headers={"Content-Encoding": "gzip"})
    with serving(lambda _request: broken) as url:
        assert isinstance(await login_error(url), SmmFault)


async def test_one_that_never_answers_is_given_up() -> None:
    release = threading.Event()

    def hang(_request: Request) -> Response:
        release.wait(20)
        return HTML

    with serving(hang) as url:
        error = await login_error(url, seconds=0.2)
        release.set()
    assert isinstance(error, SmmUnreachable)


async def test_one_that_drips_is_given_up_as_a_whole() -> None:
    release = threading.Event()

    def drip(_request: Request) -> Response:
        def drops() -> object:
            while not release.wait(0.05):
                yield b" "

        return Response(drops(), content_type="application/json")  # type: ignore[arg-type]

    with serving(drip) as url:
        error = await login_error(url, seconds=0.4)
        release.set()
    assert isinstance(error, SmmUnreachable)


async def test_errors_hold_no_secret() -> None:
    leaky = Response('{"token": "s3cret-token"}', content_type="application/json")
    with serving(lambda _request: leaky) as url:
        error = await login_error(url)
    assert "s3cret-token" not in f"{error!r} {error.detail} {error.__cause__!r}"
    assert error.__suppress_context__


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        Response("", 302, headers={"Location": "http://portal.example/login"}),
        Response("<html>portal</html>", 401, content_type="text/html"),
        Response("blocked", 403, content_type="text/plain"),
        Response("", 407),
        Response("<html>log in</html>", 511, content_type="text/html"),
    ],
)
async def test_another_page_in_place_of_smm_is_named(answer: Response) -> None:
    """And ends no session: what a portal says of a password is not SMM's word."""
    with serving(lambda _request: answer) as url:
        for error in (await login_error(url), await executions_error(url), await look_error(url)):
            assert isinstance(error, SmmFault)
            assert error.code == "smm-portal"


async def test_who_does_not_prove_to_be_smm_is_named(tmp_path: Path) -> None:
    with serving(lambda _request: HTML, tls=certificate(tmp_path).served) as url:
        for error in (await login_error(url), await look_error(url)):
            assert (type(error), error.code) == (SmmFault, "smm-certificate-issuer")
    with serving(lambda _request: HTML) as url:
        assert (await login_error(url.replace("http:", "https:"))).code == "smm-foreign", "it does not speak TLS"


SENT = "Tue, 24 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize("status", [429, 503])
async def test_smm_may_ask_for_a_pause(status: int) -> None:
    content = Problem(title="Busy", status=status).model_dump_json()
    answer = Response(content, status, content_type="application/problem+json", headers={"Retry-After": "90"})
    with serving(lambda _request: answer) as url:
        error = await login_error(url)
    assert isinstance(error, SmmBusy)
    assert error.params == {"status": status, "seconds": 90}


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("0", 1),
        ("99999999999", 3600),
        ("Tue, 24 Nov 2026 10:05:00 GMT", 300),
        ("Tue, 24 Nov 2026 09:00:00 GMT", 1),
        ("Tue, 24 Nov 2027 09:00:00 GMT", 3600),
    ],
)
def test_a_pause_has_bounds_and_counts_from_the_date_of_the_answer(asked: str, seconds: int) -> None:
    assert pause_asked(httpx.Response(503, headers={"retry-after": asked, "date": SENT})) == seconds


@pytest.mark.parametrize("asked", ["soon", "-5", "", "Tue, 99 Nov 2026 10:00:00 GMT"])
def test_a_pause_that_nobody_understands(asked: str) -> None:
    assert pause_asked(httpx.Response(503, headers={"retry-after": asked, "date": SENT})) is None
    assert pause_asked(httpx.Response(503, headers={"retry-after": SENT})) is None, "relative to what?"


async def look_error(url: str) -> CentralError:
    async with SmmClient(url) as client:
        with pytest.raises(CentralError) as caught:
            await client.look()
    return caught.value


async def test_a_look_at_smm() -> None:
    with serving(lambda _request: Response("{}", content_type="application/json")) as url:
        async with SmmClient(url) as client:
            await client.look()
    assert isinstance(await look_error(url), SmmUnreachable), "nobody there any more"
    with serving(lambda _request: Response("{}", 503, content_type="application/json")) as url:
        assert isinstance(await look_error(url), SmmFault)
