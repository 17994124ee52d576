"""Carries the sign-on of IEC 62056-21:2002, and what a meter sends by itself, over a link."""

from agent.dlms.iec21 import BaudChange, Listener, ReadOut, SignedOn, SignOn, SignOnFailed, SignOnSettings
from agent.domain.clock import Clock
from agent.domain.errors import LocalProtocolError
from agent.link import Link


async def sign_on(settings: SignOnSettings, link: Link, clock: Clock, timeout: float) -> SignedOn | ReadOut:
    """Signs on within `timeout` seconds: then HDLC may begin (mode E), or the whole readout is there (mode C).

    Raises:
        EplusError: of the sign-on, or of the link.
    """
    return await _carried(SignOn(settings), link, clock, timeout)


async def listen(baud: int, link: Link, clock: Clock, timeout: float) -> ReadOut:
    """Waits for what the meter sends by itself (mode D).

    Raises:
        NoAnswer: nothing came within `timeout` seconds.
        RemoteProtocolError: `garbage-answer`; nothing whole came.
        LinkError: of the link.
    """
    answer = await _carried(Listener(baud), link, clock, timeout)
    if not isinstance(answer, ReadOut):
        raise LocalProtocolError("listening ended without a readout")
    return answer


async def _carried(dialogue: SignOn | Listener, link: Link, clock: Clock, timeout: float) -> SignedOn | ReadOut:
    dialogue.start(clock.monotonic(), clock.monotonic() + timeout)
    while True:
        if data := dialogue.data_to_send():
            await link.write(data)
        event = dialogue.next_event()
        if isinstance(event, SignOnFailed):
            raise event.error
        if isinstance(event, SignedOn | ReadOut):
            return event
        if isinstance(event, BaudChange):
            await link.set_baud(event.baud)
            continue
        due = dialogue.next_timer()
        if due is None:
            raise LocalProtocolError("the sign-on has nothing left to wait for")
        received = await link.read(max(0.0, due - clock.monotonic()))
        if received:
            dialogue.receive(received, clock.monotonic())
        dialogue.handle_timer(clock.monotonic())  # noise without an end must not keep it from ending
