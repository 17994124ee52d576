"""What comes in is looked at: is it an envelope of this tablet, whole and signed?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from agent.domain.exchange import Envelope, RefusalCode
from agent.domain.signing import content_hash, is_signed_by
from agent.smm.people.mobile_sessions import Technician

MAX_KEY = 36
_OF_ANY_ACTIVITY = ("failure", "not-done", "undecided")
"""Kinds of payload; the others are among the results of their activity."""


@dataclass(frozen=True)
class Arrival:
    """An envelope whose hash and signature are right; `payload` as plain JSON."""

    envelope: Envelope
    payload: dict[str, Any]
    head_hash: str


class Rejected(Exception):
    """The envelope is not taken; the text is the receipt's reason."""

    def __init__(self, code: RefusalCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True)
class Refused:
    """Content that is no good envelope. Without a head its receipt is for the hash of the content, if it has one."""

    key: str
    head_hash: str | None
    why: Rejected


def look_at(content: dict[str, Any], technician: Technician) -> Arrival | Refused:
    """The content as an envelope from this technician's tablet."""
    key = str(content.get("key", ""))[:MAX_KEY]
    try:
        envelope = _parse(content)
    except Rejected as why:
        return Refused(key, _hash_if_any(content), why)
    head = envelope.head()
    head_hash = content_hash(head)
    try:
        # The hash is that of the content as it came: an older tablet does not know every field of ours.
        _check(envelope, content["payload"], head, technician)
    except Rejected as why:
        return Refused(key, head_hash, why)
    return Arrival(envelope, envelope.payload.model_dump(mode="json"), head_hash)


def _parse(content: dict[str, Any]) -> Envelope:
    try:
        return Envelope.model_validate(content)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors()[:3])
        raise Rejected(RefusalCode.NOT_AN_ENVELOPE, f"not an envelope: {places}") from None


def _check(envelope: Envelope, payload: Mapping[str, Any], head: Mapping[str, Any], technician: Technician) -> None:
    if envelope.payload.kind not in (*envelope.kind.facts.results, *_OF_ANY_ACTIVITY):
        raise Rejected(RefusalCode.OTHER_ACTIVITY, f"{envelope.payload.kind} is no outcome of {envelope.kind}")
    if envelope.device != technician.device_id:
        raise Rejected(RefusalCode.OTHER_TABLET, "made by another tablet")
    if content_hash(payload) != envelope.sha256:
        raise Rejected(RefusalCode.WRONG_HASH, "the content does not match its hash")
    if not is_signed_by(bytes.fromhex(technician.signing_key), head, envelope.signature):
        raise Rejected(RefusalCode.WRONG_SIGNATURE, "the signature is wrong")


def _hash_if_any(content: dict[str, Any]) -> str | None:
    try:
        return content_hash(content)
    except (TypeError, ValueError):
        return None
