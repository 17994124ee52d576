"""The optical port of a simulated meter between two visits."""

from datetime import UTC, datetime

from agent.dlms import ServerSettings
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.iec21 import parity
from agent.simulator.meter import other_meter
from agent.simulator.session import MeterSession, new_session

REQUEST = parity.encode(b"/?!\r\n")
SNRM = encode_frame(Frame(FrameKind.SNRM, Address(1), Address(16)))


def said(session: MeterSession, octets: bytes, now: float) -> bytes:
    session.receive(octets, now)
    return session.data_to_send()


def test_after_a_silence_in_hdlc_the_port_awaits_a_sign_on_again() -> None:
    session = new_session(ServerSettings(), other_meter("S1", lambda: datetime(2026, 1, 1, tzinfo=UTC)), "mode-e")
    identification = said(session, REQUEST, 0.0)
    assert parity.decode_leniently(identification).startswith(b"/EPL5")
    said(session, parity.encode(b"\x06252\r\n"), 0.5)
    assert said(session, SNRM, 1.0), "it speaks HDLC"
    assert not said(session, REQUEST, 60.0), "and goes on to"
    assert said(session, REQUEST, 60.0 + 121.0) == identification
