"""Runs in dlms-cosem's own environment: reads attributes over HDLC on a socket, prints their raw A-XDR as JSON.

Arguments: host, port, client SAP, password or `-`, then class/logical-name/attribute …
"""

import json
import sys

from dlms_cosem import cosem, enumerations
from dlms_cosem.client import DlmsClient
from dlms_cosem.io import BlockingTcpIO, HdlcTransport
from dlms_cosem.security import LowLevelSecurityAuthentication, NoSecurityAuthentication

host, port, sap, password, *wanted = sys.argv[1:]
transport = HdlcTransport(
    client_logical_address=int(sap), server_logical_address=1, io=BlockingTcpIO(host=host, port=int(port))
)
no_password = password == "-"
client = DlmsClient(
    transport=transport,
    authentication=NoSecurityAuthentication() if no_password else LowLevelSecurityAuthentication(password.encode()),
)
values = {}
with client.session():
    for text in wanted:
        class_id, name, attribute = text.split("/")
        attribute_of_meter = cosem.CosemAttribute(
            interface=enumerations.CosemInterface(int(class_id)),
            instance=cosem.Obis.from_string(name),
            attribute=int(attribute),
        )
        values[text] = client.get(attribute_of_meter).hex()
print(json.dumps(values))
