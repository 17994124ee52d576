"""How a tablet associates: the model's defaults with the secrets from SMM; and the public client without any."""

from dataclasses import replace

import pytest

from agent.dlms import Mechanism
from agent.dlms.security.suite import Protection
from agent.domain.errors import InputError
from agent.domain.exchange import MeterSecret
from agent.drivers.association import PUBLIC_CLIENT, TABLET_TITLE, association_of_tablet, public_association
from tests.drivers.line import cerm1

CIPHERED = replace(cerm1().association, authentication="hls-gmac", security="auth-enc")
SECRET = MeterSecret(encryption_key="00" * 16, authentication_key="11" * 16)


def test_a_password_alone() -> None:
    settings = association_of_tablet(cerm1(), MeterSecret(lls_password=b"12345678".hex()))
    assert (settings.client_sap, settings.server_sap, settings.max_info, settings.window) == (1, 1, 2030, 7)
    assert (settings.mechanism, settings.secret, settings.security) == (Mechanism.LLS, b"12345678", None)


def test_keys() -> None:
    settings = association_of_tablet(replace(cerm1(), association=CIPHERED), SECRET)
    assert settings.mechanism is Mechanism.HLS_GMAC and settings.security is not None
    security = settings.security
    assert (security.system_title, security.encryption_key) == (TABLET_TITLE, bytes(16))
    assert security.authentication_key == b"\x11" * 16
    assert security.protection == Protection.AUTHENTICATED | Protection.ENCRYPTED


def test_keys_that_cannot_be_used() -> None:
    short = SECRET.model_copy(update={"encryption_key": "00" * 5})
    with pytest.raises(InputError) as refused:
        association_of_tablet(replace(cerm1(), association=CIPHERED), short)
    assert refused.value.code == "bad-keys"


def test_the_public_client_has_no_secret() -> None:
    ours = association_of_tablet(replace(cerm1(), association=CIPHERED), SECRET)
    public = public_association(ours)
    assert public == replace(ours, client_sap=PUBLIC_CLIENT, mechanism=Mechanism.NONE, secret=None, security=None)
    assert (public.server_sap, public.max_info, public.window) == (ours.server_sap, ours.max_info, ours.window)
