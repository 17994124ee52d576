"""Certificates that nobody vouches for but who is told to."""

import base64
import hashlib
import ipaddress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.store.samples import NOW

_DAYS = timedelta(days=9000)


class Certificate(NamedTuple):
    """Certificate and key as files, as a server wants them; `pin` is the digest of the public key."""

    file: str
    key_file: str
    pin: str

    @property
    def served(self) -> tuple[str, str]:
        """For a server."""
        return self.file, self.key_file


def certificate(
    folder: Path, *, host: str = "127.0.0.1", valid_from: datetime = NOW - timedelta(days=9), valid: timedelta = _DAYS
) -> Certificate:
    """A self-signed one for this host."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "smm.example")])
    own_name = x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(valid_from).not_valid_after(valid_from + valid)
    made = made.add_extension(x509.SubjectAlternativeName([own_name]), critical=False)
    own, secret = folder / "smm.pem", folder / "smm.key"
    own.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Certificate(str(own), str(secret), base64.b64encode(hashlib.sha256(public).digest()).decode())
