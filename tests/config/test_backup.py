"""Backups, proven by restoring them into an empty place and comparing every table."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from onhand.config import archive
from onhand.config.environment import Environment
from tests.config.group import onhand

pytestmark = [pytest.mark.xdist_group("backup")]


@pytest.fixture(scope="module")
def company(shared_place: Path) -> Path:
    """The data folder of a demo company."""
    data = shared_place / "company"
    made = onhand(data, "demo")
    assert made.returncode == 0, made.stderr
    files = data / "files" / "letters"
    files.mkdir(parents=True)
    (files / "ñ.txt").write_text("kept", encoding="utf-8")
    return data


@pytest.fixture(scope="module")
def backup(company: Path, shared_place: Path) -> Path:
    file = shared_place / "backup.tar"
    made = onhand(company, "backup", str(file))
    assert made.returncode == 0, made.stderr
    assert "customers' data" in made.stdout
    return file


def test_says_what_it_holds(backup: Path) -> None:
    with tarfile.open(backup) as tar:
        source = tar.extractfile("manifest.json")
        assert source
        manifest = json.load(source)
    assert manifest["tables"]["customers_customer"]["rows"] > 100
    assert manifest["tables"]["kernel_actrecord"]["rows"] > 10
    assert "kernel.0001_initial" in manifest["migrations"]
    assert {"database.dump", "data/secret.key", "data/seal.key", "data/files/letters/ñ.txt"} <= set(manifest["members"])
    assert backup.stat().st_mode & 0o077 == 0


def test_comes_back_whole_in_an_empty_place(company: Path, backup: Path, place: Path) -> None:
    restored = place / "data"
    result = onhand(restored, "restore", str(backup))
    assert result.returncode == 0, result.stderr
    assert "each table compared" in result.stdout
    assert _manifest_of(restored, place) == _manifest_of(company, place)
    for name in ("secret.key", "seal.key", "files/letters/ñ.txt"):
        assert (restored / name).read_bytes() == (company / name).read_bytes()
    books = onhand(restored, "check", "books")
    assert books.returncode == 0, books.stdout
    assert "The books are right." in books.stdout
    records = onhand(restored, "check", "records")
    assert records.returncode == 0, records.stdout


def test_refuses_a_filled_place_unless_told(company: Path, backup: Path, place: Path) -> None:
    filled = place / "filled"
    shutil.copytree(company, filled, ignore=shutil.ignore_patterns("pg", "pg-socket", "postgres.json"))
    assert onhand(filled, "restore", str(backup)).returncode == 0
    refused = onhand(filled, "restore", str(backup))
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert onhand(filled, "restore", str(backup), "--replace").returncode == 0


@pytest.mark.parametrize("harm", ["cut", "flipped", "stranger", "text"])
def test_a_damaged_backup_changes_nothing(backup: Path, place: Path, harm: str) -> None:
    damaged = place / "damaged.tar"
    content = bytearray(backup.read_bytes())
    if harm == "cut":
        del content[len(content) // 2 :]
    elif harm == "flipped":
        content[len(content) // 2] ^= 0xFF
    elif harm == "text":
        content[:] = b"not a backup"
    damaged.write_bytes(content)
    if harm == "stranger":
        with tarfile.open(damaged, "a") as tar:
            entry = tarfile.TarInfo("../../outside")
            entry.size = 4
            tar.addfile(entry, io.BytesIO(b"evil"))
    result = onhand(place / "data", "restore", str(damaged))
    assert result.returncode == 1
    assert "Nothing was restored" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (place.parent / "outside").exists()
    assert onhand(place / "data", "check").stdout.count("to apply") == 1  # still an empty database


def test_the_digest_of_a_table_sees_a_changed_value_but_not_the_order(place: Path) -> None:
    data = place / "data"
    assert onhand(data, "migrate").returncode == 0
    settings = Environment(data=data, DATABASE_URL=None)  # type: ignore[call-arg]
    from onhand.config import session

    with session.server(settings), archive.connect(settings) as writer:
        writer.execute("create table public.t (a int, b text)")
        writer.execute("insert into t values (1, 'x'), (2, 'y')")
        first = archive.tables(writer)["t"]
        writer.execute("truncate t")
        writer.execute("insert into t values (2, 'y'), (1, 'x')")
        assert archive.tables(writer)["t"] == first
        writer.execute("update t set b = 'z' where a = 2")
        assert archive.tables(writer)["t"] != first
        writer.rollback()


def _manifest_of(data: Path, place: Path) -> object:
    file = place / f"{data.name}-again.tar"
    assert onhand(data, "backup", str(file)).returncode == 0
    with tarfile.open(file) as tar:
        source = tar.extractfile("manifest.json")
        assert source
        tables = json.load(source)["tables"]
    assert isinstance(tables, dict)
    return tables


def test_no_connection_is_a_clear_message(place: Path) -> None:
    result = onhand(place / "data", "backup", str(place / "b.tar"), DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert result.returncode == 1
    assert "No backup was made" in result.stderr
    assert not (place / "b.tar").exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("database.dump", True),
        ("data/seal.key", True),
        ("data/files/letters/ñ.txt", True),
        ("data/files", False),
        ("data/files/../../.profile", False),
        ("data/pg/postgresql.conf", False),
        ("data/up.json", False),
        ("/etc/passwd", False),
        ("", False),
    ],
)
def test_only_what_a_backup_writes_is_taken_out_of_one(name: str, kept: bool) -> None:
    assert archive.is_kept(name) is kept
