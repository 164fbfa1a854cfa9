"""``onhand restore FILE``: bring a backup back into an empty place, all of it or nothing, and prove it."""

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from onhand.config import archive, cluster, folder, session
from onhand.config.archive import ArchiveError, Manifest
from onhand.config.environment import Environment
from onhand.config.terminal import complain, say

PLAIN_SETTING = b"SET transaction_timeout = 0;\n"  # written by newer programs, unknown to servers before 17
HEAD_LINES = 60  # the settings stand in the first lines of a dump; further down the same text would be data


def command(settings: Environment, file: Path, *, replace: bool) -> int:
    """Restore and compare; say what was brought back; the exit code."""
    try:
        with session.server(settings):
            manifest = restore(settings, file, replace=replace)
            differences = compare(settings, manifest)
    except (ArchiveError, psycopg.Error, cluster.PostgresError, OSError, tarfile.TarError) as error:
        complain(f"Nothing was restored: {error}")
        return 1
    if differences:
        complain("The restored database differs from the backup:", *(f"  {text}" for text in differences))
        return 1
    rows = sum(table.rows for table in manifest.tables.values())
    say(
        f"Restored the backup of {manifest.made_at}: {len(manifest.tables)} tables, {rows:,} rows, each table compared."
    )
    say(*(f"Not in the backup: {text}" for text in manifest.not_included))
    say("If Onhand is running on this data folder, stop and start it: it still uses the keys it had.")
    return 0


def read_manifest(file: Path) -> Manifest:
    """What a backup says it holds. Raises :class:`ArchiveError` if the file is no backup."""
    try:
        with tarfile.open(file, "r:") as tar:
            first = tar.next()
            source = tar.extractfile(first) if first and first.name == archive.MANIFEST else None
            if source is None:
                raise ArchiveError(f"{file} is not a backup of Onhand.")
            return Manifest.read(json.load(source))
    except (tarfile.ReadError, ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{file} is not a backup of Onhand, or it is damaged.") from error


def restore(settings: Environment, file: Path, *, replace: bool) -> Manifest:
    """Bring everything back. Raises :class:`ArchiveError`, before changing anything, if it must not or cannot."""
    manifest = read_manifest(file)
    with tempfile.TemporaryDirectory(prefix=".onhand-restore-", dir=folder.make_private(settings.data)) as workplace:
        _unpack(file, manifest, Path(workplace))
        _require_empty(settings, replace=replace)
        _restore_database(settings, Path(workplace) / archive.DUMP, replace=replace)
        _restore_files(settings, Path(workplace) / archive.DATA)
    return manifest


def compare(settings: Environment, manifest: Manifest) -> list[str]:
    """Each table that does not hold what the backup says, in words."""
    with archive.connect(settings) as reader:
        found = archive.tables(reader)
    differences = []
    for name in sorted({*found, *manifest.tables}):
        there, wanted = found.get(name), manifest.tables.get(name)
        if there != wanted:
            said = f"{wanted.rows} rows" if wanted else "no such table"
            is_now = f"{there.rows} rows" if there else "no such table"
            differences.append(f"{name}: the backup has {said}, the database {is_now}, or their contents differ")
    return differences


def _unpack(file: Path, manifest: Manifest, workplace: Path) -> None:
    """Take out the members the manifest names, and no others, and check each."""
    with tarfile.open(file, "r:") as tar:
        for entry in tar:
            if entry.name == archive.MANIFEST:
                continue
            if entry.name not in manifest.members or not archive.is_kept(entry.name) or not entry.isfile():
                raise ArchiveError(f"{file} holds {entry.name!r}, which its manifest does not allow.")
            tar.extract(entry, workplace, filter="data")
    for name, expected in manifest.members.items():
        path = workplace / name
        if not path.is_file():
            raise ArchiveError(f"{file} is damaged: {name} is missing.")
        with path.open("rb") as source:
            if archive.checksum(source) != expected:
                raise ArchiveError(f"{file} is damaged: {name} is not what was written.")


def _require_empty(settings: Environment, *, replace: bool) -> None:
    with archive.connect(settings) as reader:
        filled = archive.table_names(reader)
    if filled and not replace:
        raise ArchiveError(
            f"the database already has {len(filled)} tables. Restore into an empty one, or add --replace to throw them away."
        )


def _restore_database(settings: Environment, dump: Path, *, replace: bool) -> None:
    """Feed the dump to psql as one transaction: it all comes back, or the database stays as it was."""
    with archive.connect(settings) as reader:
        major = reader.info.server_version // 10_000
        if replace:
            reader.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid() and usename = current_user"
            )
    environment = archive.client_environment(settings)
    unpack = [
        str(archive.program(settings, "pg_restore", major)),
        "--no-owner",
        "--no-privileges",
        "--file=-",
        str(dump),
    ]
    feed = [str(archive.program(settings, "psql", major)), "--no-psqlrc", "--quiet", "--single-transaction"]
    feed += ["--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-"]
    with (
        subprocess.Popen(unpack, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as source,
        subprocess.Popen(feed, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as target,
    ):
        assert source.stdout and source.stderr and target.stdin and target.stderr
        try:
            target.stdin.write(b"drop schema if exists public cascade;\n")
            for piece in _pieces(source, older=major < 17):
                target.stdin.write(piece)
            if source.wait():
                target.kill()
                raise ArchiveError(f"pg_restore failed: {source.stderr.read().decode(errors='replace').strip()}")
            target.stdin.close()
        except BrokenPipeError:
            source.kill()
        errors = target.stderr.read().decode(errors="replace").strip()
        if target.wait():
            raise ArchiveError(f"the database refused the backup: {errors}")


def _pieces(source: "subprocess.Popen[bytes]", *, older: bool) -> Iterator[bytes]:
    assert source.stdout
    for _ in range(HEAD_LINES):
        line = source.stdout.readline()
        if not (older and line == PLAIN_SETTING):
            yield line
    while piece := source.stdout.read(1 << 20):
        yield piece


def _restore_files(settings: Environment, source: Path) -> None:
    """Put keys and uploads in their places. A key given by the environment stays the one in force."""
    for path in sorted(source.rglob("*")):
        if path.is_file():
            target = settings.data / path.relative_to(source)
            folder.make_private(target.parent)
            path.chmod(0o600)
            path.replace(target)
