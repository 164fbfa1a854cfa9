"""
Rows written by prepared statements, for hot paths: what `save()` stores, without making its SQL anew each time, which costs more than
running it. Nothing else of `save()` happens: no signals, no rows of parent models.
"""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from onhand.kernel.database import run_prepared
from onhand.kernel.reading import as_sent


def insert_row(row: Model) -> None:
    """Store a new row, and give it its id where it has none yet."""
    sql, fields = _statement(type(row), row.pk is None)
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    found = run_prepared(sql, [as_sent(value) for value in values])
    if row.pk is None:
        row.pk = found[0][0]
    row._state.adding, row._state.db = False, connection.alias


def update_row(row: Model, *names: str) -> None:
    """Store these columns of a row that is there, by the names of their fields."""
    sql, fields = _update(type(row), names)
    values = [field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields]
    run_prepared(sql, [as_sent(value) for value in (*values, row.pk)])


@cache
def _update(model: type[Model], names: tuple[str, ...]) -> tuple[str, tuple["Field[Any, Any]", ...]]:
    options = model._meta
    fields = tuple(field for field in options.concrete_fields if field.name in names or field.attname in names)
    if len(fields) != len(names):
        raise ValueError(f"{model.__name__} has no fields {names}")
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f'update "{options.db_table}" set {changes} where "{options.pk.column}" = %s', fields  # noqa: S608


@cache
def _statement(model: type[Model], gives_id: bool) -> tuple[str, tuple["Field[Any, Any]", ...]]:
    options = model._meta
    fields = tuple(field for field in options.concrete_fields if not (gives_id and field.primary_key))
    columns = ", ".join(f'"{field.column}"' for field in fields)
    slots = ", ".join(["%s"] * len(fields))
    returned = f' returning "{options.pk.column}"' if gives_id else ""
    return f'insert into "{options.db_table}" ({columns}) values ({slots}){returned}', fields  # noqa: S608
