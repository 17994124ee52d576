"""One table of a TOML file, read strictly: each mistake is told with its key and with what is allowed there."""

import re
from collections.abc import Collection
from typing import Any

from agent.domain.errors import InputError

_GROUP = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_LOGICAL_NAME = re.compile(rf"{_GROUP}(\.{_GROUP}){{4,5}}")


class Section:
    """The table `name` of a model's file, or the file itself where the name is empty.

    Every method raises InputError `bad-model` for a value of another kind.
    """

    def __init__(self, model: str, name: str, content: object, known: Collection[str]) -> None:
        self._model, self._name = model, name
        if not isinstance(content, dict):
            raise self.bad(f"{name} is a table")
        self._content: dict[str, Any] = content
        if unknown := sorted(set(content) - set(known)):
            raise self.bad(f"unknown key {self._path(unknown[0])}; known are {', '.join(sorted(known))}")

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def section(self, key: str, known: Collection[str]) -> "Section":
        """The table under this key, empty if there is none."""
        return Section(self._model, self._path(key), self._content.get(key, {}), known)

    def text(self, key: str) -> str:
        """A text that is not empty."""
        return self._text(key, self._content.get(key))

    def texts(self, key: str, what: str, *, needed: bool = True) -> tuple[str, ...]:
        """A list of texts, called `what` where it is none; empty where the key is missing and not `needed`."""
        found = self._content.get(key, None if needed else [])
        if not isinstance(found, list):
            raise self.bad(f"{self._path(key)} is a list of {what}")
        return tuple(self._text(key, each) for each in found)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._content.get(key, default)
        if not isinstance(value, bool):
            raise self.bad(f"{self._path(key)} is true or false")
        return value

    def number(self, key: str, default: int | None, allowed: range) -> int:
        """A whole number; one is needed where there is no default."""
        value = self._content.get(key, default)
        if type(value) is not int or value not in allowed:
            raise self.bad(f"{self._path(key)} is a number from {allowed[0]} to {allowed[-1]}")
        return value

    def one_of(self, key: str, default: Any, allowed: Collection[Any]) -> Any:
        """One of these values, and of their type."""
        value = self._content.get(key, default)
        if not any(type(value) is type(each) and value == each for each in allowed):
            raise self.bad(f"{self._path(key)} is one of: {', '.join(map(str, allowed))}")
        return value

    def octets(self, key: str, count: int) -> bytes | None:
        """So many octets, written as hexadecimal digits; None where the key is missing."""
        value = self._content.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not re.fullmatch(f"[0-9A-Fa-f]{{{2 * count}}}", value):
            raise self.bad(f"{self._path(key)} is a text of {2 * count} hexadecimal digits")
        return bytes.fromhex(value)

    def logical_name(self, key: str, default: str | None = None) -> str:
        """A logical name; one is needed where there is no default."""
        return self._logical_name(key, self._content.get(key, default))

    def optional_name(self, key: str) -> str | None:
        """A logical name; None where the key is missing."""
        return self._logical_name(key, self._content[key]) if key in self._content else None

    def logical_names(self, key: str) -> tuple[str, ...]:
        """A list of one logical name or more."""
        found = self._content.get(key)
        if not isinstance(found, list) or not found:
            raise self.bad(f"{self._path(key)} is a list of logical names")
        return tuple(self._logical_name(key, each) for each in found)

    def bad(self, reason: str) -> InputError:
        """The error for this file."""
        return InputError(code="bad-model", model=self._model, reason=reason)

    def _path(self, key: str) -> str:
        return ".".join(filter(None, [self._name, key]))

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise self.bad(f"{self._path(key)} is a text")
        return value

    def _logical_name(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not _LOGICAL_NAME.fullmatch(value):
            raise self.bad(f"{self._path(key)} is a logical name such as 1.0.1.8.0")
        return value
