"""What the three peers' client programs share: a job in on stdin, an answer out on stdout, both JSON.

Standard library only: it runs in each peer's own environment. A step's result is the A-XDR of what was read or
returned, in hex; None where there is nothing to return; {"error": CODE} where the meter refused.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class Unsupported(Exception):
    """The peer cannot do what the job asks; in words."""


class Refused(Exception):
    """The meter answered with a data-access-result or an action-result other than success."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Target:
    """An attribute or a method: `class/logical name/number`."""

    class_id: int
    name: str
    number: int

    @classmethod
    def parse(cls, text: str) -> "Target":
        class_id, name, number = text.split("/")
        return cls(int(class_id), name, int(number))


@dataclass(frozen=True)
class Job:
    """How to reach the meter, as whom, and what to do there; keys, titles and secrets as octets.

    `wrapper`: not HDLC, but the TCP wrapper.
    """

    host: str
    port: int
    steps: list[dict[str, Any]]
    client_sap: int = 16
    server_sap: int = 1
    auth: str = "none"
    secret: bytes = b""
    suite: int = 0
    security: str = "none"
    system_title: bytes = b"PEERtitl"
    meter_system_title: bytes | None = None
    encryption_key: bytes | None = None
    authentication_key: bytes | None = None
    dedicated_key: bytes | None = None
    invocation_counter: int = 1
    max_info: int = 128
    window: int = 1
    max_pdu: int = 65535
    use_general_glo: bool = False
    gbt: bool = False
    gbt_window: int = 1
    protection: str | None = None
    signing_key: bytes | None = None
    agreement_key: bytes | None = None
    meter_signing_key: bytes | None = None
    meter_agreement_key: bytes | None = None
    wrapper: bool = False
    gateway_network: int | None = None
    gateway_device: bytes | None = None

    @property
    def ciphered(self) -> bool:
        return self.security != "none"


def read_job(text: str) -> Job:
    """`secret` is text; titles and keys are hex, a curve's private key as its number, a public one as X || Y."""
    fields = {name: value for name, value in json.loads(text).items() if value is not None}
    for name in fields:
        if name.endswith(("_title", "_key", "_device")):
            fields[name] = bytes.fromhex(fields[name])
    fields["secret"] = fields.get("secret", "").encode()
    return Job(**fields)


def period(step: dict[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(step["from"]), datetime.fromisoformat(step["to"])


def octets(step: dict[str, Any]) -> bytes | None:
    """The A-XDR a SET or an ACTION carries."""
    return None if step.get("hex") is None else bytes.fromhex(step["hex"])


def result_of(do: Callable[[dict[str, Any]], Any], step: dict[str, Any]) -> Any:
    try:
        return do(step)
    except Refused as refused:
        return {"error": refused.code}


def main(run: Callable[[Job], list[Any]]) -> None:
    """The answer is the last line: some peers print words of their own."""
    job = read_job(sys.stdin.read())
    try:
        answer: dict[str, Any] = {"ok": True, "results": run(job)}
    except Unsupported as why:
        answer = {"unsupported": str(why)}
    except Exception as error:
        answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
