"""
An erasure of a long file under `kill -9`: `python -m tests.resilience.erasure_run 20 20000`.

The job that erases is ended again and again in the middle of its work; another goes on. At the end nothing of the person may be left,
every row must have been treated once, and the seals must hold.
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

from tests.resilience.server import own_server

CANARY = "Zyxwvu"
SLICE = 500
PR_SET_PDEATHSIG = 1


def make_long_file(rows: int) -> int:
    """A customer with so many notes, so many act records and events, and so many accesses, all sealed; its id."""
    from django.db import transaction
    from django.utils import timezone

    from onhand.customers.enums import CustomerKind
    from onhand.customers.models import Note
    from onhand.customers.operations import new_customer
    from onhand.kernel import seals
    from onhand.kernel.records import ACCESSES, EVENTS, RECORDS, Batch, next_ids

    at = datetime(2026, 11, 21, tzinfo=UTC)
    customer = new_customer(name=f"{CANARY} Long", kind=CustomerKind.PERSON, language="en", at=at)
    for start in range(0, rows, SLICE):
        Note.objects.bulk_create(
            Note(customer=customer, text=f"{CANARY} {n}", author_name="Ana", created_at=at)
            for n in range(start, start + SLICE)
        )
        with transaction.atomic():
            ids = next_ids(*[stream for _n in range(SLICE) for stream in (RECORDS, EVENTS, ACCESSES)])
            batch = Batch()
            about = (at, "person", 1, "Ana", "customer", customer.pk, None)
            records, events, accesses = ids[0::3], ids[1::3], ids[2::3]
            said = {"text": f"{CANARY} said"}
            batch.insert_sealed(
                RECORDS,
                [
                    (pk, *about, "customers.add_note", "representative", "desk", None, said, {}, {}, {}, said, None)
                    for pk in records
                ],
            )
            batch.insert_sealed(EVENTS, [(pk, *about, "tests.said", said, None) for pk in events])
            batch.insert_sealed(
                ACCESSES, [(pk, *about, "desk.customer", f"{CANARY} called", "desk") for pk in accesses]
            )
            batch.write()
    seals.seal_settled(seals.seal_settled({}, timezone.now()), timezone.now())
    return customer.pk


def work(erasure_id: int) -> None:
    """Be the job that erases, until it is done. Ends with whoever started it."""
    from django.utils import timezone

    from onhand.customers.privacy.erasure import erase_next

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    while erase_next(erasure_id, timezone.now()):
        pass
    os._exit(0)


def run(kills: int, rows: int) -> dict[str, Any]:
    """Do it; what was counted, with `faults` naming everything that is not as it must be."""
    chance = random.Random()
    with own_server():
        customer = make_long_file(rows)
        from django.utils import timezone

        from onhand.customers.models import Erasure
        from onhand.kernel.actor import Via, system_actor
        from onhand.kernel.database import forget_connections
        from onhand.kernel.perform import perform

        began = time.monotonic()
        perform(
            "customers.erase_customer",
            actor=system_actor("test", Via.COMMAND),
            subject_id=customer,
            arguments={"basis": "asked"},
            at=timezone.now(),
        )
        act_seconds = time.monotonic() - began
        erasure = Erasure.objects.get().pk
        killed = 0
        while Erasure.objects.get(pk=erasure).state != "done":
            forget_connections()
            process = get_context("fork").Process(target=work, args=(erasure,), daemon=True)
            process.start()
            process.join(chance.uniform(0.05, 0.5) if killed < kills else 600)
            if process.is_alive():
                process.kill()
                process.join()
                killed += 1
        seconds = time.monotonic() - began
        found = {"kills": killed, "act_seconds": round(act_seconds, 2), "seconds": round(seconds, 1)}
        return found | verify(erasure, rows)


def verify(erasure_id: int, rows: int) -> dict[str, Any]:
    """Counts and faults."""
    from onhand.customers.models import Erasure
    from onhand.customers.privacy.proof import is_proven
    from onhand.kernel import sealing, seals
    from tests.customers.persons import canaries

    faults = [*canaries(CANARY)]
    faults += [
        f"{fault.stream} {fault.kind} {fault.row_id}: {fault.detail}" for fault in sealing.check_all(seals.heads())
    ]
    erasure = Erasure.objects.get(pk=erasure_id)
    for section in ("notes", "kernel_actrecord", "kernel_eventrecord", "kernel_accessrecord"):
        if erasure.counts.get(section) != rows:
            faults.append(f"{section}: {erasure.counts.get(section)} of {rows}")
    if not is_proven(erasure):
        faults.append("the proof does not hold")
    return {"rows": 4 * rows, "faults": faults[:20]}


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    result = run(int(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
