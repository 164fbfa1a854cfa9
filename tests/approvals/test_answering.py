"""Asking to be allowed an act, and every way it ends: allowed and done, denied, withdrawn, passed on, too late."""

from datetime import timedelta

import pytest

from onhand.approvals.access import visible_approvals
from onhand.approvals.ending import expire_due
from onhand.approvals.enums import ApprovalState
from onhand.approvals.models import Approval
from onhand.invoicing.models import Document
from onhand.kernel.actor import ActorKind, system_actor
from onhand.kernel.decisions import NeedsApproval, Refused
from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.perform import perform
from onhand.routing.enums import EndedWhy, ItemState
from onhand.routing.models import WorkItem
from onhand.staff.models import Role
from tests.approvals.asked import GOODWILL, LATER, NOW, ask, do, given, goodwill, lay_down, on_contact, people
from tests.factories import make_customer
from tests.factories.staff import actor_of, make_site
from tests.factories.staff import make_person as make_colleague
from tests.factories.work import make_person
from tests.guidelines.company import document, publish

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_asked_for_is_kept_as_it_will_be_done() -> None:
    lay_down()
    asker, _supervisor = people()
    contact = on_contact(asker)
    approval = ask(asker, contact)
    assert (approval.act, approval.about_id, approval.customer_id) == (
        GOODWILL,
        contact.customer_id,
        contact.customer_id,
    )
    assert approval.arguments == {"amount": {"minor": 5000, "currency": "EUR"}, "reason": "A long wait"}
    assert approval.facts == {"amount": {"minor": 5000, "currency": "EUR"}}
    assert (approval.may_approve, approval.decision["answer"]) == (["supervisor"], "ask")
    assert approval.decision["known"]["amount given"] == "50.00"
    assert (approval.note, approval.customer_waits, approval.asked_by_id) == ("A long wait", True, asker.pk)
    assert approval.expires_at == NOW + timedelta(minutes=30)
    assert given() == 0
    assert ActRecord.objects.get(act="approvals.ask").subject_id == approval.pk
    event = EventRecord.objects.get(name="approvals.asked")
    assert event.payload["customer_waits"] is True
    assert ask(asker, on_contact(asker), customer_waits=False).expires_at == NOW + timedelta(days=2)


def test_allowing_does_it_as_who_asked_with_who_allowed_beside() -> None:
    lay_down()
    asker, supervisor = people()
    contact = on_contact(asker)
    approval = ask(asker, contact)
    outcome = do("allow", approval, supervisor, words="It will be on your account today.")
    approval.refresh_from_db()
    assert outcome.after["state"] == "allowed"
    assert (approval.state, approval.answered_by_name) == (ApprovalState.ALLOWED, supervisor.name)
    done = ActRecord.objects.get(pk=approval.record_id)
    assert (done.act, done.actor_id, done.subject_id) == (GOODWILL, asker.pk, contact.customer_id)
    assert done.decision["approved_by"]["id"] == supervisor.pk
    assert done.contact_id == contact.pk
    assert given() == 1
    ended = EventRecord.objects.get(name="approvals.ended")
    assert (ended.payload["state"], ended.payload["done_by_record"]) == ("allowed", done.pk)
    assert approval.words == "It will be on your account today."
    for name in ("allow", "deny"):
        with pytest.raises(NotPossible, match="Allowed"):
            do(name, approval, make_person("supervisor"), **({"reason": "No"} if name == "deny" else {}))
    assert given() == 1


def test_asked_twice_under_a_key_it_is_one_and_once_done_it_is_not_done_again() -> None:
    lay_down()
    asker, supervisor = people()
    contact = on_contact(asker)
    first, again = ask(asker, contact, key="mine-1"), ask(asker, contact, key="mine-1")
    assert first.pk == again.pk
    with pytest.raises(NotPossible, match="asked for this already"):
        ask(asker, contact, key="mine-2")
    do("allow", first, supervisor)
    replayed = perform(
        GOODWILL,
        actor=actor_of(asker),
        subject_id=contact.customer_id,
        arguments=goodwill(),
        at=LATER,
        contact_id=contact.pk,
        idempotency_key="mine-1",
    )
    assert replayed.is_replay
    assert given() == 1
    assert ask(asker, contact, key="mine-3").pk != first.pk


