"""Seeds for sessions: what two real ends say to each other, as the targets take it."""

from functools import cache

from agent.dlms.security.context import SecurityContext
from tests.dlms.conversation import new_server
from tests.fuzz.octets import apdus_in, frames_in
from tests.fuzz.sessions import NEXT, PAUSE, new_client, new_gateway, whole_session
from tests.fuzz.variants import opened, variants


def client_octets(name: str) -> tuple[bytes, ...]:
    return (PAUSE.join(answer for _, answer in _turns(name)),)


def server_octets(name: str) -> tuple[bytes, ...]:
    return (PAUSE.join(request for request, _ in _turns(name)),)


def client_apdus(name: str) -> tuple[bytes, ...]:
    answers = b"".join(answer for _, answer in _turns(name))
    return _records(answers, variants()[name].security(of_meter=False))


def server_apdus(name: str) -> tuple[bytes, ...]:
    requests = b"".join(request for request, _ in _turns(name))
    return _records(requests, variants()[name].security(of_meter=True))


def _records(octets: bytes, security: SecurityContext | None) -> tuple[bytes, ...]:
    return (NEXT.join(opened(apdu, security) for apdu in apdus_in(frames_in(octets))),)


@cache
def _turns(name: str) -> tuple[tuple[bytes, bytes], ...]:
    """What the client says, and what the meter answers, in a whole session that goes well."""
    variant = variants()[name]
    meter = new_gateway(variant) if variant.server.wrapper else new_server(variant.server, variant.device())
    turns = []

    def reply(data: bytes, now: float) -> bytes:
        meter.receive(data, now)
        turns.append((data, meter.data_to_send()))
        return turns[-1][1]

    whole_session(new_client(variant), reply)
    return tuple(turns)
