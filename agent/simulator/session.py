"""A client's session at a simulated meter."""

import os

from agent.dlms import ServerSession, ServerSettings
from agent.simulator.meter import Meter


def new_session(settings: ServerSettings, meter: Meter) -> ServerSession:
    """The meter counts its own invocations, over all sessions."""
    return ServerSession(settings, meter, meter, os.urandom)
