"""Run by an ordinary user of the machine: nothing of root's is needed, and nothing of root's is touched."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.config.group import Person, Running, gone, onhand_as

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.xdist_group("supervisor"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else"),
]


@pytest.fixture(scope="module")
def nobody(shared_place: Path) -> Person:
    """Somebody without rights, with a home, and a Python they can reach that fits the installed packages."""
    entry = pwd.getpwnam("nobody")
    account: dict[str, Any] = {
        "user": entry.pw_uid,
        "group": entry.pw_gid,
        "extra_groups": [],
        "umask": 0o022,
        "cwd": "/",
    }
    root, packages = Path(__file__).resolve().parents[2], sysconfig.get_path("purelib")
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    path = os.pathsep.join([str(root / "src"), packages])
    for python in (sys.executable, shutil.which(version, path="/usr/bin:/usr/local/bin")):
        person = Person(python or "", account, {"PYTHONPATH": path, "HOME": str(shared_place), "USER": "nobody"})
        probe = [person.python, "-c", "import onhand.config.command, psycopg"]
        try:
            done = subprocess.run(probe, env=dict(person.variables), capture_output=True, check=False, **account)
        except OSError:
            continue
        if done.returncode == 0:
            os.chown(shared_place, entry.pw_uid, entry.pw_gid)
            return person
    pytest.skip("this checkout or its Python lies in a private folder of root's")


def test_up_backup_check_and_stop(nobody: Person, shared_place: Path) -> None:
    data = shared_place / "data"

    class Theirs(Running):
        person = nobody

    group = Theirs(data)
    try:
        group.wait_ready()
        processes = group.everything()
        assert {process.uids().real for process in processes} == {nobody.account["user"]}
        assert "representative@demo.example" in group.said()
        made = onhand_as(nobody, data, "backup", str(shared_place / "backup.tar"))
        assert made.returncode == 0, made.stderr
        checked = onhand_as(nobody, data, "check")
        assert checked.returncode == 0, checked.stdout
        assert group.stop() == 0
    finally:
        group.stop()
    assert gone(processes)
    assert not [process for process in psutil.process_iter() if str(data) in " ".join(_command(process))]
    for path in data.iterdir():
        assert path.stat().st_uid == nobody.account["user"]
        assert stat.S_IMODE(path.stat().st_mode) & 0o022 == 0


def test_roots_data_folder_is_refused_in_words(nobody: Person, place: Path) -> None:
    data = place / "data"
    data.mkdir(mode=0o755)
    for command in ("up", "check", "backup"):
        further = [str(place / "file")] if command == "backup" else []
        refused = onhand_as(nobody, data, command, *further)
        assert refused.returncode == 1, refused
        assert str(data) in refused.stderr + refused.stdout
        assert "Traceback" not in refused.stderr


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
