"""Real HTTP servers on this machine: one that answers as a test needs it, and a small SMM."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from agent.domain.exchange import (
    Claim,
    ClaimedOrders,
    Device,
    DeviceState,
    Envelope,
    MeterPage,
    PrepayProfileList,
    Problem,
    Receipt,
    ReceiptBatch,
    ReceiptState,
    Session,
    User,
)
from tests.store.samples import NOW, USER

Handler = Callable[[Request], Response]
PASSWORD = "Rossi-2026"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def serving(handler: Handler, tls: tuple[str, str] | None = None) -> Iterator[str]:
    """Serves until the block ends; yields the address. `tls`: files of a certificate and its key."""
    application = Request.application(handler)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet, ssl_context=tls)
    with running(server) as url:
        yield url if tls is None else url.replace("http:", "https:")


@contextmanager
def running(server: BaseWSGIServer) -> Iterator[str]:
    """Runs a server in a thread of its own until the block ends; yields the address."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def raw_server(answer: bytes) -> Iterator[str]:
    """Answers the first bytes of every request with these bytes, and closes the connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def json_response(message: Any, status: int = 200) -> Response:
    return Response(message.model_dump_json(), status, content_type="application/json")


def problem(status: int, code: str | None) -> Response:
    content = Problem(title="No", status=status, code=code).model_dump_json()
    return Response(content, status, content_type="application/problem+json")


class SmallSmm:
    """SMM as a tablet sees it: takes each envelope once by its key. `answer_instead` may give another answer."""

    def __init__(self) -> None:
        self.users: dict[str, tuple[User, str]] = {USER.username: (USER, PASSWORD)}
        self.user_refusal: str | None = None
        self.taken: list[str] = []
        self.requests: list[str] = []
        self.pages: dict[str | None, MeterPage] = {}
        self.rejected: set[str] = set()
        self.claims: list[Claim] = []
        self.answer_instead: Callable[[Request], Response | None] = lambda _request: None
        self.lose_answers = 0
        self.ahead = timedelta()
        self.token = "token-1"
        self._gate = threading.Lock()

    def __call__(self, request: Request) -> Response:
        with self._gate:
            self.requests.append(f"{request.method} {request.path}")
            return self.answer_instead(request) or self._answer(request)

    def _answer(self, request: Request) -> Response:
        match request.path.removeprefix("/api/v1"):
            case "/healthz":
                return Response("{}", content_type="application/json")
            case "/devices":
                return self._enrol(request)
            case "/sessions":
                return self._login(request)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return problem(401, "session-ended")
        if request.path.endswith("/meters"):
            after = request.args.get("after")
            nothing_new = MeterPage(meters=[], deleted=[], cursor=after or "0", more=False)
            return json_response(self.pages.get(after, nothing_new))
        if request.path.endswith("/work-orders/claimed"):
            return json_response(ClaimedOrders(claims=self.claims))
        if request.path.endswith("/prepay-profiles"):
            return json_response(PrepayProfileList(profiles=[]))
        return self._executions(request)

    def _enrol(self, request: Request) -> Response:
        content = request.get_json()
        device = "T-" + hashlib.sha256(bytes.fromhex(content["signing_key"])).hexdigest()[:16]
        return json_response(Device(id=device, name=content["name"], state=DeviceState.APPROVED))

    def _login(self, request: Request) -> Response:
        content = request.get_json()
        user, password = self.users.get(content["username"], (None, None))
        if user is None or password != content["password"]:
            return problem(401, "login-wrong")
        if self.user_refusal:
            return problem(403, self.user_refusal)
        return json_response(
            Session(
                token=self.token,
                user=user,
                expires_at=NOW + timedelta(hours=12),
                offline_until=NOW + timedelta(days=7),
                server_time=NOW + self.ahead,
            )
        )

    def _executions(self, request: Request) -> Response:
        receipts = [self._take(Envelope.model_validate(content)) for content in request.get_json()["envelopes"]]
        if self.lose_answers:
            self.lose_answers -= 1
            return Response("lost", 502)
        return json_response(ReceiptBatch(receipts=receipts, server_time=NOW + self.ahead))

    def _take(self, envelope: Envelope) -> Receipt:
        if envelope.job in self.rejected:
            return Receipt(key=envelope.key, state=ReceiptState.REJECTED, received_at=datetime.now(UTC), reason="no")
        state = ReceiptState.DUPLICATE if envelope.key in self.taken else ReceiptState.ACCEPTED
        if state is ReceiptState.ACCEPTED:
            self.taken.append(envelope.key)
        return Receipt(key=envelope.key, state=state, received_at=datetime.now(UTC))


class FixedClock:
    """Time that moves only when a test says so."""

    def __init__(self) -> None:
        self.at = NOW
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
