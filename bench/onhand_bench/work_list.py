"""Whose turn it is: the first page of each work list and a page far down, over HTTP, in a small and in a large company."""

import json
import statistics
import subprocess
import sys
from contextlib import ExitStack
from typing import Any

from onhand_bench import mail_company
from onhand_bench.live_desks import web

SMALL, LARGE = (10_000, 5_000), (1_000_000, 300_000)  # contacts, and of them open
QUICK_SMALL, QUICK_LARGE = (2_000, 1_000), (60_000, 20_000)
CUSTOMERS, QUICK_CUSTOMERS = 10_000, 1_000
WARM, ROUNDS, QUICK_ROUNDS = 12, 150, 40
FAR = 50_000  # rows above the page far down: page 1,000


def measure(*, quick: bool) -> dict[str, Any]:
    """Measure 10,000 and 1,000,000 contacts; 2,000 and 60,000 with `quick`. Times in milliseconds."""
    sizes = (QUICK_SMALL, QUICK_LARGE) if quick else (SMALL, LARGE)
    small, large = (_in_own_process(*size, quick=quick) for size in sizes)
    growth = round(large["p99_ms"] / small["p99_ms"], 2)
    for one in (small, large):
        print(f"{'contacts':44} {one['contacts']:>10,}   {one['open']:,} of them open")
        print(f"{'half of the first pages':44} {one['p50_ms']:>10} ms")
        print(f"{'99 of 100 first pages':44} {one['p99_ms']:>10} ms")
        print(f"{'99 of 100 pages far down':44} {one['far_p99_ms']:>10} ms   below {one['far']:,} rows")
    print(f"{'growth of the slowest':44} {growth:>10}")
    return large | {"growth": growth, "small": small}


def _in_own_process(contacts: int, open_contacts: int, *, quick: bool) -> dict[str, Any]:
    """`measure_one` in a process of its own: Django is set up for one database in a process."""
    call = f"measure_one({contacts}, {open_contacts}, quick={quick})"
    code = f"import json; from onhand_bench.work_list import measure_one; print(json.dumps({call}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure_one(contacts: int, open_contacts: int, *, quick: bool) -> dict[str, Any]:
    """Measure one company."""
    with ExitStack() as stack:
        customers = QUICK_CUSTOMERS if quick else CUSTOMERS
        company = stack.enter_context(mail_company.company(customers, contacts, open_contacts))
        far, mark = _far_down(company)
        _process, port = stack.enter_context(web())
        rounds = QUICK_ROUNDS if quick else ROUNDS
        lists = [(f"/desk/lists/{name}/", b'id="contact-rows"') for name in ("mine", "team", "due", "unassigned")]
        first = sorted(mail_company.read_pages(port, company.sessions[0], lists * (rounds + 3), WARM))
        down = [(f"/desk/lists/team/rows/?after={mark}", b'id="contact-rows"')] * (rounds + WARM)
        deep = sorted(mail_company.read_pages(port, company.sessions[0], down, WARM))
    return {
        "contacts": contacts,
        "open": open_contacts,
        "p50_ms": round(statistics.median(first), 2),
        "p99_ms": round(first[int(len(first) * 0.99) - 1], 2),
        "far_p99_ms": round(deep[int(len(deep) * 0.99) - 1], 2),
        "far": far,
    }


def _far_down(company: mail_company.MailCompany) -> tuple[int, str]:
    """How many rows lie above the page far down, and the mark it begins at."""
    from urllib.parse import quote

    from django.db import connection

    far = min(FAR, company.open // 2)
    with connection.cursor() as cursor:
        cursor.execute(
            "select priority, last_message_at, id from contacts_contact where ended_at is null and needs_answer"
            " and team_id is not null order by priority desc, last_message_at, id offset %s limit 1",
            [far],
        )
        ((priority, at, number),) = cursor.fetchall()
    return far, quote(f"{priority}~{at.isoformat()}~{number}")
