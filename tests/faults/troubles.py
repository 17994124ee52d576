"""What a network, and whoever sits in it, may do to a request of a tablet."""

import gzip
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.domain.exchange import Envelope, Receipt
from agent.domain.signing import content_hash, sign
from agent.domain.uuid7 import uuid7
from tests.faults.proxy import Behaviour, Exchange, ask, made_answer, split, with_content

Trouble = Callable[[Exchange, random.Random], Awaitable[None]]
HTML = b"<html><body>Welcome to the hotel. Room number, please.</body></html>"
_HTML_TYPE = "Content-Type: text/html"
_JSON_TYPE = "Content-Type: application/json"
BOMB = 48 << 20
_FOREIGN_KEY = Ed25519PrivateKey.generate()


async def calm(exchange: Exchange) -> None:
    """Passes everything on."""
    await exchange.answer(await exchange.forward())


def troubled(trouble: Trouble, chance: random.Random, after: int = 0) -> Behaviour:
    """Only from the request with that number on (counted from 0) there is trouble."""
    seen = 0

    async def behave(exchange: Exchange) -> None:
        nonlocal seen
        seen += 1
        await (calm(exchange) if seen <= after else trouble(exchange, chance))

    return behave


# ── the line ─────────────────────────────────────────────────────────────────────────────────────


async def cut_request(exchange: Exchange, chance: random.Random) -> None:
    """SMM gets only the first octets."""
    await ask(exchange.proxy.target, exchange.request[: chance.randrange(len(exchange.request))])
    await exchange.hang_up()


async def cut_answer(exchange: Exchange, chance: random.Random) -> None:
    """SMM has done it, and the tablet gets only the first octets of its answer."""
    answer = await exchange.forward()
    await exchange.answer(answer[: chance.randrange(len(answer))])
    await exchange.hang_up()


async def reset_before(exchange: Exchange, _chance: random.Random) -> None:
    """The connection is torn down, and SMM has got nothing."""
    exchange.reset()


async def reset_after(exchange: Exchange, chance: random.Random) -> None:
    """SMM has done it, and the connection is torn down."""
    answer = await exchange.forward()
    await exchange.answer(answer[: chance.randrange(len(answer))])
    exchange.reset()


async def trickle(exchange: Exchange, _chance: random.Random) -> None:
    """The answer comes octet by octet, and is whole."""
    answer = await exchange.forward()
    for place in range(len(answer)):
        await exchange.answer(answer[place : place + 1])


async def stall(exchange: Exchange, chance: random.Random) -> None:
    """The answer begins, and never ends; the tablet has to give up."""
    answer = await exchange.forward()
    await exchange.answer(answer[: chance.randrange(len(answer))])


async def doubled_request(exchange: Exchange, chance: random.Random) -> None:
    """SMM gets it twice; the tablet gets one of the answers."""
    answers = [await exchange.forward(), await exchange.forward()]
    await exchange.answer(chance.choice(answers))


async def doubled_answer(exchange: Exchange, _chance: random.Random) -> None:
    """The tablet gets the answer twice on a connection that stays open."""
    await exchange.answer(await exchange.forward() * 2)


async def late_again(exchange: Exchange, chance: random.Random) -> None:
    """An older delivery reaches SMM once more, before this request does."""
    if exchange.proxy.deliveries:
        await exchange.forward(chance.choice(exchange.proxy.deliveries))
    await calm(exchange)


async def crossed(exchange: Exchange, chance: random.Random) -> None:
    """The tablet gets the answer to another request."""
    await exchange.forward()
    await exchange.answer(chance.choice(exchange.proxy.answers))


async def garbage(exchange: Exchange, chance: random.Random) -> None:
    """What comes is no HTTP; a TLS server's alert, for example."""
    await exchange.answer(
        chance.choice([b"\x15\x03\x01\x00\x02\x02\x46", chance.randbytes(200), b"HTTP/1.1 OK\r\n\r\n"])
    )
    await exchange.hang_up()


# ── who sits in it ───────────────────────────────────────────────────────────────────────────────


async def page_instead(exchange: Exchange, _chance: random.Random) -> None:
    """A hotel's page answers everything."""
    await exchange.answer(made_answer("200 OK", HTML, _HTML_TYPE))


async def page_called_json(exchange: Exchange, _chance: random.Random) -> None:
    """It even calls its page JSON."""
    await exchange.answer(made_answer("200 OK", HTML, _JSON_TYPE))


