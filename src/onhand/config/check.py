"""
``onhand check``: is the installation sound? ``onhand check records``: is every record as it was written? ``onhand check books``: do the
books balance, and say what the documents say?
"""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from onhand.config import cluster, database, folder, session, supervisor
from onhand.config.environment import Environment, unknown_variables
from onhand.config.terminal import say

MEGABYTE = 2**20
LITTLE_DISK = 2_048 * MEGABYTE
NO_DISK = 256 * MEGABYTE
SOME_SKEW = 2.0  # seconds between this machine's clock and the database's
TOO_MUCH_SKEW = 30.0


class Grade(StrEnum):
    """How a finding is meant."""

    GOOD = "good"
    LOOK = "look"
    BAD = "BAD"


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    name: str
    grade: Grade
    text: str


Findings = Iterator[Finding]


def installation(settings: Environment) -> int:
    """Look at everything and print it; 0 if nothing is bad."""
    findings = list(look(settings))
    width = max(len(finding.name) for finding in findings)
    say(*(f"{finding.grade:<5} {finding.name:<{width}}  {finding.text}" for finding in findings))
    bad = sum(finding.grade is Grade.BAD for finding in findings)
    say("", f"{bad} of {len(findings)} are bad." if bad else "The installation is sound.")
    return 1 if bad else 0


def look(settings: Environment) -> Findings:
    """Every finding about this installation."""
    yield from _settings()
    yield from _data_folder(settings)
    yield from _disk(settings)
    yield from _processes(settings)
    yield from _database(settings)


def _settings() -> Findings:
    for name in unknown_variables():
        yield Finding("settings", Grade.LOOK, f"{name} is not a setting of Onhand; is it misspelt?")
    yield Finding("settings", Grade.GOOD, "all values can be read")


def _data_folder(settings: Environment) -> Findings:
    data = folder.make_private(settings.data)
    writable = os.access(data, os.W_OK | os.X_OK)
    open_to_all = data.stat().st_mode & 0o022
    if not writable or open_to_all:
        what = "cannot be written by this user" if not writable else "can be written by other users; chmod go-w it"
        yield Finding("data folder", Grade.BAD, f"{data} {what}")
    else:
        yield Finding("data folder", Grade.GOOD, str(data))
    for name, given in ((folder.SECRET_KEY, settings.secret_key), (folder.SEAL_KEY, settings.seal_key)):
        yield _secret(data / name, given is not None)
    if settings.embedded:
        yield _secret(data / "postgres.json", given=False)


def _secret(path: Path, given: bool) -> Finding:
    if given:
        return Finding("secrets", Grade.GOOD, f"{path.stem} key comes from the environment")
    if not path.exists():
        return Finding("secrets", Grade.LOOK, f"{path.name} is made at the first start")
    if path.stat().st_mode & 0o077:
        return Finding("secrets", Grade.BAD, f"{path} can be read by other users; chmod 600 it and change the secret")
    if not path.read_text(encoding="utf-8").strip():
        return Finding("secrets", Grade.BAD, f"{path} is empty; restore it from a backup")
    return Finding("secrets", Grade.GOOD, f"{path.name} is there and private")


def _disk(settings: Environment) -> Findings:
    places = {"data": settings.data}
    if settings.embedded:
        files = cluster.place(settings.data).files
        if files.exists() and files.stat().st_dev != settings.data.stat().st_dev:
            places["database"] = files
    for name, place in places.items():
        free = shutil.disk_usage(place).free
        grade = Grade.BAD if free < NO_DISK else Grade.LOOK if free < LITTLE_DISK else Grade.GOOD
        yield Finding("disk", grade, f"{free // MEGABYTE:,} MB free for the {name}")


def _processes(settings: Environment) -> Findings:
    state = supervisor.state(settings.data)
    if not state:
        yield Finding("processes", Grade.LOOK, "Onhand does not run on this data folder")
        return
    parts = state.get("parts")
    for name, part in parts.items() if isinstance(parts, dict) else ():
        pid, restarts = part.get("pid"), part.get("restarts", 0)
        if pid and supervisor.exists(pid):
            grade = Grade.LOOK if restarts else Grade.GOOD
            yield Finding("processes", grade, f"{name} runs (process {pid}, started again {restarts} times)")
        else:
            yield Finding("processes", Grade.BAD, f"{name} does not run; the log says why")


def _database(settings: Environment) -> Findings:
    import psycopg
    from django.db import DatabaseError

    try:
        with session.database_for_django(settings):
            for part in (_version, _migrations, _keys, _clock, _waiting_work, _mail, _books):
                yield from part()
    except (DatabaseError, psycopg.Error, cluster.PostgresError) as error:
        yield Finding("database", Grade.BAD, f"cannot be reached: {str(error).strip().splitlines()[0]}")


def _version() -> Findings:
    rows = _rows("select current_setting('server_version'), current_setting('server_version_num')::int / 10000")
    version, major = rows[0]
    grade = Grade.GOOD if major >= database.OLDEST_VERSION else Grade.BAD
    yield Finding("database", grade, f"PostgreSQL {version}; {database.OLDEST_VERSION} or newer is needed")


