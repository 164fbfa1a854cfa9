"""
A billing run under `kill -9`: `python -m tests.resilience.billing_run 20 4000`.

The job that bills is ended again and again in the middle of its work, sometimes two of them at once; others go on. At the end every
account must be billed once, no charge may be missing or doubled, no number skipped, and the books must be right.
"""

import ctypes
import json
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

from onhand_bench import billing_company
from tests.resilience.server import own_server

AT = datetime(2026, 4, 1, 6, tzinfo=UTC)
PR_SET_PDEATHSIG = 1


def work(run_id: int) -> None:
    """Be the job that bills, until nobody is left. Ends with whoever started it."""
    from onhand.billing import running

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    running.BATCH = 50
    while not running.work_on_run(run_id, AT):
        pass
    os._exit(0)


def run(kills: int, accounts: int) -> dict[str, Any]:
    """Do it; what was counted, with `faults` naming everything that is not as it must be."""
    chance = random.Random()
    with own_server():
        billing_company.make_accounts(accounts)
        from onhand.billing.models import BillingRun
        from onhand.billing.running import begin_run
        from onhand.kernel.database import forget_connections

        run_id = begin_run(billing_company.DAY, at=AT, by_name="Test").pk
        began, killed, turns = time.monotonic(), 0, 0
        while BillingRun.objects.get(pk=run_id).state != "done":
            forget_connections()
            context = get_context("fork")
            workers = [context.Process(target=work, args=(run_id,), daemon=True) for _ in range(1 + turns % 2)]
            for worker in workers:
                worker.start()
            workers[0].join(chance.uniform(0.1, 0.5) if killed < kills else 600)
            for worker in workers:
                if worker.is_alive() and killed < kills:
                    worker.kill()
                    killed += 1
                worker.join()
            turns += 1
        return {"kills": killed, "seconds": round(time.monotonic() - began, 1)} | verify(accounts)


def verify(accounts: int) -> dict[str, Any]:
    """Counts and faults."""
    from django.db.models import Count

    from onhand.billing.models import BillingRun, Charge, CustomerAccount
    from onhand.invoicing.models import Document
    from onhand.kernel.discovery import load_apps
    from onhand.ledger.checks import find_faults

    load_apps()
    faults = [f"{key}: {said}" for key, said in find_faults()]
    documents, charges = Document.objects.count(), Charge.objects.count()
    going = BillingRun.objects.get()
    if documents != accounts or charges != accounts * billing_company.CHARGES:
        faults.append(f"{documents} documents and {charges} charges of {accounts} accounts")
    if (going.accounts, going.charges, going.documents, going.problems) != (accounts, charges, documents, 0):
        faults.append(f"the run says {going.accounts}, {going.charges}, {going.documents}, {going.problems}")
    if Charge.objects.filter(document__isnull=True).exists() or CustomerAccount.objects.exclude(problem="").exists():
        faults.append("something was not billed")
    twice = Document.objects.values("customer").annotate(n=Count("pk")).filter(n__gt=1).count()
    numbers = list(Document.objects.order_by("number").values_list("number", flat=True))
    if twice or numbers != list(range(1, accounts + 1)):
        faults.append(f"{twice} billed twice, numbers {numbers[:3]} to {numbers[-1:]}")
    return {"documents": documents, "charges": charges, "faults": faults[:20]}


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    result = run(int(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
