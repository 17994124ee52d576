"""APDUs over a link: protected, in general blocks where they are long, and handed on early where that is safe."""

from dataclasses import replace

from agent.dlms.client.exchange import Ask, Granted
from agent.dlms.client.settings import AssociationSettings
from agent.dlms.hdlc.client import ClientLink
from agent.dlms.hdlc.events import SegmentReceived
from agent.dlms.hdlc.segments import Assembly
from agent.dlms.security.context import SecurityContext
from agent.dlms.xdlms.block_transfer import (
    GENERAL_BLOCK_TRANSFER,
    GeneralBlock,
    decode_general_block,
    encode_general_block,
)
from agent.dlms.xdlms.exception import CONFIRMED_SERVICE_ERROR, EXCEPTION_RESPONSE
from agent.dlms.xdlms.general_blocks import BlockReceiver, BlockSender
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import RemoteProtocolError

_NEVER_PROTECTED = (EXCEPTION_RESPONSE, CONFIRMED_SERVICE_ERROR)
_NOTIFICATIONS = frozenset((0x0F, 0xC2, 0xCA, 0xD2))
"""Data and event notifications, which a meter may say at any time, and nobody here has asked for."""


class ApduChannel:
    """One request at a time; `granted` is set once the association stands."""

    def __init__(self, link: ClientLink, settings: AssociationSettings, security: SecurityContext | None) -> None:
        self.granted: Granted | None = None
        self.waits_for_more = False
        self._link, self._settings, self._security = link, settings, security
        self._assembly = Assembly()
        self._ask: Ask | None = None
        self._direct: bool | None = None
        self._sender: BlockSender | None = None
        self._receiver: BlockReceiver | None = None
        self._own_number = 1

    def ask(self, ask: Ask, now: float) -> None:
        """Sends a request; the answer comes out of `take`."""
        self._ask = ask
        self._assembly.clear()
        self._sender = self._receiver = self._direct = None
        self._own_number = 1
        self.waits_for_more = False
        apdu = self._protected(ask)
        if self._needs_blocks(apdu):
            assert self.granted is not None
            self._sender = BlockSender(apdu, self.granted.max_pdu, self._settings.general_block_window, 1, 0)
            apdu = encode_general_block(self._sender.burst(peer_window=1)[0])
        self._link.send(apdu, now)

    def take(self, segment: SegmentReceived, now: float) -> bytes | None:
        """The answer, once it is whole; empty where a sink has taken it. None while there is more to come.

        Raises:
            SecurityBroken: it is not protected as agreed.
            RemoteProtocolError: blocks that do not fit; and what a sink raises.
        """
        if self._ask is None:
            return None
        if self._direct is None:
            self._direct = self._may_be_handed_on(segment.content)
        if self._direct and self._ask.sink:
            self._ask.sink(segment.content)
            return self._end(b"") if segment.last else None
        whole = self._assembly.add(segment.content, last=segment.last)
        if whole is None:
            return None
        self._direct = None
        if whole and whole[0] in _NOTIFICATIONS:
            self.waits_for_more = True
            return None
        if whole[:1] == bytes((GENERAL_BLOCK_TRANSFER,)):
            whole = self._take_block(decode_general_block(whole), now)
            if whole is None:
                return None
        plain = self._unprotected(whole)
        if self._ask.sink is None:
            return self._end(plain)
        self._ask.sink(plain)
        return self._end(b"")

    def _end(self, answer: bytes) -> bytes:
        self._ask = self._direct = None
        self.waits_for_more = False
        return answer

    def _may_be_handed_on(self, first: bytes) -> bool:
        """Piece by piece: an answer that is neither ciphered nor in general blocks."""
        other = not first or first[0] == GENERAL_BLOCK_TRANSFER or first[0] in _NOTIFICATIONS
        return self._ask is not None and self._ask.sink is not None and not self._is_protected() and not other

    # ── protection ──

    def _is_protected(self) -> bool:
        return self._settings.ciphered and self._ask is not None and not self._ask.association

    def _protected(self, ask: Ask) -> bytes:
        if self._security is None or not self._is_protected():
            return ask.apdu
        settings = self._security.settings
        dedicated = settings.dedicated_key is not None and not ask.global_key
        return self._security.protect(ask.apdu, replace(settings.envelope, dedicated=dedicated))

    def _unprotected(self, apdu: bytes) -> bytes:
        if self._security is None or not self._is_protected() or (apdu and apdu[0] in _NEVER_PROTECTED):
            return apdu
        plain, _ = self._security.unprotect(apdu)
        return plain

    # ── general blocks ──

    def _needs_blocks(self, apdu: bytes) -> bool:
        granted = self.granted
        if granted is None or not granted.max_pdu or not granted.allows(Conformance.GENERAL_BLOCK_TRANSFER):
            return False
        return len(apdu) > granted.max_pdu

    def _take_block(self, block: GeneralBlock, now: float) -> bytes | None:
        if self._sender is not None and (following := self._sender.burst(1, block.acknowledged)):
            self._link.send(encode_general_block(following[0]), now)
            self._own_number = following[0].number + 1
            return None
        if self._sender is not None:
            self._sender = None
            if not block.content:
                self._acknowledge(block.number, now)
                return None
        if self._receiver is None:
            self._receiver = BlockReceiver(block.number)
        whole = self._receiver.take(block)
        if whole is not None:
            return whole
        self.waits_for_more = block.streaming
        if not block.streaming:
            self._acknowledge(block.number, now)
        return None

    def _acknowledge(self, received: int, now: float) -> None:
        self._own_number += 1
        if self._own_number > 0xFFFF:
            raise RemoteProtocolError("more general blocks than can be numbered")
        window = self._settings.general_block_window
        block = GeneralBlock(
            last=True, streaming=False, window=window, number=self._own_number, acknowledged=received, content=b""
        )
        self.waits_for_more = False
        self._link.send(encode_general_block(block), now)
