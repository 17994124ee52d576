"""Authenticates and encrypts the content of APDUs, and checks what arrives (IEC 62056-5-3:2017, clause 5)."""

from agent.dlms.security import aead
from agent.dlms.security.protected_apdus import Sealed
from agent.dlms.security.settings import InvocationCounter, SecuritySettings
from agent.dlms.security.suite import Protection
from agent.domain.errors import MalformedData, SecurityBroken


class ApduCipher:
    """Content under any key of one association. `seen` holds the last counter that arrived under each key."""

    def __init__(self, settings: SecuritySettings, counter: InvocationCounter, seen: dict[bytes, int]) -> None:
        self._settings, self._counter, self._seen = settings, counter, seen

    def seal(self, key: bytes, plain: bytes, protection: Protection, header: bytes = b"") -> Sealed:
        """The content, protected with the next invocation counter; `header` is authenticated with it."""
        settings = self._settings
        control = settings.suite | protection
        counter = self._counter.next()
        nonce = settings.system_title + counter.to_bytes(4)
        authenticated = bytes((control,)) + settings.authentication_key + header
        if protection == Protection.AUTHENTICATED:
            _, tag = aead.seal(key, nonce, b"", authenticated + plain)
            return Sealed(control, counter, plain + tag)
        if protection == Protection.ENCRYPTED:
            sealed, _ = aead.seal(key, nonce, plain, b"")
            return Sealed(control, counter, sealed)
        sealed, tag = aead.seal(key, nonce, plain, authenticated)
        return Sealed(control, counter, sealed + tag)

    def unseal(self, key: bytes, sealed: Sealed, title: bytes, header: bytes = b"") -> bytes:
        """The content that the side with this system title sealed.

        Raises:
            SecurityBroken: weaker protection than agreed, compression, an old counter, or a wrong tag.
            MalformedData: shorter than its tag.
        """
        protection = self._checked_protection(sealed.control)
        if sealed.counter <= self._seen.get(key, -1):
            raise SecurityBroken("an old invocation counter", code="security-counter")
        nonce = title + sealed.counter.to_bytes(4)
        authenticated = bytes((sealed.control,)) + self._settings.authentication_key + header
        plain = _opened(key, nonce, sealed.content, authenticated, protection)
        self._seen[key] = sealed.counter
        return plain

    def _checked_protection(self, control: int) -> Protection:
        if control & Protection.COMPRESSED:
            raise SecurityBroken("compressed (V.44)", code="security-compressed")
        agreed = self._settings.protection
        if control & 0x0F != self._settings.suite or control & agreed != agreed or control & Protection.BROADCAST:
            raise SecurityBroken(f"security control {control:#04x}", code="security-weaker")
        return Protection(control & 0xF0)


def _opened(key: bytes, nonce: bytes, content: bytes, authenticated: bytes, protection: Protection) -> bytes:
    if not protection & Protection.AUTHENTICATED:
        return aead.unseal_untagged(key, nonce, content)
    if len(content) < aead.TAG_OCTETS:
        raise MalformedData("shorter than an authentication tag")
    body, tag = content[: -aead.TAG_OCTETS], content[-aead.TAG_OCTETS :]
    if protection & Protection.ENCRYPTED:
        return aead.unseal(key, nonce, body, authenticated, tag)
    aead.unseal(key, nonce, b"", authenticated + body, tag)
    return body
