"""Each application layer item seen from the other end: what our client makes of such a meter.

A function has its item's name; its docstring is what is asked.
"""

import hashlib
from collections.abc import Callable

from agent.dlms import (
    ActionResults,
    AssociationSettings,
    Conformance,
    Data,
    DataAccessResult,
    Event,
    GetResult,
    Mechanism,
    MethodDescriptor,
    Obis,
    SetResult,
    Tag,
)
from agent.domain.errors import (
    AssociationRefused,
    LocalProtocolError,
    RemoteProtocolError,
    RemoteRefusal,
    SecurityBroken,
)
from tests.conformance.aarq import HLS_MD5, PLAIN, mechanism_name
from tests.conformance.octets import fields, tagged
from tests.conformance.played_meter import AARQ, ACTION, GET, RLRQ, SET, aare, initiate_response
from tests.conformance.tester import expect
from tests.conformance.visit import OWN_CHALLENGE, Visit, fails, told

SECRET = b"12345678"
_CHALLENGE = b"meter's challeng"
_ONLY_GET = 0x000010
_EXCEPTION = b"\xd8\x01\x02"
_BLOCK_HEAD = b"\xc4\x02\xc1"


def opening(response: bytes) -> Visit:
    """A visit to a meter that answers the AARQ with this."""
    visit = Visit()
    visit.meter.say(AARQ, response)
    return visit


def is_refused(response: bytes) -> None:
    """The client says that it was refused, asks nothing more, and can begin anew."""
    visit = opening(response)
    fails(visit.open(), AssociationRefused)
    _is_not_done(visit.get)
    expect(not visit.meter.requests(GET), "asks without an association")
    visit.begins_anew()


def is_taken(response: bytes) -> None:
    """The client is associated."""
    visit = opening(response)
    visit.is_opened()
    visit.reads_right()
    visit.closes()


def appl_idle_n1() -> None:
    """Without an association it asks for nothing; a meter that says there is none is told so."""
    visit = Visit()
    _is_not_done(visit.get)
    expect(not visit.client.data_to_send(), "sends something")
    visit.is_opened()
    visit.meter.say(GET, _EXCEPTION)
    fails(visit.get(), RemoteRefusal)
    visit.begins_anew()


def appl_open_1() -> None:
    """Its AARQ is as declared: context, version 6, and a mechanism with its password only where there is one."""
    visit = Visit()
    opened = visit.is_opened()
    asked = _asked(visit)
    expect(set(asked) == {0xA1, 0xBE}, f"fields {sorted(map(hex, asked))}")
    expect(asked[0xA1] == tagged(0x06, PLAIN), "another context")
    information = asked[0xBE][2:]
    expect(information[:9] == b"\x01\x00\x00\x00\x06\x5f\x1f\x04\x00", f"proposes {information.hex()}")
    expect(opened.max_pdu == 1024 and Conformance.GET in opened.conformance, f"{opened} is not what was granted")
    visit.reads_right()
    known = Visit(AssociationSettings(mechanism=Mechanism.LLS, secret=SECRET))
    known.is_opened()
    asked = _asked(known)
    expect(asked[0x8A] == b"\x07\x80" and asked[0x8B] == mechanism_name(1), "another mechanism")
    expect(asked[0xAC] == tagged(0x80, SECRET), "another password")


def appl_open_2() -> None:
    """It names no user; numbers of users and stations that come back do not hinder."""
    visit = Visit()
    visit.is_opened()
    expect(not {0xA7, 0xA8, 0xA9} & set(_asked(visit)), "names a user")
    is_taken(aare(more=tagged(0xA6, b"\x02\x01\x01") + tagged(0xA7, b"\x02\x01\x01")))


def appl_open_3() -> None:
    """HLS: it answers the challenge, and trusts no meter that fails its own; one that reflects it is found out."""
    visit = _at_hashing_meter(_CHALLENGE, _proof(SECRET))
    visit.is_opened()
    expect(_answer_given(visit) == hashlib.md5(_CHALLENGE + SECRET).digest(), "answers the challenge wrong")
    visit.reads_right()
    fails(_at_hashing_meter(_CHALLENGE, _proof(b"another")).open(), SecurityBroken)
    fails(_at_hashing_meter(OWN_CHALLENGE, _proof(SECRET)).open(), SecurityBroken)
    for response in (b"\xc7\x01\xc1\x03\x00", b"\xc7\x01\xc1\x00\x00", _EXCEPTION):
        fails(_at_hashing_meter(_CHALLENGE, response).open())
    fails(_at_hashing_meter(b"", _proof(SECRET)).open(), RemoteProtocolError)


