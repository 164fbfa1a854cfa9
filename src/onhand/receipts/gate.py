"""
The gate: an act that a published notice withholds is refused for whoever has not passed it, people, programs and AI alike.

It is asked before every act, so which acts are withheld is in memory, kept under the number of the guidelines' book; only of those
somebody's receipts are looked up, by one prepared statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onhand.guidelines.answers import Said
from onhand.guidelines.voices import Voice, register_voice
from onhand.kernel.actor import Actor, ActorKind
from onhand.kernel.database import run_prepared
from onhand.kernel.decisions import Answer, Question
from onhand.receipts.documents import Texts, title_in
from onhand.receipts.enums import NoticeState
from onhand.receipts.models import Notice

KEY = "notices"
RULE = "notice:"
OWN_ACTS = "receipts."  # how the names of acts begin that no notice withholds: nobody could pass any more
_PASSED = "select notice_id from receipts_receipt where representative_id = %s and notice_id = any(%s) and passed_at is not null"


@dataclass(frozen=True, slots=True)
class Withholding:
    """What a published notice withholds an act by."""

    notice_id: int
    texts: Texts
    due_at: datetime
    roles: frozenset[str]
    teams: frozenset[int]

    def is_for(self, actor: Actor, at: datetime) -> bool:
        """Whether it is due and concerns somebody."""
        return (
            self.due_at <= at
            and (not self.roles or actor.role in self.roles)
            and (not self.teams or not self.teams.isdisjoint(actor.team_ids))
        )


Page = Mapping[str, Sequence[Withholding]]


@dataclass(frozen=True, slots=True)
class _Read:
    number: int
    page: Page


class _Kept:
    """What this process read last, as one: another thread may be reading under another number."""

    lock = Lock()
    read: _Read | None = None


def forget() -> None:
    """Let go of what was read: for tests, whose databases come and go under the same numbers."""
    _Kept.read = None


def _page(number: int) -> Page:
    """The acts withheld as the book of that number has it, which is the newest this transaction sees."""
    kept = _Kept.read
    if kept is None or kept.number != number:
        with _Kept.lock:
            kept = _Kept.read = _Read(number, _read_page())
    return kept.page


def _read_page() -> Page:
    """The acts that published notices withhold, now or later."""
    found: dict[str, list[Withholding]] = {}
    published = Notice.objects.filter(state=NoticeState.PUBLISHED).exclude(withheld_acts=[]).order_by("due_at", "pk")
    for one in published:
        if one.due_at is not None:
            by = Withholding(one.pk, one.texts, one.due_at, frozenset(one.role_keys), frozenset(one.team_ids))
            for act in one.withheld_acts:
                found.setdefault(act, []).append(by)
    return found


def says(question: Question, number: int) -> Sequence[Said]:
    """A refusal for each notice that withholds this act from who has not passed it. Costs nothing where no notice does."""
    withheld = _page(number).get(question.act)
    if not withheld or question.act.startswith(OWN_ACTS):
        return ()
    actor = question.actor
    if actor.kind is ActorKind.SYSTEM or actor.id is None:
        return ()
    due = [one for one in withheld if one.is_for(actor, question.at)]
    if not due:
        return ()
    passed = {pk for (pk,) in run_prepared(_PASSED, [actor.id, [one.notice_id for one in due]])}
    language = get_language() or ""
    return [
        Said(
            Answer.REFUSE,
            _("Read “%(title)s” first.") % {"title": title_in(one.texts, language)},
            f"{RULE}{one.notice_id}",
            "1",
        )
        for one in due
        if one.notice_id not in passed
    ]


def connect() -> None:
    """Give notices their say in every decision."""
    register_voice(Voice(KEY, says))
