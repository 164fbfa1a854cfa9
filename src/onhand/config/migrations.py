"""Bringing the database's schema up to date, at most once at a time over all machines."""

from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection

from onhand.config import database, first_migrations

LOCK = 0x6F6E6861  # any number; the same on every machine


class WrongDatabaseError(Exception):
    """The database cannot hold the product; the message says why."""


def on_disk() -> set[tuple[str, str]]:
    """All migrations of the installed apps, by app label and name, without loading them."""
    found = set()
    for app in apps.get_app_configs():
        for file in Path(app.path, "migrations").glob("[0-9a-zA-Z]*.py"):
            found.add((app.label, file.stem))
    return found


def missing() -> set[tuple[str, str]]:
    """Migrations the database has not had yet. One query, so that a warm start costs nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select to_regclass('django_migrations') is not null and to_regclass('onhand_cache') is not null"
        )
        row = cursor.fetchone()
        if not row or not row[0]:
            return on_disk()
        cursor.execute("select app, name from django_migrations")
        return on_disk() - {(app, name) for app, name in cursor.fetchall()}


def is_empty() -> bool:
    """Whether the database holds no table at all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind = 'r' and n.nspname = current_schema())"
        )
        return bool(cursor.fetchone()[0])


def require_version() -> int:
    """The server's major version. Raises :class:`WrongDatabaseError` if it is too old."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('server_version_num')::int / 10000")
        major = int(cursor.fetchone()[0])
    if major < database.OLDEST_VERSION:
        raise WrongDatabaseError(f"PostgreSQL {major} is too old; {database.OLDEST_VERSION} or newer is needed.")
    return major


def apply() -> int:
    """Apply what is missing, one process at a time; the number of migrations applied. Others wait for the lock."""
    require_version()
    if not missing():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("set statement_timeout = 0")
        cursor.execute("set lock_timeout = 0")
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        try:
            todo = missing()
            if todo:
                if is_empty():
                    first_migrations.apply_all()
                else:
                    call_command("migrate", verbosity=0, interactive=False)
                call_command("createcachetable", verbosity=0)
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])
            cursor.execute("reset statement_timeout")
            cursor.execute("reset lock_timeout")
    return len(todo)
