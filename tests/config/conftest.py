"""Folders for data of installations that the tests start."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from onhand.config import cluster


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder the database's service user can reach, unlike pytest's own private ones."""
    with reachable_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared_place() -> Iterator[Path]:
    """The same, for all tests of a file."""
    with reachable_folder() as folder:
        yield folder


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder that is removed at the end, with what embedded databases of data folders in it keep elsewhere."""
    folder = Path(tempfile.mkdtemp(prefix="onhand-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for known in folder.rglob("postgres.json"):
            remove_elsewhere(known)
        shutil.rmtree(folder, ignore_errors=True)


def remove_elsewhere(known: Path) -> None:
    """Remove the files of a database that lie outside of its data folder, as root's in a private home do."""
    told = json.loads(known.read_text(encoding="utf-8"))
    files, sockets = Path(told["folder"]), Path(told["socket"])
    if files.is_relative_to(cluster.ELSEWHERE):
        shutil.rmtree(files.parent, ignore_errors=True)
    elif not sockets.is_relative_to(known.parent):
        shutil.rmtree(sockets, ignore_errors=True)
