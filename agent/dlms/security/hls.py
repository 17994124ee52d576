"""High level security (HLS): how each side answers the other's challenge (IEC 62056-5-3:2017, HLS authentication)."""

from agent.dlms.acse.mechanism import Mechanism
from agent.dlms.cosem.names import MethodDescriptor, Obis
from agent.dlms.security import aead, curve
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.digest import digest, is_same
from agent.dlms.security.settings import required
from agent.dlms.security.suite import SUITES, Protection
from agent.domain.errors import InputError, LocalProtocolError, MalformedData, SecurityBroken

CHALLENGE_OCTETS, MIN_CHALLENGE, MAX_CHALLENGE = 16, 8, 64
REPLY_TO_HLS = MethodDescriptor(15, Obis(0, 0, 40, 0, 0), 1)
"""reply_to_HLS_authentication of the current association."""
_GMAC_OCTETS = 1 + 4 + aead.TAG_OCTETS


class Handshake:
    """Passes 3 and 4: answers the other side's challenge, and verifies its answer to ours.

    Keys and system titles come from `context`, if there is one; `secret` is for mechanisms that only hash.
    """

    def __init__(
        self,
        mechanism: Mechanism,
        own_challenge: bytes,
        peer_challenge: bytes,
        secret: bytes | None,
        context: SecurityContext | None,
        *,
        own_title: bytes = b"",
        peer_title: bytes = b"",
    ) -> None:
        self._mechanism = mechanism
        self._own, self._peer = own_challenge, peer_challenge
        self._secret, self._context = secret, context
        self._own_title = own_title if context is None else context.settings.system_title
        self._peer_title = peer_title if context is None else context.peer_title or b""

    def answer(self) -> bytes:
        """f(the other side's challenge). Raises InputError if a key is missing."""
        if self._mechanism is Mechanism.HLS_GMAC:
            context = self._security()
            return self._gmac(context.settings.system_title, context.counter.next(), self._peer)
        if self._mechanism is Mechanism.HLS_ECDSA:
            signing = required(self._security().settings.signing)
            content = self._own_title + self._peer_title + self._peer + self._own
            return curve.sign(SUITES[self._security().settings.suite], signing.own_private, content)
        return self._hash(self._own_title, self._peer_title, self._peer, self._own)

    def verify(self, answer: bytes) -> None:
        """Checks the other side's answer to our challenge.

        Raises:
            SecurityBroken: wrong answer.
            MalformedData: not an answer of this mechanism.
            InputError: a key is missing.
        """
        if self._mechanism is Mechanism.HLS_ECDSA:
            self._verify_signature(answer)
            return
        if self._mechanism is Mechanism.HLS_GMAC:
            if len(answer) != _GMAC_OCTETS:
                raise MalformedData("not an answer to a challenge")
            expected = self._gmac(self._peer_title, int.from_bytes(answer[1:5]), self._own)
        else:
            expected = self._hash(self._peer_title, self._own_title, self._own, self._peer)
        if not is_same(answer, expected):
            raise SecurityBroken("wrong answer to the challenge", code="security-tag")

    def _verify_signature(self, answer: bytes) -> None:
        context = self._security()
        signing = required(context.settings.signing)
        content = self._peer_title + self._own_title + self._own + self._peer
        curve.verify(SUITES[context.settings.suite], signing.peer_public, content, answer)

    def _gmac(self, title: bytes, counter: int, challenge: bytes) -> bytes:
        settings = self._security().settings
        head = bytes((Protection.AUTHENTICATED | settings.suite,))
        nonce = title + counter.to_bytes(4)
        _, tag = aead.seal(settings.encryption_key, nonce, b"", head + settings.authentication_key + challenge)
        return head + counter.to_bytes(4) + tag

    def _hash(self, answering_title: bytes, asking_title: bytes, challenge: bytes, other: bytes) -> bytes:
        secret = self._secret or b""
        if self._mechanism is Mechanism.HLS_MD5:
            return digest("md5", challenge + secret)
        if self._mechanism is Mechanism.HLS_SHA1:
            return digest("sha1", challenge + secret)
        if self._mechanism is Mechanism.HLS_SHA256:
            return digest("sha256", secret + answering_title + asking_title + challenge + other)
        raise LocalProtocolError(f"{self._mechanism.name} has no challenge")

    def _security(self) -> SecurityContext:
        if self._context is None:
            raise InputError("this authentication mechanism needs keys", code="bad-keys")
        return self._context
