"""From rows to a delivery: the same ZIP that is read, byte for byte the same for the same rows."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from hilfefrei.core.deliveries.read import MANIFEST
from hilfefrei.core.deliveries.schema import Field, TableSchema, tables

# A ZIP keeps a time per entry; a fixed one keeps equal deliveries equal.
_STAMP: Final = (1980, 1, 1, 0, 0, 0)
_ARROW: Final = {"date": pa.date32(), "yearmonth": pa.string(), "number": pa.decimal128(12, 2), "boolean": pa.bool_(), "string": pa.string()}


def _text(one: Field, value: Any) -> str:
    if value is None:
        return ""
    if one.type == "number":
        euros, cents = divmod(abs(int(value)), 100)
        return f"{'-' if value < 0 else ''}{euros},{cents:02d}"
    if one.type == "boolean":
        return "ja" if value else "nein"
    if one.type == "yearmonth":
        return f"{value:%Y-%m}"
    return value.isoformat() if isinstance(value, date) else str(value)


def to_csv(schema: TableSchema, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """One table as CSV (UTF-8, semicolon, decimal comma)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(schema.columns)
    writer.writerows([_text(one, row.get(one.name)) for one in schema.fields] for row in rows)
    return out.getvalue().encode()


def to_parquet(schema: TableSchema, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """One table as Parquet."""
    held = list(rows)
    arrays = [pa.array([_cell(one, row.get(one.name)) for row in held], _ARROW[one.type]) for one in schema.fields]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=list(schema.columns)), out)
    return out.getvalue()


def _cell(one: Field, value: Any) -> Any:
    if value is None or one.type in {"date", "boolean", "string"}:
        return value
    text = _text(one, value)
    return text if one.type == "yearmonth" else pa.scalar(text.replace(",", ".")).cast(_ARROW["number"]).as_py()


def pack(
    rows: Mapping[str, Iterable[Mapping[str, Any]]],
    *,
    as_of: date,
    kind: str,
    complete: bool,
    sender: str,
    parquet: bool = False,
) -> bytes:
    """A delivery of ``rows`` (table -> rows, days as dates, amounts in cents) as ZIP with ``lieferung.json``."""
    manifest = {"stand": as_of.isoformat(), "art": kind, "umfang": "voll" if complete else "teil", "verfahren": sender}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        for name, schema in tables().items():
            if name in rows:
                content = to_parquet(schema, rows[name]) if parquet else to_csv(schema, rows[name])
                _put(archive, f"{name}.{'parquet' if parquet else 'csv'}", content)
    return out.getvalue()


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
