"""
A draft tried on what arrived before: what it would have done with each message, beside what the published rules would have done.

Both are asked what a rule at work is asked, about what was known then; nothing is done. Answers that would have gone out are
remembered on the way, so that "at most one in 24 hours" holds in a trial as it does at work.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.hints import send_after_commit
from onhand.rules import access
from onhand.rules.definitions import Rule, read_rule, trusted_rules
from onhand.rules.enums import Moment, TrialState
from onhand.rules.gathering import Kept, kept_arrivals
from onhand.rules.models import Arrival, AutomaticAnswer, RuleSetVersion, Trial, TriedMessage
from onhand.rules.planning import Match, answers_in, plan
from onhand.rules.published import current
from onhand.rules.situations import Situation
from onhand.rules.subjects import TRIAL

DAYS, MOST_DAYS = 30, 90
MOST_TRIED = 300_000  # messages
PAGE = 500
MOST_SHOWN = 5_000  # messages shown singly
SHOWN_OF_RULE = 300


def start_trial(*, actor: Actor, at: datetime, days: int = DAYS) -> Trial:
    """
    Have the draft tried on the messages of so many days. The job does it; the caller queues it after the commit.

    :raises NotPermitted: the actor may not write rules.
    :raises ActError: a rule of the draft cannot be applied any more, or there is none.
    """
    actor.require(access.SET_UP)
    if not 1 <= days <= MOST_DAYS:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": MOST_DAYS}, field="days")
    rule_set = current()
    try:
        rules = [read_rule(one).as_json() for one in rule_set.draft]
    except ActError as error:
        wrong = " ".join(message for messages in error.fields.values() for message in messages)
        raise NotPossible(_("A rule of the draft is not right any more: %(wrong)s") % {"wrong": wrong}) from None
    if not rules and not rule_set.published:
        raise NotPossible(_("The draft has no rules yet."))
    return Trial.objects.create(
        rules=rules,
        against=rule_set.published,
        since=at - timedelta(days=days),
        until=at,
        started_at=at,
        started_by_name=actor.name,
    )


@dataclass
class Memory:
    """When each address was last answered, on the way through a trial."""

    before: datetime
    answered: dict[str, datetime | None] = field(default_factory=dict)

    def last(self, address: str) -> datetime | None:
        """When an address was last answered, in the trial or before it began."""
        if address not in self.answered:
            found = AutomaticAnswer.objects.filter(address=address, at__lt=self.before).order_by("-at")
            self.answered[address] = found.values_list("at", flat=True).first()
        return self.answered[address]


class Replay:
    """One set of rules on its way through the past."""

    def __init__(self, rules: Sequence[Rule], since: datetime) -> None:
        self.rules = [rule for rule in rules if rule.when is not Moment.WAITING]
        self.waiting = [rule for rule in rules if rule.when is Moment.WAITING]
        self.memory = Memory(since)

    def ask(self, situation: Situation, at: datetime, next_at: datetime | None, until: datetime) -> list[Match]:
        """What the rules would have done about one message, as it arrived and while it waited."""
        matches = self._plan(self.rules, situation)
        for rule in self.waiting:
            due = at + timedelta(minutes=rule.wait_minutes)
            if due <= until and (next_at is None or next_at > due) and not situation.automatic:
                waited = replace(
                    situation,
                    moment=Moment.WAITING,
                    at=due.astimezone(situation.at.tzinfo),
                    waited_minutes=rule.wait_minutes,
                )
                matches += self._plan([rule], waited)
        return matches

    def _plan(self, rules: Sequence[Rule], situation: Situation) -> list[Match]:
        matches = plan(rules, situation, self.memory.last)
        if answers_in(matches):
            self.memory.answered[situation.sender.lower()] = situation.at
        return matches


@dataclass
class Tally:
    """What a trial counts."""

    draft: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    draft_actions: Counter[str] = field(default_factory=Counter)
    published_actions: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    shown: Counter[str] = field(default_factory=Counter)
    stored: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "rules": {
                key: {"name": name, "draft": self.draft[key], "published": self.published[key]}
                for key, name in self.names.items()
            },
            "actions": {
                do: {"draft": self.draft_actions[do], "published": self.published_actions[do]}
                for do in sorted({*self.draft_actions, *self.published_actions})
            },
        }

    def add(self, matches: Sequence[Match], of: Counter[str], actions: Counter[str]) -> None:
        """Count one message's matches."""
        for match in matches:
            self.names.setdefault(match.rule.key, match.rule.name)
            of[match.rule.key] += 1
            actions.update(step.action.do for step in match.steps if not step.left_out)

    def is_shown(self, matches: Sequence[Match], is_different: bool) -> bool:
        """Whether a message is kept to be shown singly: those that differ first, and some of every rule."""
        if self.stored >= MOST_SHOWN:
            return False
        keys = {match.rule.key for match in matches}
        wanted = is_different or any(self.shown[key] < SHOWN_OF_RULE for key in keys)
        if wanted:
            self.stored += 1
            self.shown.update(keys)
        return wanted


