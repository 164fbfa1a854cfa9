"""
The router of the bench, in a process of its own: `python -m onhand_bench.router_leads`. Leads until its input is closed.

Prints one JSON line when everything that could be given at the start is given (how many, in how long, how long reading took, memory),
then at the end one list of (item, person, moment of the machine's monotonic clock at which the commit of the offer had returned).
"""

import gc
import json
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import django
import psutil


def _wait_for_end(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def main() -> None:
    """Lead, and note each offer."""
    django.setup()
    from django.utils import timezone

    from onhand.routing.router import running, writing

    committed: list[tuple[int, int, float]] = []

    def noting(matches: Sequence[Any], picture: Any, at: Any) -> writing.Written:
        written = writing.write_matches(matches, picture, at)
        now = time.monotonic()
        committed.extend((match.item, match.person, now) for match in written.done)
        return written

    vars(running)["write_matches"] = noting
    before = psutil.Process().memory_full_info().uss
    if not running._try_to_lead():
        raise SystemExit("another leads")
    with running._listening() as hints:
        leader = running.Leader(hints)
        begun = time.monotonic()
        leader.begin(timezone.now())
        gc.freeze()  # as whoever leads does
        loaded, busy = time.monotonic(), time.process_time()
        given = 0
        while count := leader.turn(timezone.now(), (set(), set(), False)):
            given += count
        done = time.monotonic()
        first = {
            "given": given,
            "seconds": done - loaded,
            "busy_seconds": time.process_time() - busy,
            "loading_seconds": loaded - begun,
            "mb": (psutil.Process().memory_full_info().uss - before) / 1e6,
        }
        print(json.dumps(first), flush=True)
        committed.clear()
        stop = threading.Event()
        threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
        while not stop.is_set():
            leader.turn(timezone.now(), leader._hear(min(0.2, leader._pause())))
    print(json.dumps(committed), flush=True)


if __name__ == "__main__":
    main()
