"""What a guideline says is promised with its answer is promised: in the transaction of the act, once, with the day and the test it says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onhand.contacts.models import Promise
from onhand.contacts.promises.checking import check_promises
from onhand.customers.models import Customer, IdentityCheck
from onhand.customers.timeline import read_timeline, tell
from onhand.guidelines.documents import Document
from onhand.guidelines.graphs import Decision
from onhand.guidelines.models import Guideline
from onhand.guidelines.tables import HitPolicy
from onhand.kernel.actor import Actor, ActorKind, Via, system_actor
from onhand.kernel.decisions import NeedsApproval, Refused
from onhand.kernel.errors import NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from tests.factories import make_customer
from tests.factories.contacts import make_contact
from tests.guidelines.company import document, publish, somebody, table

pytestmark = pytest.mark.django_db(transaction=True)
GOODWILL = "invoicing.give_goodwill"
NOW = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)
ROWS = [
    ("<= 20", '"allow"', "", "", ""),
    ("(20..100]", '"ask"', '"supervisor"', "", ""),
    ("> 100", '"refuse"', "", "", ""),
]
PROMISED = [('"We write to you"', "2", '"contacts.message_sent"'), ('"The carrier is asked"', "0", "null")]


def lay_down(rows: Any = PROMISED, acts: tuple[str, ...] = (GOODWILL,), name: str = "Late parcels") -> Guideline:
    """A guideline that promises something with its answer."""
    return publish(name, with_follow_ups(document(acts, ["amount given"], ROWS), rows))


def with_follow_ups(made: Document, rows: Any) -> Document:
    listed = table("Follow-ups", (), rows, ("what", "days", "test"), HitPolicy.RULE_ORDER)
    decisions = (*made.graph.decisions, Decision("Follow-ups", listed))
    return replace(made, graph=replace(made.graph, decisions=decisions), follow_ups="Follow-ups")


def give(minor: int, to: Customer, actor: Actor | None = None, **more: Any) -> Outcome:
    arguments = {"amount": Money(minor, "EUR").as_json(), "reason": "A long wait"}
    given: dict[str, Any] = {"at": NOW} | more
    return perform(GOODWILL, actor=actor or somebody(), arguments=arguments, subject_id=to.pk, **given)


def test_what_is_promised_with_an_answer_is_promised_once_with_the_act(settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"
    made, ana = lay_down(), make_customer()
    contact = make_contact(ana, 7, started_at=NOW)
    checked = {"way": "questions", "level": 1, "at": NOW, "until": NOW + timedelta(hours=1), "by_name": "Ana"}
    IdentityCheck.objects.create(customer=ana, contact_id=contact.pk, **checked)
    outcome = give(1000, ana, contact_id=contact.pk, idempotency_key="once")
    assert give(1000, ana, contact_id=contact.pk, idempotency_key="once").is_replay
    first, second = Promise.objects.order_by("-due_at")
    assert (first.text, first.test, first.contact_id, first.case_id) == (
        "We write to you",
        "contacts.message_sent",
        contact.pk,
        None,
    )
    assert (first.guideline_id, first.guideline_version, first.record_id) == (made.pk, 1, outcome.record_id)
    assert (first.customer_id, first.about_type, first.about_id) == (ana.pk, "customer", ana.pk)
    assert (first.made_by_id, first.made_by_name, first.made_at) == (7, "representative 7", NOW)
    # where the company is it was the 10th still: that day and two more, to their end
    assert first.due_at == datetime(2026, 3, 12, 23, tzinfo=UTC)
    assert (second.test, second.due_at) == ("", datetime(2026, 3, 10, 23, tzinfo=UTC))
    (entry, *_others) = (one for one in read_timeline(ana.pk).entries if one.kind == "promise")
    assert tell(entry).facts == [("Because of the guideline", "Late parcels, 1")]
    kept = ActRecord.objects.get(pk=outcome.record_id).decision["follow_ups"]
    assert kept[0] == {
        "what": "We write to you",
        "days": 2,
        "test": "contacts.message_sent",
        "rule": f"guideline:{made.pk}",
        "version": "1",
    }


def test_what_is_not_done_promises_nothing() -> None:
    lay_down()
    ana = make_customer()
    assert give(1000, ana, preview=True).decision.follow_ups[0]["what"] == "We write to you"
    for minor, wrong in ((5000, NeedsApproval), (20_000, Refused), (-100, NotPossible)):
        with pytest.raises(wrong):
            give(minor, ana)
    assert not Promise.objects.exists()
    give(5000, ana, approver=somebody("supervisor", 8))
    assert Promise.objects.filter(made_by_id=7).count() == 2


def test_neither_the_product_itself_nor_what_a_command_brings_in_promises() -> None:
    lay_down()
    ana = make_customer()
    give(1000, ana, system_actor("rules"))
    give(1000, ana, somebody(via=Via.COMMAND))
    assert not Promise.objects.exists()
    give(1000, ana, somebody(kind=ActorKind.AI, via=Via.MCP))
    assert Promise.objects.count() == 2


def test_two_guidelines_promise_both_and_broken_ones_come_back_as_work() -> None:
    lay_down()
    lay_down([('"We write to you"', "2", '"contacts.message_sent"'), ('"We write to you"', "2", "null")], name="Second")
    ana = make_customer()
    give(1000, ana)
    assert sorted(Promise.objects.values_list("text", "guideline__name")) == [
        ("The carrier is asked", "Late parcels"),
        ("We write to you", "Late parcels"),
        ("We write to you", "Second"),
    ]
    assert check_promises(NOW + timedelta(days=1)) == 1
    assert Promise.objects.get(broken_at__isnull=False).text == "The carrier is asked"


def test_a_test_there_is_none_of_is_said_at_its_cell_and_days_have_an_end() -> None:
    with pytest.raises(NotPossible, match=r"no test “contacts\.fly”"):
        lay_down([('"We fly to you"', "2", '"contacts.fly"')])
    lay_down(
        [('"We write to you"', "1000000000000", "null"), ('""', "1", "null"), ('"At once"', "-5", "null")],
        name="Second",
    )
    give(1000, make_customer())
    due = dict(Promise.objects.values_list("text", "due_at"))
    assert set(due) == {"We write to you", "At once"}
    assert due["We write to you"].year == 2036
    assert due["At once"] > NOW
