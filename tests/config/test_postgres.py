"""The embedded database's own process and files."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from onhand.config import cluster, postgres
from onhand.config.cluster import PostgresError
from onhand.config.postgres import Embedded

pytestmark = [pytest.mark.resilience, pytest.mark.xdist_group("embedded")]
QUICK = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}
HOLDER = """
import sys, time
from pathlib import Path
from onhand.config.postgres import Embedded
server = Embedded(Path(sys.argv[1]), options={"fsync": "off", "shared_buffers": "16MB"})
server.start()
server.wait_until_ready()
print(server.process.pid, flush=True)
time.sleep(600)
"""


def ask(server: Embedded, query: str) -> object:
    with psycopg.connect(**server.address.parameters("postgres")) as session:
        row = session.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_starts_stops_and_keeps_its_data(place: Path) -> None:
    server = Embedded(place / "data", options=QUICK)
    server.start()
    server.wait_until_ready()
    try:
        assert server.created
        assert ask(server, "show listen_addresses") == ""
        assert ask(server, "show max_connections") == "20"
        assert stat.S_IMODE(server.place.sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE((place / "data" / "postgres.json").stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(**{**server.address.parameters("postgres"), "password": "wrong"})
    finally:
        server.stop()
    again = Embedded(place / "data", options=QUICK)
    again.start()
    again.wait_until_ready()
    assert not again.created
    again.stop()
    assert not again.alive()


def test_dies_with_its_supervisor_and_recovers(place: Path) -> None:
    data = place / "data"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(data)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    process = psutil.Process(int(holder.stdout.readline()))
    holder.kill()
    holder.wait()
    holder.stdout.close()
    server = Embedded(data, options=QUICK)
    server.start()
    server.wait_until_ready()
    try:
        assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        assert ask(server, "select 1") == 1
    finally:
        server.stop()


def test_a_stale_pid_file_with_a_strangers_pid_is_ignored(place: Path) -> None:
    server = Embedded(place / "data", options=QUICK)
    server.start()
    server.wait_until_ready()
    server.stop()
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (server.place.files / "postmaster.pid").write_text(f"{stranger.pid}\n{server.place.files}\n")
        server.start()
        server.wait_until_ready()
        assert ask(server, "select 1") == 1
        server.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_first_start_that_was_cut_short_is_begun_again(place: Path) -> None:
    data = place / "data"
    chosen = cluster.place(data)
    (chosen.files.with_name("pg.new")).mkdir(parents=True)
    (chosen.files.with_name("pg.new") / "PG_VERSION").write_text("18")
    server = Embedded(data, options=QUICK)
    server.start()
    server.wait_until_ready()
    server.stop()
    assert (chosen.files / "PG_VERSION").exists()


def test_a_wrong_option_says_the_servers_words(place: Path) -> None:
    server = Embedded(place / "data", options={**QUICK, "max_connections": "-5"})
    server.start()
    with pytest.raises(PostgresError, match="max_connections"):
        server.wait_until_ready()


def test_a_long_path_uses_a_short_private_socket_folder(place: Path) -> None:
    data = place / ("long" * 20)
    server = Embedded(data, options=QUICK)
    server.start()
    try:
        server.wait_until_ready()
        assert not server.place.sockets.is_relative_to(data)
        assert stat.S_IMODE(server.place.sockets.stat().st_mode) == 0o700
        assert ask(server, "select 1") == 1
    finally:
        server.stop()


def test_a_strangers_socket_folder_is_refused(place: Path) -> None:
    data = place / ("long" * 20)
    chosen = cluster.place(data)
    chosen.sockets.symlink_to(place)
    try:
        with pytest.raises(PostgresError, match="not a folder of the database's user"):
            Embedded(data, options=QUICK).start()
    finally:
        chosen.sockets.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_private_home_is_left_private(place: Path) -> None:
    home = place / "home"
    home.mkdir(mode=0o700)
    server = Embedded(home / "data", options=QUICK)
    server.start()
    try:
        server.wait_until_ready()
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert not server.place.files.is_relative_to(home)
        assert ask(server, "select 1") == 1
        assert server.process
        assert psutil.Process(server.process.pid).uids().real != 0
    finally:
        server.stop()


def test_a_killed_postmaster_is_noticed(place: Path) -> None:
    server = Embedded(place / "data", options=QUICK)
    server.start()
    server.wait_until_ready()
    assert server.process
    os.kill(server.process.pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while server.alive() and time.monotonic() < end:
        time.sleep(0.01)
    assert not server.ready() or not server.alive()
    for _ in range(100):  # its own children may still be ending
        server.start()
        try:
            server.wait_until_ready(30)
            break
        except PostgresError:
            time.sleep(0.1)
    assert ask(server, "select 1") == 1
    server.stop()
    assert postgres.address(place / "data").host == str(server.place.sockets)
