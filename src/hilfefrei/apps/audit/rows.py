"""Rows into a table without model instances: for the record and for loaders, where thousands come at once."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from hilfefrei.apps.audit.errors import Refused

Column = Sequence[Any]


def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """Names of the columns as attributes (``person_id``), in table order."""
    return tuple(field.attname for field in model._meta.concrete_fields)


def defaults_of(model: type[models.Model]) -> Mapping[str, Callable[[], Any]]:
    """What each column holds when nobody says anything: attribute name to a function that gives it."""
    return {field.attname: field.get_default for field in model._meta.concrete_fields}


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows``, each with its values in the order of ``columns`` (attribute names); no signals, no defaults.

    Ids and days may be text (as JSON keeps them); JSON columns take Python data or, as :class:`Json`, text that is JSON already. Keys to other tables are checked by
    the database at the end of the transaction.
    """
    by_column = list(zip(*rows, strict=True))
    if not by_column:
        return
    fields = {field.attname: field for field in model._meta.concrete_fields}
    used = [fields[name] for name in columns]
    # A column at a time: most need nothing, and a moment that stands in a thousand rows is put into words once.
    values = zip(*(_for_database(field, column) for field, column in zip(used, by_column, strict=True)), strict=True)
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in used)
    marks = ", ".join(["%s"] * len(columns))
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        # Names come from the models; every value is a parameter.
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values))  # noqa: S608


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Set ``columns`` (attribute names) of many rows; each of ``rows`` has their values and the id last."""
    by_column = list(zip(*rows, strict=True))
    if not by_column:
        return
    fields = {field.attname: field for field in model._meta.concrete_fields}
    used = [fields[name] for name in columns]
    values = zip(*(_for_database(field, column) for field, column in zip([*used, fields["id"]], by_column, strict=True)), strict=True)
    marks = ", ".join(f"{connection.ops.quote_name(str(field.column))} = %s" for field in used)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        # As above: names come from the models.
        cursor.executemany(f"UPDATE {table} SET {marks} WHERE id = %s", list(values))  # noqa: S608


def remove(model: type[models.Model], ids: Iterable[Any]) -> None:
    """Delete rows by their ids and nothing that hangs on them; the database checks keys at the end of the transaction."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    values = _for_database(fields["id"], list(ids))
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)} WHERE id = %s", [[v] for v in values])  # noqa: S608


class Json(str):
    """Text that is JSON already."""

    __slots__ = ()


_dumps = DjangoJSONEncoder().encode


def _for_database(field: "models.Field[Any, Any]", column: Column) -> Column:
    """The values of one column as the driver takes them."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    native = connection.vendor == "postgresql"
    if isinstance(field, models.JSONField):
        if native:
            return [None if v is None else connection.ops.adapt_json_value(_read(v), field.encoder) for v in column]
        return [v if v is None else str(v) if isinstance(v, Json) else _dumps(v) for v in column]
    if isinstance(field, (models.CharField, models.TextField)):
        # Choices are strings of a class of their own, which a driver would write in its own way.
        return column if {type(v) for v in column} <= {str, type(None)} else [v if v is None else str(v) for v in column]
    if isinstance(field, models.DecimalField):
        return [v if v is None else _decimal(field, v) for v in column]
    if isinstance(field, models.UUIDField) and not connection.features.has_native_uuid_field:
        return [v if v is None else v.replace("-", "") if isinstance(v, str) else v.hex for v in column]
    if isinstance(field, (models.DateField, models.TimeField)) and not native:
        adapt: Any = (
            connection.ops.adapt_datetimefield_value
            if isinstance(field, models.DateTimeField)
            else connection.ops.adapt_datefield_value
            if isinstance(field, models.DateField)
            else connection.ops.adapt_timefield_value
        )
        written = {v: None if v is None else adapt(v) for v in set(column)}
        return [written[v] for v in column]
    return column


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, Json) else json.loads(_dumps(value))


def _decimal(field: "models.DecimalField[Any, Any]", value: Any) -> Any:
    return connection.ops.adapt_decimalfield_value(Decimal(value), field.max_digits, field.decimal_places)


def require_fit(*rows: models.Model) -> None:
    """Refuse a text that is longer than its column, before PostgreSQL does: no form has looked at a command line."""
    for row in rows:
        for field in type(row)._meta.concrete_fields:
            longest, value = field.max_length, getattr(row, field.attname)
            if longest is not None and isinstance(value, str) and len(value) > longest:
                raise Refused(f"{field.verbose_name}: höchstens {longest} Zeichen.", code="too_long")
