"""
A billing run over many accounts: charges a second that are worked out, invoiced and booked, and how the memory of the run grows.

Each account has two subscriptions with a recurring price and usage by tiers: four charges, one invoice with its lines, tax and journal.
Commits are durable. The memory is what the process holds at the end beyond what it held after the first tenth.
"""

import resource
import time
from datetime import UTC, datetime
from typing import Any

from onhand_bench import billing_company, place

ACCOUNTS = {False: 40_000, True: 5_000}


def measure(quick: bool = False) -> dict[str, Any]:
    """Measure, print the table, and return `rows_per_second`, `mb` (grown after the first tenth) and `accounts_per_second`."""
    accounts = ACCOUNTS[quick]
    with place.database():
        billing_company.make_accounts(accounts)
        seconds, grown, charges = _run(accounts)
        faults = _faults()
    print(
        f"{accounts:,} accounts with {billing_company.CHARGES} charges each: {charges:,} charges, {accounts:,} invoices"
    )
    print(f"{'charges':20}{charges / seconds:12,.0f} a second")
    print(f"{'accounts':20}{accounts / seconds:12,.0f} a second")
    print(f"{'memory grown':20}{grown:12,.1f} MB")
    print(f"{'faults of the books':20}{faults:12,}")
    return {
        "rows_per_second": round(charges / seconds),
        "mb": round(grown, 1),
        "accounts_per_second": round(accounts / seconds),
        "faults": faults,
    }


def _run(accounts: int) -> tuple[float, float, int]:
    from onhand.billing.models import BillingRun
    from onhand.billing.running import BATCH, begin_run, work_on_run

    at = datetime(2026, 4, 1, 6, tzinfo=UTC)
    run = begin_run(billing_company.DAY, at=at, by_name="Bench")
    began = time.monotonic()
    work_on_run(run.pk, at, most_batches=max(1, accounts // 10 // BATCH))
    before = _peak()
    while not work_on_run(run.pk, at):
        pass
    seconds = time.monotonic() - began
    run = BillingRun.objects.get(pk=run.pk)
    assert (run.accounts, run.documents, run.problems) == (accounts, accounts, 0), run.__dict__
    return seconds, _peak() - before, run.charges


def _peak() -> float:
    """The most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _faults() -> int:
    from onhand.kernel.discovery import load_apps
    from onhand.ledger.checks import find_faults

    load_apps()
    return sum(1 for _fault in find_faults())