def test_denied_withdrawn_and_expired_nothing_is_done() -> None:
    lay_down()
    asker, supervisor = people()
    contact = on_contact(asker)
    denied = ask(asker, contact)
    for without in ({}, {"reason": "  "}):
        with pytest.raises(ArgumentsInvalid):
            do("deny", denied, supervisor, **without)
    do("deny", denied, supervisor, reason="They had two this month.", words="I can offer a coupon.")
    denied.refresh_from_db()
    assert (denied.state, denied.reason, denied.words) == (
        "denied",
        "They had two this month.",
        "I can offer a coupon.",
    )
    withdrawn = ask(asker, contact)
    with pytest.raises(NotPossible, match="Only"):
        do("withdraw", withdrawn, supervisor)
    do("withdraw", withdrawn, asker)
    late = ask(asker, contact)
    assert expire_due(NOW + timedelta(minutes=29)) == 0
    with pytest.raises(NotPossible, match="time in which"):
        do("allow", late, supervisor, at=NOW + timedelta(minutes=31))
    assert expire_due(NOW + timedelta(minutes=30)) == 1
    assert expire_due(NOW + timedelta(minutes=31)) == 0
    for one, state in ((withdrawn, "withdrawn"), (late, "expired")):
        one.refresh_from_db()
        assert one.state == state
        with pytest.raises(NotPossible):
            do("allow", one, supervisor)
    assert given() == 0
    states = set(EventRecord.objects.filter(name="approvals.ended").values_list("payload__state", flat=True))
    assert states == {"denied", "withdrawn", "expired"}
    assert not WorkItem.objects.filter(kind="approval").exclude(state=ItemState.ENDED).exists()


def test_nobody_answers_their_own_nor_without_authority() -> None:
    lay_down(
        (("<= 20", '"allow"', "", "", ""), ("> 20", '"ask"', '"supervisor"', "", "")),
    )
    asker, supervisor = people()
    contact = on_contact(asker)
    approval = ask(asker, contact)
    senior = make_person("senior")
    with pytest.raises(NeedsApproval):
        do("allow", approval, senior)
    with pytest.raises(NotPossible, match="none of those"):
        do("deny", approval, senior, reason="No")
    with pytest.raises(NotPermitted):
        do("allow", approval, make_person("representative"))
    elsewhere = make_colleague("supervisor", sites=(make_site(),))
    assert not visible_approvals(actor_of(elsewhere)).exists()
    Role.objects.filter(key="representative").update(permissions=[*asker.role.permissions, "approvals.answer"])
    with pytest.raises(NotPossible, match="Nobody approves what they ask"):
        do("allow", approval, asker)
    assert given() == 0
    do("allow", approval, supervisor)
    assert given() == 1


def test_everything_is_decided_again_when_it_is_allowed() -> None:
    lay_down()
    asker, supervisor = people()
    contact = on_contact(asker)
    approval = ask(asker, contact)
    publish("Not on Tuesdays", document([GOODWILL], ["weekday"], [('"Tuesday"', '"refuse"', "", "", "")]))
    with pytest.raises(Refused) as refused:
        do("allow", approval, supervisor)
    assert refused.value.code == "refused"
    approval.refresh_from_db()
    assert (approval.state, approval.record_id, given()) == ("open", None, 0)


