"""What the agent refuses at its door: foreign pages, strangers, and messages that are no requests."""

import json
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.demo import Demo, Page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("door") / "data").start()
    yield running
    running.stop()


def cookie(demo: Demo, token: str | None = None) -> dict[str, str]:
    return {"Cookie": f"eplus-{port(demo)}={token or demo.url.split('token=')[1]}"}


def port(demo: Demo) -> int:
    return int(demo.origin.rsplit(":", 1)[1])


def handshake(demo: Demo, headers: dict[str, str], origin: str | None) -> int:
    wanted = None if origin is None else Origin(origin)
    try:
        with connect(f"ws://127.0.0.1:{port(demo)}/ws", additional_headers=headers, origin=wanted):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_who_gets_a_socket(demo: Demo) -> None:
    assert handshake(demo, cookie(demo), demo.origin) == 101
    assert handshake(demo, cookie(demo), None) == 101
    assert handshake(demo, cookie(demo), "http://evil.example") == 403
    assert handshake(demo, cookie(demo), f"http://127.0.0.1:{port(demo) + 1}") == 403
    assert handshake(demo, cookie(demo), "null") == 403
    assert handshake(demo, {}, demo.origin) == 403
    assert handshake(demo, cookie(demo, "wrong"), demo.origin) == 403


@pytest.mark.parametrize(
    ("path", "site", "mode", "expected"),
    [
        ("/jobs/1.csv", "same-origin", "navigate", 404),
        ("/jobs/1.csv", "none", "navigate", 404),
        ("/jobs/1.csv", "same-site", "navigate", 403),
        ("/jobs/1.csv", "cross-site", "no-cors", 403),
        ("/", "cross-site", "navigate", 200),
        ("/", "cross-site", "no-cors", 403),
        ("/health", "same-site", "cors", 403),
    ],
)
def test_what_the_browser_says_of_who_asks(demo: Demo, path: str, site: str, mode: str, expected: int) -> None:
    """Pages of other ports are of the same site."""
    headers = {**cookie(demo), "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    assert httpx.get(demo.origin + path, headers=headers).status_code == expected


def test_another_host_name_is_refused(demo: Demo) -> None:
    """A page of elsewhere whose name was bent to this machine."""
    for host in ("evil.example", f"evil.example:{port(demo)}", "127.0.0.1"):
        assert httpx.get(demo.origin, headers={"Host": host}).status_code == 403
    assert httpx.get(f"http://localhost:{port(demo)}/health").json() == {"ok": True, "permitted": False}


def test_the_launch_token_becomes_a_cookie(demo: Demo) -> None:
    answer = httpx.get(demo.url)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    set_cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in set_cookie and "SameSite=Strict" in set_cookie
    assert httpx.get(f"{demo.origin}/?token=wrong").status_code == 403
    health = httpx.get(f"{demo.origin}/health", headers=cookie(demo))
    assert health.json() == {"ok": True, "permitted": True}


def test_page_and_policy(demo: Demo) -> None:
    answer = httpx.get(demo.origin)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert httpx.get(f"{demo.origin}/../pyproject.toml").status_code == 404
    assert httpx.get(f"{demo.origin}/%2e%2e/app.py").status_code == 404
    assert httpx.get(f"{demo.origin}/jobs/1.csv").status_code == 403
    assert httpx.get(f"{demo.origin}/jobs/1.csv", headers=cookie(demo)).status_code == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", -32700),
        ("hello", -32700),
        ("[" * 5000, -32700),
        ("[]", -32600),
        ("5", -32600),
        ("{}", -32600),
        ('{"jsonrpc": "1.0", "id": 1, "method": "snapshot.get"}', -32600),
        ('{"jsonrpc": "2.0", "method": "snapshot.get"}', -32600),
        ('{"jsonrpc": "2.0", "id": true, "method": "snapshot.get"}', -32600),
        ('{"jsonrpc": "2.0", "id": 1}', -32601),
        ('{"jsonrpc": "2.0", "id": 1, "method": "format.disk"}', -32601),
        ('{"jsonrpc": "2.0", "id": 1, "method": ["snapshot.get"]}', -32601),
        ('{"jsonrpc": "2.0", "id": 1, "method": "job.start"}', -32602),
        ('{"jsonrpc": "2.0", "id": 1, "method": "job.start", "params": []}', -32602),
        ('{"jsonrpc": "2.0", "id": 1, "method": "snapshot.get", "params": {"more": 1}}', -32602),
    ],
)
def test_what_is_no_request_gets_an_error_and_changes_nothing(demo: Demo, text: str, code: int) -> None:
    page = Page(demo)
    before = page.call("snapshot.get")["state"]
    page.socket.send(text)
    reply = json.loads(page.socket.recv(10))
    assert reply["error"]["code"] == code
    assert reply["error"]["data"]["code"] == "bad-input"
    after = page.call("snapshot.get")["state"]
    assert {**after, "sync": None} == {**before, "sync": None}


def test_octets_are_no_request(demo: Demo) -> None:
    page = Page(demo)
    page.call("snapshot.get")
    page.socket.send(b"\x00\x01")
    assert json.loads(page.socket.recv(10))["error"]["code"] == -32600


def test_everything_wants_a_login(demo: Demo) -> None:
    page = Page(demo)
    for method, params in (
        ("link.scan", {}),
        ("link.connect", {"address": "C0:17:E9:E4:06:95"}),
        ("job.view", {"job": "1"}),
        ("job.history", {}),
        ("sync.run", {}),
    ):
        assert page.request(method, **params)["error"]["data"]["code"] == "not-logged-in"


def test_many_pages_see_the_same(demo: Demo) -> None:
    first, second = Page(demo), Page(demo)
    first.call("session.login", username="david.salgado", password="bird-2026")
    second.until(lambda state: state["user"] is not None)
    assert second.state["user"]["username"] == "david.salgado"
    first.call("session.logout")
    second.until(lambda state: state["user"] is None)
