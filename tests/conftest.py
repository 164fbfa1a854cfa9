"""A database server for each worker, and a database cloned from a migrated template.

Without ``DATABASE_URL`` each worker starts an embedded server of its own, with durability off: an open transaction of
one worker's test then never holds back another's, as sealing waits for all of them. With it that server is used (it must
allow creating databases), best by one worker. Nothing but databases named ``onhand_template_…`` and ``onhand_test_…`` is touched there.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import settings as property_settings
from psycopg import sql
from pytest_django.plugin import blocking_manager_key

SERVER = "ONHAND_TEST_SERVER"
SHARED = "ONHAND_TEST_SHARED_SERVER"  # set by the first process, inherited by the workers: the DATABASE_URL given
TEMPLATE = "ONHAND_TEST_TEMPLATE"
ROOT = Path(__file__).resolve().parents[1]
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "log_min_duration_statement": "-1",
    "max_connections": "200",
}
os.environ["DJANGO_SETTINGS_MODULE"] = "onhand.config.settings"

# Before a change lands, a red test must mean the change: there the same examples are tried each time, elsewhere new ones.
property_settings.register_profile("landing", derandomize=True)
if os.environ.get("CI"):
    property_settings.load_profile("landing")


class Server:
    """An embedded server for the tests of this process and the folder it lives in."""

    def __init__(self) -> None:
        from onhand.config.postgres import Embedded

        self.lock: IO[str] | None = None
        self.folder = self._folder()
        self.postgres = Embedded(self.folder, options=NOT_DURABLE)
        self.postgres.start()
        self.postgres.wait_until_ready()
        address = self.postgres.address
        self.url = (
            f"postgresql://{address.user}:{quote(address.password)}@/postgres?host={quote(address.host, safe='')}"
        )

    def _folder(self) -> Path:
        """The folder kept between runs; if another run is using it, one of our own that is removed at the end."""
        kept = ROOT / ".cache" / "tests" / os.environ.get("PYTEST_XDIST_WORKER", "one")
        kept.mkdir(parents=True, exist_ok=True)
        if not self._reachable(kept):
            return Path(
                tempfile.mkdtemp(prefix="onhand-tests-")
            )  # else it would lie, for ever, outside of the checkout
        self.lock = (kept / "lock").open("w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.close()
            self.lock = None
            return Path(tempfile.mkdtemp(prefix="onhand-tests-"))
        return kept

    def _reachable(self, kept: Path) -> bool:
        """False if root runs the tests of a checkout in a private folder, which the server's user cannot enter."""
        from onhand.config import cluster

        user = cluster.account(cluster.place(kept), None)
        return user.uid is None or user.may("-x", kept.parent)

    def stop(self) -> None:
        """End the server."""
        self.postgres.stop()
        if self.lock is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            self.lock.close()


def with_database(url: str, name: str) -> str:
    """The same server's address with another database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def pytest_configure(config: pytest.Config) -> None:
    """Start a server if this process runs tests, then load Django."""
    if sys.version_info < (3, 11, 8) or (3, 12) <= sys.version_info < (3, 12, 2):
        # These Pythons miscount when a syntax tree is made while another thread makes one. The live servers of tests do,
        # and pytest, quoting the source of a failure, would then end the whole run with an internal error.
        config.option.tbstyle = "native"
    is_worker = hasattr(config, "workerinput")
    runs_tests = is_worker or not config.getoption("numprocesses", None)
    if not is_worker:
        os.environ[SHARED] = os.environ.get("DATABASE_URL", "")
    os.environ[SERVER] = os.environ[SHARED] or "postgresql://nobody@localhost/postgres"
    if runs_tests and not os.environ[SHARED]:
        server = Server()
        config.stash[server_key] = server
        os.environ[SERVER] = server.url
    data = tempfile.mkdtemp(prefix="onhand-data-")
    config.stash[data_key] = data
    os.environ["ONHAND_DATA"] = data
    os.environ["ONHAND_LOG_FORMAT"] = "text"
    os.environ["ONHAND_LOG_LEVEL"] = "error"
    os.environ["DATABASE_URL"] = with_database(os.environ[SERVER], "onhand_none")
    import django

    django.setup()
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # No pool in tests: databases are dropped under the connections' feet.
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    if runs_tests:
        with config.stash[blocking_manager_key].unblock():
            os.environ[TEMPLATE] = template()
    else:
        # The workers must not load the settings before they know their server.
        del os.environ["DJANGO_SETTINGS_MODULE"]


server_key = pytest.StashKey[Server]()
data_key = pytest.StashKey[str]()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started."""
    server = config.stash.get(server_key, None)
    if server:
        server.stop()
    data = config.stash.get(data_key, None)
    if data:
        shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def maintenance() -> Iterator["psycopg.Connection[Any]"]:
    """A session on the server's own database, to create and drop others; one process at a time."""
    with psycopg.connect(os.environ[SERVER], autocommit=True) as session:
        session.execute("select pg_advisory_lock(77)")  # a template may be copied by one session at a time
        yield session


