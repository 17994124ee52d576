"""IEC 62056-21:2002 on an optical port: the sign-on that leads to HDLC (mode E), and the plain readout (modes A to D).

A driver makes a `SignOn`, or a `Listener` where the meter sends by itself (mode D), and carries octets both ways. It
sends what there is to send before it takes the next event, and obeys each `BaudChange` once all of that has been sent.
After `SignedOn`, HDLC begins; `ReadOut` ends the session.
"""

from agent.dlms.iec21.address import DataAddress, parse_address
from agent.dlms.iec21.client import SignOn, SignOnGoal, SignOnSettings
from agent.dlms.iec21.events import BaudChange, ReadOut, SignedOn, SignOnEvent, SignOnFailed
from agent.dlms.iec21.listening import MODE_D_BAUD, Listener
from agent.dlms.iec21.readout import DataBlock, DataSet
from agent.dlms.iec21.server import Port, PortSettings
from agent.dlms.iec21.timestamp import NOT_SET, parse_date_and_time, parse_timestamp

__all__ = [
    "MODE_D_BAUD",
    "NOT_SET",
    "BaudChange",
    "DataAddress",
    "DataBlock",
    "DataSet",
    "Listener",
    "Port",
    "PortSettings",
    "ReadOut",
    "SignOn",
    "SignOnEvent",
    "SignOnFailed",
    "SignOnGoal",
    "SignOnSettings",
    "SignedOn",
    "parse_address",
    "parse_date_and_time",
    "parse_timestamp",
]
