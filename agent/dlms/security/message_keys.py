"""The key of one general-ciphering APDU, and the key-info that describes it (IEC 62056-5-3:2017)."""

from agent.dlms.security import aead, agreement
from agent.dlms.security.agreement import Random
from agent.dlms.security.protected_apdus import GeneralCiphering, GeneralHeader, KeyInfo, KeyInfoKind
from agent.dlms.security.settings import SecuritySettings, required
from agent.dlms.security.suite import SUITES
from agent.dlms.security.wrapping import KeySource
from agent.domain.errors import MalformedData, SecurityBroken

_UNICAST_KEY, _MASTER_KEY = 0, 0


def key_to_send(
    settings: SecuritySettings, source: KeySource, header: GeneralHeader, random: Random
) -> tuple[bytes, KeyInfo]:
    """The key to protect an APDU with, and what tells the other side about it.

    Raises:
        InputError: a key is missing for this source.
    """
    suite = SUITES[settings.suite]
    if source is KeySource.IDENTIFIED:
        return settings.encryption_key, KeyInfo(KeyInfoKind.IDENTIFIED, _UNICAST_KEY)
    if source is KeySource.WRAPPED:
        key = random(suite.key_octets)
        wrapped = aead.wrap_key(required(settings.master_key), key)
        return key, KeyInfo(KeyInfoKind.WRAPPED, _MASTER_KEY, wrapped)
    static = required(settings.agreement)
    parties = header.originator, header.recipient
    if source is KeySource.STATIC:
        keys = static.own_private, static.peer_public
        key = agreement.static_key(suite, *keys, *parties, header.transaction_id)
        return key, KeyInfo(KeyInfoKind.AGREED, agreement.STATIC)
    ephemeral = agreement.ephemeral_private(suite, random)
    key = agreement.one_pass_key(suite, ephemeral, static.peer_public, *parties)
    data = agreement.signed_ephemeral(suite, ephemeral, required(settings.signing).own_private)
    return key, KeyInfo(KeyInfoKind.AGREED, agreement.ONE_PASS, data)


def key_received(settings: SecuritySettings, message: GeneralCiphering) -> tuple[bytes, KeySource]:
    """The key that an APDU is protected with, and where it comes from.

    Raises:
        SecurityBroken: a broadcast key, a key that cannot be unwrapped, or a wrong signature.
        MalformedData: an unknown key agreement scheme.
        InputError: a key is missing on this side.
    """
    info, header, suite = message.key_info, message.header, SUITES[settings.suite]
    if info is None or (info.kind is KeyInfoKind.IDENTIFIED and info.parameter == _UNICAST_KEY):
        return settings.encryption_key, KeySource.IDENTIFIED
    if info.kind is KeyInfoKind.IDENTIFIED:
        raise SecurityBroken("a broadcast key", code="security-weaker")
    if info.kind is KeyInfoKind.WRAPPED:
        key = aead.unwrap_key(required(settings.master_key), info.data)
        if len(key) != suite.key_octets:
            raise SecurityBroken("a wrapped key of the wrong length", code="security-tag")
        return key, KeySource.WRAPPED
    static = required(settings.agreement)
    parties = header.originator, header.recipient
    if info.parameter == agreement.STATIC:
        keys = static.own_private, static.peer_public
        return agreement.static_key(suite, *keys, *parties, header.transaction_id), KeySource.STATIC
    if info.parameter != agreement.ONE_PASS:
        raise MalformedData("unknown key agreement scheme")
    ephemeral = agreement.verified_ephemeral(suite, info.data, required(settings.signing).peer_public)
    return agreement.one_pass_key(suite, static.own_private, ephemeral, *parties), KeySource.ONE_PASS
