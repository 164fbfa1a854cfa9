"""
A draft tried on the past: on the acts that were done, and the attempts that were not allowed, with the facts that were kept with them.

What another guideline or a limit said then still counts; of this guideline, the draft takes the place of what was in force. A fact that
was not kept is not guessed: such acts are counted apart. Done in order of time, page by page; killed and begun again, it comes to the same.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from onhand.guidelines import access
from onhand.guidelines.answers import Applied, Said, answer_of, prepared
from onhand.guidelines.authority import by_own_authority
from onhand.guidelines.cases import read_value
from onhand.guidelines.common_facts import REASON
from onhand.guidelines.documents import from_json, read
from onhand.guidelines.enums import TrialState
from onhand.guidelines.facts import gather, is_free
from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.values import Value
from onhand.guidelines.graphs import GraphError
from onhand.guidelines.models import Guideline, GuidelineTrial, RefusedAttempt, TriedAct
from onhand.guidelines.subjects import TRIAL
from onhand.kernel.actor import Actor, ActorKind, Via
from onhand.kernel.acts import find_act
from onhand.kernel.decisions import Answer, Question
from onhand.kernel.errors import NotPossible
from onhand.kernel.hints import send_after_commit
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money, MoneyError

DAYS, MOST_DAYS = 90, 366
MOST_TRIED = 500_000  # acts, the newest
PAGE = 2_000
MOST_SHOWN = 5_000  # acts shown singly
MOST_ATTEMPTS = 50_000  # the newest
ATTEMPTED = {"refuse": "refuse", "ask": "tried"}  # how an attempt that was not allowed is counted
_STRICTNESS = {"allow": 0, "ask": 1, "refuse": 2}
Row = tuple[Any, ...]
_COLUMNS = (
    "id",
    "at",
    "actor_kind",
    "actor_id",
    "actor_role",
    "via",
    "act",
    "subject_type",
    "subject_id",
    "facts",
    "decision",
)


def start_trial(guideline: Guideline, *, actor: Actor, at: datetime, days: int = DAYS) -> GuidelineTrial:
    """
    Have a draft tried on the acts of so many days. The job does it; the caller queues it after the commit.

    :raises NotPermitted: the actor may not write guidelines.
    :raises NotPossible: there is no draft that can be read, or a wrong number of days.
    """
    actor.require(access.WRITE)
    if not 1 <= days <= MOST_DAYS:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": MOST_DAYS}, field="days")
    if guideline.draft is None:
        raise NotPossible(_("There is no draft."))
    try:
        read(from_json(guideline.draft))
    except GraphError as error:
        raise NotPossible(_("This draft cannot be applied: %(why)s") % {"why": str(error)[:1000]}) from None
    return GuidelineTrial.objects.create(
        guideline=guideline,
        draft_number=guideline.draft_number,
        document=guideline.draft,
        since=at - timedelta(days=days),
        until=at,
        started_at=at,
        started_by_name=actor.name,
    )


@dataclass
class Tally:
    """What a trial counts."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    stored: int = 0

    def add(self, was: str, would_be: str, given: Money | None) -> None:
        """Count one act."""
        self.counts.setdefault(was, Counter())[would_be] += 1
        if given is not None and was != would_be:
            if would_be == "refuse":
                self.refused[given.currency] += abs(given.minor)
            elif would_be == "ask":
                self.asked[given.currency] += abs(given.minor)

    def put_into(self, trial: GuidelineTrial) -> None:
        """Write what was counted so far onto the trial."""
        trial.counts = {was: dict(some) for was, some in self.counts.items()}
        trial.refused, trial.asked, trial.unknown = dict(self.refused), dict(self.asked), dict(self.unknown)


def run_trial(trial_id: int, clock: Callable[[], datetime]) -> None:
    """Work through a trial from its beginning."""
    trial = GuidelineTrial.objects.filter(pk=trial_id).exclude(state=TrialState.DONE).first()
    if trial is None:
        return
    with transaction.atomic():
        TriedAct.objects.filter(trial=trial).delete()
        trial.state, trial.problem, trial.seen = TrialState.RUNNING, "", 0
        trial.total = min(_records(trial).count(), MOST_TRIED)
        trial.save()
    _tell(trial)
    try:
        _work_through(trial)
        trial.state = TrialState.DONE
    except Exception as error:
        trial.state, trial.problem = TrialState.FAILED, str(error)[:300]
        raise
    finally:
        trial.ended_at = clock()
        trial.save()
        _tell(trial)


def _records(trial: GuidelineTrial) -> Any:
    acts = trial.document["acts"]
    return ActRecord.objects.filter(act__in=acts, at__gte=trial.since, at__lt=trial.until)


def _work_through(trial: GuidelineTrial) -> None:
    draft = prepared(trial.guideline_id, trial.guideline.name, trial.draft_number, from_json(trial.document))
    tally = Tally()
    for row in _attempts(trial):
        _try(row, draft, trial, tally, is_stored=False)
    for page in _pages(trial):
        found = [one for row in page if (one := _try(row, draft, trial, tally)) is not None]
        with transaction.atomic():
            TriedAct.objects.bulk_create(found)
            trial.seen += len(page)
            tally.put_into(trial)
            trial.save(update_fields=["seen", "counts", "refused", "asked", "unknown"])
        _tell(trial)