def _migrations() -> Findings:
    from onhand.config import migrations

    missing = migrations.missing()
    if missing:
        yield Finding("migrations", Grade.BAD, f"{len(missing)} to apply; run: onhand migrate")
    else:
        yield Finding("migrations", Grade.GOOD, "the database is up to date")


def _keys() -> Findings:
    from onhand.config import keys, migrations
    from onhand.config.environment import environment

    if migrations.missing():
        return
    wrong = keys.wrong()
    for key in wrong:
        yield Finding("keys", Grade.BAD, keys.explain(key, environment()))
    if not wrong:
        yield Finding("keys", Grade.GOOD, "this machine's keys are those of the database")


def _clock() -> Findings:
    before = time.time()
    there: datetime = _rows("select clock_timestamp()")[0][0]
    here = datetime.fromtimestamp((before + time.time()) / 2, UTC)
    skew = abs((there - here).total_seconds())
    grade = Grade.BAD if skew > TOO_MUCH_SKEW else Grade.LOOK if skew > SOME_SKEW else Grade.GOOD
    yield Finding("time", grade, f"this machine and the database are {skew:.1f} s apart")


def _waiting_work() -> Findings:
    from onhand.config import migrations

    if migrations.missing():
        return
    failed = _rows("select count(*) from procrastinate_jobs where status = 'failed'")[0][0]
    parked = _rows("select count(*) from kernel_delivery where parked and handled_at is null")[0][0]
    late = _rows(
        "select count(*) from kernel_delivery where handled_at is null and not parked"
        " and not_before < now() - interval '5 minutes'"
    )[0][0]
    yield Finding("jobs", Grade.LOOK if failed else Grade.GOOD, f"{failed} failed")
    grade = Grade.BAD if late else Grade.LOOK if parked else Grade.GOOD
    yield Finding("deliveries", grade, f"{parked} parked after failing, {late} late by more than five minutes")
    others = _rows(
        "select split_part(application_name, ' ', 2) || ' on ' || split_part(application_name, ' ', 3), count(*)"
        " from pg_stat_activity where datname = current_database() and application_name ~ '^onhand (web|jobs|listeners) '"
        " group by 1 order by 1"
    )
    yield Finding("connections", Grade.GOOD, ", ".join(f"{name}: {count}" for name, count in others) or "none")


def _mail() -> Findings:
    from django.utils import timezone

    from onhand.channels.email.health import Mood, late_to_be_sent, states
    from onhand.channels.email.models import Mailbox
    from onhand.config import migrations

    if migrations.missing():
        return
    at = timezone.now()
    grades = {Mood.BAD: Grade.BAD, Mood.LOOK: Grade.LOOK}
    for one in states(list(Mailbox.objects.order_by("address")), at):
        words = " ".join(one.problems) or ("works" if one.mood is Mood.WELL else "is not in use")
        yield Finding("mail", grades.get(one.mood, Grade.GOOD), f"{one.mailbox.address}: {words}")
    if late := late_to_be_sent(at):
        yield Finding("mail", Grade.BAD, f"{late} messages should have been sent minutes ago")


def _books() -> Findings:
    from onhand.config import migrations
    from onhand.ledger.models import BooksCheck

    if migrations.missing():
        return
    last = BooksCheck.objects.order_by("-at").first()
    if last is None:
        yield Finding("books", Grade.GOOD, "not looked at yet; that is done each night")
    elif last.fault_count:
        yield Finding(
            "books", Grade.BAD, f"{last.faults[0]} (looked at {last.at:%Y-%m-%d %H:%M}); see: onhand check books"
        )
    else:
        yield Finding("books", Grade.GOOD, f"{last.journals} journals were right on {last.at:%Y-%m-%d %H:%M}")


def _rows(query: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def records(settings: Environment) -> int:
    """Look at every sealed stream; print each fault found; 0 if there is none."""
    with session.database_for_django(settings):
        from onhand.kernel import seals
        from onhand.kernel.signing import STREAM_COLUMNS

        heads = folder.read_json(settings.data / "seals.json")
        faults = 0
        for stream in STREAM_COLUMNS:
            begun = time.monotonic()
            found = 0
            for fault in seals.check_stream(stream, heads.get(stream)):
                found += 1
                say(f"{stream}: {fault.kind}, row {fault.row_id if fault.row_id is not None else '-'}: {fault.detail}")
            count = _rows(f"select count(*) from {stream}")[0][0]  # noqa: S608 a name from the code
            say(f"{stream}: {count} rows looked at in {time.monotonic() - begun:.1f} s, {found} faults")
            faults += found
    say("Every record is as it was written." if not faults else f"{faults} faults.")
    return 1 if faults else 0


def books(settings: Environment) -> int:
    """Look at every booking and document; print each fault found; 0 if there is none."""
    with session.database_for_django(settings):
        from django.utils import timezone

        from onhand.kernel.discovery import load_apps
        from onhand.ledger.checks import check_books

        load_apps()
        found = check_books(timezone.now())
    say(*found.faults, f"{found.journals} journals on {found.accounts} accounts looked at in {found.seconds:.1f} s.")
    say(f"{found.fault_count} faults." if found.fault_count else "The books are right.")
    return 1 if found.fault_count else 0