def effects(matches: Sequence[Match]) -> list[Mapping[str, Any]]:
    """What a plan does, whichever rules do it: two plans that do the same are no difference."""
    return [step.action.as_json() for match in matches for step in match.steps if not step.left_out]


def run_trial(trial_id: int, clock: Callable[[], datetime]) -> None:
    """Work through a trial from its beginning. Killed and begun again, it comes to the same."""
    trial = Trial.objects.filter(pk=trial_id).exclude(state=TrialState.DONE).first()
    if trial is None:
        return
    with transaction.atomic():
        TriedMessage.objects.filter(trial=trial).delete()
        trial.seen = trial.matched = trial.different = 0
        trial.state, trial.problem = TrialState.RUNNING, ""
        trial.total = Arrival.objects.filter(at__gt=trial.since, at__lt=trial.until).count()
        _shorten(trial)
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


def _shorten(trial: Trial) -> None:
    """Only the newest, where there are too many."""
    if trial.total > MOST_TRIED:
        arrived = Arrival.objects.filter(at__gt=trial.since, at__lt=trial.until).order_by("-at", "-message")
        trial.since = arrived.values_list("at", flat=True)[MOST_TRIED]
        trial.total = MOST_TRIED


def _work_through(trial: Trial) -> None:
    published = RuleSetVersion.objects.filter(number=trial.against).first()
    draft = Replay(trusted_rules(trial.rules), trial.since)
    applied = Replay(trusted_rules(published.rules) if published else (), trial.since)
    tally = Tally()
    for page in _pages(trial):
        rows: list[TriedMessage] = []
        for kept in page:
            row = _try(kept, draft, applied, trial, tally)
            if row is not None:
                rows.append(row)
        with transaction.atomic():
            TriedMessage.objects.bulk_create(rows)
            trial.seen += len(page)
            trial.counts = tally.as_json()
            trial.save(update_fields=["seen", "matched", "different", "counts"])
        _tell(trial)


def _pages(trial: Trial) -> Iterator[list[Kept]]:
    place, place_id = trial.since, 0
    while page := kept_arrivals(place, place_id, trial.until, PAGE):
        yield page
        place, place_id = page[-1][1], page[-1][0].message_id


def _try(kept: Kept, draft: Replay, applied: Replay, trial: Trial, tally: Tally) -> TriedMessage | None:
    situation, at, next_at = kept
    by_draft = draft.ask(situation, at, next_at, trial.until)
    by_published = applied.ask(situation, at, next_at, trial.until)
    tally.add(by_draft, tally.draft, tally.draft_actions)
    tally.add(by_published, tally.published, tally.published_actions)
    is_different = effects(by_draft) != effects(by_published)
    trial.matched += bool(by_draft)
    trial.different += is_different
    both = [*by_draft, *by_published]
    if not both or not tally.is_shown(both, is_different):
        return None
    return TriedMessage(
        trial=trial,
        message_id=situation.message_id,
        is_different=is_different,
        rule_keys=sorted({match.rule.key for match in both}),
        by_draft=[match.as_json() for match in by_draft],
        by_published=[match.as_json() for match in by_published],
    )


def _tell(trial: Trial) -> None:
    send_after_commit(f"{TRIAL}:{trial.pk}")


def forget_trials(before: datetime) -> int:
    """Take out trials that ended before a time; how many."""
    old = Trial.objects.filter(started_at__lt=before)
    TriedMessage.objects.filter(trial__in=old).delete()
    return old.delete()[0]


def forget_arrivals(before: datetime, most: int = 20_000) -> int:
    """Take out what was known at arrivals before a time, so many at once; how many. Rules are tried on newer ones only."""
    found = Arrival.objects.filter(at__lt=before).order_by("at").values_list("pk", flat=True)[:most]
    return Arrival.objects.filter(pk__in=list(found)).delete()[0]
