"""The server's addresses, sizes and services."""

from dataclasses import dataclass

from agent.dlms.cosem.names import DataAccessResult
from agent.dlms.wrapper.gateway import LONGEST_HEADER
from agent.dlms.wrapper.header import LONGEST
from agent.dlms.xdlms.initiate import SERVICES, Conformance


@dataclass(frozen=True)
class ServerSettings:
    """Sizes in octets. `physical` is the lower HDLC address; `conformance` is what the meter offers.

    `system_title` is used for HLS without keys, which have a title of their own. `block_size` limits the blocks
    that the meter sends, `whole_size` its answers without blocks. A GET of more than `list_limit` attributes is
    answered with an exception, or with `beyond_list` for each of them. An unfinished frame is dropped after
    `inter_octet_timeout` seconds of silence, a connection ended after `inactivity_timeout`; 0 is never. `wrapper`: not
    HDLC, but the TCP wrapper (IEC 62056-47).
    """

    server_sap: int = 1
    system_title: bytes = b"EPL\x00\x00\x00\x00\x00"
    physical: int = 0
    max_info: int = 128
    window: int = 1
    max_pdu: int = 1024
    conformance: Conformance = SERVICES
    block_size: int | None = None
    whole_size: int | None = None
    list_limit: int | None = None
    beyond_list: DataAccessResult | None = None
    general_block_window: int = 1
    inter_octet_timeout: float = 1.0
    inactivity_timeout: float = 120.0
    wrapper: bool = False

    def longest_response(self, client_max_pdu: int) -> int:
        """Octets of the longest APDU that this client takes and the link carries, also through a gateway; 0: any."""
        if not self.wrapper:
            return client_max_pdu
        carried = LONGEST - LONGEST_HEADER
        return min(client_max_pdu or carried, carried)
