"""Shared secrets: the examples of RFC 5903."""

from agent.dlms.security import curve
from agent.dlms.security.suite import SUITES


def test_known_shared_secret() -> None:
    """RFC 5903, 8.1 and 8.2: groups 19 (P-256) and 20 (P-384)."""
    private = bytes.fromhex("C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433")
    public = bytes.fromhex(
        "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
        "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB"
    )
    secret = "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"
    assert curve.shared_secret(SUITES[1], private, public).hex().upper() == secret
