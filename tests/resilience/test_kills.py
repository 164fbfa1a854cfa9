"""Random kills under load leave every record whole and every event handled once. `ONHAND_TEST_KILLS=200` for the full run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.channels.email.servers import why_no_dovecot

ROOT = Path(__file__).resolve().parents[2]
MAIL_KILLS, MAILS = int(os.environ.get("ONHAND_TEST_MAIL_KILLS", "4")), int(os.environ.get("ONHAND_TEST_MAILS", "80"))
WORK_KILLS, WORK = int(os.environ.get("ONHAND_TEST_WORK_KILLS", "4")), int(os.environ.get("ONHAND_TEST_WORK", "100"))
BOOKS_KILLS = int(os.environ.get("ONHAND_TEST_BOOKS_KILLS", "15"))
BOOKS_ACTS = int(os.environ.get("ONHAND_TEST_BOOKS_ACTS", "400"))
KILLS = int(os.environ.get("ONHAND_TEST_KILLS", "40"))


def run_module(name: str, *arguments: int, seconds: int) -> dict[str, Any]:
    """Run one of this folder's modules in a process of its own, with its own server; what it found."""
    environment = {
        k: v for k, v in os.environ.items() if k != "DATABASE_URL" and not k.startswith(("ONHAND_", "PYTEST_"))
    }
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT / "bench"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", f"tests.resilience.{name}", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.stdout, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(result)  # noqa: T201  (shown with -s, and when it fails)
    return result


@pytest.mark.resilience
def test_an_erasure_killed_again_and_again_erases_everything_once() -> None:
    result = run_module("erasure_run", 10, 5_000, seconds=300)
    assert result["faults"] == [], result
    assert result["kills"] >= 3


@pytest.mark.resilience
def test_a_billing_run_killed_again_and_again_bills_everybody_once() -> None:
    result = run_module("billing_run", 6, 1_500, seconds=400)
    assert result["faults"] == [], result
    assert result["kills"] >= 3


@pytest.mark.resilience
def test_books_are_right_and_every_act_is_done_once_whoever_is_killed() -> None:
    result = run_module("books.run", BOOKS_KILLS, BOOKS_ACTS, 7, seconds=300 + 10 * BOOKS_KILLS + BOOKS_ACTS)
    assert result["faults"] == [], result
    assert sum(result["kills"].values()) >= BOOKS_KILLS
    assert result["kills"]["database"] == 2
    assert result["answers"]["done"] > BOOKS_ACTS // 4
    assert len(result["acts"]) > 10
    assert result["asked_again"] > 0


@pytest.mark.resilience
@pytest.mark.skipif(bool(why_no_dovecot()), reason=why_no_dovecot() or "it can")
def test_mail_comes_in_and_goes_out_once_whoever_is_killed() -> None:
    result = run_module("mail.run", MAIL_KILLS, MAILS, seconds=300 + 20 * MAIL_KILLS + MAILS)
    assert result["faults"] == [], result
    assert sum(result["kills"].values()) == MAIL_KILLS
    assert result["answers"] > MAILS // 4


@pytest.mark.resilience
def test_work_is_given_out_once_and_none_is_lost_whoever_is_killed() -> None:
    result = run_module("routing.run", WORK_KILLS, WORK, seconds=300 + 20 * WORK_KILLS + WORK)
    assert result["faults"] == [], result
    assert sum(result["kills"].values()) == WORK_KILLS
    assert result["accepted"] > WORK // 2


@pytest.mark.resilience
def test_random_kills_leave_every_record_whole_and_every_event_handled_once() -> None:
    result = run_module("run", KILLS, seconds=120 + 10 * KILLS)
    assert result["faults"] == [], result
    assert sum(result["kills"].values()) == KILLS
    assert result["records"] > KILLS
