"""Options that say how to associate with a meter; where they say nothing, its model decides."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import click

from agent.commands.errors import require
from agent.commands.options import FILE
from agent.dlms import AssociationSettings
from agent.dlms.hdlc.address import AddressSize
from agent.dlms.security.suite import SuiteId
from agent.drivers.association import PUBLIC_CLIENT, association_with
from agent.meters import MeterModel
from agent.meters.keys import read_keys

AUTHENTICATIONS = ["none", "lls", "hls-md5", "hls-sha1", "hls-gmac", "hls-sha256"]
PROTECTIONS = ["none", "auth", "enc", "auth-enc"]
_WITHOUT_SECRET = ("none", "hls-gmac", "hls-ecdsa")
_TAKEN_AS_THEY_ARE = ("client_sap", "server_sap", "physical", "max_info", "window", "max_pdu")
_OPTIONS = (
    click.option("--client-sap", type=click.IntRange(0, 0x3FFF)),
    click.option("--server-sap", type=click.IntRange(0, 0x3FFF)),
    click.option("--physical", type=click.IntRange(0, 0x3FFF), help="Physical HDLC address."),
    click.option("--address-size", type=click.Choice(["1", "2", "4"]), help="Octets of an HDLC address."),
    click.option("--auth", type=click.Choice(AUTHENTICATIONS), help="Default: the model's, where there is a secret."),
    click.option("--secret-file", type=FILE, help="Password of LLS, or secret of an HLS that hashes."),
    click.option(
        "--keys", type=FILE, help="JSON, in hex: encryption_key, authentication_key, dedicated_key?, system_title."
    ),
    click.option("--suite", type=click.Choice(["0", "1", "2"]), help="Security suite."),
    click.option("--security", type=click.Choice(PROTECTIONS), help="Default: the model's, where there are keys."),
    click.option("--max-info", type=click.IntRange(32, 2030), help="HDLC information field, octets."),
    click.option("--window", type=click.IntRange(1, 7), help="HDLC frames in a row."),
    click.option("--max-pdu", type=click.IntRange(12, 65535), help="Largest APDU that we take, octets."),
)


def association_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds them to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True)
class AssociationOptions:
    """None where the model decides."""

    client_sap: int | None = None
    server_sap: int | None = None
    physical: int | None = None
    address_size: str | None = None
    auth: str | None = None
    secret_file: Path | None = None
    keys: Path | None = None
    suite: str | None = None
    security: str | None = None
    max_info: int | None = None
    window: int | None = None
    max_pdu: int | None = None

    def association(self, model: MeterModel) -> AssociationSettings:
        """The model's association, with what these options say instead.

        A model that wants a password or keys is read as public client where none are given.

        Raises:
            InputError: a secret or keys are missing for what is asked, or do not serve.
        """
        keys = None if self.keys is None else read_keys(self.keys)
        secret = None if self.secret_file is None else self.secret_file.read_bytes().rstrip(b"\r\n")
        defaults = model.association
        authentication = self.auth or (defaults.authentication if secret or keys else "none")
        security = self.security or (defaults.security if keys else "none")
        require("--secret-file", authentication in _WITHOUT_SECRET or secret is not None)
        require("--keys", keys is not None or (security == "none" and authentication != "hls-gmac"))
        if self.suite is not None:
            model = replace(model, association=replace(defaults, suite=cast(SuiteId, int(self.suite))))
        settings = association_with(model, keys, secret, authentication, security)
        if authentication == "none" and security == "none":
            settings = replace(settings, client_sap=PUBLIC_CLIENT)
        given = {name: value for name in _TAKEN_AS_THEY_ARE if (value := getattr(self, name)) is not None}
        if self.address_size is not None:
            given["address_size"] = cast(AddressSize, int(self.address_size))
        return replace(settings, **given)
