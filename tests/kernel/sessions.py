"""Sessions of our own on the test database, beside Django's: another process's transaction, held open at will."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from typing import Any

import psycopg
from django.db import connection

from onhand.kernel.database import connection_parameters

Session = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def sessions(count: int) -> Iterator[list[Session]]:
    """As many separate sessions, each in a transaction of its own from its first statement on."""
    with ExitStack() as stack:
        yield [stack.enter_context(psycopg.connect(**connection_parameters())) for _ in range(count)]


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads at the same time; what each returned, or the exception it raised."""
    results: list[Any] = [None] * len(calls)

    def run(index: int) -> None:
        try:
            results[index] = calls[index]()
        except BaseException as error:  # noqa: BLE001  (handed to the test)
            results[index] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
