"""SMM's HTTP API as Python calls. Whatever goes wrong is raised as one of our errors."""

import asyncio
import ssl
from collections.abc import Sequence
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, ValidationError

from agent.domain.errors import SmmFault, SmmUnreachable
from agent.domain.exchange import (
    Claim,
    ClaimedOrders,
    DecisionList,
    Device,
    DeviceEnrolment,
    ExecutionBatch,
    MeterPage,
    ParcelReceipt,
    PrepayProfileList,
    ReceiptBatch,
    Session,
    SessionRequest,
    WorkOrder,
    WorkOrderPage,
)
from agent.sync.answers import is_from_elsewhere, is_json, refusal
from agent.sync.tls import certificate_fault, is_loopback, require_address

API = "/api/v1"
CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 20.0
"""Without any byte from SMM."""
WHOLE_SECONDS = 60.0
"""For a whole call, however steadily its answer drips in."""
SLOWEST_OCTETS = 20_000
"""A second, for a file that is sent: what takes longer than this is given up."""
HEALTH_SECONDS = 5.0
MAX_ANSWER = 32 << 20
"""Octets of an answer, unpacked: a page of the directory has a tenth of that."""
_PACKED = ("content-encoding", "content-length", "transfer-encoding")

M = TypeVar("M", bound=BaseModel)


