"""The database for commands of a moment: the running one, or the embedded one started for as long as the command takes."""

import contextlib
import os
from collections.abc import Iterator

from onhand.config import database, postgres
from onhand.config.environment import Environment


@contextlib.contextmanager
def server(settings: Environment) -> Iterator[None]:
    """Make sure the embedded server answers; one that is not running is started and ended again."""
    own: postgres.Embedded | None = None
    if settings.embedded and not answers(settings):
        own = postgres.Embedded(settings.data, user=settings.postgres_user, options=postgres.options(settings))
        own.start()
    try:
        if own:
            own.wait_until_ready()
        if settings.embedded:
            database.create_if_missing(settings)
        yield
    finally:
        if own:
            own.stop()


@contextlib.contextmanager
def database_for_django(settings: Environment) -> Iterator[None]:
    """Load Django with the database behind it."""
    with server(settings):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onhand.config.settings")
        import django
        from django.db import connection

        django.setup()
        try:
            yield
        finally:
            connection.close()
            close_pool = getattr(connection, "close_pool", None)
            if close_pool:
                close_pool()


def answers(settings: Environment) -> bool:
    """True if the embedded server of the data folder accepts connections."""
    import psycopg

    try:
        psycopg.connect(**postgres.address(settings.data).parameters("postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
