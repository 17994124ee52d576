"""A client's session with a meter: connect, associate, read, write, invoke, release. No I/O, no clock.

The caller carries octets both ways and passes monotonic seconds as `now`. One operation is under way at a time;
each ends with its event, or with `Failed`: at its deadline, which moves on while the meter is heard.
"""

from collections import deque
from collections.abc import Sequence

from agent.dlms.axdr.coding import Data
from agent.dlms.client.association import associate
from agent.dlms.client.channel import ApduChannel
from agent.dlms.client.events import ActionResults, Event, GetResult, Opened, Rows, RowsEnd, SetResult, Traced
from agent.dlms.client.exchange import Granted, InvokeIds, Lists
from agent.dlms.client.runner import ExchangeRunner
from agent.dlms.client.services import invoke, read, write
from agent.dlms.client.settings import AssociationSettings
from agent.dlms.client.streaming import stream
from agent.dlms.client.transport import new_link
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult, MethodDescriptor
from agent.dlms.profile_buffer.rows import RowStream
from agent.dlms.security.agreement import Random
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.settings import InvocationCounter, protection_overhead
from agent.dlms.xdlms.initiate import Initiate
from agent.domain.errors import InputError, LocalProtocolError


class ClientSession:
    """See the module's docstring. An operation that does not fit the state raises LocalProtocolError.

    `counter` and `random` (octets) are needed for HLS and for ciphering.

    Raises InputError without them where they are needed.
    """

    def __init__(
        self,
        settings: AssociationSettings,
        counter: InvocationCounter | None = None,
        random: Random | None = None,
    ) -> None:
        self._settings = settings
        self._random = random or _no_random
        self._security = _security(settings, counter, random)
        self._events: deque[Event] = deque()
        self._invoke_ids, self.lists = InvokeIds(), Lists()
        self._link = new_link(settings, lambda direction, text: self._events.append(Traced(direction, text)))
        self._channel = ApduChannel(self._link, settings, self._security)
        self._runner = ExchangeRunner(self._link, self._channel, self._events.append)

    # ── operations ──

    def open(self, now: float, deadline: float) -> None:
        """Connects and associates; ends with `Opened`."""
        exchange = associate(self._settings, self._security, self._random)
        times = self._settings.times
        quiet = times.before_connect + times.after_connect  # asked for by the model: the meter's time is its own
        self._runner.connect(exchange, self._opened, now, deadline + quiet)

    def get(
        self, attributes: Sequence[AttributeDescriptor], now: float, deadline: float, *, as_it_is: bool = False
    ) -> None:
        """Reads attributes, in one request if the meter supports lists; ends with `GetResult`. See `read`."""
        self._runner.run(read(tuple(attributes), self._granted(), as_it_is=as_it_is), GetResult, now, deadline)

    def set(self, values: Sequence[tuple[AttributeDescriptor, Data]], now: float, deadline: float) -> None:
        """Writes attributes, in one request if the meter supports lists; ends with `SetResult`."""
        attributes, data = tuple(name for name, _ in values), tuple(value for _, value in values)
        self._runner.run(write(attributes, data, self._granted()), SetResult, now, deadline)

    def act(self, methods: Sequence[tuple[MethodDescriptor, Data | None]], now: float, deadline: float) -> None:
        """Invokes methods, in one request if the meter supports lists; ends with `ActionResults`."""
        names, parameters = tuple(name for name, _ in methods), tuple(given for _, given in methods)
        self._runner.run(invoke(names, parameters, self._granted()), ActionResults, now, deadline)

    def rows(self, buffer: AttributeDescriptor, columns: int, now: float, deadline: float) -> None:
        """Reads the buffer of a profile with that many columns: `Rows` as they arrive, then `RowsEnd`."""
        rows = RowStream(columns)

        def feed(octets: bytes) -> None:
            if complete := rows.feed(octets):
                self._events.append(Rows(tuple(complete)))

        def conclude(refused: DataAccessResult | None) -> Event:
            if refused is None:
                rows.finish()
            return RowsEnd(refused)

        self._runner.run(stream(buffer, feed, self._granted()), conclude, now, deadline)

    def close(self, now: float, deadline: float) -> None:
        """Releases and disconnects, also after an error; ends with `Closed`."""
        self._runner.close(now, deadline)

    def _granted(self) -> Granted:
        if self._channel.granted is None:
            raise LocalProtocolError("no association")
        return self._channel.granted

    def _opened(self, initiate: Initiate) -> Event:
        settings = self._settings
        overhead = protection_overhead(settings.security)
        self._channel.granted = Granted(initiate, overhead, self._invoke_ids, self.lists, settings.list_limit)
        return Opened(initiate.conformance, initiate.max_pdu)

    # ── octets and time ──

    @property
    def received(self) -> int:
        """How many octets of answers the last operation has brought so far."""
        return self._runner.received

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets that arrived."""
        self._link.receive(data, now)
        self._runner.follow(now)

    def handle_timer(self, now: float) -> None:
        """To be called at the time that `next_timer` returned."""
        self._runner.handle_timer(now)

    def next_timer(self) -> float | None:
        """When to call `handle_timer` if nothing arrives before; None while nothing is under way."""
        return self._runner.next_timer()

    def data_to_send(self) -> bytes:
        """Octets to send; empty if there are none."""
        return self._link.data_to_send()

    def next_event(self) -> Event | None:
        """The next event, in order; None if there is none."""
        return self._events.popleft() if self._events else None


def _security(
    settings: AssociationSettings, counter: InvocationCounter | None, random: Random | None
) -> SecurityContext | None:
    if settings.mechanism.is_hls and random is None:
        raise InputError("no source of randomness", code="bad-keys")
    if settings.security is None:
        return None
    if counter is None or random is None:
        raise InputError("no invocation counter", code="bad-keys")
    return SecurityContext(settings.security, counter, random)


def _no_random(_count: int) -> bytes:
    raise LocalProtocolError("no source of randomness")
