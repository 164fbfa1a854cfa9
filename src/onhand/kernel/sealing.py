"""The sealer at work: seals what is settled every few seconds, and hands the heads of the chains on to be kept elsewhere."""

import threading
from collections.abc import Callable, Iterator, Mapping

import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from onhand.kernel.database import forget_connections
from onhand.kernel.seals import Fault, Mark, check_stream, heads, seal_settled
from onhand.kernel.signing import STREAM_COLUMNS

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0


def run(stop: threading.Event, keep: Callable[[dict[str, str]], None], every: float = EVERY_SECONDS) -> None:
    """
    Seal every `every` seconds until `stop` is set; survives the database going away. Any number may run: one at a time seals.

    `keep` is given the newest heads (stream to hexadecimal digest) whenever they changed, to be kept outside the database.
    """
    marks: dict[str, Mark] = {}
    known: dict[str, str] = {}
    while not stop.wait(every):
        try:
            marks = seal_settled(marks, timezone.now())
            newest = heads()
            if newest != known:
                keep(newest)
                known = newest
        except (DatabaseError, InterfaceError) as error:
            log.warning("sealer_waits_for_database", error=str(error))
            forget_connections()
        except OSError as error:
            log.error("heads_not_kept", error=str(error))
    connection.close()


def check_all(known_heads: Mapping[str, str]) -> Iterator[Fault]:
    """Every fault in every stream. `known_heads` are heads kept outside the database, as `run` gave them."""
    for stream in STREAM_COLUMNS:
        yield from check_stream(stream, known_heads.get(stream))
