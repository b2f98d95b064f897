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
def raw() -> Mapping[str, Mapping[str, Any]]:
    """The schema files as they are, in the order in which the tables build on each other."""
    folder = resources.files("hilfefrei.core") / "data" / "deliveries"
    files = [json.loads(file.read_text(encoding="utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
    return {one["name"]: one for one in sorted(files, key=lambda r: int(r["order"]))}


@cache
def tables() -> Mapping[str, TableSchema]:
    """All tables in the order in which they build on each other.

    Raises:
        SchemaError: a key or reference names a column that is not there, or a table that comes later.
    """
    found: dict[str, TableSchema] = {}
    for one in raw().values():
        fields = tuple(_field(cell, one["name"]) for cell in one["fields"])
        names = {cell.name for cell in fields}
        points = {k["fields"]: (k["reference"]["resource"], k["reference"]["fields"]) for k in one.get("foreignKeys", [])}
        known = all(table in found and column in found[table].columns for table, column in points.values())
        if not set(one["primaryKey"]) | set(points) <= names or not known:
            message = f"{one['name']}: key or reference"
            raise SchemaError(message)
        found[one["name"]] = TableSchema(
            name=one["name"],
            title=one["title"],
            description=one["description"],
            xsozial=one["xsozial"],
            fields=fields,
            key=tuple(one["primaryKey"]),
            points_to=points,
        )
    return found
