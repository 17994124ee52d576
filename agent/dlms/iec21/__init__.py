"""IEC 62056-21:2002 on an optical port: the sign-on that leads to HDLC (mode E), and the plain readout (modes A to C).

A driver makes a `SignOn` and carries octets both ways. It sends what there is to send before it takes the next event,
and obeys each `BaudChange` once all of that has been sent. After `SignedOn`, HDLC begins; `ReadOut` ends the session.
"""

from agent.dlms.iec21.address import DataAddress, parse_address
from agent.dlms.iec21.client import BaudChange, ReadOut, SignedOn, SignOn, SignOnFailed, SignOnGoal, SignOnSettings
from agent.dlms.iec21.readout import DataBlock, DataSet
from agent.dlms.iec21.server import Port, PortSettings

__all__ = [
    "BaudChange",
    "DataAddress",
    "DataBlock",
    "DataSet",
    "Port",
    "PortSettings",
    "ReadOut",
    "SignOn",
    "SignOnFailed",
    "SignOnGoal",
    "SignOnSettings",
    "SignedOn",
    "parse_address",
]
