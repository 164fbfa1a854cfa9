"""Rules at work on messages that arrive."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from onhand.contacts.enums import Direction
from onhand.contacts.models import Contact, Message
from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.knowledge.models import StandardResponse
from onhand.rules.models import Arrival, AutomaticAnswer, RuleExecution, RuleSetVersion
from onhand.rules.published import current
from onhand.rules.running import apply_to_arrival
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_team
from tests.rules.made import URGENT, arrive, condition, definition, do, make_message, publish, write

pytestmark = pytest.mark.django_db
INVOICE = condition("subject", "has_any", ["invoice", "bill*"])


def response(text: str = "Thank you, {customer.name}.") -> StandardResponse:
    return StandardResponse.objects.create(name="Received", shortcut="received", texts={"en": text}, changed_at=NOON)


def answering(**more: Any) -> dict[str, Any]:
    return {"do": "answer", "with": {"response": response().pk} | more}


def test_a_published_rule_acts_on_what_arrives_and_says_why() -> None:
    billing = make_team(name="Billing")
    number = publish(
        definition("Invoices", INVOICE, actions=[URGENT, {"do": "hand_to_team", "with": {"team": billing.pk}}])
    )
    contact, message = arrive(subject="My Invoice, please")
    assert (contact.priority, contact.team_id) == (2, billing.pk)
    execution = RuleExecution.objects.get()
    assert (execution.contact_id, execution.message_id, execution.set_version) == (contact.pk, message.pk, number)
    assert execution.because == [{"what": "subject", "how": "has_any", "found": "invoice"}]
    records = ActRecord.objects.filter(subject_type="contact", subject_id=contact.pk).order_by("pk")
    assert [one["record"] for one in execution.done] == [record.pk for record in records]
    assert {record.actor_name for record in records} == {f"Rule “Invoices”, version {number}"}
    assert Arrival.objects.get().known == {"is_new": True, "language": "en", "is_open": False}


def test_what_does_not_fit_stays_as_it_is_and_drafts_do_nothing() -> None:
    publish(definition("Invoices", INVOICE))
    write(definition("Everything"))
    contact, _message = arrive(subject="The kettle is cold")
    assert contact.priority == 0
    assert not RuleExecution.objects.exists()


def test_rules_are_asked_in_order_and_one_may_stop_the_rest() -> None:
    publish(
        definition("First", INVOICE, actions=[{"do": "set_priority", "with": {"priority": "1"}}]),
        definition("Sees it", condition("priority", "is_any", ["1"]), stops=True),
        definition("Never", actions=[{"do": "set_priority", "with": {"priority": "-1"}}]),
    )
    contact, _message = arrive(subject="bills")
    assert contact.priority == 2
    assert list(RuleExecution.objects.order_by("pk").values_list("rule_name", flat=True)) == ["First", "Sees it"]


def test_an_action_that_fails_is_shown_and_the_others_are_done() -> None:
    gone = make_team()
    publish(definition("Invoices", INVOICE, actions=[{"do": "hand_to_team", "with": {"team": gone.pk}}, URGENT]))
    gone.delete()
    contact, _message = arrive(subject="invoice")
    assert (contact.priority, contact.team_id) == (2, None)
    execution = RuleExecution.objects.get()
    assert execution.has_problem
    assert "problem" in execution.done[0]
    assert "record" in execution.done[1]


def test_a_fault_in_the_rules_loses_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(definition("Everything"))

    def broken(*_given: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("onhand.rules.running.plan", broken)
    contact, message = arrive(subject="invoice")
    assert Message.objects.filter(pk=message.pk).exists()
    assert contact.priority == 0
    assert not RuleExecution.objects.exists()


def test_a_rule_acts_once_on_a_message() -> None:
    publish(definition("Everything", when="message"))
    contact, message = arrive()
    apply_to_arrival(contact, message, NOON)  # as if the chain ran again
    assert RuleExecution.objects.count() == 1
    assert ActRecord.objects.filter(subject_type="contact").count() == 1
    again = make_message(contact, NOON + timedelta(hours=1))
    apply_to_arrival(contact, again, NOON + timedelta(hours=1))
    assert RuleExecution.objects.count() == 2


def test_rules_for_new_contacts_are_not_asked_by_later_messages() -> None:
    publish(definition("New"))
    contact, _message = arrive()
    later = make_message(contact, NOON + timedelta(hours=1))
    apply_to_arrival(contact, later, NOON + timedelta(hours=1))
    assert RuleExecution.objects.count() == 1
    assert Arrival.objects.get(message=later).known["earlier"] == 1


def test_an_automatic_answer_is_marked_and_not_repeated() -> None:
    publish(definition("Thanks", when="message", actions=[answering(hours=24)]))
    ana = make_customer("Ana Prieto")
    contact, _message = arrive(ana, subject="Kettle")
    sent = Message.objects.get(direction=Direction.OUTBOUND)
    assert (sent.text, sent.automatic) == ("Thank you, Ana Prieto.", "auto_reply")
    assert contact.needs_answer  # a person still has to
    later = make_message(contact, NOON + timedelta(hours=23))
    apply_to_arrival(contact, later, NOON + timedelta(hours=23))
    assert Message.objects.filter(direction=Direction.OUTBOUND).count() == 1
    assert RuleExecution.objects.get(message=later).done[0]["left_out"] == "lately"
    next_day = make_message(contact, NOON + timedelta(hours=25))
    apply_to_arrival(contact, next_day, NOON + timedelta(hours=25))
    assert AutomaticAnswer.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"automatic": "auto_reply"}, "automaton"),
        ({"automatic": "bounce", "sender_address": ""}, "automaton"),
        ({"automatic": "list"}, "automaton"),
        ({"sender_address": "no-reply@shop.example"}, "nobody"),
        ({"sender_address": "MAILER-DAEMON@shop.example"}, "nobody"),
        ({"sender_address": "service@lumen.example"}, "nobody"),
        ({"checks": {"spf": "pass", "dmarc": "fail"}}, "unsure"),
    ],
)
def test_automata_and_forged_senders_are_never_answered(changes: dict[str, Any], why: str) -> None:
    publish(definition("Thanks", when="message", actions=[answering()]))
    arrive(make_customer("Ana"), **changes)
    assert not Message.objects.filter(direction=Direction.OUTBOUND).exists()
    assert RuleExecution.objects.get().done[0]["left_out"] == why


def test_two_rules_answer_once() -> None:
    reply = answering()
    publish(definition("One", actions=[reply]), definition("Two", actions=[reply]))
    arrive(make_customer("Ana"))
    assert Message.objects.filter(direction=Direction.OUTBOUND).count() == 1
    assert RuleExecution.objects.get(rule_name="Two").done[0]["left_out"] == "once"


def test_a_response_with_a_gap_is_not_sent() -> None:
    publish(definition("Thanks", actions=[answering()]))
    arrive()  # nobody knows who it is, so there is no name to fill in
    assert not Message.objects.filter(direction=Direction.OUTBOUND).exists()
    assert not AutomaticAnswer.objects.exists()
    assert RuleExecution.objects.get().has_problem


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_with_the_arrival_leaves_nothing() -> None:
    publish(definition("Everything", actions=[URGENT, {"do": "write_note", "with": {"text": "Look"}}]))
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        arrive(subject="x")
        assert RuleExecution.objects.count() == 1
        raise KeyboardInterrupt
    for table in (RuleExecution, Arrival, Message, Contact):
        assert not table.objects.exists()
    assert not ActRecord.objects.filter(subject_type="contact").exists()


def test_publishing_needs_what_the_rules_do() -> None:
    write(definition("Everything"))
    actor = make_actor(permissions=frozenset({"rules.set_up"}))
    with pytest.raises(NotPermitted):
        perform("rules.publish_rules", actor=actor, subject_id=current().pk, arguments={}, at=NOON)
    assert current().published == 0


def test_write_rule_move_rule_switch_rule_remove_rule_take_up_version() -> None:
    do("write_rule", definition=json.dumps(definition("One")))
    write(definition("Two"))
    one, two = current().draft
    do("move_rule", key=two["key"], place=1)
    assert [rule["name"] for rule in current().draft] == ["Two", "One"]
    write(definition("One, better", key=one["key"]))
    assert [rule["name"] for rule in current().draft] == ["Two", "One, better"]
    do("switch_rule", key=two["key"], is_on=False)
    assert not current().draft[0]["is_on"]
    do("remove_rule", key=one["key"])
    assert len(current().draft) == 1
    with pytest.raises(NotPossible):
        do("remove_rule", key=one["key"])
    do("publish_rules")
    with pytest.raises(NotPossible):
        do("publish_rules")  # nothing new
    arrive()
    assert not RuleExecution.objects.exists()  # switched off
    do("switch_rule", key=two["key"], is_on=True)
    do("publish_rules")
    assert current().published == 2
    do("take_up_version", number=1)
    assert current().draft == RuleSetVersion.objects.get(number=1).rules
    assert current().published == 2
    do("take_up_version", number=0)
    assert current().draft == []
    with pytest.raises(NotPossible):
        do("take_up_version", number=9)


def test_a_version_never_changes() -> None:
    from django.db import DatabaseError

    publish(definition("One"))
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleSetVersion.objects.update(note="changed")


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"name": ""}, "name"),
        ({"when": "never"}, "when"),
        ({"actions": []}, "actions"),
        ({"actions": [{"do": "set_priority", "with": {"priority": "9"}}]}, None),
        ({"actions": [{"do": "set_priority", "with": {"pace": 1}}]}, "actions.0.pace"),
        ({"actions": [{"do": "wait", "with": {"hours": 0}}]}, "actions.0.hours"),
        ({"actions": [{"do": "dance"}]}, "actions.0.do"),
        (
            {"groups": [{"how": "all", "conditions": [condition("subject", "is_any", ["x"])]}]},
            "groups.0.conditions.0.how",
        ),
        ({"groups": [{"how": "all", "conditions": [condition("mood", "yes")]}]}, "groups.0.conditions.0.what"),
        (
            {"groups": [{"how": "all", "conditions": [condition("subject", "has_any", ["a*b"])]}]},
            "groups.0.conditions.0.value",
        ),
        (
            {"groups": [{"how": "all", "conditions": [condition("clock", "between", "8-18")]}]},
            "groups.0.conditions.0.value",
        ),
        ({"groups": [{"how": "all", "conditions": []}]}, "groups.0"),
        ({"groups": "x"}, "groups"),
        ({"when": "waiting", "wait_minutes": 1}, "wait_minutes"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named_by_its_place(wrong: dict[str, Any], place: str | None) -> None:
    if place is None:  # the act itself knows its priorities when it acts
        return
    with pytest.raises(ArgumentsInvalid) as refused:
        write(definition("Wrong") | wrong)
    assert place in refused.value.fields
