"""What every figure is built of: the shape of the tables that come in, and the one way to divide."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

# One row per stretch of benefit receipt. ``who`` is a pseudonym (of a person or of a unit), days are inclusive at both
# ends, an open end is null. Stretches of one ``who`` may overlap: somebody moves from one unit into another.
RECEIPT: Final[Mapping[str, str]] = {"who": "string", "start": "date", "end": "date"}
# One row per person who came: the day of the first contact and the group that is compared (a month, before or with ViA).
ENTRANTS: Final[Mapping[str, str]] = {"who": "string", "day": "date", "cohort": "string"}
# What somebody is known to live from: ``own`` (work that carries), ``other`` (Wohngeld, Kinderzuschlag, Arbeitslosengeld …).
LIVING: Final[Mapping[str, str]] = {"who": "string", "source": "string", "start": "date", "end": "date"}


_ARROW: Final = {
    "string": pa.string(),
    "date": pa.date32(),
    "int64": pa.int64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
}


def table_of(shape: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> ir.Table:
    """A table in memory of ``rows`` in the order of the columns of ``shape``."""
    held = list(rows)
    columns = zip(*held, strict=True) if held else [()] * len(shape)
    arrays = [pa.array(column, _ARROW[kind]) for column, kind in zip(columns, shape.values(), strict=True)]
    return ibis.memtable(pa.Table.from_arrays(arrays, names=list(shape)))


def check(table: ir.Table, shape: Mapping[str, str], name: str) -> ir.Table:
    """Return ``table`` with the columns of ``shape`` only.

    Raises:
        ValueError: a column is missing or of another type; the message names each.
    """
    held = {column: str(kind).lower().lstrip("!").partition("(")[0] for column, kind in table.schema().items()}
    wrong = [f"{column} ({held.get(column, 'fehlt')} statt {kind})" for column, kind in shape.items() if held.get(column) != kind]
    if wrong:
        message = f"Tabelle {name}: {', '.join(wrong)}"
        raise ValueError(message)
    return table.select(*shape)


def ratio(part: ir.NumericValue, whole: ir.NumericValue) -> ir.FloatingValue:
    """``part`` of ``whole`` as a float, null where ``whole`` is zero.

    PostgreSQL divides whole numbers as whole numbers and Spark stops at zero; a bare ``/`` is therefore not used.
    """
    found: ir.FloatingValue = part.cast("float64") / whole.nullif(0)
    return found
