"""Who sees what, as parts of statements that read more than one table at once."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from onhand.kernel.actor import Actor, Visibility


def among(
    actor: Actor, rows: QuerySet[Any], column: str, start: str, otherwise: str = ""
) -> tuple[str, dict[str, Any]]:
    """
    That a column is among the ids of `rows`, as SQL with its parameters, whose names begin with `start`. What stands for no rows at
    all is `otherwise`.

    :raises EmptyResultSet: no rows at all, and nothing stands for that.
    """
    if actor.visibility is Visibility.ALL and not rows.query.where.children:
        return "true", {}
    try:
        sql, given = rows.values("pk").query.sql_with_params()
    except EmptyResultSet:
        if not otherwise:
            raise
        return otherwise, {}
    names = [f"{start}_{number}" for number in range(len(given))]
    text = sql % tuple(f"%({name})s" for name in names)
    return f"{column} in ({text})", dict(zip(names, given, strict=True))