def appl_open_4() -> None:
    """A protocol version in the AARE does not hinder; no common version is a refusal."""
    is_taken(aare(before=tagged(0x80, b"\x07\x80")))
    is_refused(aare(result=1, diagnostic=2, provider=True))


def appl_open_5() -> None:
    """A context that is not supported is a refusal; so is a meter that speaks short names."""
    is_refused(aare(result=1, diagnostic=2))
    visit = opening(aare(information=initiate_response(vaa=0xFA00)))
    fails(visit.open(), AssociationRefused, "short-names")


def appl_open_6() -> None:
    """Titles and qualifiers that come back do not hinder; a title that was not recognised is a refusal."""
    is_taken(aare(more=tagged(0xA4, b"\x04\x08METER001") + tagged(0xA5, b"\x04\x01D")))
    is_refused(aare(result=1, diagnostic=3))


def appl_open_7() -> None:
    """Each diagnostic of authentication is a refusal, permanent or not; so is a result without a diagnostic."""
    for result in (1, 2):
        for diagnostic in (0, 1, 11, 12, 13, 14, 99):
            is_refused(aare(result=result, diagnostic=diagnostic))
    is_refused(tagged(0x61, tagged(0xA1, tagged(0x06, PLAIN)) + tagged(0xA2, b"\x02\x01\x01")))


def appl_open_9() -> None:
    """Without ciphering it proposes no dedicated key; an error of initiate is a refusal."""
    visit = Visit(AssociationSettings(mechanism=Mechanism.LLS, secret=SECRET))
    visit.is_opened()
    expect(_asked(visit)[0xBE][3:4] == b"\x00", "proposes a key")
    is_refused(aare(result=1, diagnostic=1, information=b"\x0e\x01\x06\x00"))


def appl_open_11() -> None:
    """A quality of service that comes back does not hinder."""
    is_taken(aare(information=initiate_response(quality=1)))


def appl_open_12() -> None:
    """A version that is too low is a refusal; a meter that answers with another one is not believed."""
    is_refused(aare(result=1, diagnostic=1, information=b"\x0e\x01\x06\x01"))
    for version in (5, 7):
        visit = opening(aare(information=initiate_response(version=version)))
        fails(visit.open())
        visit.begins_anew()


def appl_open_13() -> None:
    """What was not granted is not asked for, and said; nothing in common is a refusal."""
    visit = opening(aare(information=initiate_response(conformance=_ONLY_GET)))
    visit.is_opened()
    fails(visit.set(Data(Tag.UNSIGNED, 1)), RemoteRefusal, "service-not-granted")
    expect(not visit.meter.requests(SET), "asks for what was not granted")
    visit.reads_right()
    is_refused(aare(result=1, diagnostic=1, information=b"\x0e\x01\x06\x02"))
    visit = opening(aare(information=initiate_response(conformance=0)))
    visit.is_opened()
    fails(visit.get(), RemoteRefusal, "service-not-granted")


def appl_open_14() -> None:
    """No APDU is longer than the meter takes: a long value goes in blocks; 0 is no limit."""
    visit = opening(aare(information=initiate_response(max_pdu=60)))
    visit.is_opened()
    blocks = [b"\xc5\x02\xc1" + number.to_bytes(4) for number in range(1, 9)]
    visit.meter.say(SET, *blocks)
    visit.set(Data(Tag.OCTET_STRING, bytes(200)))
    sent = visit.meter.requests(SET)
    expect(len(sent) > 3 and max(map(len, sent)) <= 60, f"sends {max(map(len, sent), default=0)} octets")
    visit = opening(aare(information=initiate_response(max_pdu=0)))
    visit.is_opened()
    expect(visit.set(Data(Tag.OCTET_STRING, bytes(200))) == SetResult((DataAccessResult.SUCCESS,)), "not in one piece")
    is_refused(aare(result=1, diagnostic=1, information=b"\x0e\x01\x06\x03"))