class SmmClient:
    """Every call raises one of these unless SMM does what it was asked for:

    SmmUnreachable: there is no answer in time, or it is cut off.
    SmmFault: SMM answers with an error of its own; `smm-portal`, another page answers in its place (a hotel's login
        page, for example); `smm-foreign`, the other side does not prove to be SMM, `smm-certificate-…` says why.
    SmmBusy: SMM asks to be left alone for a while.
    LoginRefused: SMM does not accept the user, the tablet or the session; the code says why.
    """

    def __init__(self, url: str, *, tls: ssl.SSLContext | None = None, whole_seconds: float = WHOLE_SECONDS) -> None:
        """`tls` None: what httpx trusts. Raises: InputError, as `require_address`."""
        require_address(url)
        self._url = url
        self._whole_seconds = whole_seconds
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=httpx.Timeout(min(SILENCE_SECONDS, whole_seconds), connect=CONNECT_SECONDS),
            verify=True if tls is None else tls,
            # No proxy stands between this machine and itself.
            trust_env=not is_loopback(url),
        )

    async def __aenter__(self) -> "SmmClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def look(self) -> None:
        """Returns if SMM can be reached and says that it works."""
        response = await self._send("GET", "/healthz", None, None, HEALTH_SECONDS)
        if response.status_code != 200 or not is_json(response):
            raise refusal(response, with_session=False)

    async def enrol(self, enrolment: DeviceEnrolment) -> Device:
        """Announces this tablet and its public keys; a tablet that is enrolled already stays as it is."""
        return await self._call("POST", f"{API}/devices", Device, enrolment)

    async def login(self, request: SessionRequest) -> Session:
        """Opens a session."""
        return await self._call("POST", f"{API}/sessions", Session, request)

    async def executions(self, batch: ExecutionBatch, token: str) -> ReceiptBatch:
        """Sends envelopes; SMM returns one receipt for each that it answers for."""
        return await self._call("POST", f"{API}/executions", ReceiptBatch, batch, token)

    async def meters(self, after: str | None, token: str) -> MeterPage:
        """The page of the meter directory after the cursor `after`, or the first page."""
        query = "" if after is None else f"?after={quote(after, safe='')}"
        return await self._call("GET", f"{API}/meters{query}", MeterPage, None, token)

    async def work_orders(self, search: str, after: str | None, token: str) -> WorkOrderPage:
        """The page of work orders that can be claimed after the cursor `after`, or the first page."""
        query = {"state": "available", "search": search, **({} if after is None else {"after": after})}
        return await self._call("GET", f"{API}/work-orders?{urlencode(query)}", WorkOrderPage, None, token)

    async def claimed(self, token: str) -> ClaimedOrders:
        """The claims that SMM has on record for this tablet."""
        return await self._call("GET", f"{API}/work-orders/claimed", ClaimedOrders, None, token)

    async def claim(self, number: int, token: str) -> Claim:
        """Claims an order for this tablet. Raises OrderRefused too."""
        return await self._call("POST", f"{API}/work-orders/{number}/claim", Claim, None, token)

    async def release(self, number: int, token: str) -> WorkOrder:
        """Gives an order back; returns it as it is then. Raises OrderRefused too."""
        return await self._call("POST", f"{API}/work-orders/{number}/release", WorkOrder, None, token)

    async def decisions(self, jobs: Sequence[str], token: str) -> DecisionList:
        """What people have decided about the outcomes of these jobs."""
        query = urlencode([("job", job) for job in jobs])
        return await self._call("GET", f"{API}/decisions?{query}", DecisionList, None, token)

    async def prepay_profiles(self, token: str) -> PrepayProfileList:
        """The prepayment profiles that technicians may choose from."""
        return await self._call("GET", f"{API}/prepay-profiles", PrepayProfileList, None, token)

    async def parcel(self, content: bytes, after: int, token: str) -> ParcelReceipt:
        """Sends the file of a parcel; SMM goes through its envelopes from the one after `after` on."""
        return await self._call("POST", f"{API}/parcels?after={after}", ParcelReceipt, content, token)

    async def _call(
        self,
        method: str,
        path: str,
        answer: type[M],
        content: BaseModel | bytes | None = None,
        token: str | None = None,
    ) -> M:
        seconds = self._whole_seconds
        if isinstance(content, bytes):
            seconds += len(content) / SLOWEST_OCTETS
        response = await self._send(method, path, content, token, seconds)
        status = response.status_code
        if not response.is_success:
            raise refusal(response, with_session=token is not None)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            # No cause is chained: pydantic's message would quote a token.
            raise SmmFault(f"{method} {path}: {error.error_count()} faults in the answer", status=status) from None

    async def _send(
        self, method: str, path: str, content: BaseModel | bytes | None, token: str | None, seconds: float
    ) -> httpx.Response:
        headers = {"Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        body: str | bytes | None = None
        if isinstance(content, bytes):
            headers["Content-Type"] = "application/octet-stream"
            body = content
        elif content is not None:
            headers["Content-Type"] = "application/json"
            body = content.model_dump_json()
        try:
            async with (
                asyncio.timeout(seconds),
                self._http.stream(method, path, headers=headers, content=body) as response,
            ):
                answer = await _whole(response)
        except (TimeoutError, httpx.TransportError) as error:
            if (code := certificate_fault(error)) is not None:
                raise SmmFault(f"{method} {path}: TLS", code=code, status=0) from error
            raise SmmUnreachable(f"{method} {path}: {type(error).__name__}") from error
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise SmmFault(f"{method} {path}: {type(error).__name__}", status=0) from error
        if is_from_elsewhere(answer, self._url):
            raise SmmFault(f"{method} {path}: no page of SMM", code="smm-portal", status=answer.status_code)
        return answer


async def _whole(response: httpx.Response) -> httpx.Response:
    """The answer, unpacked while it comes in, so that a small one cannot fill the memory.

    Raises:
        SmmFault: it is larger than any answer of SMM, or packed more than once.
    """
    if "," in response.headers.get("content-encoding", ""):  # each layer would be unpacked as a whole
        raise SmmFault("an answer that is packed more than once", status=response.status_code)
    content = bytearray()
    async for piece in response.aiter_bytes():
        if len(content) + len(piece) > MAX_ANSWER:
            raise SmmFault("an answer without end", status=response.status_code)
        content += piece
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in _PACKED]
    return httpx.Response(response.status_code, headers=headers, content=bytes(content))
