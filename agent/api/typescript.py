"""Writes the page's TypeScript types from the messages: `python -m agent.api.typescript [--check]`.

Handles exactly the JSON Schema that pydantic emits for our messages; anything else is an error, so that no
field slips through untyped.
"""

import sys
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from agent.api.load_profiles import ProfileColumns
from agent.api.message import ErrorInfo
from agent.api.methods import declared
from agent.api.state import Snapshot, StateChange

TARGET = Path(__file__).parents[2] / "webui" / "src" / "client" / "messages.ts"

_HEADER = "// Generated from the messages in agent/api by `python -m agent.api.typescript`. Do not edit.\n"
_REF = "#/$defs/"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}

Schema = dict[str, Any]


def typescript() -> str:
    """The whole file: one type a message, and `Methods`, the params and result of each request."""
    types = {name: _declaration(name, schema) for name, schema in sorted(_definitions().items())}
    return "\n".join([_HEADER, *types.values(), _change(), _methods()])


def is_current() -> bool:
    """Whether the file in the page's sources is what the messages give."""
    return TARGET.exists() and TARGET.read_text("utf-8") == typescript()


def main(arguments: list[str]) -> int:
    """The command; returns its exit code."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m agent.api.typescript [--check]", file=sys.stderr)
        return 2
    if arguments == ["--check"]:
        if not is_current():
            print(f"{TARGET.name} is stale: run python -m agent.api.typescript", file=sys.stderr)
        return 0 if is_current() else 1
    TARGET.write_text(typescript(), "utf-8", newline="\n")
    return 0


def _definitions() -> dict[str, Schema]:
    requests = [model for each in declared() for model in (each.params, each.result)]
    models = {Snapshot, ErrorInfo, ProfileColumns, *get_args(get_args(StateChange)[0]), *requests}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schema = models_json_schema([(model, "serialization") for model in ordered])
    definitions: dict[str, Schema] = schema["$defs"]
    return definitions


def _declaration(name: str, schema: Schema) -> str:
    if schema.get("type") != "object":
        return f"export type {name} = {_type(schema)};\n"
    properties = schema.get("properties", {})
    if not properties:
        return f"export type {name} = Record<string, never>;\n"
    lines = [_comment(schema, ""), f"export interface {name} {{\n"]
    for field, inner in properties.items():
        lines += [_comment(inner, "  "), f"  {field}: {_type(inner)};\n"]
    return "".join([*lines, "}\n"])


def _comment(schema: Schema, indent: str) -> str:
    text = " ".join(str(schema.get("description", "")).split())
    return f"{indent}/** {text} */\n" if text else ""


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return " | ".join(_literal(value) for value in schema["enum"])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(map(_type, options))
    kind = schema.get("type")
    if kind == "array":
        item = _type(schema["items"])
        return f"({item})[]" if "|" in item else f"{item}[]"
    if kind == "object":
        return f"Record<string, {_type(schema['additionalProperties'])}>"
    if kind in _PLAIN:
        return _PLAIN[kind]
    raise ValueError(f"no TypeScript for this schema: {schema}")


def _literal(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"no TypeScript for this constant: {value!r}")
    return f'"{value}"'


def _change() -> str:
    options = TypeAdapter(StateChange).json_schema()["oneOf"]
    return f"export type StateChange = {' | '.join(_type(option) for option in options)};\n"


def _methods() -> str:
    rows = (
        f'  "{each.name}": {{ params: {each.params.__name__}; result: {each.result.__name__} }};\n'
        for each in declared()
    )
    return "/** Every request of the socket. */\nexport interface Methods {\n" + "".join(rows) + "}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
