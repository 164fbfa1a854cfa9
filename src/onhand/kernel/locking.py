"""
Rows locked for an act. The access rule of the actor is a queryset; building SQL from one costs more than running it, so the
statement is kept and used again for every queryset of the same form and values.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model, QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql.where import WhereNode

from onhand.kernel.database import run_prepared

M = TypeVar("M", bound=Model)
Change = tuple[str, list[Any]]
MOST_KEPT = 1_000
_ANY_ID = 6_917_529_027_641_081_856  # stands for the row's id while the statement is made


class _NotPlainError(Exception):
    """The queryset has parts whose form cannot be compared."""


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    parameters: tuple[Any, ...]
    names: tuple[str, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]


_statements: dict[Any, _Statement] = {}


def lock_row(rows: QuerySet[M], row_id: int) -> M | None:
    """The row of that id if it is among `rows`, locked until the transaction ends; references to it stay possible meanwhile."""
    return lock_row_along(rows, row_id, "")[0]


def lock_row_along(rows: QuerySet[M], row_id: int, along: str) -> tuple[M | None, Any]:
    """
    The same, and by the same statement the value of `along`, SQL of ours that calls a volatile function: it is called once the row is
    locked, and sees what was committed until then. None where the row is not found, or had to be locked by a statement without it.
    """
    try:
        form = (along, _form(rows))
    except _NotPlainError:
        return _locking(rows, row_id).first(), None
    statement = _statements.get(form)
    if statement is None:
        if len(_statements) >= MOST_KEPT:
            _statements.clear()
        statement = _statements[form] = _make(rows, along)
    found = run_prepared(statement.sql, [row_id if p == _ANY_ID else p for p in statement.parameters])
    if not found:
        return None, None
    values = list(found[0])
    beside = values.pop() if along else None
    for index, convert in statement.converters:
        values[index] = convert(values[index])
    return rows.model.from_db(connection.alias, statement.names, values), beside


def lock_in_order(model: type[Model], row_ids: Iterable[int]) -> None:
    """Lock several rows until the transaction ends, in order of id: whoever locks like this never waits for who waits for them."""
    table = connection.ops.quote_name(model._meta.db_table)
    statement = f"select id from {table} where id = any(%s) order by id for no key update"  # noqa: S608  (the name is ours)
    run_prepared(statement, [sorted(set(row_ids))])


def stored_values(row: Model) -> dict[str, Any]:
    """The row's column values as read, to find later what an act assigned."""
    values = {}
    for field in row._meta.concrete_fields:
        value = row.__dict__.get(field.attname)
        values[field.attname] = _copied(value) if isinstance(value, dict | list) else value
    return values


def change_statement(row: Model, read: dict[str, Any]) -> Change:
    """The statement that writes the columns that differ from `read`, and a version one higher."""
    changed: list[Field[Any, Any]] = [
        f
        for f in row._meta.concrete_fields
        if f.attname != "version" and row.__dict__.get(f.attname) != read[f.attname]
    ]
    columns = "".join(f', "{f.column}" = %s' for f in changed)
    values = [f.get_db_prep_save(getattr(row, f.attname), connection) for f in changed]
    key = row._meta.pk.column
    return f'update "{row._meta.db_table}" set version = version + 1{columns} where "{key}" = %s', [*values, row.pk]  # noqa: S608


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def _locking(rows: QuerySet[M], row_id: int) -> QuerySet[M]:
    return rows.filter(pk=row_id).order_by().select_for_update(of=("self",), no_key=True)


def _make(rows: QuerySet[M], along: str) -> _Statement:
    compiler = _locking(rows, _ANY_ID).query.get_compiler(connection.alias)
    sql, parameters = compiler.as_sql()
    expressions = [expression for expression, _sql, _alias in compiler.select]
    return _Statement(
        sql=f"select locked.*, {along} from ({sql}) as locked" if along else sql,  # noqa: S608  (texts of ours)
        parameters=tuple(parameters),
        names=tuple(f.attname for f in rows.model._meta.concrete_fields),
        converters=tuple(
            (index, _converter(converters, expression))
            for index, (converters, expression) in compiler.get_converters(expressions).items()
        ),
    )


def _converter(converters: list[Callable[..., Any]], expression: Any) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        for converter in converters:
            value = converter(value, expression, connection)
        return value

    return convert


def _form(rows: QuerySet[Any]) -> Any:
    """What decides the statement's text and values, as something that can be compared."""
    query = rows.query
    special = query.is_sliced or query.distinct or query.combinator or query.annotations or query.extra
    if special or query.select_related or query.deferred_loading[0]:
        raise _NotPlainError
    joins = tuple(
        (alias, table.table_name, getattr(table, "join_type", None), getattr(table, "parent_alias", None))
        for alias, table in query.alias_map.items()
        if query.alias_refcount[alias]
    )
    return rows.model, joins, _where(query.where)


def _where(node: Any) -> Any:
    if isinstance(node, WhereNode):
        return node.connector, node.negated, tuple(_where(child) for child in node.children)
    if isinstance(node, Lookup) and isinstance(node.lhs, Col):
        value = node.rhs
        if isinstance(value, list | set | frozenset | tuple):
            value = tuple(sorted(value))
        elif not (value is None or isinstance(value, str | int)):
            raise _NotPlainError
        return type(node), node.lhs.alias, node.lhs.target.column, value
    raise _NotPlainError
