"""A count of the statements something really sends, prepared ones included."""

import contextlib
import threading
from collections.abc import Iterator

import psycopg

NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # what a test's own transaction makes of BEGIN and COMMIT


@contextlib.contextmanager
def statements() -> Iterator[list[str]]:
    """What this thread sends within the block, but for what begins and ends transactions."""
    thread = threading.get_ident()  # what an earlier test left running, a hint on its way, sends from its own
    sent: list[str] = []
    really = psycopg.Cursor.execute

    def execute(self: psycopg.Cursor, query: object, *given: object, **more: object) -> object:  # type: ignore[type-arg]
        if threading.get_ident() == thread and not str(query).upper().startswith(NOT_COUNTED):
            sent.append(str(query))
        return really(self, query, *given, **more)  # type: ignore[arg-type]

    psycopg.Cursor.execute = execute  # type: ignore[assignment,method-assign]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = really  # type: ignore[method-assign]
