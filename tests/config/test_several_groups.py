"""Two groups of processes, as on two machines, on one PostgreSQL server of the distribution."""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from onhand.staff.tokens import digest, new_secret
from tests.config.group import Running, onhand, wait_for
from tests.config.installed_server import installed_server, programs

pytestmark = [
    pytest.mark.services,
    pytest.mark.resilience,
    pytest.mark.xdist_group("several groups"),
    pytest.mark.skipif(programs() is None, reason="no PostgreSQL of the distribution is installed"),
]
KEYS = {"ONHAND_SECRET_KEY": "one secret for every machine " * 2, "ONHAND_SEAL_KEY": "one seal for every machine " * 2}
NOTE = "customers.add_note"


@dataclass
class Company:
    """Two groups, the server below them, and a token that both let in."""

    url: str
    groups: list[Running]
    token: str

    def ask(self, query: str) -> Any:
        with psycopg.connect(self.url) as session:
            row = session.execute(query.encode()).fetchone()
        return row[0] if row else None

    def note(self, group: Running, customer: int, text: str, key: str) -> int:
        """Write a note through one group; the status, 0 if nothing answered."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{group.port}/api/v1/acts/{NOTE}",
            data=json.dumps({"subject_id": customer, "arguments": {"text": text}}).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": key,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def delivered(self) -> bool:
        """True if no delivery waits."""
        return bool(self.ask("select count(*) = 0 from kernel_delivery where handled_at is null"))


@pytest.fixture(scope="module")
def company(shared_place: Path) -> Iterator[Company]:
    with installed_server(shared_place) as url:
        # Both at once, on an empty database: one migrates and makes the demo company, the other waits.
        groups = [Running(shared_place / name, None, DATABASE_URL=url, **KEYS) for name in ("first", "second")]
        try:
            for group in groups:
                group.wait_ready(120)
            yield Company(url, groups, _token(url))
        finally:
            for group in groups:
                group.stop()


def _token(url: str) -> str:
    secret, now = new_secret(), datetime.now(UTC)
    with psycopg.connect(url) as session:
        session.execute(
            "insert into staff_apitoken (representative_id, version, name, prefix, digest, scopes, created_at, expires_at)"
            " select id, 1, 'test', %s, %s, %s, %s, %s from staff_representative where email = 'administrator@demo.example'",
            [secret[:10], digest(secret), json.dumps([NOTE, "customers.view"]), now, now + timedelta(hours=1)],
        )
    return secret


def test_one_company_was_made_and_one_group_knows_its_sign_ins(company: Company) -> None:
    assert company.ask("select count(*) from customers_customer") == 240
    assert company.ask("select count(*) from staff_representative where email = 'administrator@demo.example'") == 1
    assert sum((group.data / "demo.json").exists() for group in company.groups) == 1


def test_acts_through_both_are_done_and_delivered_once(company: Company) -> None:
    before = company.ask(f"select count(*) from kernel_actrecord where act = '{NOTE}'")
    customers = _customers(company)

    def write(number: int) -> int:
        key = f"note-{number // 2}"  # each is sent twice, once to either group
        return company.note(company.groups[number % 2], customers[number // 2 % 8], f"Note {number // 2}", key)

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(write, range(80)))
    assert set(statuses) <= {200, 409}, statuses  # 409: the other group was doing the same one at that moment
    assert company.ask(f"select count(*) from kernel_actrecord where act = '{NOTE}'") - before == 40
    wait_for(company.delivered, 30)
    _require_tally(company)


def test_a_killed_group_is_not_missed(company: Company) -> None:
    survivor, victim = company.groups
    customers, sent = _customers(company), [uuid.uuid4().hex for _ in range(30)]
    before = company.ask(f"select count(*) from kernel_actrecord where act = '{NOTE}'")
    processes = victim.everything()
    for number, key in enumerate(sent):
        if number == 10:
            victim.process.kill()
        group = victim if number % 2 and number < 10 else survivor
        assert company.note(group, customers[number % 8], f"Note {key}", key) == 200
    victim.process.wait(10)
    wait_for(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes), 15)
    wait_for(company.delivered, 60)
    assert company.ask(f"select count(*) from kernel_actrecord where act = '{NOTE}'") - before == 30
    _require_tally(company)
    company.groups[1] = Running(victim.data, port=victim.port, DATABASE_URL=company.url, **KEYS).wait_ready()
    wait_for(lambda: _sealed(company), 60)
    records = onhand(survivor.data, "check", "records", DATABASE_URL=company.url, **KEYS)
    assert records.returncode == 0, records.stdout


def test_a_machine_with_another_key_is_told(company: Company, place: Path) -> None:
    other = {"DATABASE_URL": company.url, **KEYS, "ONHAND_SEAL_KEY": "another seal key " * 4}
    started = onhand(place / "third", "up", ONHAND_PORT="0", **other)
    assert started.returncode != 0
    started = onhand(place / "third", "up", ONHAND_PARTS="jobs", **other)
    assert started.returncode == 1
    assert "seal key of this machine (the variable ONHAND_SEAL_KEY)" in started.stderr
    assert "secret key of this machine" not in started.stderr
    checked = onhand(place / "third", "check", **other)
    assert checked.returncode == 1
    assert "BAD   keys" in checked.stdout
    asked = onhand(place / "third", "keys", **other)
    assert asked.returncode == 1
    assert "onhand keys --accept" in asked.stdout
    right = onhand(company.groups[0].data, "check", DATABASE_URL=company.url, **KEYS)
    assert "keys are those of the database" in right.stdout
    assert right.returncode == 0, right.stdout


def _customers(company: Company) -> list[int]:
    with psycopg.connect(company.url) as session:
        return [row[0] for row in session.execute("select id from customers_customer order by id limit 8")]


def _require_tally(company: Company) -> None:
    """The tally is written by a handler: twice delivered would count twice."""
    tallied = company.ask(f"select sum(count) from kernel_acttally where act = '{NOTE}'")
    assert tallied == company.ask(f"select count(*) from kernel_actrecord where act = '{NOTE}'")


def _sealed(company: Company) -> bool:
    time.sleep(0.5)
    newest = company.ask("select max(id) from kernel_actrecord")
    return bool(
        company.ask(f"select count(*) from kernel_seal where stream = 'kernel_actrecord' and to_id >= {newest}")
    )
