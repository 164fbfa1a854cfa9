"""Having the files of messages scanned, each once however many messages carry it."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import transaction

from onhand.contacts.enums import ScanState
from onhand.contacts.models import Attachment, StoredFile
from onhand.contacts.scanning.clamd import ScannerAwayError, TooLargeError, Verdict
from onhand.kernel.hints import send_after_commit

MOST_AT_ONCE = 200
log = structlog.get_logger("onhand.contacts.scanning")


@dataclass(frozen=True, slots=True)
class Scanned:
    """How many files were looked at, and how many of them were infected. `is_away`: the scanner did not answer."""

    files: int = 0
    infected: int = 0
    is_away: bool = False


def scan_waiting(scan: Callable[[bytes], Verdict], *, most: int = MOST_AT_ONCE) -> Scanned:
    """
    Scan the files that were not scanned yet, the newest first, as somebody waits for those. What the scanner finds too large stays
    unscanned and says so. Stops where the scanner does not answer: the rest is tried the next time.
    """
    waiting = Attachment.objects.filter(scan=ScanState.NOT_SCANNED, scan_result="").order_by("-pk")
    files = infected = 0
    for file_id in dict.fromkeys(waiting.values_list("file_id", flat=True)[:most]):
        content = StoredFile.objects.filter(pk=file_id).values_list("content", flat=True).first()
        if content is None:
            continue  # removed meanwhile
        try:
            verdict = scan(bytes(content))
        except ScannerAwayError as error:
            log.warning("the virus scanner does not answer", why=str(error))
            return Scanned(files, infected, is_away=True)
        except TooLargeError as error:
            _note(file_id, ScanState.NOT_SCANNED, str(error))
            continue
        files += 1
        infected += verdict.is_infected
        _note(file_id, ScanState.INFECTED if verdict.is_infected else ScanState.CLEAN, verdict.name)
        if verdict.is_infected:
            log.warning("an infected file came", file=file_id, found=verdict.name)
    return Scanned(files, infected)


@transaction.atomic
def _note(file_id: int, state: ScanState, result: str) -> None:
    """Write what was found onto every attachment with these bytes, and let pages that show one look again."""
    carried = Attachment.objects.filter(file_id=file_id, scan=ScanState.NOT_SCANNED)
    contacts = sorted(set(carried.values_list("message__contact_id", flat=True)))
    carried.update(scan=state, scan_result=result[:200])
    send_after_commit(*(f"contact:{pk}" for pk in contacts))