async def empty_json(exchange: Exchange, chance: random.Random) -> None:
    """JSON, but not SMM's."""
    body = chance.choice([b"", b"{}", b"[]", b"null", b'{"receipts": []}', b'{"receipts": null, "server_time": 7}'])
    await exchange.answer(made_answer("200 OK", body, _JSON_TYPE))


async def portal_401(exchange: Exchange, _chance: random.Random) -> None:
    """A portal wants a login of its own."""
    await exchange.answer(made_answer("401 Unauthorized", HTML, _HTML_TYPE, 'WWW-Authenticate: Basic realm="hotel"'))


async def redirect(exchange: Exchange, chance: random.Random) -> None:
    """Elsewhere, says a portal."""
    status = chance.choice(
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "511 Auth"]
    )
    await exchange.answer(made_answer(status, b"", "Location: http://portal.invalid/login"))


async def overloaded(exchange: Exchange, chance: random.Random) -> None:
    """SMM, or what stands before it, cannot now."""
    if chance.random() < 0.5:
        await exchange.forward()
    status = chance.choice(["500 Error", "502 Bad Gateway", "503 Unavailable", "504 Timeout", "429 Too Many Requests"])
    await exchange.answer(
        made_answer(status, HTML, _HTML_TYPE, f"Retry-After: {chance.choice(['0', '7', '120', 'x'])}")
    )


async def refused_as_a_whole(exchange: Exchange, chance: random.Random) -> None:
    """A filter does not like the content."""
    status = chance.choice(["400 Bad Request", "403 Forbidden", "404 Not Found", "413 Too Large", "422 Unprocessable"])
    await exchange.answer(made_answer(status, HTML, _HTML_TYPE))


async def gzip_bomb(exchange: Exchange, _chance: random.Random) -> None:
    """A small answer that is large when it is unpacked."""
    await exchange.answer(made_answer("200 OK", _bomb(), _JSON_TYPE, "Content-Encoding: gzip"))


async def not_gzip(exchange: Exchange, _chance: random.Random) -> None:
    """It says that it is packed, and is not."""
    await exchange.answer(made_answer("200 OK", HTML, _JSON_TYPE, "Content-Encoding: gzip"))


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(BOMB))


HONEST: Mapping[str, Trouble] = {
    trouble.__name__: trouble
    for trouble in (
        *(cut_request, cut_answer, reset_before, reset_after, trickle, stall, doubled_request, doubled_answer),
        *(late_again, crossed, garbage, page_instead, page_called_json, empty_json, portal_401, redirect),
        *(overloaded, refused_as_a_whole, gzip_bomb, not_gzip),
    )
}
"""None of them makes up a receipt."""


# ── who lies ─────────────────────────────────────────────────────────────────────────────────────


async def made_up(exchange: Exchange, _chance: random.Random) -> None:
    """A foreign SMM says `accepted`, and SMM has never seen the envelopes."""
    if not exchange.is_delivery:
        return await calm(exchange)
    envelopes = json.loads(split(exchange.request)[1])["envelopes"]
    receipts = [_receipt(each["key"], "accepted") for each in envelopes]
    await exchange.answer(made_answer("200 OK", _batch(receipts), _JSON_TYPE))
    return None


async def refused_falsely(exchange: Exchange, chance: random.Random) -> None:
    """SMM has taken them; somebody says that it has not."""
    state = chance.choice(["rejected", "conflict"])
    await _change_receipts(exchange, lambda receipts: [{**each, "state": state} for each in receipts])


async def swapped_keys(exchange: Exchange, _chance: random.Random) -> None:
    """Each receipt is for another envelope; one of them SMM has not got."""
    await _lose_one(exchange, lambda receipts, lost: [*receipts, *({**each, "key": lost} for each in receipts[:1])])


async def unsigned(exchange: Exchange, _chance: random.Random) -> None:
    """The right receipts without their signature, and one more."""
    await _lose_one(exchange, lambda receipts, lost: [_receipt(key, "accepted") for key in [*_keys(receipts), lost]])


async def signed_by_another(exchange: Exchange, _chance: random.Random) -> None:
    """All is signed, with somebody else's key."""
    await _lose_one(exchange, lambda receipts, lost: [_forged(key) for key in [*_keys(receipts), lost]])


