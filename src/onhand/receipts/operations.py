"""What is written beside the acts: that a notice was opened, the tries at it, and that one takes the place of another."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor
from onhand.kernel.acts import Run
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible
from onhand.kernel.reading import read_row
from onhand.receipts.access import concerning
from onhand.receipts.enums import NoticeState
from onhand.receipts.models import Notice, Receipt

_OPENED = """insert into receipts_receipt (notice_id, representative_id, read_at, tries, answers)
values (%s, %s, %s, 0, '[]') on conflict (representative_id, notice_id) do nothing"""


def note_opened(*, actor: Actor, notice: Notice, at: datetime) -> None:
    """Keep when somebody it concerns first opened a published notice; a second time nothing changes. One statement at most."""
    if actor.id is None or not notice.is_published:
        return
    if Notice.objects.filter(concerning(actor), pk=notice.pk).exists():
        run_prepared(_OPENED, [notice.pk, actor.id, at])


def lock_receipt(notice_id: int, actor: Actor, at: datetime) -> Receipt:
    """Somebody's receipt, locked until the transaction ends, made if there is none: of two tries at once one waits for the other."""
    run_prepared(_OPENED, [notice_id, actor.id, at])
    found = read_row(Receipt, "representative_id = %s and notice_id = %s", [actor.id, notice_id], locks=True)
    if found is None:
        raise NotPossible(_("This could not be done."))
    return found


def keep_try(receipt: Receipt, answers: Sequence[int], at: datetime, *, is_passed: bool) -> int:
    """Count a try, and keep what was answered; how many there were with it."""
    receipt.tries += 1
    receipt.answers = list(answers)
    receipt.passed_at = at if is_passed else None
    receipt.save(update_fields=["tries", "answers", "passed_at"])
    return receipt.tries


def withdraw(notice_id: int, run: Run, why: str) -> bool:
    """
    Withdraw what another notice takes the place of, in its transaction; nothing where that was withdrawn before. Returns whether it
    withheld work.
    """
    found = read_row(Notice, "id = %s", [notice_id], locks=True)
    if found is None or not found.is_published:
        return False
    found.state, found.version = NoticeState.WITHDRAWN, found.version + 1
    found.withdrawn_at, found.withdrawn_by_name, found.why_withdrawn = run.at, run.actor.name, why[:1000]
    found.save(update_fields=["state", "version", "withdrawn_at", "withdrawn_by_name", "why_withdrawn"])
    return found.withholds_work
