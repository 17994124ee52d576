"""Every state of an HDLC connection and every transition, for both ends.

An `Input` that is not in the table is a fault of ours; a frame that is not in the table is ignored.
"""

from enum import Enum, auto

from agent.dlms.hdlc.frame import FrameKind


class HdlcState(Enum):
    """Where a connection stands between SNRM and DISC."""

    DISCONNECTED = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    DISCONNECTING = auto()


class Input(Enum):
    """What the layer above, or the clock, does to a connection."""

    CONNECT = auto()
    DISCONNECT = auto()
    GIVE_UP = auto()


Transitions = dict[tuple[HdlcState, Input | FrameKind], HdlcState]

_DISCONNECTED, _CONNECTING, _CONNECTED, _DISCONNECTING = HdlcState

CLIENT: Transitions = {
    (_DISCONNECTED, Input.CONNECT): _CONNECTING,
    (_DISCONNECTED, Input.DISCONNECT): _DISCONNECTING,
    (_CONNECTING, FrameKind.UA): _CONNECTED,
    (_CONNECTING, FrameKind.DM): _DISCONNECTED,
    (_CONNECTING, FrameKind.FRMR): _DISCONNECTED,
    (_CONNECTING, Input.GIVE_UP): _DISCONNECTED,
    (_CONNECTING, Input.DISCONNECT): _DISCONNECTING,
    (_CONNECTED, FrameKind.I): _CONNECTED,
    (_CONNECTED, FrameKind.RR): _CONNECTED,
    (_CONNECTED, FrameKind.RNR): _CONNECTED,
    (_CONNECTED, FrameKind.DM): _DISCONNECTED,
    (_CONNECTED, FrameKind.FRMR): _DISCONNECTED,
    (_CONNECTED, Input.GIVE_UP): _DISCONNECTED,
    (_CONNECTED, Input.DISCONNECT): _DISCONNECTING,
    (_DISCONNECTING, FrameKind.UA): _DISCONNECTED,
    (_DISCONNECTING, FrameKind.DM): _DISCONNECTED,
    (_DISCONNECTING, Input.GIVE_UP): _DISCONNECTED,
    (_DISCONNECTING, Input.DISCONNECT): _DISCONNECTING,
}

SERVER: Transitions = {
    (_DISCONNECTED, FrameKind.SNRM): _CONNECTED,
    (_DISCONNECTED, FrameKind.DISC): _DISCONNECTED,
    (_DISCONNECTED, FrameKind.I): _DISCONNECTED,
    (_DISCONNECTED, FrameKind.RR): _DISCONNECTED,
    (_DISCONNECTED, FrameKind.RNR): _DISCONNECTED,
    (_CONNECTED, FrameKind.SNRM): _CONNECTED,
    (_CONNECTED, FrameKind.I): _CONNECTED,
    (_CONNECTED, FrameKind.RR): _CONNECTED,
    (_CONNECTED, FrameKind.RNR): _CONNECTED,
    (_CONNECTED, FrameKind.DISC): _DISCONNECTED,
    (_CONNECTED, FrameKind.UNKNOWN): _CONNECTED,
}
