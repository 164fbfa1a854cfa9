"""The group of processes, with real kills."""

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.config.group import Running, free_port, gone, onhand, running, wait_for

pytestmark = [pytest.mark.resilience, pytest.mark.xdist_group("supervisor")]


@pytest.fixture(scope="module")
def data(shared_place: Path) -> Path:
    return shared_place / "data"


@pytest.fixture
def group(data: Path) -> Iterator[Running]:
    with running(data) as started:
        yield started


def test_starts_says_where_and_stops_on_ctrl_c(group: Running) -> None:
    wait_for(lambda: f"http://127.0.0.1:{group.port}" in group.said(), 10, group.said)
    assert "representative" in group.said()
    processes = group.everything()
    begun = time.monotonic()
    assert group.stop(signal.SIGINT) == 0
    assert time.monotonic() - begun < 8
    assert gone(processes)
    assert not (group.data / "up.json").exists()


def test_opens_one_door_only(group: Running) -> None:
    doors = {
        (connection.laddr.ip, connection.laddr.port)
        for process in group.everything()
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert doors == {("127.0.0.1", group.port)}
    assert (group.data / "pg-socket").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("part", ["web", "jobs", "listeners", "database"])
def test_a_killed_part_is_started_again(group: Running, part: str) -> None:
    old = group.pid(part)
    psutil.Process(old).kill()
    wait_for(lambda: group.pid(part) != old and psutil.pid_exists(group.pid(part)), 30, group.said)
    group.wait_ready()
    assert group.process.poll() is None


def test_several_web_processes_answer_at_one_door(place: Path) -> None:
    with running(place / "data", ONHAND_WEB_PROCESSES="2") as group:
        assert psutil.pid_exists(group.pid("web-2"))
        old = group.pid("web")
        psutil.Process(old).suspend()  # the other goes on alone
        try:
            wait_for(lambda: group.get("/healthz") == 200, 30, group.said)
        finally:
            psutil.Process(old).resume()
        psutil.Process(old).kill()
        wait_for(lambda: group.pid("web") != old, 30, group.said)
        group.wait_ready()


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_recovers(data: Path) -> None:
    first = Running(data).wait_ready()
    processes = first.everything()
    first.process.kill()
    first.process.wait(10)
    second = Running(data, port=free_port())  # at once, while the old database may still be ending
    try:
        wait_for(lambda: gone(processes), 15, second.said)
        second.wait_ready()
    finally:
        second.stop()


def test_a_second_group_on_the_same_folder_says_so(group: Running) -> None:
    second = onhand(group.data, "up", ONHAND_PORT=str(free_port()))
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert str(group.process.pid) in second.stderr
    assert group.get("/healthz") == 200


def test_a_taken_port_names_the_setting(place: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = onhand(place / "data", "up", ONHAND_PORT=str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert "ONHAND_PORT" in result.stderr
    assert not (place / "data" / "pg").exists()


def test_a_backup_while_it_runs_and_a_check(group: Running, tmp_path: Path) -> None:
    made = onhand(group.data, "backup", str(tmp_path / "backup.tar"))
    assert made.returncode == 0, made.stderr
    assert "secret.key" in made.stdout
    checked = onhand(group.data, "check")
    assert checked.returncode == 0, checked.stdout
    assert "web runs" in checked.stdout
    assert "listeners" in checked.stdout
