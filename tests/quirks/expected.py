"""What a visit to a meter with one quirk ends with; where nothing stands, every value is right."""

_SERIAL_UNREADABLE = ("serial-empty", "serial-zeros", "serial-long", "serial-null")
_NO_CLOCK = (
    "clock-day-0",
    "clock-hour-24",
    "clock-year-0",
    "clock-deviation-7fff",
    "clock-unset",
    "clock-short",
    "clock-null",
    "clock-denied",
)
_SAID_IN_WORDS = {
    "short-names": "code short-names",
    "aare-bare": "code malformed-data",
    "aare-wrong-password": "code association-refused",
    "aare-no-common-version": "code association-version",
    "temporary-failure": "code access-refused",
    "text-once": "code text-answer",
    "text-always": "code text-answer",
    "nr-ahead": "code sequence-wrong",
    "nr-runs-away": "code sequence-wrong",
    "frmr-always": "code frame-kind-rejected",
    "single-ff-lost": "code answer-missing",
}
_REGISTERS = {
    "total-null": "code malformed-data",
    "scaler-total-null": "code malformed-data",
    "tariff-text": "missing t1",
    "tariff-null": "missing t1",
    "scaler-null": "missing t2",
    "breaker-odd": "missing breaker",
}

READING_BY_LIST = {
    **dict.fromkeys(_NO_CLOCK, "missing clock"),
    **_REGISTERS,
    **_SAID_IN_WORDS,
    "tariff-denied": "missing t1",
    "tariffs-missing": "missing t3 t4 t5 t6",
}
"""A reading with the model of any meter, which goes by the meter's own list of objects."""

READING_BY_MODEL = {
    **dict.fromkeys(_SERIAL_UNREADABLE, "code serial-unreadable"),
    "serial-denied": "code access-refused",
    **dict.fromkeys(_NO_CLOCK, "missing clock"),
    "clock-denied": "code access-refused",
    **_REGISTERS,
    **_SAID_IN_WORDS,
    "tariff-denied": "code access-refused",
    "tariffs-missing": "code access-refused",
}
"""A reading with a model that says what its meters have."""

LOAD_PROFILE = {
    **dict.fromkeys(_SERIAL_UNREADABLE, "code serial-unreadable"),
    "serial-denied": "code access-refused",
    **_SAID_IN_WORDS,
    "buffer-null": "missing 13 rows",
    "row-short": "missing 3 rows",
}
"""A load profile of three hours, of a quarter of an hour each."""

READOUT = {
    "serial-missing": "code access-refused",
    "tariff-missing": "missing t1",
    "tariff-letter": "missing t1",
    "unit-missing": "code access-refused",
    "error-only": "code meter-error",
    "lines-none": "code access-refused",
    "check-wrong-always": "code malformed-data",
}
"""A reading over a plain readout."""

_ORDER_UNKNOWN = "rows have no times, and the order that the meter tells is not its own: nobody can know"
NOT_YET: dict[tuple[str, ...], str] = {
    ("lifo", "sorted-smallest", "clocks-null"): _ORDER_UNKNOWN,
    ("sorted-largest", "sorted-smallest", "clocks-null"): _ORDER_UNKNOWN,
}
"""Quirks, alone or together, of which the client does not make the best yet, and what is missing."""


def is_open(names: tuple[str, ...]) -> bool:
    """Whether these quirks are known to end wrong."""
    return any(set(each) <= set(names) for each in NOT_YET)
