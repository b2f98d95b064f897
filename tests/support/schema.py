"""As much of JSON Schema (draft 2020-12) as our schemas use. A keyword it does not know is an error, never passed over."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

_SILENT = {"$schema", "$defs", "title", "description"}
_TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def errors(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = "$") -> list[str]:
    """What of ``value`` does not fit, by place."""
    root = root or schema
    found: list[str] = []
    for word, wanted in schema.items():
        if word not in _SILENT:
            found += _KEYWORDS[word](value, wanted, schema, root, at)
    return found


def _is(value: Any, kind: str) -> bool:
    if kind in {"number", "integer"}:
        number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
        return number and (kind == "number" or value == int(value))
    return isinstance(value, _TYPES[kind])


def _ref(value: Any, wanted: str, schema: Any, root: Any, at: str) -> list[str]:
    return errors(value, root["$defs"][wanted.removeprefix("#/$defs/")], root, at)


def _type(value: Any, wanted: str, schema: Any, root: Any, at: str) -> list[str]:
    return [] if _is(value, wanted) else [f"{at}: no {wanted}"]


def _any_of(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> list[str]:
    tried = [errors(value, one, root, at) for one in wanted]
    return [] if any(not one for one in tried) else min(tried, key=len)


def _properties(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    return [error for name, one in wanted.items() if name in value for error in errors(value[name], one, root, f"{at}.{name}")]


def _additional(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    more = [name for name in value if name not in schema.get("properties", {})]
    if wanted is False:
        return [f"{at}.{name}: not known" for name in more]
    return [error for name in more for error in errors(value[name], wanted, root, f"{at}.{name}")]


def _items(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> list[str]:
    if not isinstance(value, list):
        return []
    return [error for number, one in enumerate(value) for error in errors(one, wanted, root, f"{at}[{number}]")]


def _holds(kind: Any, holds: Any, what: str) -> Any:
    def check(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> list[str]:
        return [f"{at}: {what} {wanted}"] if isinstance(value, kind) and not holds(value, wanted) else []

    return check


def _format(value: Any, wanted: str, schema: Any, root: Any, at: str) -> list[str]:
    assert wanted == "date"
    try:
        good = isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) and date.fromisoformat(value))
    except ValueError:
        good = False
    return [] if good else [f"{at}: no day"]


_NUMBER = (int, float, Decimal)
_KEYWORDS = {
    "$ref": _ref, "type": _type, "anyOf": _any_of, "properties": _properties, "additionalProperties": _additional, "items": _items,
    "required": lambda value, wanted, schema, root, at: [f"{at}.{name}: missing" for name in wanted if isinstance(value, dict) and name not in value],
    "enum": lambda value, wanted, schema, root, at: [] if value in wanted else [f"{at}: none of {wanted}"],
    "const": lambda value, wanted, schema, root, at: [] if value == wanted else [f"{at}: not {wanted}"],
    "minimum": _holds(_NUMBER, lambda value, wanted: value >= wanted, "below"),
    "maximum": _holds(_NUMBER, lambda value, wanted: value <= wanted, "above"),
    "minItems": _holds(list, lambda value, wanted: len(value) >= wanted, "fewer than"),
    "maxItems": _holds(list, lambda value, wanted: len(value) <= wanted, "more than"),
    "maxLength": _holds(str, lambda value, wanted: len(value) <= wanted, "longer than"),
    "format": _format,
}  # fmt: skip
