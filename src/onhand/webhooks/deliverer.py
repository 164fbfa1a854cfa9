"""
The deliverer of this process: takes what is due and tries it in a few threads. Any number of processes on any number of machines may
run one; a delivery is taken by one of them at a time.
"""

import contextlib
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, connection

from onhand.kernel.database import connect_directly, forget_connections
from onhand.kernel.hints import CHANNEL
from onhand.webhooks.delivering import AT_ONCE, Clock, deliver, take
from onhand.webhooks.models import Delivery

THREADS = 12
LOOK_SECONDS = 1.0
STOP_SECONDS = 3.0
log = structlog.get_logger("onhand.webhooks")


class Deliverer:
    """What this process is delivering. `look` takes more, as far as there is room."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")
        self._under_way: Counter[int] = Counter()  # by endpoint
        self._lock = threading.Lock()
        self.freed = threading.Event()

    def look(self) -> int:
        """Take what is due and begin with it; how many were taken."""
        with self._lock:
            free = THREADS - self._under_way.total()
            busy = dict(self._under_way)
        if free <= 0:
            return 0
        self.freed.clear()
        taken = take(self._clock(), lambda endpoint: AT_ONCE - busy.get(endpoint, 0), free)
        for pk, endpoint in Delivery.objects.filter(pk__in=taken).values_list("pk", "endpoint_id"):
            with self._lock:
                self._under_way[endpoint] += 1
            self._pool.submit(_deliver, pk, self._clock).add_done_callback(partial(self._ended, endpoint))
        return len(taken)

    def _ended(self, endpoint: int, _done: "Future[None]") -> None:
        with self._lock:
            self._under_way[endpoint] -= 1
        self.freed.set()

    def stop(self) -> None:
        """Begin with nothing more. What is under way has a moment; what does not end in it is taken again later."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _deliver(delivery_id: int, clock: Clock) -> None:
    try:
        deliver(delivery_id, clock)
    except (DatabaseError, InterfaceError) as error:
        log.warning("delivery_waits_for_database", delivery=delivery_id, error=str(error))
    except Exception:
        log.exception("delivery_broke", delivery=delivery_id)  # taken again when its time as taken is over
    finally:
        with contextlib.suppress(Exception):
            connection.close()


def run(stop: threading.Event, clock: Clock) -> None:
    """Deliver until `stop` is set: woken by hints, and once a second by itself. Survives the database going away."""
    deliverer = Deliverer(clock)
    while not stop.is_set():
        try:
            with connect_directly() as listening:
                listening.execute(f"listen {CHANNEL}")
                while not stop.is_set():
                    taken = deliverer.look()
                    connection.close()
                    if taken:
                        deliverer.freed.wait(LOOK_SECONDS)
                    else:
                        _until_something_happens(listening)
        except (psycopg.Error, DatabaseError, InterfaceError) as error:
            log.warning("deliverer_waits_for_database", error=str(error))
            forget_connections()
            stop.wait(1)
    deliverer.stop()
    connection.close()


def _until_something_happens(listening: "psycopg.Connection[tuple[object, ...]]") -> None:
    for _hint in listening.notifies(timeout=LOOK_SECONDS, stop_after=1):
        return