def _attempts(trial: GuidelineTrial) -> Iterator[Row]:
    """
    The attempts that were not allowed, and came to nothing: what somebody was asked to allow later, and did, stands among the acts. They
    are counted, not shown singly.
    """
    found = RefusedAttempt.objects.filter(act__in=trial.document["acts"], at__gte=trial.since, at__lt=trial.until)
    came_to_be = _records(trial).filter(
        act=OuterRef("act"),
        actor_kind=OuterRef("actor_kind"),
        actor_id=OuterRef("actor_id"),
        subject_type=OuterRef("subject_type"),
        subject_id=OuterRef("subject_id"),
        at__gte=OuterRef("at"),
    )
    still = found.exclude(Q(answer=Answer.ASK.value) & Exists(came_to_be))
    yield from still.order_by("-id").values_list(*_COLUMNS)[:MOST_ATTEMPTS].iterator(PAGE)


def _pages(trial: GuidelineTrial) -> Iterator[list[Row]]:
    """The newest first, so that what is left out, where there is too much, is what lies furthest back."""
    left, before = MOST_TRIED, None
    while left > 0:
        rows = _records(trial) if before is None else _records(trial).filter(id__lt=before)
        page = list(rows.order_by("-id").values_list(*_COLUMNS)[: min(PAGE, left)])
        if not page:
            return
        yield page
        left, before = left - len(page), page[-1][0]


def _try(row: Row, draft: Applied, trial: GuidelineTrial, tally: Tally, *, is_stored: bool = True) -> TriedAct | None:
    kept = dict(zip(_COLUMNS, row, strict=True))
    question = _question(kept)
    facts = facts_of(draft.facts, question, kept["decision"])
    missing = [name for name in draft.facts if name not in facts]
    was = _was(kept["decision"]) if is_stored else ATTEMPTED[str(kept["decision"]["answer"])]
    if missing:
        tally.unknown.update(missing)
        tally.add(was, "unknown", None)
        return None
    said = answer_of(draft, facts, question.gives, in_words=False)
    said = by_own_authority(said, question) if said else None
    would_be = _stricter(said, _others(kept["decision"], trial.guideline_id))
    tally.add(was, would_be, question.gives if is_stored else None)
    if not is_stored or would_be == was or tally.stored >= MOST_SHOWN:
        return None
    tally.stored += 1
    why = answer_of(draft, facts, question.gives)
    return TriedAct(
        trial=trial,
        record_id=kept["id"],
        was=was,
        would_be=would_be,
        reason=why.reason[:500] if why else "",
        rows=list(why.rows) if why else [],
    )


def _question(kept: Mapping[str, Any]) -> Question:
    """The question that was asked then, as far as the record holds it."""
    actor = Actor(
        ActorKind(kept["actor_kind"]), kept["actor_id"], "", kept["actor_role"], via=Via(kept["via"] or Via.DESK)
    )
    return Question(
        actor,
        kept["act"],
        kept["subject_type"],
        kept["subject_id"],
        {},
        kept["at"],
        gives=_given(kept["act"], kept["facts"]),
    )


def _given(name: str, facts: Mapping[str, Any]) -> Money | None:
    act = find_act(name)
    amount = facts.get(act.gives) if act and act.gives else None
    try:
        return Money(amount["minor"], amount["currency"]) if isinstance(amount, dict) else None
    except (KeyError, MoneyError):
        return None


def facts_of(names: Iterable[str], question: Question, decision: Mapping[str, Any]) -> dict[str, Value]:
    """Of these facts those that were kept with the decision, and those the record tells by itself; nothing else."""
    kept = decision.get("known", {})
    found = {name: _value(kept[name]) for name in names if name in kept}
    told = [name for name in names if name not in kept and name != REASON and is_free(name)]
    if told:
        by_record = gather(told, question)
        found.update((name, by_record.get(name)) for name in told)
    return found


@lru_cache(maxsize=50_000)
def _value(text: str) -> Value:
    try:
        return read_value(text)
    except CellError:
        return None


def _was(decision: Mapping[str, Any]) -> str:
    return "ask" if decision.get("approved_by") else str(decision["answer"])


def _others(decision: Mapping[str, Any], guideline_id: int) -> list[str]:
    """What others than this guideline said then, and than the default that holds where none says anything."""
    own = (f"guideline:{guideline_id}", "no-guideline")
    said = decision.get("said") or [decision]
    return [str(one["answer"]) for one in said if one.get("rule") not in own and not one.get("approved_by")]


def _stricter(said: Said | None, others: list[str]) -> str:
    answers = [*others, *([said.answer.value] if said else [])] or [Answer.ALLOW.value]
    return max(answers, key=lambda answer: _STRICTNESS.get(answer, 0))


def _tell(trial: GuidelineTrial) -> None:
    send_after_commit(f"{TRIAL}:{trial.pk}")


def forget_trials(before: datetime) -> int:
    """Take out trials begun before a time; how many."""
    old = GuidelineTrial.objects.filter(started_at__lt=before)
    TriedAct.objects.filter(trial__in=old).delete()
    return old.delete()[0]
