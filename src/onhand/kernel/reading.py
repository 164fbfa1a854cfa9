"""
Rows read by prepared statements, for hot paths: what a queryset gives, without making its SQL anew each time and having it planned, which
costs more than running it. The condition is SQL of ours, with the same text each time.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from psycopg.types.numeric import Int8

from onhand.kernel.database import run_prepared
from onhand.kernel.fields import LARGEST_INTEGER

M = TypeVar("M", bound=Model)
Converters = tuple[tuple[int, Callable[[Any], Any]], ...]


def read_rows(model: type[M], where: str, values: Sequence[Any], *, order: str = "id", locks: bool = False) -> list[M]:
    """
    The rows of a model for which the condition holds, in that order; with `locks` until the transaction ends, while references to them
    stay possible.
    """
    sql, names, converters = _statement(model, where, order, locks)
    made = []
    for found in run_prepared(sql, [as_sent(value) for value in values]):
        row = list(found)
        for place, convert in converters:
            row[place] = convert(row[place])
        made.append(model.from_db(connection.alias, names, row))
    return made


def read_row(model: type[M], where: str, values: Sequence[Any], *, locks: bool = False) -> M | None:
    """The first of the rows `read_rows` gives; None if there is none."""
    rows = read_rows(model, where, values, locks=locks)
    return rows[0] if rows else None


def as_sent(value: Any) -> Any:
    """A value as it is sent: whole numbers always of one size, so that a statement is prepared once and not once for each."""
    return Int8(value) if type(value) is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER else value


@cache
def _statement(model: type[Model], where: str, order: str, locks: bool) -> tuple[str, tuple[str, ...], Converters]:
    table = model._meta.db_table
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    lock = " for no key update" if locks else ""
    sql = f'select {columns} from "{table}" where {where} order by {order}{lock}'  # noqa: S608  (no value is in it)
    converters = []
    for place, field in enumerate(fields):
        column = field.get_col(table)
        found = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        if found:
            converters.append((place, _converter(found, column)))
    return sql, tuple(field.attname for field in fields), tuple(converters)


def _converter(converters: list[Callable[..., Any]], column: Any) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        for converter in converters:
            value = converter(value, column, connection)
        return value

    return convert