async def foreign_keys(exchange: Exchange, _chance: random.Random) -> None:
    """Receipts for envelopes that nobody has sent."""
    extra = _receipt(str(uuid7(0, bytes(10))), "accepted")
    await _change_receipts(exchange, lambda receipts: [*receipts, extra])


async def foreign_enrolment(exchange: Exchange, _chance: random.Random) -> None:
    """A foreign SMM enrols the tablet with a key of its own, and signs with it what it has never had."""
    if exchange.is_delivery:
        envelopes = [Envelope.model_validate(each) for each in json.loads(split(exchange.request)[1])["envelopes"]]
        receipts = [_signed(envelope, _FOREIGN_KEY) for envelope in envelopes]
        await exchange.answer(made_answer("200 OK", _batch(receipts), _JSON_TYPE))
    elif exchange.request.startswith(b"POST /api/v1/devices"):
        keys = {"receipt_key": _FOREIGN_KEY.public_key().public_bytes_raw().hex()}
        await _change(exchange, lambda content: {**content, **keys})
    else:
        await calm(exchange)


async def missing_without_end(exchange: Exchange, chance: random.Random) -> None:
    """Everything is missing, from the first number to the last that there can be."""
    numbers = chance.choice([[{"first": 1, "last": 2**53}], [{"first": n, "last": 2**53} for n in range(1, 101)]])
    if exchange.is_delivery:
        await _change(exchange, lambda content: {**content, "missing": numbers, "directory_revision": 2**53})
    else:
        await calm(exchange)


async def another_epoch(exchange: Exchange, chance: random.Random) -> None:
    """Again and again, SMM says that it was restored from a backup."""
    if b"GET /api/v1/meters" in exchange.request[:30]:
        await _change(exchange, lambda content: {**content, "epoch": chance.randrange(2**31)})
    else:
        await calm(exchange)


LIES: Mapping[str, Trouble] = {
    trouble.__name__: trouble
    for trouble in (
        *(made_up, refused_falsely, swapped_keys, unsigned, signed_by_another, foreign_keys, foreign_enrolment),
        *(missing_without_end, another_epoch),
    )
}

Receipts = list[dict[str, Any]]


async def _change(exchange: Exchange, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Passes on SMM's answer, if it has one, with another content."""
    answer = await exchange.forward()
    if answer.startswith(b"HTTP/1.1 200"):
        answer = with_content(answer, json.dumps(change(json.loads(split(answer)[1]))).encode())
    await exchange.answer(answer)


async def _change_receipts(exchange: Exchange, change: Callable[[Receipts], Receipts]) -> None:
    if exchange.is_delivery:
        await _change(exchange, lambda content: {**content, "receipts": change(content["receipts"])})
    else:
        await calm(exchange)


async def _lose_one(exchange: Exchange, lie: Callable[[Receipts, str], Receipts]) -> None:
    """SMM gets all but the last envelope; the lie is told with the key of that one."""
    if not exchange.is_delivery:
        return await calm(exchange)
    content = json.loads(split(exchange.request)[1])
    if not content["envelopes"]:
        return await calm(exchange)
    lost = content["envelopes"].pop()["key"]
    answer = await exchange.forward(with_content(exchange.request, json.dumps(content).encode()))
    told = json.loads(split(answer)[1])
    told["receipts"] = lie(told.get("receipts", []), lost)
    await exchange.answer(with_content(answer, json.dumps(told).encode()))
    return None


def _keys(receipts: Receipts) -> list[str]:
    return [each["key"] for each in receipts]


def _receipt(key: str, state: str) -> dict[str, Any]:
    return {"key": key, "state": state, "received_at": "2026-11-23T10:00:00Z", "reason": None}


def _forged(key: str) -> dict[str, Any]:
    signature = Ed25519PrivateKey.generate().sign(key.encode()).hex()
    return {**_receipt(key, "accepted"), "signature": signature}


def _signed(envelope: Envelope, key: Ed25519PrivateKey) -> dict[str, Any]:
    receipt = Receipt.model_validate(_receipt(envelope.key, "accepted"))
    signed = sign(key.private_bytes_raw(), receipt.signed(envelope.device, content_hash(envelope.head())))
    return {**receipt.model_dump(mode="json"), "signature": signed}


def _batch(receipts: Receipts) -> bytes:
    return json.dumps({"receipts": receipts, "server_time": "2026-11-23T10:00:00Z"}).encode()
