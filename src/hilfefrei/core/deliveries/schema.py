"""The tables that a paying system delivers, as Table Schema (``core/data/deliveries/*.json``): one file per table.

The same files are the documentation for vendors, the header of an export and the rules of an import.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

TYPES: Final = frozenset({"string", "date", "yearmonth", "number", "boolean"})


class SchemaError(ValueError):
    """A schema file is not what it should be; the message names the place."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: ``name`` in the file, ``title`` for people; ``choices`` value -> words."""

    name: str
    title: str
    type: str
    required: bool
    description: str
    choices: Mapping[str, str]
    max_length: int | None
    pattern: str


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One table. ``points_to``: column -> (table, column) where its value must stand."""

    name: str
    title: str
    description: str
    xsozial: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    points_to: Mapping[str, tuple[str, str]]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in their order."""
        return tuple(field.name for field in self.fields)


def _field(raw: Mapping[str, Any], table: str) -> Field:
    limits = raw.get("constraints", {})
    choices = raw.get("enumLabels", {})
    if raw["type"] not in TYPES or set(choices) != set(limits.get("enum", ())):
        message = f"{table}.{raw['name']}: type or enum"
        raise SchemaError(message)
    return Field(
        name=raw["name"],
        title=raw["title"],
        type=raw["type"],
        required=bool(limits.get("required", False)),
        description=raw.get("description", ""),
        choices=choices,
        max_length=limits.get("maxLength"),
        pattern=limits.get("pattern", ""),
    )


@cache
def tables() -> Mapping[str, TableSchema]:
    """All tables in the order in which they build on each other.

    Raises:
        SchemaError: a key or reference names a column that is not there, or a table that comes later.
    """
    folder = resources.files("hilfefrei.core") / "data" / "deliveries"
    raws = [json.loads(file.read_text(encoding="utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
    found: dict[str, TableSchema] = {}
    for raw in sorted(raws, key=lambda r: int(r["order"])):
        fields = tuple(_field(one, raw["name"]) for one in raw["fields"])
        names = {one.name for one in fields}
        points = {k["fields"]: (k["reference"]["resource"], k["reference"]["fields"]) for k in raw.get("foreignKeys", [])}
        known = all(table in found and column in found[table].columns for table, column in points.values())
        if not set(raw["primaryKey"]) | set(points) <= names or not known:
            message = f"{raw['name']}: key or reference"
            raise SchemaError(message)
        found[raw["name"]] = TableSchema(
            name=raw["name"],
            title=raw["title"],
            description=raw["description"],
            xsozial=raw["xsozial"],
            fields=fields,
            key=tuple(raw["primaryKey"]),
            points_to=points,
        )
    return found
