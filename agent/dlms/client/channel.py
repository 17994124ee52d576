"""APDUs over a link: protected, in general blocks if they are long, and passed on piece by piece if that is safe."""

from dataclasses import replace

from agent.dlms.client.exchange import ApduRequest, Granted
from agent.dlms.client.link import ApduLink
from agent.dlms.client.settings import AssociationSettings
from agent.dlms.client.text_answer import is_text, text_answer
from agent.dlms.hdlc.events import SegmentReceived
from agent.dlms.hdlc.segments import Assembly
from agent.dlms.security.context import SecurityContext
from agent.dlms.xdlms.exception import CONFIRMED_SERVICE_ERROR, EXCEPTION_RESPONSE
from agent.dlms.xdlms.general_block_transfer import (
    GENERAL_BLOCK_TRANSFER,
    BlockReceiver,
    BlockSender,
    GeneralBlock,
    decode_general_block,
    encode_general_block,
    single_block,
)
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import RemoteProtocolError

_NEVER_PROTECTED = (EXCEPTION_RESPONSE, CONFIRMED_SERVICE_ERROR)
_NOTIFICATIONS = frozenset((0x0F, 0xC2, 0xCA, 0xD2))
"""Data and event notifications, which a meter may send unasked at any time."""


class ApduChannel:
    """One request at a time.

    `granted` is None without an association. `waits_for_more`: more will follow, for which the link must poll.
    """

    def __init__(self, link: ApduLink, settings: AssociationSettings, security: SecurityContext | None) -> None:
        self.granted: Granted | None = None
        self.waits_for_more = False
        self._link, self._settings, self._security = link, settings, security
        self._assembly = Assembly()
        self._request: ApduRequest | None = None
        self._streamed: bool | None = None
        self._sender: BlockSender | None = None
        self._receiver: BlockReceiver | None = None
        self._own_number = 1

    def send(self, request: ApduRequest, now: float) -> None:
        """Sends a request; `take` returns its response."""
        self._request = request
        if not request.apdu:
            self.waits_for_more = True
            return
        self._assembly.clear()
        self._sender = self._receiver = self._streamed = None
        self._own_number = 1
        self.waits_for_more = False
        apdu = self._protected(request)
        if self._needs_blocks(apdu):
            assert self.granted is not None
            self._sender = BlockSender(apdu, self.granted.max_pdu, self._settings.general_block_window, 1, 0)
            apdu = encode_general_block(self._sender.burst(peer_window=1)[0])
        self._link.send(apdu, now)

    def take(self, segment: SegmentReceived, now: float) -> bytes | None:
        """The response, once it is complete, or empty octets if a sink took it; None while more must arrive.

        Raises:
            SecurityBroken: not protected as agreed.
            RemoteProtocolError: general blocks out of order; `text-answer` for a text. Also what the sink raises.
        """
        if self._request is None:
            return None
        if self._streamed is None:
            self._streamed = self._can_stream(segment.content)
        if self._streamed and self._request.sink:
            self._request.sink(segment.content)
            return self._end(b"") if segment.last else None
        whole = self._assembly.add(segment.content, last=segment.last)
        if whole is None:
            return None
        self._streamed = None
        if whole and whole[0] in _NOTIFICATIONS:
            self.waits_for_more = True
            return None
        if is_text(whole):
            raise text_answer(whole, self._settings.secret)
        if whole[:1] == bytes((GENERAL_BLOCK_TRANSFER,)):
            whole = self._take_block(decode_general_block(whole), now)
            if whole is None:
                return None
        plain = self._unprotected(whole)
        if self._request.sink is None:
            return self._end(plain)
        self._request.sink(plain)
        return self._end(b"")

    def _end(self, response: bytes) -> bytes:
        self._request = self._streamed = None
        self.waits_for_more = False
        return response

    def _can_stream(self, first: bytes) -> bool:
        """Whether the response can be passed on in pieces: it is neither ciphered nor in general blocks."""
        other = not first or first[0] == GENERAL_BLOCK_TRANSFER or first[0] in _NOTIFICATIONS or is_text(first)
        return self._request is not None and self._request.sink is not None and not self._is_protected() and not other

    # ── protection ──

    def _is_protected(self) -> bool:
        return self._settings.ciphered and self._request is not None and not self._request.association

    def _protected(self, request: ApduRequest) -> bytes:
        if self._security is None or not self._is_protected():
            return request.apdu
        settings = self._security.settings
        dedicated = settings.dedicated_key is not None and not request.global_key
        return self._security.protect(request.apdu, replace(settings.wrapping, dedicated=dedicated))

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
            raise RemoteProtocolError("more general blocks than the block number can count")
        block = single_block(b"", self._own_number, received, self._settings.general_block_window)
        self.waits_for_more = False
        self._link.send(encode_general_block(block), now)