def appl_data_ln_n1() -> None:
    """Each result of GET is given as it is; an answer that is cut short, too long or of another kind is no value."""
    visit = Visit()
    visit.is_opened()
    for result in (1, 3, 4, 9, 11, 12, 13, 14, 250):
        visit.meter.say(GET, numbered(b"\xc4\x01", b"\x01" + bytes((result,))))
        expect(visit.get() == GetResult((DataAccessResult(result),)), f"result {result} is not given")
    for response in (
        b"\xc4\x04\xc1\x00\x11\x05",
        b"\xc4\x01\xc1\x00",
        b"\xc4\x01\xc1\x00\x12\x05",
        b"\xc4\x01\xc1\x02\x11\x05",
        b"\xc4\x01\xc1\x00\x11\x05\x05",
        b"\xc4\x03\xc1\x02\x00\x11\x05\x00\x11\x06",
        b"\xc5\x01\xc1\x00",
        b"\xc4",
        b"",
    ):
        _no_value(response, GET, Visit.get)


def appl_data_ln_n3() -> None:
    """Each result of SET is given as it is; an answer that is cut short, too long or of another kind is none."""
    visit = Visit()
    visit.is_opened()
    value = Data(Tag.UNSIGNED, 1)
    for result in (0, 1, 3, 4, 9, 12, 250):
        visit.meter.say(SET, numbered(b"\xc5\x01", bytes((result,))))
        expect(visit.set(value) == SetResult((DataAccessResult(result),)), f"result {result} is not given")
    for response in (b"\xc5\x01\xc1", b"\xc5\x01\xc1\x00\x00", b"\xc5\x07\xc1\x00", b"\xc4\x01\xc1\x00\x11\x05", b""):
        _no_value(response, SET, lambda visit: visit.set(value))


def appl_data_ln_n4() -> None:
    """A service that the meter refuses as a whole is a refusal, and the next request is served; a text is none."""
    for refusal in (_EXCEPTION, b"\xd8\x02\x02", b"\x0e\x05\x00\x00", b"\xd8\x01\x06\x00\x00\x00\x07"):
        visit = Visit()
        visit.is_opened()
        visit.meter.say(GET, refusal)
        fails(visit.get(), RemoteRefusal)
        visit.reads_right()
    for response in (b"NEXERRORNO-1", b"\x7f\x00", b"\xd8", b"\x0e\x05"):
        _no_value(response, GET, Visit.get)


def appl_rel_p1() -> None:
    """It releases with RLRQ, then disconnects; without an RLRE, or with something else, it disconnects all the same."""
    visit = Visit()
    visit.is_opened()
    visit.closes()
    expect(len(visit.meter.requests(RLRQ)) == 1, "no RLRQ")
    for response in (_EXCEPTION, b"\x63\x00", b"\x63\x03\x80\x01\x1e", b"\xc4\x01\xc1\x00\x11\x05", b""):
        visit = Visit()
        visit.is_opened()
        visit.meter.say(RLRQ, response)
        visit.closes()


# ── beyond the plan ──


def more_appl_again() -> None:
    """It makes no second association over the first; after closing, it makes a new one."""
    visit = Visit()
    visit.is_opened()
    _is_not_done(visit.open)
    expect(len(visit.meter.requests(AARQ)) == 1, "a second AARQ in an association")
    visit.begins_anew()


def more_appl_client() -> None:
    """A client that the meter does not know is refused: by the link, by the association, or by silence."""
    is_refused(aare(result=1, diagnostic=1))
    is_refused(_EXCEPTION)
    visit = Visit()
    visit.meter.deaf = 1000
    fails(visit.open(), RemoteProtocolError, "no-answer")


def more_appl_invoke_id() -> None:
    """Requests are numbered from 1 to 15; the response to another request is no value."""
    visit = Visit()
    visit.is_opened()
    for _ in range(17):
        visit.reads_right()
    numbers = [request[2] & 0x0F for request in visit.meter.requests(GET)]
    expect(numbers == [*range(1, 16), 1, 2], f"numbers {numbers}")
    _no_value(b"\xc4\x01\xc9\x00\x11\x05", GET, Visit.get)


