"""A draft tried on what was done: counted, with its cost, and shown act by act."""

import json
from datetime import timedelta
from typing import Any

import pytest

from onhand.guidelines.documents import Document, as_json
from onhand.guidelines.enums import TrialState
from onhand.guidelines.models import Guideline, GuidelineTrial, TriedAct
from onhand.guidelines.trials import forget_trials, run_trial, start_trial
from onhand.kernel.actor import system_actor
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from tests.factories import make_customer
from tests.guidelines.company import document, nothing_laid_down, publish, somebody
from tests.invoicing.documents import NOW

pytestmark = pytest.mark.django_db(transaction=True)
GOODWILL = "invoicing.give_goodwill"
LATER = NOW + timedelta(days=1)


def give(minor: int, **more: Any) -> None:
    actor, at = more.pop("actor", None) or somebody(), more.pop("at", NOW)
    arguments = {"amount": Money(minor, "EUR").as_json(), "reason": "A long wait"}
    perform(GOODWILL, actor=actor, arguments=arguments, at=at, subject_id=make_customer().pk, **more)


def draft(guideline: Guideline, what: Document) -> Guideline:
    given = {"document": json.dumps(as_json(what))}
    perform("guidelines.write_draft", actor=system_actor("t"), arguments=given, at=NOW, subject_id=guideline.pk)
    return Guideline.objects.get(pk=guideline.pk)


def tried(guideline: Guideline, **more: Any) -> GuidelineTrial:
    trial = start_trial(guideline, actor=somebody(), at=LATER, **more)
    run_trial(trial.pk, lambda: LATER)
    trial.refresh_from_db()
    return trial


STRICTER = [
    ("<= 10", '"allow"', "", "", ""),
    ("(10..50]", '"ask"', '"supervisor"', "", ""),
    ("> 50", '"refuse"', "", "", ""),
]


def test_what_would_ask_and_what_would_be_refused_with_its_cost() -> None:
    nothing_laid_down()
    rows = [("<= 100", '"allow"', "", "", ""), ("> 100", '"ask"', '"supervisor"', "", "")]
    made = publish("Goodwill", document([GOODWILL], ["amount given"], rows))
    for minor in (500, 1000, 2000, 5000, 5001, 9000):
        give(minor)
    give(20_000, approver=somebody("supervisor", 8))
    give(2000, actor=somebody("supervisor", 9))  # who may approve it need not ask
    trial = tried(draft(made, document([GOODWILL], ["amount given"], STRICTER)))
    assert trial.state == TrialState.DONE
    assert (trial.total, trial.seen) == (8, 8)
    assert trial.counts == {"allow": {"allow": 3, "ask": 2, "refuse": 2}, "ask": {"refuse": 1}}
    assert trial.refused == {"EUR": 5001 + 9000 + 20_000}
    assert trial.asked == {"EUR": 2000 + 5000}
    one = TriedAct.objects.filter(trial=trial, would_be="refuse", was="ask").get()
    assert ActRecord.objects.get(pk=one.record_id).facts["amount"]["minor"] == 20_000
    assert one.rows[0]["row"] == 3


def test_facts_are_those_kept_then_and_what_was_not_kept_is_counted_apart() -> None:
    nothing_laid_down()
    made = publish("Goodwill", document([GOODWILL], [], [('"allow"', "", "", "")]))
    give(100)
    new = document([GOODWILL], ["months of service"], [("< 3", '"ask"', "", "", ""), (">= 3", '"allow"', "", "", "")])
    guideline = draft(made, new)
    give(100)  # from now on the draft's facts are kept: this somebody never joined, which is known
    trial = tried(guideline)
    assert trial.unknown == {"months of service": 1}
    assert trial.counts == {"allow": {"allow": 1, "unknown": 1}}


def test_what_others_said_still_counts() -> None:
    nothing_laid_down()
    made = publish("Goodwill", document([GOODWILL], [], [('"allow"', "", "", "")]))
    publish("Strict", document([GOODWILL], [], [('"ask"', '"supervisor"', "", "")]))
    give(100, approver=somebody("supervisor", 8))
    trial = tried(draft(made, document([GOODWILL], ["role"], [("-", '"allow"', "", "", "")])))
    assert trial.counts == {"ask": {"ask": 1}}


def test_a_trial_begun_again_comes_to_the_same_and_old_ones_go() -> None:
    made = publish("Goodwill", document([GOODWILL], ["amount given"], STRICTER))
    give(100)
    give(1000, at=NOW - timedelta(days=40))
    guideline = draft(made, document([GOODWILL], ["amount given"], [("-", '"refuse"', "", "", "")]))
    trial = tried(guideline, days=30)
    counted = trial.counts
    assert counted == {"allow": {"refuse": 1}}
    GuidelineTrial.objects.filter(pk=trial.pk).update(state=TrialState.RUNNING)
    run_trial(trial.pk, lambda: LATER)
    trial.refresh_from_db()
    assert (trial.counts, TriedAct.objects.count()) == (counted, 1)
    assert forget_trials(LATER + timedelta(seconds=1)) > 0
    assert not TriedAct.objects.exists()


def test_only_a_draft_that_can_be_read_is_tried_and_only_by_who_may() -> None:
    made = publish("Goodwill", document([GOODWILL], [], [('"allow"', "", "", "")]))
    with pytest.raises(NotPossible, match="no draft"):
        start_trial(made, actor=somebody(), at=LATER)
    wrong = draft(made, document([GOODWILL], ["amount given"], [("<= x", '"allow"', "", "", "")]))
    with pytest.raises(NotPossible, match="cannot be applied"):
        start_trial(wrong, actor=somebody(), at=LATER)
    with pytest.raises(NotPermitted):
        start_trial(made, actor=somebody(permissions=frozenset()), at=LATER)
    right = draft(made, document([GOODWILL], [], [('"ask"', "", "", "")]))
    for days in (0, 1000):
        with pytest.raises(NotPossible):
            start_trial(right, actor=somebody(), at=LATER, days=days)
