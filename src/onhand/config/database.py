"""Where the database is: the embedded server of the data folder, or the server named by ``DATABASE_URL``."""

import os
import socket
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from onhand.config import postgres
from onhand.config.environment import Environment

NAME = "onhand"
OLDEST_VERSION = 15
LOCK_SECONDS = 5  # who waits longer for a row somebody else is changing is told so


def parameters(settings: Environment) -> dict[str, Any]:
    """Keyword arguments for :func:`psycopg.connect` that reach the product's database. Connects to nothing."""
    if settings.database_url is None:
        return dict(postgres.address(settings.data).parameters(NAME))
    return {
        key: value
        for key, value in conninfo_to_dict(settings.database_url.get_secret_value()).items()
        if value is not None
    }


def django_settings(settings: Environment) -> dict[str, Any]:
    """The ``default`` entry of Django's ``DATABASES``: a pool of connections, nothing that hangs."""
    known = parameters(settings)
    options = {
        name: value for name, value in known.items() if name not in {"host", "port", "user", "password", "dbname"}
    }
    options["options"] = f"-c lock_timeout={LOCK_SECONDS}s {known.get('options', '')}".rstrip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known.get("dbname", NAME),
        "USER": known.get("user", ""),
        "PASSWORD": known.get("password", ""),
        "HOST": known.get("host", ""),
        "PORT": str(known.get("port", "")),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {
            "connect_timeout": 10,
            **options,
            "application_name": application_name("command"),
            "pool": {"min_size": 0, "max_size": settings.pool_size, "timeout": 10, "max_idle": 300},
        },
    }


def application_name(part: str) -> str:
    """The name a process shows in ``pg_stat_activity``: which part, on which machine."""
    return f"onhand {part} {socket.gethostname()[:32]} {os.getpid()}"


def name_connections(part: str) -> None:
    """From now on connections of this process carry the part's name. To be called before the first one is opened."""
    from django.db import connections

    connections.settings["default"]["OPTIONS"]["application_name"] = application_name(part)


def create_if_missing(settings: Environment) -> bool:
    """Create the product's database on the embedded server; true if it was not there."""
    import psycopg

    with psycopg.connect(**postgres.address(settings.data).parameters("postgres"), autocommit=True) as session:
        if session.execute("select 1 from pg_database where datname = %s", [NAME]).fetchone():
            return False
        session.execute(f"create database {NAME} template template0")  # a constant of ours
        return True