def template() -> str:
    """Name of the migrated template database, made once for each state of the migrations and kept between runs."""
    from django.apps import apps

    digest = hashlib.sha256()
    for app in apps.get_app_configs():
        # roles.py and access.py decide what the built-in roles hold, which are made right after the migrations
        own = (Path(app.path, name) for name in ("roles.py", "access.py"))
        for file in (*sorted(Path(app.path, "migrations").glob("*.py")), *filter(Path.is_file, own)):
            digest.update(f"{app.label} {file.name}".encode() + file.read_bytes())
    from tests import company

    digest.update(f"{company.acts_that_give()}".encode() + Path(company.__file__).read_bytes())
    name = f"onhand_template_{digest.hexdigest()[:12]}"
    with maintenance() as session:
        if session.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            return name
        if not os.environ[SHARED]:  # nobody else is on an embedded server: earlier runs' databases can go
            old = session.execute(
                "select datname from pg_database where datname ~ '^onhand_(template|test)_'"
            ).fetchall()
            for (leftover,) in old:
                session.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(leftover)))
        new = f"{name}_new"
        session.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(new)))
        session.execute(sql.SQL("create database {} template template0").format(sql.Identifier(new)))
        migrate(new)
        session.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(new), sql.Identifier(name)))
    return name


def migrate(database: str) -> None:
    """Bring one database to the current schema."""
    from django.db import connection

    from onhand.config import migrations
    from tests import company

    use_database(database)
    try:
        migrations.apply()
        company.found(datetime(2026, 1, 1, tzinfo=UTC))
    finally:
        connection.close()


def use_database(name: str) -> None:
    """Let Django's default connection, in every thread, mean this database."""
    from django.db import connections

    connections["default"].close()
    connections.settings["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name


def close_to_all(name: str) -> None:
    """Let nobody into a database any more, so that it can be cloned."""
    with maintenance() as session:
        session.execute(sql.SQL("alter database {} with allow_connections false").format(sql.Identifier(name)))
        session.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", [name])


def drop(name: str) -> None:
    """Remove a database, whoever is in it."""
    with maintenance() as session:
        session.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def clone(name: str, of: str = "") -> None:
    """Make a fresh database from the template, or from another that nobody is in, in place of one of the same name."""
    with maintenance() as session:
        new = sql.Identifier(name)
        session.execute(sql.SQL("drop database if exists {} with (force)").format(new))
        session.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                new, sql.Identifier(of or os.environ[TEMPLATE])
            )
        )


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """One cloned database for this worker; tests that commit get a fresh clone afterwards."""
    from django.db import connection
    from django.test import TransactionTestCase

    name = f"onhand_test_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}_{os.getpid()}"
    original = TransactionTestCase._fixture_teardown

    def fresh_clone(_case: TransactionTestCase) -> None:
        # Records are append-only in the database itself, so they cannot be emptied: start again from the template.
        connection.close()
        clone(name)

    with django_db_blocker.unblock():
        clone(name)
        use_database(name)
        TransactionTestCase._fixture_teardown = fresh_clone
        yield
        TransactionTestCase._fixture_teardown = original
        connection.close()
        drop(name)


@pytest.fixture(autouse=True)
def rules_read_anew() -> Iterator[None]:
    """Rules are kept by the id of their version, which never changes; only here may the same id come again."""
    yield
    published = sys.modules.get("onhand.rules.published")
    if published is not None:
        published.applied.cache_clear()


@pytest.fixture(autouse=True)
def guidelines_read_anew() -> Iterator[None]:
    """What is in force is kept by a number that only grows; only here may the same one come again."""
    for name in ("onhand.guidelines.book", "onhand.procedures.binding", "onhand.receipts.gate"):
        if name in sys.modules:
            sys.modules[name].forget()
    yield