def test_the_contact_has_ended_or_the_asker_has_left_meanwhile() -> None:
    lay_down()
    asker, supervisor = people()
    contact = on_contact(asker)
    approval = ask(asker, contact)
    type(contact).objects.filter(pk=contact.pk).update(ended_at=NOW)
    with pytest.raises(NotPossible, match="not identified any more"):
        do("allow", approval, supervisor)
    type(contact).objects.filter(pk=contact.pk).update(ended_at=None)
    Role.objects.filter(key="representative").update(
        permissions=[one for one in asker.role.permissions if one != "invoicing.issue"]
    )
    with pytest.raises(NotPossible, match="may not do this any more"):
        do("allow", approval, supervisor)
    type(asker).objects.filter(pk=asker.pk).update(is_active=False)
    with pytest.raises(NotPossible, match="does not work here"):
        do("allow", approval, supervisor)
    assert given() == 0
    do("deny", approval, supervisor, reason="Too late.")


def test_what_needs_nobody_is_refused_or_impossible_is_said_at_once() -> None:
    lay_down()
    asker, _supervisor = people()
    contact = on_contact(asker)
    with pytest.raises(NotPossible, match="yourself"):
        ask(asker, contact, 1000)
    with pytest.raises(Refused):
        ask(asker, contact, 20_000)
    with pytest.raises(ArgumentsInvalid):
        perform(
            "approvals.ask",
            actor=actor_of(asker),
            arguments={"act": GOODWILL, "about": contact.customer_id, "prepared": "{}"},
            at=NOW,
            contact_id=contact.pk,
        )
    for text in ("[]", "{"):
        with pytest.raises(NotPossible, match="JSON object"):
            perform(
                "approvals.ask",
                actor=actor_of(asker),
                arguments={"act": GOODWILL, "about": contact.customer_id, "prepared": text},
                at=NOW,
            )
    with pytest.raises(NotPossible, match="cannot be asked for"):
        perform("approvals.ask", actor=actor_of(asker), arguments={"act": "approvals.allow", "about": 1}, at=NOW)
    with pytest.raises(NotPossible, match="people and programs"):
        ask(system_actor("rules"), contact)
    assert not Approval.objects.exists()


def test_an_act_with_a_secret_cannot_be_asked_for() -> None:
    from onhand.kernel.acts import all_acts

    secret = next(one for one in all_acts() if one.has_secrets and not one.creates)
    asker = make_person("administrator")
    with pytest.raises(NotPossible, match="cannot be asked for"):
        perform("approvals.ask", actor=actor_of(asker), arguments={"act": secret.name, "about": 1}, at=NOW)


def test_programs_and_ai_ask_the_same_way() -> None:
    lay_down()
    supervisor = make_person("supervisor")
    robot = make_person("service", kind=ActorKind.SERVICE)
    customer = make_customer()
    from onhand.approvals.asking import ask_for

    approval = ask_for(actor_of(robot), act=GOODWILL, subject_id=customer.pk, arguments=goodwill(), at=NOW)
    assert approval.asked_by_kind == "service"
    do("allow", approval, supervisor)
    approval.refresh_from_db()
    assert ActRecord.objects.get(pk=approval.record_id).actor_kind == "service"


def test_it_is_passed_on_to_somebody_else_with_authority() -> None:
    lay_down()
    asker, supervisor = people()
    other, senior = make_person("supervisor"), make_person("senior")
    from tests.factories.work import make_seat

    make_seat(other)
    approval = ask(asker, on_contact(asker))
    for to in (senior.pk, asker.pk, supervisor.pk):
        with pytest.raises(NotPossible, match="Choose one"):
            do("pass_on", approval, supervisor, to=to)
    do("pass_on", approval, supervisor, to=other.pk)
    item = WorkItem.objects.get(kind="approval")
    assert (item.holder_id, item.state) == (other.pk, ItemState.IN_WORK)
    approval.refresh_from_db()
    assert approval.taken_by_id == other.pk
    do("allow", approval, other)
    item.refresh_from_db()
    assert (item.state, item.ended_why) == (ItemState.ENDED, EndedWhy.DONE)
    assert Document.objects.count() == 1
