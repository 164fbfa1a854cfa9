"""A PostgreSQL of the machine's own packages, on a loopback port, with a role and an empty database; gone afterwards."""

import os
import pwd
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.config.group import free_port

SPEED = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=100"


def programs() -> Path | None:
    """The oldest installed server that will do, or none."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if int(path.parent.name) >= 15]
    return min(found, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def installed_server(place: Path) -> Iterator[str]:
    """Its address for ``DATABASE_URL``, with a role that owns the database and may do nothing else."""
    bin_folder = programs()
    assert bin_folder
    home, who = place / "server", _service_user()
    home.mkdir()
    password, port = secrets.token_hex(12), free_port()
    (home / "password").write_text(password)
    if who:
        for path in (home, home / "password"):
            os.chown(path, who["user"], who["group"])
    run = {"cwd": "/", "check": True, "stdout": subprocess.DEVNULL, **who}
    create = ["initdb", "-D", f"{home}/data", "-U", "root_of_all", "--auth=scram-sha-256"]
    create += [f"--pwfile={home}/password", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    _run([f"{bin_folder}/{create[0]}", *create[1:]], run)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} {SPEED}"
    control = [f"{bin_folder}/pg_ctl", "-D", f"{home}/data", "-w", "-l", f"{home}/log"]
    _run([*control, "-o", options, "start"], run)
    try:
        top = f"postgresql://root_of_all:{password}@127.0.0.1:{port}/postgres"
        with psycopg.connect(top, autocommit=True) as session:
            session.execute(f"create role onhand login password '{password}'".encode())
            session.execute("create database onhand owner onhand encoding 'UTF8' template template0")
        yield f"postgresql://onhand:{password}@127.0.0.1:{port}/onhand"
    finally:
        _run([*control, "-m", "immediate", "stop"], run)


def _service_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("postgres")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(command: list[str], options: dict[str, Any]) -> None:
    subprocess.run(command, **options)
