"""The onhand command, as typed."""

from pathlib import Path

import pytest

from tests.config.group import onhand


def test_help_names_every_command(place: Path) -> None:
    said = onhand(place, "--help").stdout
    for name in ("up", "settings", "check", "backup", "restore", "migrate", "demo", "simulate", "test"):
        assert f"    {name} " in said


@pytest.mark.parametrize("command", ["up", "check", "backup x", "settings"])
def test_a_wrong_setting_stops_every_command(place: Path, command: str) -> None:
    result = onhand(place / "data", *command.split(), ONHAND_PORT="door")
    assert result.returncode == 2
    assert "ONHAND_PORT is wrong: 'door'" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (place / "data").exists()


def test_a_misspelt_variable_is_mentioned(place: Path) -> None:
    assert "ONHAND_PROT is not a setting" in onhand(place, "settings", ONHAND_PROT="1").stderr


def test_demo_is_made_once(place: Path) -> None:
    first = onhand(place / "data", "demo")
    assert first.returncode == 0, first.stderr
    assert "Created the demo company" in first.stdout
    assert "representative" in first.stdout
    second = onhand(place / "data", "demo")
    assert "There is data already" in second.stdout
    assert first.stdout.splitlines()[-1] == second.stdout.splitlines()[-1]  # the same password


def test_check_finds_what_is_wrong(place: Path) -> None:
    data = place / "data"
    assert onhand(data, "migrate").returncode == 0
    (data / "secret.key").touch(mode=0o600)
    (data / "secret.key").write_text("x")
    (data / "secret.key").chmod(0o644)
    result = onhand(data, "check")
    assert result.returncode == 1
    assert "can be read by other users" in result.stdout
    (data / "secret.key").chmod(0o600)
    assert onhand(data, "check").returncode == 0


def test_check_says_when_the_database_is_away(place: Path) -> None:
    result = onhand(place / "data", "check", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert result.returncode == 1
    assert "cannot be reached" in result.stdout
    assert "Traceback" not in result.stderr
