"""Notices and people who read them, for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from onhand.kernel.actor import Actor, system_actor
from onhand.kernel.perform import Outcome, perform
from onhand.receipts.models import Notice
from onhand.staff.models import Representative
from tests.factories.staff import actor_of

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NOTE = "customers.add_note"
TEXTS = [
    {"language": "en", "title": "Damage within 30 days", "text": "Damage is reported within **30 days**."},
    {"language": "es", "title": "Daños en 30 días", "text": "Los daños se comunican en **30 días**."},
]
QUESTIONS = [
    {"number": 1, "language": "en", "question": "How long?", "answers": "14 days\n30 days", "right": 2},
    {"number": 1, "language": "es", "question": "¿Cuánto?", "answers": "14 días\n30 días", "right": 2},
    {
        "number": 2,
        "language": "en",
        "question": "Who decides above 100?",
        "answers": "You\nA senior\nNobody",
        "right": 2,
    },
]


def begin(who: Representative | Actor | None = None, at: datetime = NOW, **given: Any) -> Notice:
    """The draft of a notice with two questions, unless said otherwise."""
    arguments = {"texts": TEXTS, "questions": QUESTIONS} | given
    outcome = perform("receipts.begin_notice", actor=_actor(who), arguments=arguments, at=at)
    return Notice.objects.get(pk=outcome.subject_id)


def publish(who: Representative | Actor | None = None, at: datetime = NOW, **given: Any) -> Notice:
    """A published notice; what is withheld is due at once unless said otherwise."""
    notice = begin(who, at, **given)
    do("publish_notice", who, notice, at)
    notice.refresh_from_db()
    return notice


def do(name: str, who: Representative | Actor | None, notice: Notice, at: datetime = NOW, **given: Any) -> Outcome:
    """Do an act on a notice."""
    return perform(f"receipts.{name}", actor=_actor(who), subject_id=notice.pk, arguments=given, at=at)


def understand(who: Representative | Actor, notice: Notice, at: datetime = NOW, answers: Any = (2, 2)) -> Outcome:
    """Answer the questions of a notice, right unless said otherwise."""
    return do("pass_notice", who, notice, at, answers=list(answers))


def note(who: Representative | Actor, customer: Any, at: datetime = LATER) -> Outcome:
    """Something everybody does: put down a note."""
    return perform(NOTE, actor=_actor(who), subject_id=customer.pk, arguments={"text": "She called."}, at=at)


def _actor(who: Representative | Actor | None) -> Actor:
    if who is None:
        return system_actor("tests")
    return who if isinstance(who, Actor) else actor_of(who)
