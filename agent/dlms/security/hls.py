"""High level security: what each side answers to the other's challenge (IEC 62056-5-3, HLS authentication)."""

from agent.dlms.acse.association import Mechanism
from agent.dlms.security import aead, curve
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.digest import digest, same
from agent.dlms.security.suite import SUITES, Protection
from agent.domain.errors import InputError, LocalProtocolError, MalformedData, SecurityBroken

_GMAC_OCTETS = 1 + 4 + aead.TAG_OCTETS


class Handshake:
    """Passes 3 and 4: answers the other's challenge, and judges the other's answer to ours.

    `own_challenge` was sent, `peer_challenge` came. Titles and keys are the context's, where the mechanism
    needs them; `secret` serves those that only hash.
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
        """f(the other's challenge)."""
        if self._mechanism is Mechanism.HLS_GMAC:
            context = self._security()
            return self._gmac(context.settings.system_title, context.counter.next(), self._peer)
        if self._mechanism is Mechanism.HLS_ECDSA:
            signing = self._security().settings.signing
            if signing is None:
                raise InputError("no signing key", code="bad-keys")
            content = self._own_title + self._peer_title + self._peer + self._own
            return curve.sign(SUITES[self._security().settings.suite], signing.own_private, content)
        return self._hash(self._own_title, self._peer_title, self._peer, self._own)

    def judge(self, answer: bytes) -> None:
        """Raises SecurityBroken unless the other's answer to our challenge is right."""
        if self._mechanism is Mechanism.HLS_ECDSA:
            self._judge_signature(answer)
            return
        if self._mechanism is Mechanism.HLS_GMAC:
            if len(answer) != _GMAC_OCTETS:
                raise MalformedData("not an answer to a challenge")
            right = self._gmac(self._peer_title, int.from_bytes(answer[1:5]), self._own)
        else:
            right = self._hash(self._peer_title, self._own_title, self._own, self._peer)
        if not same(answer, right):
            raise SecurityBroken("wrong answer to the challenge", code="security-tag")

    def _judge_signature(self, answer: bytes) -> None:
        context = self._security()
        if context.settings.signing is None:
            raise InputError("no signing key", code="bad-keys")
        content = self._peer_title + self._own_title + self._own + self._peer
        curve.verify(SUITES[context.settings.suite], context.settings.signing.peer_public, content, answer)

    def _gmac(self, title: bytes, counter: int, challenge: bytes) -> bytes:
        settings = self._security().settings
        head = bytes((Protection.AUTHENTICATED | settings.suite,))
        nonce = title + counter.to_bytes(4)
        _, tag = aead.seal(settings.encryption_key, nonce, b"", head + settings.authentication_key + challenge)
        return head + counter.to_bytes(4) + tag

    def _hash(self, answering_title: bytes, asking_title: bytes, asked: bytes, other: bytes) -> bytes:
        secret = self._secret or b""
        if self._mechanism is Mechanism.HLS_MD5:
            return digest("md5", asked + secret)
        if self._mechanism is Mechanism.HLS_SHA1:
            return digest("sha1", asked + secret)
        if self._mechanism is Mechanism.HLS_SHA256:
            return digest("sha256", secret + answering_title + asking_title + asked + other)
        raise LocalProtocolError(f"{self._mechanism.name} has no challenge")

    def _security(self) -> SecurityContext:
        if self._context is None:
            raise InputError("this mechanism needs keys", code="bad-keys")
        return self._context
