"""Keys: checked at once, never shown."""

import pytest

from agent.dlms.security.settings import PartyKeys, SecuritySettings
from agent.dlms.security.wrapping import ApduWrapping
from agent.domain.errors import InputError
from tests.dlms.security.contexts import AK, EK, TITLE


@pytest.mark.parametrize(
    "wrong",
    [
        {"system_title": b"SHORT"},
        {"encryption_key": bytes(15)},
        {"authentication_key": bytes(32)},
        {"dedicated_key": b""},
        {"suite": 2},
        {"wrapping": ApduWrapping(signed=True), "signing": PartyKeys(b"\1", b"")},
    ],
)
def test_keys_that_do_not_serve_are_said_at_once(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {"system_title": TITLE, "encryption_key": EK, "authentication_key": AK}
    with pytest.raises(InputError) as caught:
        SecuritySettings(**{**right, **wrong})  # type: ignore[arg-type]
    assert caught.value.code == "bad-keys"


def test_keys_are_never_shown() -> None:
    shown = repr(SecuritySettings(TITLE, EK, AK, dedicated_key=EK, signing=None)) + repr(PartyKeys(b"PRIVATE", b""))
    assert "PRIVATE" not in shown and repr(EK)[2:-1] not in shown and repr(AK)[2:-1] not in shown
