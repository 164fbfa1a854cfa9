"""What a backup is: one file with a manifest, the database and the data folder's own files.

A plain tar file: ``manifest.json`` first, then ``database.dump`` (PostgreSQL's own custom format) and ``data/…``. The
manifest says what is in it and from which versions, and carries a checksum of each member and a count and a digest of each
table, taken in the same snapshot as the dump, so that a restore can prove that it brought everything back.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg
from psycopg import sql

from onhand.config import cluster, database, folder
from onhand.config.environment import Environment

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
DATA = "data"
KEPT_FILES = (folder.SECRET_KEY, folder.SEAL_KEY, "demo.json", "seals.json")
KEPT_FOLDERS = ("files",)
# Every value as text must be written alike on both sides.
PLAIN_TEXT = "set datestyle = iso; set timezone = utc; set bytea_output = hex; set intervalstyle = iso_8601"


class ArchiveError(Exception):
    """A backup cannot be made, read or restored; the message says why."""


@dataclass(frozen=True)
class Table:
    """What a table held: the number of rows and a digest that does not depend on their order."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds."""

    format: int
    product: str
    made_at: str
    server: str
    migrations: Sequence[str]
    tables: Mapping[str, Table]
    members: Mapping[str, str] = field(default_factory=dict)
    not_included: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "Manifest":
        """From plain values. Raises :class:`ArchiveError` for another format."""
        if value.get("format") != FORMAT:
            raise ArchiveError(f"This version reads backups of format {FORMAT}, not {value.get('format')!r}.")
        tables = {name: Table(**table) for name, table in value["tables"].items()}
        return cls(**{**value, "tables": tables})


def connect(settings: Environment) -> "psycopg.Connection[tuple[Any, ...]]":
    """A session of its own on the product's database."""
    return psycopg.connect(**database.parameters(settings), application_name="onhand backup")


def table_names(session: "psycopg.Connection[tuple[Any, ...]]") -> list[str]:
    """All tables of the product's schema."""
    query = "select tablename from pg_tables where schemaname = 'public' order by 1"
    return [name for (name,) in session.execute(query).fetchall()]


def tables(session: "psycopg.Connection[tuple[Any, ...]]") -> dict[str, Table]:
    """Every table with the number of its rows and their digest, in the session's snapshot."""
    for statement in PLAIN_TEXT.split(";"):
        session.execute(statement.strip().encode())
    found = {}
    for name in table_names(session):
        # A sum of hashes: the same whatever the order, and no sort of the whole table.
        query = sql.SQL(
            "select count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint::numeric), 0)::text"
            " from {} as t"
        ).format(sql.Identifier("public", name))
        rows, digest = session.execute(query).fetchone() or (0, "0")
        found[name] = Table(rows, digest)
    return found


def program(settings: Environment, name: str, server_major: int) -> Path:
    """``pg_dump``, ``pg_restore`` or ``psql``, at least as new as the server. Raises :class:`ArchiveError`."""
    candidates = []
    try:
        candidates.append(cluster.programs() / name)
    except cluster.PostgresError:
        candidates = []
    installed = shutil.which(name)
    if installed and not settings.embedded:
        candidates.insert(0, Path(installed))
    for candidate in candidates:
        if candidate.exists() and _major(candidate) >= server_major:
            return candidate
    raise ArchiveError(
        f"There is no {name} of PostgreSQL {server_major} or newer; install postgresql-client-{server_major}."
    )


def _major(path: Path) -> int:
    text = subprocess.run([str(path), "--version"], check=True, capture_output=True, text=True).stdout
    number = re.search(r"\) (\d+)", text)
    return int(number[1]) if number else 0


def client_environment(settings: Environment) -> dict[str, str]:
    """Environment variables that lead PostgreSQL's programs to the product's database."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    names |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "options": "PGOPTIONS"}
    known = database.parameters(settings)
    found = {variable: str(known[name]) for name, variable in names.items() if name in known}
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "PGAPPNAME": "onhand backup", **found}


def checksum(source: BufferedReader) -> str:
    """SHA-256 of what is left of an open file."""
    return hashlib.file_digest(source, "sha256").hexdigest()


def data_files(data: Path) -> Iterable[Path]:
    """The files of the data folder that belong in a backup: keys and uploads, not the embedded server's own."""
    for name in KEPT_FILES:
        if (data / name).is_file():
            yield data / name
    for name in KEPT_FOLDERS:
        yield from sorted(path for path in (data / name).rglob("*") if path.is_file() and not path.is_symlink())


def is_kept(name: str) -> bool:
    """Whether a backup may hold a member of this name: the database's dump, or a file `data_files` gives."""
    parts = PurePosixPath(name).parts
    rest = parts[1:]
    if parts[:1] == (DATA,) and rest:
        return ".." not in rest and (
            (len(rest) == 1 and rest[0] in KEPT_FILES) or (len(rest) > 1 and rest[0] in KEPT_FOLDERS)
        )
    return name == DUMP
