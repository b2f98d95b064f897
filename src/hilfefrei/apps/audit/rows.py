"""Rows into a table without model instances: for the record and for loaders, where thousands come at once."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

Convert = Callable[[Any], Any]


def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """Names of the columns as attributes (``person_id``), in table order."""
    return tuple(field.attname for field in model._meta.concrete_fields)


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows``, each with its values in the order of ``columns`` (attribute names); no signals, no defaults.

    JSON columns take Python data or, as :class:`Json`, text that is JSON already. Keys to other tables are checked by
    the database at the end of the transaction.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    converts = [_converter(fields[name]) for name in columns]
    quoted = ", ".join(connection.ops.quote_name(str(fields[name].column)) for name in columns)
    marks = ", ".join(["%s"] * len(columns))
    values = [
        [value if value is None else convert(value) for convert, value in zip(converts, row, strict=True)] for row in rows
    ]
    if values:
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(model._meta.db_table)
            # Names come from the models; every value is a parameter.
            cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", values)  # noqa: S608


def defaults_of(model: type[models.Model]) -> Mapping[str, Callable[[], Any]]:
    """What each column holds when nobody says anything: attribute name to a function that gives it."""
    return {field.attname: field.get_default for field in model._meta.concrete_fields}


class Json(str):
    """Text that is JSON already."""

    __slots__ = ()


def dumps(data: Any) -> Json:
    """Data as they are stored."""
    return Json(json.dumps(data, cls=DjangoJSONEncoder))


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    # Choices are strings of a class of their own, which the driver would adapt one by one.
    return value if type(value) is str else str(value)


def _hex(value: UUID) -> str:
    return value.hex


def _json(value: Any) -> Any:
    return str(value if isinstance(value, Json) else dumps(value))


def _json_jsonb(value: Any) -> Any:
    return connection.ops.adapt_json_value(json.loads(_json(value)), None)


def _number(field: "models.Field[Any, Any]") -> Convert:
    digits, places = field.max_digits, field.decimal_places  # type: ignore[attr-defined]
    return lambda value: connection.ops.adapt_decimalfield_value(Decimal(value), digits, places)


def _converter(field: "models.Field[Any, Any]") -> Convert:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    native_moments = connection.vendor == "postgresql"
    table: list[tuple[type[Any], Convert]] = [
        (models.UUIDField, _same if connection.features.has_native_uuid_field else _hex),
        (models.JSONField, _json_jsonb if native_moments else _json),
        (models.DecimalField, _number(field) if isinstance(field, models.DecimalField) else _same),
        (models.DateTimeField, _same if native_moments else _Moments()),
        (models.DateField, _same if native_moments else date.isoformat),
        (models.TimeField, _same if native_moments else lambda value: str(connection.ops.adapt_timefield_value(value))),
        (models.BooleanField, _same),
        (models.IntegerField, _same),
        (models.FloatField, _same),
        (models.TextField, _text),
        (models.CharField, _text),
    ]
    for kind, convert in table:
        if isinstance(field, kind):
            return convert
    message = f"no way to insert a {type(field).__name__}"
    raise TypeError(message)


class _Moments:
    """Moments as SQLite keeps them; the same ones come again and again."""

    def __init__(self) -> None:
        self.known: dict[datetime, Any] = {}

    def __call__(self, value: datetime) -> Any:
        found = self.known.get(value)
        if found is None:
            found = self.known[value] = connection.ops.adapt_datetimefield_value(value)
        return found


