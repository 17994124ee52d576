"""How a meter is talked to: its model's defaults, its keys, and what the command line says instead."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from agent.dlms import AssociationSettings, Mechanism
from agent.dlms.hdlc.address import AddressSize
from agent.dlms.security.settings import SecuritySettings
from agent.dlms.security.suite import Protection
from agent.domain.errors import InputError
from agent.domain.exchange import MeterSecret
from agent.meters import MeterModel
from agent.meters.keys import Keys, read_keys

PUBLIC_CLIENT = 16
TABLET_TITLE = b"EPL\x00\x00\x00\x00\x01"


@dataclass(frozen=True)
class AssociationOptions:
    """What the command line may say; None where the model decides."""

    client_sap: int | None = None
    server_sap: int | None = None
    physical: int | None = None
    address_size: str = "1"
    auth: str | None = None
    secret_file: Path | None = None
    keys: Path | None = None
    suite: str | None = None
    security: str | None = None
    max_info: int | None = None
    window: int | None = None
    max_pdu: int | None = None


def association_of_tablet(model: MeterModel, secret: MeterSecret) -> AssociationSettings:
    """The model's association, with the meter's secrets as SMM gave them to this tablet.

    Raises:
        InputError: `bad-keys` where they do not serve.
    """
    keys = None
    if secret.encryption_key and secret.authentication_key:
        octets = bytes.fromhex(secret.encryption_key), bytes.fromhex(secret.authentication_key)
        keys = Keys(TABLET_TITLE, *octets)
    password = None if secret.lls_password is None else bytes.fromhex(secret.lls_password)
    return _with_defaults(model, keys, password, model.association.authentication, model.association.security)


def association_of_options(model: MeterModel, options: AssociationOptions) -> AssociationSettings:
    """The model's association, as far as the command line does not say otherwise.

    A model that wants a password or keys is read as public client where none are given.

    Raises:
        InputError: a secret or keys are missing for what is asked, or do not serve.
    """
    keys = None if options.keys is None else read_keys(options.keys)
    secret = None if options.secret_file is None else options.secret_file.read_bytes().rstrip(b"\r\n")
    defaults = model.association
    authentication = options.auth or (defaults.authentication if secret or keys else "none")
    security = options.security or (defaults.security if keys else "none")
    if authentication not in ("none", "hls-gmac", "hls-ecdsa") and secret is None:
        raise InputError(code="bad-input", field="--secret-file")
    if keys is None and (security != "none" or authentication == "hls-gmac"):
        raise InputError(code="bad-input", field="--keys")
    if options.suite is not None:
        model = replace(model, association=replace(defaults, suite=cast(Any, int(options.suite))))
    settings = _with_defaults(model, keys, secret, authentication, security)
    if authentication == "none" and security == "none" and options.client_sap is None:
        settings = replace(settings, client_sap=PUBLIC_CLIENT)
    given = {
        name: value
        for name in ("client_sap", "server_sap", "physical", "max_info", "window", "max_pdu")
        if (value := getattr(options, name)) is not None
    }
    return replace(settings, address_size=cast(AddressSize, int(options.address_size)), **given)


def public_association(settings: AssociationSettings) -> AssociationSettings:
    """The same meter, asked by anybody."""
    return replace(settings, client_sap=PUBLIC_CLIENT, mechanism=Mechanism.NONE, secret=None, security=None)


def _with_defaults(
    model: MeterModel, keys: Keys | None, secret: bytes | None, authentication: str, security: str
) -> AssociationSettings:
    defaults = model.association
    return AssociationSettings(
        client_sap=defaults.client_sap,
        server_sap=defaults.server_sap,
        mechanism=Mechanism.of_words(authentication),
        secret=secret,
        system_title=TABLET_TITLE,
        security=None if keys is None else _security(keys, defaults.suite, security),
        max_info=defaults.max_info,
        window=defaults.window,
    )


def _security(keys: Keys, suite: Literal[0, 1, 2], security: str) -> SecuritySettings:
    return SecuritySettings(
        keys.system_title,
        keys.encryption_key,
        keys.authentication_key,
        suite,
        Protection.of_words(security),
        keys.dedicated_key,
    )
