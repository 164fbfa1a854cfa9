"""The database beside Django's cursors: prepared statements for hot paths, connections of our own for listening and notifying."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connections

MOST_PREPARED = 400  # statements a connection keeps; each is one more for the kinds of values it is given
_PASSED_ON = ("host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "options")


def run_prepared(sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """
    Run one statement on Django's connection, in its transaction, prepared by the server: parsed and planned once a connection
    instead of each time. For the few statements of every act; the text must not vary with the values.
    """
    django = connections["default"]
    django.ensure_connection()
    django.validate_no_broken_transaction()
    direct = django.connection
    if direct.prepare_threshold is None:  # Django's default; its own cursors never prepare, whatever is said here
        direct.prepare_threshold = 0
        direct.prepared_max = MOST_PREPARED
    cursor = psycopg.Cursor(direct)
    with django.wrap_database_errors:
        cursor.execute(sql, parameters, prepare=True)
        return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []


def forget_connections() -> None:
    """
    Let go of this thread's connection and of the pool behind it, after the database went away. A pool asks a server that was
    away again in ever longer intervals; a new one asks at once.
    """
    django = connections["default"]
    django.close()
    if django.settings_dict["OPTIONS"].get("pool"):
        # Of the PostgreSQL backend. Taken out in one step, as several threads may do this at the same time.
        pool = django._connection_pools.pop(django.alias, None)  # type: ignore[attr-defined]
        if pool is not None:
            pool.close()


def connection_parameters() -> dict[str, Any]:
    """What psycopg needs to reach the database Django is on."""
    wrapper = connections["default"]
    parameters = wrapper.get_connection_params()
    return {key: parameters[key] for key in _PASSED_ON if parameters.get(key)}


def connect_directly() -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection in autocommit that does not wait for the disk: for hints, which may be lost."""
    direct = psycopg.connect(**connection_parameters(), autocommit=True, application_name="onhand hints")
    direct.execute("set synchronous_commit = off")
    return direct
