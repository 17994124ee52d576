"""The server's addresses, sizes and services."""

from dataclasses import dataclass

from agent.dlms.xdlms.initiate import SERVICES, Conformance


@dataclass(frozen=True)
class ServerSettings:
    """Sizes in octets. `physical` is the lower HDLC address; `conformance` is what the meter offers.

    `system_title` is used for HLS without keys, which have a title of their own. `block_size` limits the blocks
    that the meter sends. An unfinished frame is dropped after `inter_octet_timeout` seconds of silence, a connection
    ended after `inactivity_timeout`; 0 is never.
    """

    server_sap: int = 1
    system_title: bytes = b"EPL\x00\x00\x00\x00\x00"
    physical: int = 0
    max_info: int = 128
    window: int = 1
    max_pdu: int = 1024
    conformance: Conformance = SERVICES
    block_size: int | None = None
    general_block_window: int = 1
    inter_octet_timeout: float = 1.0
    inactivity_timeout: float = 120.0
