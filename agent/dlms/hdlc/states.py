"""Every state of an HDLC connection, and every way from one to another, for both ends.

What is not in a table is not allowed: an `Input` that we make is a fault of ours, a frame that comes is ignored.
"""

from enum import Enum, auto

from agent.dlms.hdlc.frame import Kind


class LinkState(Enum):
    DISCONNECTED = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    DISCONNECTING = auto()


class Input(Enum):
    """What the layer above, or the clock, does to a connection."""

    CONNECT = auto()
    DISCONNECT = auto()
    GIVE_UP = auto()


_DISCONNECTED, _CONNECTING, _CONNECTED, _DISCONNECTING = LinkState

CLIENT: dict[tuple[LinkState, Input | Kind], LinkState] = {
    (_DISCONNECTED, Input.CONNECT): _CONNECTING,
    (_DISCONNECTED, Input.DISCONNECT): _DISCONNECTING,
    (_CONNECTING, Kind.UA): _CONNECTED,
    (_CONNECTING, Kind.DM): _DISCONNECTED,
    (_CONNECTING, Kind.FRMR): _DISCONNECTED,
    (_CONNECTING, Input.GIVE_UP): _DISCONNECTED,
    (_CONNECTING, Input.DISCONNECT): _DISCONNECTING,
    (_CONNECTED, Kind.I): _CONNECTED,
    (_CONNECTED, Kind.RR): _CONNECTED,
    (_CONNECTED, Kind.RNR): _CONNECTED,
    (_CONNECTED, Kind.DM): _DISCONNECTED,
    (_CONNECTED, Kind.FRMR): _DISCONNECTED,
    (_CONNECTED, Input.GIVE_UP): _DISCONNECTED,
    (_CONNECTED, Input.DISCONNECT): _DISCONNECTING,
    (_DISCONNECTING, Kind.UA): _DISCONNECTED,
    (_DISCONNECTING, Kind.DM): _DISCONNECTED,
    (_DISCONNECTING, Input.GIVE_UP): _DISCONNECTED,
    (_DISCONNECTING, Input.DISCONNECT): _DISCONNECTING,
}

SERVER: dict[tuple[LinkState, Input | Kind], LinkState] = {
    (_DISCONNECTED, Kind.SNRM): _CONNECTED,
    (_DISCONNECTED, Kind.DISC): _DISCONNECTED,
    (_DISCONNECTED, Kind.I): _DISCONNECTED,
    (_DISCONNECTED, Kind.RR): _DISCONNECTED,
    (_DISCONNECTED, Kind.RNR): _DISCONNECTED,
    (_CONNECTED, Kind.SNRM): _CONNECTED,
    (_CONNECTED, Kind.I): _CONNECTED,
    (_CONNECTED, Kind.RR): _CONNECTED,
    (_CONNECTED, Kind.RNR): _CONNECTED,
    (_CONNECTED, Kind.DISC): _DISCONNECTED,
}
