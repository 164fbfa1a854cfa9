"""Drafts tried on what arrived before."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.enums import Direction
from onhand.contacts.models import Message
from onhand.knowledge.models import StandardResponse
from onhand.rules.models import RuleExecution, Trial, TriedMessage
from onhand.rules.published import current
from onhand.rules.queries import tried_messages
from onhand.rules.trials import forget_arrivals, forget_trials, run_trial, start_trial
from onhand.rules.waiting import apply_waiting_rules
from tests.factories import NOON, make_actor, make_customer
from tests.rules.made import URGENT, arrive, condition, definition, do, make_message, publish, write

pytestmark = pytest.mark.django_db
LOW = {"do": "set_priority", "with": {"priority": "-1"}}
END = NOON + timedelta(days=2)


def tried(at: Any = END) -> Trial:
    trial = start_trial(actor=make_actor(), at=at)
    run_trial(trial.pk, lambda: at)
    trial.refresh_from_db()
    return trial


def test_a_trial_says_what_would_have_been_done_and_what_is_different() -> None:
    publish(definition("Bills", condition("subject", "has_any", ["bill"])))
    arrive(subject="bill")
    arrive(subject="invoice")
    arrive(subject="kettle")
    write(definition("Invoices", condition("subject", "has_any", ["invoice"])))
    trial = tried()
    assert (trial.state, trial.total, trial.seen, trial.matched, trial.different) == ("done", 3, 3, 2, 1)
    counted = {one["name"]: (one["draft"], one["published"]) for one in trial.counts["rules"].values()}
    assert counted == {"Bills": (1, 1), "Invoices": (1, 0)}
    assert trial.counts["actions"] == {"set_priority": {"draft": 2, "published": 1}}
    (different,) = tried_messages(trial.pk, only_different=True)
    assert different.message.subject == "invoice"
    assert different.by_published == []
    key = current().draft[0]["key"]
    assert [one.message.subject for one in tried_messages(trial.pk, rule_key=key)] == ["bill"]
    assert RuleExecution.objects.count() == 1  # the trial did nothing


def test_what_was_known_then_counts_and_not_what_is_known_today() -> None:
    contact, _message = arrive(subject="x")
    contact.priority = 2
    contact.customer = make_customer()
    contact.save()
    write(
        definition("Unknown", condition("customer_known", "no")),
        definition("Urgent", condition("priority", "is_any", ["2"]), actions=[LOW], when="message"),
    )
    trial = tried()
    assert {one["name"]: one["draft"] for one in trial.counts["rules"].values()} == {"Unknown": 1, "Urgent": 1}
    # the first rule of the draft made it urgent: the second sees that


def test_a_trial_begun_again_comes_to_the_same() -> None:
    for number in range(5):
        arrive(subject=f"bill {number}")
    write(definition("Bills", condition("subject", "has_any", ["bill"])))
    trial = tried()
    once = (trial.counts, TriedMessage.objects.count())
    Trial.objects.update(state="running")  # as if killed before its end
    run_trial(trial.pk, lambda: END)
    trial.refresh_from_db()
    assert (trial.counts, TriedMessage.objects.count()) == once
    run_trial(trial.pk, lambda: END)  # one that is done is left alone


def test_answers_are_limited_in_a_trial_as_at_work() -> None:
    thanks = StandardResponse.objects.create(name="Received", shortcut="r", texts={"en": "Thank you."}, changed_at=NOON)
    _contact, _message = arrive()
    for hours in (1, 30):
        at = NOON + timedelta(hours=hours)
        arrive(at=at, sender_address="Ana@home.example")
    answer = {"do": "answer", "with": {"response": thanks.pk, "hours": 24}}
    write(definition("Thanks", when="message", actions=[answer]))
    trial = tried()
    left_out = [one.by_draft[0]["steps"][0].get("left_out", "") for one in tried_messages(trial.pk)]
    assert left_out == ["", "lately", ""]
    assert trial.counts["actions"] == {"answer": {"draft": 2, "published": 0}}


def test_rules_by_the_clock_act_once_on_a_message_that_waits() -> None:
    publish(definition("Waits", when="waiting", wait_minutes=240))
    contact, message = arrive(subject="x")
    assert apply_waiting_rules(NOON + timedelta(minutes=239)) == 0
    later = NOON + timedelta(minutes=240)
    assert apply_waiting_rules(later) == 1
    assert apply_waiting_rules(later + timedelta(minutes=1)) == 0
    contact.refresh_from_db()
    assert contact.priority == 2
    execution = RuleExecution.objects.get()
    assert (execution.message_id, execution.moment) == (message.pk, "waiting")


@pytest.mark.parametrize("state", [{"needs_answer": False}, {"ended_at": NOON}, {"waiting_until": END}])
def test_what_does_not_wait_for_us_is_left_alone(state: dict[str, Any]) -> None:
    publish(definition("Waits", when="waiting", wait_minutes=60))
    arrive(**state)
    assert apply_waiting_rules(END) == 0


def test_a_trial_asks_waiting_rules_where_nobody_answered_in_time() -> None:
    slow, _message = arrive(subject="slow")
    quick, _message = arrive(subject="quick")
    make_message(quick, NOON + timedelta(minutes=30), direction=Direction.OUTBOUND)
    make_message(slow, NOON + timedelta(minutes=90), direction=Direction.OUTBOUND)
    write(definition("Waits", when="waiting", wait_minutes=60))
    assert [one.message.subject for one in tried_messages(tried().pk)] == ["slow"]


def test_old_trials_and_arrivals_are_forgotten() -> None:
    arrive()
    write(definition("Everything"))
    trial = tried()
    assert forget_trials(before=trial.started_at) == 0
    assert forget_arrivals(NOON) == 0
    assert forget_trials(before=trial.started_at + timedelta(seconds=1)) == 1
    assert forget_arrivals(END) == 1
    assert Message.objects.count() == 1


def test_one_may_only_try_what_could_be_published() -> None:
    from onhand.kernel.errors import NotPossible

    with pytest.raises(NotPossible):
        start_trial(actor=make_actor(), at=END)
    write(definition("Everything", actions=[URGENT]))
    with pytest.raises(NotPossible):
        start_trial(actor=make_actor(), at=END, days=1_000)
    do("publish_rules")
    assert start_trial(actor=make_actor(), at=END).against == 1
