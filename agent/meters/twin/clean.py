"""A twin without anything private, and its text, searched for what must not be in it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from agent.dlms import AttributeDescriptor, Data, Tag
from agent.dlms.axdr.coding import encode
from agent.domain.errors import InputError
from agent.meters.twin.disguise import Disguise, leaves
from agent.meters.twin.model import Outcome, Twin, TwinAccess
from agent.meters.twin.private import Privacy, privacy_of
from agent.meters.twin.text import twin_text

LONG_ENOUGH, LONG = 6, 8
"""Characters, without leading zeros, of what is searched for where it stands alone, and of what is anywhere."""


def clean(twin: Twin, secrets: Iterable[bytes] = ()) -> tuple[Twin, str]:
    """The twin with made-up values in place of private ones, and its text; `secrets` are those of the visit.

    Raises:
        InputError: `twin-not-clean`, something private would still be in the text.
    """
    disguise = _learnt(twin, secrets)
    hidden = replace(twin, access=_access(twin.access, disguise), answers=dict(_answers(twin, disguise)))
    if twin.sign_on:
        hidden = replace(
            hidden, sign_on=replace(twin.sign_on, text=disguise.hide_part(twin.sign_on.text, private=False))
        )
    text = twin_text(hidden)
    if places := sum(1 for each in disguise.replaced() if is_found(each, hidden, text)):
        raise InputError(code="twin-not-clean", count=places)
    return hidden, text


def _learnt(twin: Twin, secrets: Iterable[bytes]) -> Disguise:
    disguise = Disguise()
    for secret in (*secrets, *_secrets(twin.access)):
        disguise.learn_part(secret, secret=True)
    if twin.sign_on:
        disguise.learn_telling(Data(Tag.VISIBLE_STRING, twin.sign_on.text))
    for attribute, outcome in twin.answers.items():
        if isinstance(outcome, Data):
            privacy = privacy_of(attribute)
            if privacy is Privacy.OPEN:
                disguise.learn_telling(outcome)
            else:
                disguise.learn(outcome, secret=privacy is Privacy.SECRET)
    return disguise


def _secrets(access: TwinAccess) -> list[bytes]:
    return [each for each in (access.secret, access.encryption_key, access.authentication_key) if each]


def _access(access: TwinAccess, disguise: Disguise) -> TwinAccess:
    def made_up(octets: bytes | None) -> bytes | None:
        return octets and disguise.hide_part(octets, private=True, secret=True)

    return replace(
        access,
        secret=made_up(access.secret),
        encryption_key=made_up(access.encryption_key),
        authentication_key=made_up(access.authentication_key),
    )


def _answers(twin: Twin, disguise: Disguise) -> Iterator[tuple[AttributeDescriptor, Outcome]]:
    for attribute, outcome in twin.answers.items():
        if isinstance(outcome, Data):
            privacy = privacy_of(attribute)
            is_private, is_secret = privacy is not Privacy.OPEN, privacy is Privacy.SECRET
            yield attribute, disguise.hide(outcome, private=is_private, secret=is_secret)
        else:
            yield attribute, outcome


def is_found(original: str | bytes, twin: Twin, text: str) -> bool:
    """Whether it is anywhere in the twin: as text, as octets, in hex, or as decimal digits two in an octet, in either
    order. What is too short to mean anything inside something longer is compared with whole values."""
    values = [outcome for outcome in twin.answers.values() if isinstance(outcome, Data)]
    octets = original if isinstance(original, bytes) else original.encode("utf-8")
    weight = len(octets.strip(b"\x00").lstrip(b"0"))
    if weight < LONG_ENOUGH:
        return any(_octets_of(leaf) == octets for value in values for leaf in leaves(value))
    if weight < LONG:
        alone = rf"(?<![0-9A-Za-z]){re.escape(str(original))}(?![0-9A-Za-z])"
        if isinstance(original, str) and re.search(alone, text):
            return True
    elif any(each in text for each in (octets.decode("latin-1"), octets.decode("latin-1")[::-1])):
        return True
    lower = text.lower()
    encoded = b"".join(map(encode, values))
    return any(form in encoded or form.hex() in lower for form in _forms(octets, weight))


def _forms(octets: bytes, weight: int) -> Iterator[bytes]:
    """Its octets, and where it is a number, its digits two in an octet: as they are, and with swapped halves."""
    yield octets
    yield octets[::-1]
    if weight < LONG or not octets.isdigit():
        return
    digits = octets.decode("ascii")
    for padded in [digits] if len(digits) % 2 == 0 else ["0" + digits, digits + "f"]:
        yield bytes.fromhex(padded)
        yield bytes.fromhex(padded)[::-1]
        yield bytes.fromhex("".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2)))


def _octets_of(leaf: Data) -> bytes | None:
    if isinstance(leaf.value, str) and leaf.tag is not Tag.BIT_STRING:
        return leaf.value.encode("utf-8")
    return leaf.value if isinstance(leaf.value, bytes) else None
