"""Were the procedures followed: found out of the records of a contact, by itself, however it was."""

from datetime import timedelta

import pytest

from onhand.contacts.models import Contact, ContactReason, Promise
from onhand.customers.models import IdentityCheck
from onhand.kernel.actor import Actor
from onhand.kernel.models import EventRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.kernel.reactor import deliver
from onhand.procedures import run_checks
from onhand.procedures.enums import Check, Result
from onhand.procedures.followed import catch_up, keep_checks
from onhand.procedures.following import checks_of
from onhand.procedures.models import Followed, OfferedAct, Procedure, ProcedureRun, StepTaken
from tests.factories.contacts import make_contact
from tests.factories.work import make_person
from tests.guidelines.company import document, nothing_laid_down
from tests.guidelines.company import publish as publish_guideline
from tests.orders import shop
from tests.procedures.test_runs import AT, Desk
from tests.procedures.writing import DAMAGED, begun, do, publish

pytestmark = pytest.mark.django_db(transaction=True)


def deliver_all() -> None:
    """Let every handler have what it waits for."""
    while deliver().handled:
        pass


FREE = DAMAGED.replace('binds: orders.add_goodwill when order state = "delivered"\n', "")


class Called(Desk):
    """Somebody calls about damaged goods; `later` is how long after the beginning something is done."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = ContactReason.objects.create(name="Damaged goods")
        self.procedure: Procedure = publish(text=FREE)
        self.seconds = 0

    def say(self, one: ProcedureRun, step: str, answer: str = "", actor: Actor | None = None) -> ProcedureRun:
        self.seconds += 10
        at = AT + timedelta(seconds=self.seconds)
        do("answer_step", actor or self.actor, one, at=at, step=step, answer=answer, contact_id=self.contact.pk)
        return ProcedureRun.objects.get(pk=one.pk)

    def through(self) -> ProcedureRun:
        """Gone through to the end, without a remedy."""
        one = self.at_remedies(self.procedure)
        one = self.say(one, "Remedies", "nothing")
        return self.say(one, "Bye")

    def wrap_up(self, contact: Contact | None = None, minutes: int = 5) -> None:
        one = contact or self.contact
        Contact.objects.filter(pk=one.pk).update(reason=self.reason, ended_at=AT + timedelta(minutes=minutes))

    def found(self, contact: Contact | None = None, after: timedelta = timedelta(minutes=6)) -> dict[Check, Result]:
        (one,) = checks_of(Contact.objects.get(pk=(contact or self.contact).pk), AT + after)
        return {each.name: each.result for each in one.checks}

    def give(self, minor: int = 500) -> None:
        arguments = {"amount": Money(minor, "EUR").as_json(), "reason": "damaged"}
        perform(
            "orders.add_goodwill",
            actor=self.actor,
            arguments=arguments,
            at=AT + timedelta(minutes=4),
            subject_id=self.order.pk,
            contact_id=self.contact.pk,
        )


@pytest.fixture
def called() -> Called:
    nothing_laid_down()
    publish_guideline("Goodwill", document(["orders.add_goodwill"], ["amount given"], [("-", '"allow"', "", "", "")]))
    return Called()


def test_one_gone_through_is_followed_in_every_check(called: Called) -> None:
    called.through()
    called.wrap_up()
    assert called.found() == {
        Check.RUN: Result.KEPT,
        Check.END: Result.KEPT,
        Check.MUSTS: Result.KEPT,
        Check.SKIPPED: Result.KEPT,
        Check.PACE: Result.KEPT,
        Check.OUTSIDE: Result.KEPT,
        Check.IDENTIFIED: Result.KEPT,
        Check.PROMISES: Result.NONE,
    }


def test_a_contact_that_goes_on_or_is_about_something_else_is_not_checked(called: Called) -> None:
    assert checks_of(called.contact, AT) == []
    called.wrap_up()
    Contact.objects.filter(pk=called.contact.pk).update(reason=ContactReason.objects.create(name="Other"))
    assert checks_of(Contact.objects.get(pk=called.contact.pk), AT) == []


def test_a_reason_below_the_one_it_is_meant_for_counts(called: Called) -> None:
    called.wrap_up()
    below = ContactReason.objects.create(name="A broken lamp", parent=called.reason)
    Contact.objects.filter(pk=called.contact.pk).update(reason=below)
    assert called.found()[Check.RUN] is Result.NOT_KEPT


def test_where_it_was_not_run_what_was_given_and_to_whom_is_seen(called: Called) -> None:
    called.identify()
    called.give()
    deliver_all()
    called.wrap_up()
    found = called.found()
    assert (found[Check.RUN], found[Check.OUTSIDE]) == (Result.NOT_KEPT, Result.NOT_KEPT)
    assert found[Check.IDENTIFIED] is Result.KEPT
    IdentityCheck.objects.update(at=AT + timedelta(minutes=5))
    assert called.found()[Check.IDENTIFIED] is Result.NOT_KEPT, "identified after it was given"
    assert found[Check.END] is found[Check.MUSTS] is found[Check.PACE] is Result.NONE


def test_what_was_given_by_a_run_is_not_outside_and_what_was_given_besides_is(called: Called) -> None:
    one = called.at_remedies(called.procedure)
    one = called.say(one, "Remedies", "goodwill")
    called.give()
    called.seconds = 250
    called.say(one, "Bye")
    deliver_all()
    called.wrap_up()
    assert called.found()[Check.OUTSIDE] is Result.KEPT
    Contact.objects.filter(pk=called.contact.pk).update(ended_at=None)
    called.give()
    deliver_all()
    called.wrap_up()
    assert OfferedAct.objects.filter(contact=called.contact).count() == 2
    assert called.found()[Check.OUTSIDE] is Result.NOT_KEPT


def test_what_was_skipped_is_told_and_leaves_it_followed(called: Called) -> None:
    called.identify()
    one = called.begin(called.procedure)
    do("skip_step", called.actor, one, at=AT, step="Sorry", reason="She was told already.")
    called.say(one, "Damage", "packaging")
    called.say(one, "Remedies", "nothing")
    called.say(one, "Bye")
    called.wrap_up()
    (found,) = checks_of(Contact.objects.get(pk=called.contact.pk), AT + timedelta(minutes=6))
    (skipped,) = (each for each in found.checks if each.name is Check.SKIPPED)
    assert (skipped.result, [each.step for each in skipped.evidence]) == (Result.NOT_KEPT, ["Sorry"])
    assert found.is_followed
    assert found.failed == [Check.SKIPPED]


def test_what_was_clicked_through_is_seen(called: Called) -> None:
    one = called.through()
    called.wrap_up()
    assert called.found()[Check.PACE] is Result.KEPT
    for number, step in enumerate(one.steps.order_by("pk")):
        StepTaken.objects.filter(pk=step.pk).update(at=AT + number * timedelta(milliseconds=300))
    assert called.found()[Check.PACE] is Result.NOT_KEPT
    StepTaken.objects.filter(run=one).update(via="api")
    assert called.found()[Check.PACE] is Result.NONE, "programs do not speak"


def test_given_up_it_was_not_gone_through_and_what_is_left_to_be_done_is_named(called: Called) -> None:
    one = called.begin(called.procedure)
    do("give_up_procedure", called.actor, one, at=AT, reason="She hung up.")
    called.wrap_up()
    (found,) = checks_of(Contact.objects.get(pk=called.contact.pk), AT + timedelta(minutes=6))
    by_name = {each.name: each for each in found.checks}
    assert by_name[Check.END].result is Result.NOT_KEPT
    assert by_name[Check.MUSTS].result is Result.NOT_KEPT
    assert [each.step for each in by_name[Check.MUSTS].evidence] == ["Identify", "Damage", "Remedies"]


def test_stopped_where_the_procedure_says_so_is_to_the_end(called: Called) -> None:
    goods = shop.variants(shop.Shop().kettle)[0]
    called.order = shop.place(called.customer, [(goods, 1)], shop.card_of(called.customer))
    called.identify()
    one = called.say(called.begin(called.procedure), "Sorry")
    called.say(one, "Not here yet")
    called.wrap_up()
    assert called.found()[Check.END] is Result.KEPT


def test_what_is_left_is_seen_later_and_counts_as_given_up_after_a_week(called: Called) -> None:
    one = called.at_remedies(called.procedure)
    do("leave_procedure", called.actor, one, at=AT, note="She calls again.")
    called.wrap_up()
    assert called.found()[Check.END] is Result.NONE
    assert called.found(after=run_checks.LEFT_LONG + timedelta(hours=1))[Check.END] is Result.NOT_KEPT


def test_a_run_of_a_colleague_with_the_same_customer_counts(called: Called) -> None:
    called.through()
    other = make_person("senior")
    contact = make_contact(called.customer, other.pk, started_at=AT + timedelta(days=2))
    Contact.objects.filter(pk=contact.pk).update(reason=called.reason, ended_at=AT + timedelta(days=2, minutes=5))
    assert called.found(contact)[Check.RUN] is Result.KEPT
    late = make_contact(called.customer, other.pk, started_at=AT + timedelta(days=9))
    Contact.objects.filter(pk=late.pk).update(reason=called.reason, ended_at=AT + timedelta(days=9, minutes=5))
    assert called.found(late)[Check.RUN] is Result.NOT_KEPT


def test_promises_are_due_kept_or_broken(called: Called) -> None:
    called.through()
    called.wrap_up()
    made = Promise.objects.create(
        customer=called.customer,
        contact=called.contact,
        text="Call",
        made_at=AT,
        made_by_name="A",
        due_at=AT + timedelta(days=1),
    )
    assert called.found()[Check.PROMISES] is Result.NONE
    assert called.found(after=timedelta(days=2))[Check.PROMISES] is Result.NOT_KEPT
    made.kept_at = AT + timedelta(hours=1)
    made.save()
    assert called.found(after=timedelta(days=2))[Check.PROMISES] is Result.KEPT


def test_wrapped_up_it_is_kept_by_itself_and_again_when_the_run_ends(called: Called) -> None:
    one = called.at_remedies(called.procedure)
    deliver_all()
    perform(
        "contacts.end_contact",
        actor=called.actor,
        arguments={"contact": called.contact.pk, "summary": "Damaged"},
        at=AT + timedelta(minutes=5),
        subject_id=called.customer.pk,
        contact_id=called.contact.pk,
    )
    deliver_all()
    (kept,) = Followed.objects.all()
    assert (kept.is_followed, kept.run_id, kept.representative_id) == (True, one.pk, called.person.pk)
    assert kept.again_at is not None
    do("give_up_procedure", called.actor, one, at=AT + timedelta(hours=1), reason="She hung up.")
    deliver_all()
    (kept,) = Followed.objects.all()
    assert (kept.is_followed, kept.again_at) == (False, None)
    assert Check.END in kept.failed
    assert EventRecord.objects.filter(name="procedures.ended").count() == 1


def test_kept_again_it_is_the_same_and_another_reason_takes_it_out(called: Called) -> None:
    called.wrap_up()
    at = AT + timedelta(minutes=6)
    assert keep_checks(called.contact.pk, at) == 1
    before = Followed.objects.values().get()
    assert keep_checks(called.contact.pk, at) == 1
    assert Followed.objects.values().get() == before
    Contact.objects.filter(pk=called.contact.pk).update(reason=None)
    assert keep_checks(called.contact.pk, at) == 0
    assert not Followed.objects.exists()


def test_what_was_missed_and_what_is_due_is_caught_up(called: Called) -> None:
    called.wrap_up()
    assert catch_up(AT + timedelta(hours=1)) == 1
    assert catch_up(AT + timedelta(hours=1)) == 0
    other = make_contact(called.customer, called.person.pk, started_at=AT)
    begun(called.actor, called.procedure, called.order.pk, other.pk, at=AT)
    called.wrap_up(other)
    keep_checks(other.pk, AT + timedelta(hours=1))
    assert Followed.objects.get(contact=other).is_followed
    assert catch_up(AT + run_checks.LEFT_LONG + timedelta(hours=1)) == 1
    assert not Followed.objects.get(contact=other).is_followed


def test_checks_take_as_many_statements_however_much_was_done(
    called: Called, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    called.through()
    called.wrap_up()
    contact = Contact.objects.select_related("reason__parent").get(pk=called.contact.pk)
    checks_of(contact, AT)
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        checks_of(contact, AT)
