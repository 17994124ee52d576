"""How to associate with a meter: its model's defaults, with the meter's secrets (IEC 62056-5-3:2017)."""

from dataclasses import replace
from typing import Literal

from agent.dlms import AssociationSettings, LinkTimes, Mechanism
from agent.dlms.security.settings import SecuritySettings
from agent.dlms.security.suite import Protection
from agent.domain.exchange import MeterSecret
from agent.meters import MeterModel
from agent.meters.keys import Keys

PUBLIC_CLIENT = 16
"""Client SAP of the public client, which any meter lets in without a secret."""

TABLET_TITLE = b"EPL\x00\x00\x00\x00\x01"
"""System title of the tablet: 8 octets, the first three of them letters of the manufacturer."""


def association_of_tablet(model: MeterModel, secret: MeterSecret) -> AssociationSettings:
    """The model's association, with the meter's secrets as this tablet got them from SMM.

    Raises:
        InputError: `bad-keys`; they cannot be used for this association.
    """
    keys = None
    if secret.encryption_key and secret.authentication_key:
        octets = bytes.fromhex(secret.encryption_key), bytes.fromhex(secret.authentication_key)
        keys = Keys(TABLET_TITLE, *octets)
    password = None if secret.lls_password is None else bytes.fromhex(secret.lls_password)
    return association_with(model, keys, password, model.association.authentication, model.association.security)


def public_association(settings: AssociationSettings) -> AssociationSettings:
    """The settings for the same meter's public client: no secret, no protection."""
    return replace(settings, client_sap=PUBLIC_CLIENT, mechanism=Mechanism.NONE, secret=None, security=None)


def association_with(
    model: MeterModel, keys: Keys | None, secret: bytes | None, authentication: str, security: str
) -> AssociationSettings:
    """The model's association with this secret and these keys; `authentication` and `security` as in a model's file.

    Raises:
        InputError: `bad-keys`; they cannot be used for this association.
    """
    defaults = model.association
    return AssociationSettings(
        client_sap=defaults.client_sap,
        server_sap=defaults.server_sap,
        physical=defaults.physical,
        address_size=defaults.address_size,
        mechanism=Mechanism.of_words(authentication),
        secret=secret,
        system_title=TABLET_TITLE,
        security=None if keys is None else _security(keys, defaults.suite, security),
        max_info=defaults.max_info,
        window=defaults.window,
        challenge_octets=defaults.challenge_octets,
        list_limit=defaults.list_limit,
        meter_title=defaults.meter_title,
        send_title=defaults.send_title,
        times=LinkTimes(
            before_connect=defaults.before_connect_ms / 1000,
            after_connect=defaults.after_connect_ms / 1000,
            before_frame=defaults.before_frame_ms / 1000,
        ),
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
