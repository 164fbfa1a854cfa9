"""``onhand backup FILE``: everything the installation needs to live again, written while it runs."""

import json
import os
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path

import psycopg
from psycopg import IsolationLevel

from onhand.config import archive, cluster, session
from onhand.config.archive import ArchiveError, Manifest
from onhand.config.environment import Environment
from onhand.config.terminal import complain, say


def command(settings: Environment, file: Path) -> int:
    """Make the backup and say what it holds; the exit code."""
    try:
        with session.server(settings):
            manifest = make(settings, file)
    except (ArchiveError, psycopg.Error, cluster.PostgresError, OSError) as error:
        complain(f"No backup was made: {error}")
        return 1
    rows = sum(table.rows for table in manifest.tables.values())
    size = file.stat().st_size / 2**20
    say(f"{file} ({size:.1f} MB) holds:")
    say(f"  database: {len(manifest.tables)} tables, {rows:,} rows, PostgreSQL {manifest.server}")
    say(f"  files: {', '.join(name for name in manifest.members if name != archive.DUMP) or 'none'}")
    say(*(f"  not in it: {text}" for text in manifest.not_included))
    say("It holds secrets and customers' data: keep it where only you can read it.")
    return 0


def make(settings: Environment, file: Path) -> Manifest:
    """Write a backup; the file appears whole or not at all. Raises :class:`ArchiveError`."""
    file = file.expanduser().resolve()
    with tempfile.TemporaryDirectory(prefix=".onhand-backup-", dir=file.parent) as workplace:
        dump = Path(workplace) / archive.DUMP
        manifest = _dump(settings, dump)
        members = {archive.DUMP: dump}
        for path in archive.data_files(settings.data):
            members[f"{archive.DATA}/{path.relative_to(settings.data)}"] = path
        whole = Path(workplace) / "whole"
        manifest = _write(whole, manifest, members)
        whole.replace(file)
    return manifest


def _dump(settings: Environment, dump: Path) -> Manifest:
    """Dump the database and describe it, both in one snapshot."""
    with archive.connect(settings) as reader:
        reader.isolation_level = IsolationLevel.REPEATABLE_READ
        reader.read_only = True
        row = reader.execute(
            "select pg_export_snapshot(), current_setting('server_version'), current_setting('server_version_num')::int"
        ).fetchone()
        assert row is not None
        snapshot, server, number = row
        command = [str(archive.program(settings, "pg_dump", number // 10_000)), "--format=custom", "--no-owner"]
        command += ["--no-privileges", "--schema=public", f"--snapshot={snapshot}", f"--file={dump}"]
        environment = archive.client_environment(settings)
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            tables = archive.tables(reader)
            applied = reader.execute("select app || '.' || name from django_migrations order by id").fetchall()
        finally:
            _, errors = process.communicate()
        if process.returncode:
            raise ArchiveError(f"pg_dump failed: {errors.strip()}")
    absent = [
        f"{name} key: it comes from the environment; keep it with the backup"
        for name, given in (("secret", settings.secret_key), ("seal", settings.seal_key))
        if given
    ]
    return Manifest(
        format=archive.FORMAT,
        product=_product_version(),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        server=server,
        migrations=[name for (name,) in applied],
        tables=tables,
        not_included=absent,
    )


def _write(whole: Path, manifest: Manifest, members: dict[str, Path]) -> Manifest:
    checksums = {}
    for name, path in members.items():
        with path.open("rb") as source:
            checksums[name] = archive.checksum(source)
    complete = Manifest(**{**vars(manifest), "members": checksums})
    text = json.dumps(complete.as_json(), indent=1).encode()
    descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        with tarfile.open(fileobj=target, mode="w") as tar:
            entry = tarfile.TarInfo(archive.MANIFEST)
            entry.size = len(text)
            tar.addfile(entry, BytesIO(text))
            for name, path in members.items():
                tar.add(path, name, recursive=False, filter=_anonymous)
        target.flush()
        os.fsync(target.fileno())
    return complete


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


def _product_version() -> str:
    try:
        return version("onhand")
    except PackageNotFoundError:
        return "from source"