def more_appl_action() -> None:
    """Each result of ACTION is given as it is; an answer that is cut short or of another kind is none."""
    method = MethodDescriptor(70, Obis(0, 0, 96, 3, 10), 1)

    def act(visit: Visit) -> Event:
        return visit.run(lambda now, deadline: visit.client.act([(method, None)], now, deadline))

    visit = Visit()
    visit.is_opened()
    for result in (0, 1, 3, 4, 250):
        visit.meter.say(ACTION, numbered(b"\xc7\x01", bytes((result, 0))))
        event = act(visit)
        expect(isinstance(event, ActionResults) and event.replies[0].result == result, f"result {result} is not given")
    for response in (
        b"\xc7\x01\xc1\x00",
        b"\xc7\x01\xc1\x00\x00\x00",
        b"\xc7\x09\xc1\x00\x00",
        b"\xc5\x01\xc1\x00",
        b"",
    ):
        _no_value(response, ACTION, act)


def more_appl_blocks() -> None:
    """A value in blocks is put together; each next one is asked for by the number of the one before."""
    visit = Visit()
    visit.is_opened()
    visit.meter.say(GET, block(1, b"\x09\x06ab"), block(2, b"cd"), block(3, b"ef", last=True))
    event = visit.get()
    expect(event == GetResult((Data(Tag.OCTET_STRING, b"abcdef"),)), f"the value was due, came {told(event)}")
    asked = [request[1:] for request in visit.meter.requests(GET)[1:]]
    expect(asked == [b"\x02\xc1\0\0\0\1", b"\x02\xc1\0\0\0\2"], f"asks {[request.hex() for request in asked]}")


def more_appl_block_number() -> None:
    """Blocks that are not due, twice the same, or left out give no value."""
    for numbers in ((2,), (1, 1), (1, 3), (1, 0)):
        responses = [block(number, b"\x09\x06ab") for number in numbers]
        _no_value(responses[0], GET, Visit.get, *responses[1:])


def more_appl_block_abort() -> None:
    """A long GET that the meter ends with an error is no value, and the next request is served."""
    for result in (15, 16, 19):
        visit = Visit()
        visit.is_opened()
        visit.meter.say(GET, block(1, b"\x09\x06ab"), _BLOCK_HEAD + b"\x01\0\0\0\2\x01" + bytes((result,)))
        fails(visit.get(), RemoteRefusal)
        visit.reads_right()


def block(number: int, content: bytes, last: bool = False) -> bytes:
    """Get-Response-With-Datablock to the first request."""
    return _BLOCK_HEAD + bytes((last,)) + number.to_bytes(4) + b"\x00" + bytes((len(content),)) + content


_HASHING = AssociationSettings(client_sap=16, mechanism=Mechanism.HLS_MD5, secret=SECRET)


def _answer_given(visit: Visit) -> bytes:
    """What the client answered to the challenge."""
    (request,) = visit.meter.requests(ACTION)
    expect(request[3:12] == b"\x00\x0f\x00\x00\x28\x00\x00\xff\x01", f"another method: {request[3:12].hex()}")
    return request[15:]


def _at_hashing_meter(challenge: bytes, pass_4: bytes) -> Visit:
    visit = Visit(_HASHING)
    value = tagged(0xAA, tagged(0x80, challenge))
    mechanism = tagged(0x88, b"\x07\x80") + tagged(0x89, mechanism_name(HLS_MD5))
    visit.meter.say(AARQ, aare(diagnostic=14, more=mechanism + value))
    visit.meter.say(ACTION, pass_4)
    return visit


def _proof(secret: bytes) -> bytes:
    """A successful pass 4 with the answer that this secret makes."""
    return b"\xc7\x01\xc1\x00\x01\x00\x09\x10" + hashlib.md5(OWN_CHALLENGE + secret).digest()


def _asked(visit: Visit) -> dict[int, bytes]:
    """The fields of the AARQ."""
    return fields(fields(visit.meter.requests(AARQ)[0])[AARQ])


def numbered(head: bytes, content: bytes) -> Callable[[bytes], bytes]:
    """A response with the number of its request."""
    return lambda request: head + request[2:3] + content


def _no_value(response: bytes, tag: int, act: Callable[[Visit], Event], *more: bytes) -> None:
    """This response ends in an error of the meter's, and the next session is in order."""
    visit = Visit()
    visit.is_opened()
    visit.meter.say(tag, response, *more)
    fails(act(visit), RemoteProtocolError)
    visit.begins_anew()


def _is_not_done(act: Callable[[], Event]) -> None:
    """It would be our own fault."""
    try:
        event = act()
    except LocalProtocolError:
        return
    raise AssertionError(f"done: {told(event)}")
