"""Flat records of a file, checked against the fields that they stand for."""

from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_type_hints

T = TypeVar("T")
Record = dict[str, Any]


def flat(make: Callable[..., T], kind: Any, record: Mapping[str, Any]) -> T:
    """An object of the record's values; `kind` names their types, octets are in hex.

    Raises:
        ValueError: a field is missing, of another type, or one too many.
    """
    types = kind if isinstance(kind, dict) else get_type_hints(kind)
    if set(record) != set(types):
        raise ValueError("other fields")
    return make(**{name: _value(types[name], value) for name, value in record.items()})


def _value(wanted: Any, value: Any) -> Any:
    allowed = get_args(wanted) if isinstance(wanted, UnionType) else (wanted,)
    if value is None and NoneType in allowed:
        return None
    if bytes in allowed and isinstance(value, str):
        return bytes.fromhex(value)
    if type(value) not in allowed:
        raise ValueError("another type")
    return value
