"""Protects what is sent and opens what comes, for one association."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from agent.dlms.axdr.coding import Reader
from agent.dlms.security import aead, agreement, curve
from agent.dlms.security.envelope import (
    DEDICATED_OF,
    GENERAL_CIPHERING,
    GENERAL_DED,
    GENERAL_GLO,
    GENERAL_SIGNING,
    GLOBAL_OF,
    PLAIN_OF_DEDICATED,
    PLAIN_OF_GLOBAL,
    GeneralCiphering,
    GeneralHeader,
    GeneralSigning,
    KeyInfo,
    KeyInfoKind,
    Sealed,
    encode_general_ciphering,
    encode_general_signing,
    octet_string,
    read_general_ciphering,
    read_general_signing,
    read_octet_string,
    read_sealed,
)
from agent.dlms.security.keys import InvocationCounter, KeySource, Protected, SecuritySettings, Wrapping
from agent.dlms.security.suite import SUITES, TITLE_OCTETS, Protection
from agent.domain.errors import InputError, MalformedData, SecurityBroken

K = TypeVar("K")

_TRANSACTION_OCTETS = 8
_BOTH = Protection.AUTHENTICATED | Protection.ENCRYPTED
_UNICAST_KEY, _MASTER_KEY = 0, 0


class SecurityContext:
    """`peer_title` is the other side's system title, as soon as it is known. `seen` keeps the last counter that
    came under each key, for a side that remembers them beyond an association.

    Raises SecurityBroken where an APDU that came has a wrong tag or signature, an old counter, less protection
    than agreed, or compression; MalformedData where it is none; InputError where keys are missing.
    """

    def __init__(
        self,
        settings: SecuritySettings,
        counter: InvocationCounter,
        random: Callable[[int], bytes],
        peer_title: bytes | None = None,
        seen: dict[bytes, int] | None = None,
    ) -> None:
        self.settings = settings
        self.peer_title = peer_title
        self.counter = counter
        self.random = random
        self._suite = SUITES[settings.suite]
        self._last_counter = {} if seen is None else seen

    # ── what is sent ──

    def protect(self, apdu: bytes, envelope: Protected) -> bytes:
        """An APDU, wrapped so."""
        if envelope.wrapping is Wrapping.GENERAL_CIPHERING:
            wrapped = self._general_ciphering(apdu, envelope.key_source)
        else:
            key = _needed(self.settings.dedicated_key) if envelope.dedicated else self.settings.encryption_key
            sealed = octet_string(self._seal(key, apdu, b"").encode())
            if envelope.wrapping is Wrapping.GENERAL:
                tag = GENERAL_DED if envelope.dedicated else GENERAL_GLO
                wrapped = bytes((tag,)) + octet_string(self.settings.system_title) + sealed
            else:
                wrapped = bytes(((DEDICATED_OF if envelope.dedicated else GLOBAL_OF)[apdu[0]],)) + sealed
        return self._signed(wrapped) if envelope.signed else wrapped

    def protect_initiate(self, initiate: bytes) -> bytes:
        """InitiateRequest or InitiateResponse, which stand in AARQ and AARE with a tag of their own.

        With a dedicated key inside, they are authenticated and encrypted whatever else is agreed.
        """
        protection = self.settings.protection if self.settings.dedicated_key is None else _BOTH
        sealed = self._seal(self.settings.encryption_key, initiate, b"", protection)
        return bytes((GLOBAL_OF[initiate[0]],)) + octet_string(sealed.encode())

    def _general_ciphering(self, apdu: bytes, source: KeySource) -> bytes:
        header = self._header()
        key, info = self._key_to_send(header, source)
        sealed = self._seal(key, apdu, header.encode() if self.settings.header_in_aad else b"")
        return encode_general_ciphering(GeneralCiphering(header, info, sealed))

    def _key_to_send(self, header: GeneralHeader, source: KeySource) -> tuple[bytes, KeyInfo]:
        settings = self.settings
        if source is KeySource.IDENTIFIED:
            return settings.encryption_key, KeyInfo(KeyInfoKind.IDENTIFIED, _UNICAST_KEY)
        if source is KeySource.WRAPPED:
            key = self.random(self._suite.key_octets)
            return key, KeyInfo(KeyInfoKind.WRAPPED, _MASTER_KEY, aead.wrap_key(self._master(), key))
        static = _needed(settings.agreement)
        if source is KeySource.STATIC:
            key = agreement.static_key(
                self._suite,
                static.own_private,
                static.peer_public,
                header.originator,
                header.recipient,
                header.transaction_id,
            )
            return key, KeyInfo(KeyInfoKind.AGREED, agreement.STATIC)
        ephemeral = agreement.ephemeral_private(self._suite, self.random)
        key = agreement.one_pass_key(self._suite, ephemeral, static.peer_public, header.originator, header.recipient)
        data = agreement.signed_ephemeral(self._suite, ephemeral, _needed(settings.signing).own_private)
        return key, KeyInfo(KeyInfoKind.AGREED, agreement.ONE_PASS, data)

    def _signed(self, content: bytes) -> bytes:
        header = self._header()
        signature = curve.sign(self._suite, _needed(self.settings.signing).own_private, header.encode() + content)
        return encode_general_signing(GeneralSigning(header, content, signature))

    def _header(self) -> GeneralHeader:
        return GeneralHeader(self.random(_TRANSACTION_OCTETS), self.settings.system_title, self.peer_title or b"")

    def _seal(self, key: bytes, plain: bytes, header: bytes, protection: Protection | None = None) -> Sealed:
        protection = self.settings.protection if protection is None else protection
        control = self.settings.suite | protection
        counter = self.counter.next()
        nonce = self.settings.system_title + counter.to_bytes(4)
        prefix = bytes((control,)) + self.settings.authentication_key + header
        if protection == Protection.AUTHENTICATED:
            _, tag = aead.seal(key, nonce, b"", prefix + plain)
            return Sealed(control, counter, plain + tag)
        if protection == Protection.ENCRYPTED:
            sealed, _ = aead.seal(key, nonce, plain, b"")
            return Sealed(control, counter, sealed)
        sealed, tag = aead.seal(key, nonce, plain, prefix)
        return Sealed(control, counter, sealed + tag)

    # ── what comes ──

    def unprotect(self, apdu: bytes) -> tuple[bytes, Protected]:
        """The APDU inside, and how it was wrapped; what is not protected at all is weaker than agreed."""
        reader = Reader(apdu)
        if reader.octet() == GENERAL_SIGNING:
            plain, envelope = self._unprotect_ciphered(self._verified(read_general_signing(reader)))
            return plain, replace(envelope, signed=True)
        if self.settings.envelope.signed:
            raise SecurityBroken("not signed", code="security-weaker")
        return self._unprotect_ciphered(apdu)

    def unprotect_initiate(self, information: bytes) -> bytes:
        """What `protect_initiate` of the other side made."""
        plain, _ = self._unprotect_ciphered(information)
        return plain

    def _unprotect_ciphered(self, apdu: bytes) -> tuple[bytes, Protected]:
        reader = Reader(apdu)
        tag = reader.octet()
        if tag == GENERAL_CIPHERING:
            return self._open_general_ciphering(read_general_ciphering(reader))
        if tag in (GENERAL_GLO, GENERAL_DED):
            self._check_title(read_octet_string(reader))
            dedicated = tag == GENERAL_DED
            return self._open_whole(reader, dedicated=dedicated), Protected(Wrapping.GENERAL, dedicated)
        if tag not in PLAIN_OF_GLOBAL and tag not in PLAIN_OF_DEDICATED:
            raise SecurityBroken("not ciphered", code="security-weaker")
        dedicated = tag in PLAIN_OF_DEDICATED
        plain = self._open_whole(reader, dedicated=dedicated)
        if plain[:1] != bytes(((PLAIN_OF_DEDICATED if dedicated else PLAIN_OF_GLOBAL)[tag],)):
            raise MalformedData("another APDU inside than its tag says")
        return plain, Protected(Wrapping.SERVICE, dedicated)

    def _open_whole(self, reader: Reader, *, dedicated: bool) -> bytes:
        key = self.settings.dedicated_key if dedicated else self.settings.encryption_key
        if key is None:
            raise SecurityBroken("a dedicated key that was never agreed", code="security-tag")
        sealed = read_sealed(read_octet_string(reader))
        reader.end()
        return self._open(key, sealed, self._known_title(), b"")

    def _open_general_ciphering(self, message: GeneralCiphering) -> tuple[bytes, Protected]:
        header = message.header
        self._check_title(header.originator)
        if header.recipient and header.recipient != self.settings.system_title:
            raise SecurityBroken("meant for somebody else", code="security-tag")
        key, source = self._key_received(message)
        authenticated = header.encode() if self.settings.header_in_aad else b""
        plain = self._open(key, message.sealed, header.originator, authenticated)
        return plain, Protected(Wrapping.GENERAL_CIPHERING, key_source=source)

    def _key_received(self, message: GeneralCiphering) -> tuple[bytes, KeySource]:
        info, header, settings = message.key_info, message.header, self.settings
        if info is None or (info.kind is KeyInfoKind.IDENTIFIED and info.parameter == _UNICAST_KEY):
            return settings.encryption_key, KeySource.IDENTIFIED
        if info.kind is KeyInfoKind.IDENTIFIED:
            raise SecurityBroken("a broadcast key", code="security-weaker")
        if info.kind is KeyInfoKind.WRAPPED:
            key = aead.unwrap_key(self._master(), info.data)
            if len(key) != self._suite.key_octets:
                raise SecurityBroken("a wrapped key of another length", code="security-tag")
            return key, KeySource.WRAPPED
        static = _needed(settings.agreement)
        parties = header.originator, header.recipient
        if info.parameter == agreement.STATIC:
            keys = static.own_private, static.peer_public
            return agreement.static_key(self._suite, *keys, *parties, header.transaction_id), KeySource.STATIC
        if info.parameter != agreement.ONE_PASS:
            raise MalformedData("unknown key agreement scheme")
        ephemeral = agreement.verified_ephemeral(self._suite, info.data, _needed(settings.signing).peer_public)
        return agreement.one_pass_key(self._suite, static.own_private, ephemeral, *parties), KeySource.ONE_PASS

    def _verified(self, message: GeneralSigning) -> bytes:
        self._check_title(message.header.originator)
        signing = _needed(self.settings.signing)
        curve.verify(self._suite, signing.peer_public, message.header.encode() + message.content, message.signature)
        return message.content

    def _open(self, key: bytes, sealed: Sealed, title: bytes, header: bytes) -> bytes:
        protection = self._judge(sealed.control)
        self._check_counter(key, sealed.counter)
        nonce = title + sealed.counter.to_bytes(4)
        prefix = bytes((sealed.control,)) + self.settings.authentication_key + header
        plain = self._opened(key, nonce, sealed.content, prefix, protection)
        self._last_counter[key] = sealed.counter
        return plain

    def _opened(self, key: bytes, nonce: bytes, content: bytes, prefix: bytes, protection: Protection) -> bytes:
        if not protection & Protection.AUTHENTICATED:
            return aead.unseal_untagged(key, nonce, content)
        if len(content) < aead.TAG_OCTETS:
            raise MalformedData("no room for a tag")
        body, tag = content[: -aead.TAG_OCTETS], content[-aead.TAG_OCTETS :]
        if protection & Protection.ENCRYPTED:
            return aead.unseal(key, nonce, body, prefix, tag)
        aead.unseal(key, nonce, b"", prefix + body, tag)
        return body

    def _judge(self, control: int) -> Protection:
        if control & Protection.COMPRESSED:
            raise SecurityBroken("compressed (V.44)", code="security-compressed")
        wanted = self.settings.protection
        if control & 0x0F != self.settings.suite or control & wanted != wanted or control & Protection.BROADCAST:
            raise SecurityBroken(f"security control {control:#04x}", code="security-weaker")
        return Protection(control & 0xF0)

    def _check_counter(self, key: bytes, counter: int) -> None:
        if counter <= self._last_counter.get(key, -1):
            raise SecurityBroken("an old invocation counter", code="security-counter")

    def _check_title(self, title: bytes) -> None:
        if len(title) != TITLE_OCTETS or (self.peer_title is not None and title != self.peer_title):
            raise SecurityBroken("another system title", code="security-tag")
        self.peer_title = title

    def _known_title(self) -> bytes:
        if self.peer_title is None:
            raise SecurityBroken("no system title is known", code="security-tag")
        return self.peer_title

    def _master(self) -> bytes:
        return _needed(self.settings.master_key)


def _needed(keys: K | None) -> K:
    if keys is None:
        raise InputError("a key is missing for this protection", code="bad-keys")
    return keys
