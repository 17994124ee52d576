"""Any meter, drawn by hypothesis: objects of any class with any values and refusals, profiles, limits."""

from hypothesis import strategies as st

from agent.dlms import AttributeDescriptor, Conformance, Data, DataAccessResult, Obis, Tag
from agent.dlms.cosem.capture import CaptureObject, capture_object
from agent.dlms.cosem.clock import encode_date_time
from agent.dlms.cosem.selection import CLOCK_COLUMN
from agent.dlms.xdlms.initiate import SERVICES
from agent.meters.twin.model import (
    BEYOND,
    IGNORED,
    KEPT,
    OBJECT_LIST,
    AnswerTime,
    ListLimit,
    Outcome,
    Selections,
    Twin,
    TwinAccess,
    TwinLine,
    Unanswered,
)
from tests.dlms.axdr.strategies import any_data
from tests.simulator.twin.visiting import START

Answers = dict[AttributeDescriptor, Outcome]
PROFILE, SERIAL, NAME = Obis(1, 0, 99, 1, 0), Obis(0, 0, 96, 1, 0), Obis(0, 0, 42, 0, 0)
_REFUSALS = st.sampled_from([each for each in DataAccessResult if each is not DataAccessResult.SUCCESS])
_OUTCOMES = any_data | _REFUSALS | st.just(Unanswered("refused"))
_OBEYS = st.sampled_from([KEPT, IGNORED, "other-reason", "scope-of-access-violated"])
_NUMBERS = st.from_regex(r"[A-Z]{0,8}[0-9]{1,14}", fullmatch=True).map(str.encode)
_CELLS = st.integers(0, 2**32 - 1).map(lambda value: Data(Tag.DOUBLE_LONG_UNSIGNED, value)) | st.just(
    Data(Tag.NULL, None)
)


@st.composite
def drawn_meters(draw: st.DrawFn) -> Twin:
    """A meter as it may be met, with secrets and personal values."""
    serial = draw(_NUMBERS)
    answers: Answers = {
        AttributeDescriptor(1, SERIAL, 2): _octets(serial),
        AttributeDescriptor(1, NAME, 2): _octets(b"ABC" + serial),
        AttributeDescriptor(15, OBJECT_LIST.obis, 7): _octets(draw(st.binary(max_size=20))),
        AttributeDescriptor(8, CLOCK_COLUMN.obis, 2): _octets(encode_date_time(START)),
        **draw(_objects()),
        **draw(_profile()),
    }
    answers = {OBJECT_LIST: _listed(answers), **answers}
    services = draw(st.sampled_from([Conformance.SELECTIVE_ACCESS, Conformance.MULTIPLE_REFERENCES, Conformance(0)]))
    info = draw(st.integers(32, 400))
    return Twin(
        START,
        "cerm1",
        TwinLine(client_sap=1, send_info=info, receive_info=info, send_window=draw(st.integers(1, 7))),
        TwinAccess(
            "lls", secret=draw(st.binary(min_size=1, max_size=16)), conformance=SERVICES & ~services, max_pdu=1024
        ),
        times={kind: AnswerTime(1, draw(st.integers(0, 900)), 0) for kind in ("get", "list", "connect", "poll")},
        lists=ListLimit(draw(st.integers(1, 40)), draw(st.sampled_from((None, *BEYOND[:1], *BEYOND[2:])))),
        unknown={kind: draw(_REFUSALS) for kind in ("object", "class", "attribute")},
        selections={PROFILE: Selections(draw(_OBEYS), draw(_OBEYS))},
        answers=answers,
    )


def _objects() -> st.SearchStrategy[Answers]:
    """Of any class and name, but for those of which more is drawn."""
    names = st.builds(Obis, st.integers(0, 1), st.just(9), *[st.integers(0, 255)] * 3)
    attributes = st.builds(
        AttributeDescriptor, st.sampled_from((1, 3, 4, 9, 15, 64, 70, 115, 8192)), names, st.integers(1, 9)
    )
    return st.dictionaries(attributes, _OUTCOMES, max_size=12)


@st.composite
def _profile(draw: st.DrawFn) -> Answers:
    """Rows of a quarter of an hour, some of them with null cells; the meter may hold more than it says, or fewer."""
    columns = (CLOCK_COLUMN, CaptureObject(3, Obis(1, 0, 1, 8, 0), 2))
    first, period = START.timestamp() - 86_000, 900
    rows = []
    for number in range(draw(st.integers(0, 12))):
        clock = encode_date_time(START.fromtimestamp(first + number * period, START.tzinfo))
        time = Data(Tag.NULL, None) if number and draw(st.booleans()) else _octets(clock)
        rows.append(Data(Tag.STRUCTURE, (time, draw(_CELLS))))
    known = {
        2: draw(st.just(Data(Tag.ARRAY, tuple(rows))) | _REFUSALS),
        3: Data(Tag.ARRAY, tuple(map(capture_object, columns))),
        4: Data(Tag.DOUBLE_LONG_UNSIGNED, period),
        5: Data(Tag.ENUM, draw(st.integers(1, 2))),
        7: draw(
            st.just(Data(Tag.DOUBLE_LONG_UNSIGNED, len(rows)))
            | st.builds(Data, st.just(Tag.LONG_UNSIGNED), st.integers(0, 2000))
            | _REFUSALS
        ),
    }
    return {AttributeDescriptor(7, PROFILE, number): outcome for number, outcome in known.items()}


def _listed(answers: Answers) -> Data:
    objects: dict[tuple[int, Obis], set[int]] = {(15, OBJECT_LIST.obis): {1}}
    for each in answers:
        objects.setdefault((each.class_id, each.obis), set()).add(each.attribute)
    return Data(Tag.ARRAY, tuple(_entry(class_id, obis, numbers) for (class_id, obis), numbers in objects.items()))


def _entry(class_id: int, obis: Obis, numbers: set[int]) -> Data:
    rights = (
        Data(Tag.STRUCTURE, (Data(Tag.INTEGER, number), Data(Tag.ENUM, 1), Data(Tag.NULL, None)))
        for number in sorted(numbers)
    )
    access = Data(Tag.STRUCTURE, (Data(Tag.ARRAY, tuple(rights)), Data(Tag.ARRAY, ())))
    return Data(Tag.STRUCTURE, (Data(Tag.LONG_UNSIGNED, class_id), Data(Tag.UNSIGNED, 1), _octets(bytes(obis)), access))


def _octets(octets: bytes) -> Data:
    return Data(Tag.OCTET_STRING, octets)
