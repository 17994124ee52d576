"""Real HTTP servers on this machine: one that answers as a test needs it, and a small SMM."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from agent.domain.exchange import (
    MAX_RANGES,
    Claim,
    ClaimedOrders,
    Device,
    DeviceState,
    Envelope,
    ExecutionBatch,
    MeterPage,
    PrepayProfileList,
    Problem,
    Receipt,
    ReceiptBatch,
    ReceiptState,
    SequenceRange,
    Session,
    User,
)
from agent.domain.signing import content_hash, sign
from agent.sync import Sync
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
    """SMM as a tablet sees it: takes each envelope once by its key. `answer_instead` may give another answer.

    With `receipt_secret` it signs its receipts, and tells its key. With `looks_for_gaps` it asks for the numbers that
    it lacks. `batches` are the messages that came.
    """

    def __init__(self) -> None:
        self.users: dict[str, tuple[User, str]] = {USER.username: (USER, PASSWORD)}
        self.user_refusal: str | None = None
        self.taken: list[str] = []
        self.requests: list[str] = []
        self.pages: dict[str | None, MeterPage] = {}
        self.rejected: set[str] = set()
        self.rejection_code: str | None = None
        self.revision: int | None = None
        self.receipt_secret: bytes | None = None
        self.signs_for: str | None = None
        self.looks_for_gaps = False
        self.numbers: set[int] = set()
        self.batches: list[ExecutionBatch] = []
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
        self.signs_for = device
        secret = self.receipt_secret
        key = None if secret is None else Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
        receipt_key = None if key is None else key.hex()
        return json_response(
            Device(id=device, name=content["name"], state=DeviceState.APPROVED, receipt_key=receipt_key)
        )

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
        batch = ExecutionBatch.model_validate(request.get_json())
        self.batches.append(batch)
        receipts = [self._signed(Envelope.model_validate(content)) for content in batch.envelopes]
        if self.lose_answers:
            self.lose_answers -= 1
            return Response("lost", 502)
        answer = ReceiptBatch(
            receipts=receipts,
            server_time=NOW + self.ahead,
            missing=self._missing(batch) if self.looks_for_gaps else (),
            directory_revision=self.revision,
        )
        return json_response(answer)

    def _missing(self, batch: ExecutionBatch) -> tuple[SequenceRange, ...]:
        for absence in batch.absences:
            self.numbers.update(range(absence.first, absence.last + 1))
        numbers = range(1, (batch.last_sequence or 0) + 1)
        lacking = [number for number in numbers if number not in self.numbers]
        return tuple(SequenceRange(first=number, last=number) for number in lacking[:MAX_RANGES])

    def _signed(self, envelope: Envelope) -> Receipt:
        receipt = self._take(envelope)
        if self.receipt_secret is None:
            return receipt
        content = receipt.signed(self.signs_for or "", content_hash(envelope.head()))
        return receipt.model_copy(update={"signature": sign(self.receipt_secret, content)})

    def _take(self, envelope: Envelope) -> Receipt:
        if envelope.job in self.rejected:
            return Receipt(
                key=envelope.key,
                state=ReceiptState.REJECTED,
                received_at=datetime.now(UTC),
                reason="no",
                code=self.rejection_code,
            )
        self.numbers.add(envelope.sequence)
        state = ReceiptState.DUPLICATE if envelope.key in self.taken else ReceiptState.ACCEPTED
        if state is ReceiptState.ACCEPTED:
            self.taken.append(envelope.key)
        return Receipt(key=envelope.key, state=state, received_at=datetime.now(UTC))


class FixedClock:
    """Time that moves only when a test says so."""

    run = "run of the tests"

    def __init__(self) -> None:
        self.at = NOW
        self.seconds = 0.0

    def uptime(self) -> int:
        return int(self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def shown(sync: Sync) -> tuple[bool | None, bool, str | None]:
    """Whether SMM is there, whether a password is needed, and the code of the error."""
    state = sync.state
    return state.online, state.password_needed, None if state.error is None else state.error.code
