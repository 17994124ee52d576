"""Wraps the APDUs that one side of an association sends, and unwraps those that it receives."""

from dataclasses import replace

from agent.dlms.axdr.coding import Reader
from agent.dlms.security import curve
from agent.dlms.security.agreement import Random
from agent.dlms.security.apdu_cipher import ApduCipher
from agent.dlms.security.message_keys import key_received, key_to_send
from agent.dlms.security.protected_apdus import (
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
    encode_general_ciphering,
    encode_general_signing,
    octet_string,
    read_general_ciphering,
    read_general_signing,
    read_octet_string,
    read_sealed,
)
from agent.dlms.security.settings import InvocationCounter, SecuritySettings, required
from agent.dlms.security.suite import SUITES, TITLE_OCTETS, Protection
from agent.dlms.security.wrapping import ApduWrapping, KeySource, WrappingKind
from agent.domain.errors import MalformedData, SecurityBroken

_TRANSACTION_OCTETS = 8
_BOTH = Protection.AUTHENTICATED | Protection.ENCRYPTED


class SecurityContext:
    """`peer_title` is the other side's system title, once it is known. `seen` holds the last counter that arrived
    under each key, for a side that remembers them beyond an association.

    Unwrapping raises SecurityBroken for a wrong tag or signature, an old counter, less protection than agreed, or
    compression, and MalformedData for octets that are no protected APDU. Both directions raise InputError if a key
    is missing.
    """

    def __init__(
        self,
        settings: SecuritySettings,
        counter: InvocationCounter,
        random: Random,
        peer_title: bytes | None = None,
        seen: dict[bytes, int] | None = None,
    ) -> None:
        self.settings = settings
        self.peer_title = peer_title
        self.counter = counter
        self._random = random
        self._suite = SUITES[settings.suite]
        self._cipher = ApduCipher(settings, counter, {} if seen is None else seen)

    def use_dedicated_key(self, key: bytes) -> None:
        """From now on, dedicated ciphering uses this key. Raises InputError if it has the wrong length."""
        self.settings = replace(self.settings, dedicated_key=key)

    # ── sending ──

    def protect(self, apdu: bytes, wrapping: ApduWrapping) -> bytes:
        """The APDU, wrapped."""
        if wrapping.kind is WrappingKind.GENERAL_CIPHERING:
            wrapped = self._general_ciphering(apdu, wrapping.key_source)
        else:
            key = required(self.settings.dedicated_key) if wrapping.dedicated else self.settings.encryption_key
            sealed = octet_string(self._cipher.seal(key, apdu, self.settings.protection).encode())
            if wrapping.kind is WrappingKind.GENERAL:
                tag = GENERAL_DED if wrapping.dedicated else GENERAL_GLO
                wrapped = bytes((tag,)) + octet_string(self.settings.system_title) + sealed
            else:
                wrapped = bytes(((DEDICATED_OF if wrapping.dedicated else GLOBAL_OF)[apdu[0]],)) + sealed
        return self._signed(wrapped) if wrapping.signed else wrapped

    def protect_initiate(self, initiate: bytes) -> bytes:
        """An InitiateRequest or InitiateResponse for AARQ or AARE, where it has a tag of its own.

        If it carries a dedicated key, it is authenticated and encrypted whatever else is agreed.
        """
        protection = self.settings.protection if self.settings.dedicated_key is None else _BOTH
        sealed = self._cipher.seal(self.settings.encryption_key, initiate, protection)
        return bytes((GLOBAL_OF[initiate[0]],)) + octet_string(sealed.encode())

    def _general_ciphering(self, apdu: bytes, source: KeySource) -> bytes:
        header = self._header()
        key, info = key_to_send(self.settings, source, header, self._random)
        sealed = self._cipher.seal(key, apdu, self.settings.protection, self._authenticated(header))
        return encode_general_ciphering(GeneralCiphering(header, info, sealed))

    def _signed(self, content: bytes) -> bytes:
        header = self._header()
        signature = curve.sign(self._suite, required(self.settings.signing).own_private, header.encode() + content)
        return encode_general_signing(GeneralSigning(header, content, signature))

    def _header(self) -> GeneralHeader:
        return GeneralHeader(self._random(_TRANSACTION_OCTETS), self.settings.system_title, self.peer_title or b"")

    def _authenticated(self, header: GeneralHeader) -> bytes:
        return header.encode() if self.settings.header_in_aad else b""

    # ── receiving ──

    def unprotect(self, apdu: bytes) -> tuple[bytes, ApduWrapping]:
        """The APDU inside, and how it was wrapped; an unprotected APDU counts as weaker than agreed."""
        reader = Reader(apdu)
        if reader.octet() == GENERAL_SIGNING:
            plain, wrapping = self._unprotect_ciphered(self._verified(read_general_signing(reader)))
            return plain, replace(wrapping, signed=True)
        if self.settings.wrapping.signed:
            raise SecurityBroken("not signed", code="security-weaker")
        return self._unprotect_ciphered(apdu)

    def unprotect_initiate(self, information: bytes) -> bytes:
        """The APDU that `protect_initiate` of the other side wrapped."""
        plain, _ = self._unprotect_ciphered(information)
        return plain

    def _unprotect_ciphered(self, apdu: bytes) -> tuple[bytes, ApduWrapping]:
        reader = Reader(apdu)
        tag = reader.octet()
        if tag == GENERAL_CIPHERING:
            return self._open_general_ciphering(read_general_ciphering(reader))
        if tag in (GENERAL_GLO, GENERAL_DED):
            self._check_title(read_octet_string(reader))
            dedicated = tag == GENERAL_DED
            return self._open_rest(reader, dedicated=dedicated), ApduWrapping(WrappingKind.GENERAL, dedicated)
        if tag not in PLAIN_OF_GLOBAL and tag not in PLAIN_OF_DEDICATED:
            raise SecurityBroken("not ciphered", code="security-weaker")
        dedicated = tag in PLAIN_OF_DEDICATED
        plain = self._open_rest(reader, dedicated=dedicated)
        if plain[:1] != bytes(((PLAIN_OF_DEDICATED if dedicated else PLAIN_OF_GLOBAL)[tag],)):
            raise MalformedData("the APDU inside does not match its ciphered tag")
        return plain, ApduWrapping(WrappingKind.SERVICE, dedicated)

    def _open_rest(self, reader: Reader, *, dedicated: bool) -> bytes:
        key = self.settings.dedicated_key if dedicated else self.settings.encryption_key
        if key is None:
            raise SecurityBroken("a dedicated key that was never agreed", code="security-tag")
        sealed = read_sealed(read_octet_string(reader))
        reader.end()
        if self.peer_title is None:
            raise SecurityBroken("no system title is known", code="security-title")
        return self._cipher.unseal(key, sealed, self.peer_title)

    def _open_general_ciphering(self, message: GeneralCiphering) -> tuple[bytes, ApduWrapping]:
        header = message.header
        self._check_title(header.originator)
        if header.recipient and header.recipient != self.settings.system_title:
            raise SecurityBroken("addressed to another system title", code="security-tag")
        key, source = key_received(self.settings, message)
        plain = self._cipher.unseal(key, message.sealed, header.originator, self._authenticated(header))
        return plain, ApduWrapping(WrappingKind.GENERAL_CIPHERING, key_source=source)

    def _verified(self, message: GeneralSigning) -> bytes:
        self._check_title(message.header.originator)
        signing = required(self.settings.signing)
        curve.verify(self._suite, signing.peer_public, message.header.encode() + message.content, message.signature)
        return message.content

    def _check_title(self, title: bytes) -> None:
        if len(title) != TITLE_OCTETS or (self.peer_title is not None and title != self.peer_title):
            raise SecurityBroken("unexpected system title", code="security-tag")
        self.peer_title = title
