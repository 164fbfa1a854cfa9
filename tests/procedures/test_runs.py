"""Procedures gone through: in their order, whoever does it, left and taken up, and nothing done past them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from onhand.approvals.asking import ask_for
from onhand.contacts.models import Message
from onhand.customers.models import IdentityCheck
from onhand.guidelines import book
from onhand.guidelines.documents import inputs_of
from onhand.guidelines.graphs import Decision, Graph
from onhand.guidelines.tables import HitPolicy
from onhand.kernel.actor import Actor, ActorKind, Via, system_actor
from onhand.kernel.decisions import Answer, NeedsApproval, Refused
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome as Done
from onhand.kernel.perform import perform
from onhand.orders.models import Order
from onhand.procedures import binding
from onhand.procedures.enums import Outcome, RunState, Source
from onhand.procedures.knowing import prepared_arguments, standing
from onhand.procedures.models import Procedure, ProcedureRun, ProcedureVersion
from tests.factories.contacts import make_contact
from tests.factories.staff import actor_of
from tests.factories.work import make_person
from tests.guidelines.company import document, nothing_laid_down, somebody, table
from tests.guidelines.company import publish as publish_guideline
from tests.orders import shop
from tests.procedures.writing import DAMAGED, begun, do, publish

pytestmark = pytest.mark.django_db(transaction=True)
AT = shop.NOON + timedelta(days=9)


class Desk:
    """A senior representative on the telephone with somebody whose parcel came damaged."""

    def __init__(self) -> None:
        self.customer = shop.buyer()
        goods = shop.variants(shop.Shop().chair)[0]
        self.order = shop.delivered(self.customer, [(goods, 1)], shop.card_of(self.customer))
        self.person = make_person("senior")
        self.actor = actor_of(self.person)
        self.contact = make_contact(self.customer, self.person.pk, started_at=AT)

    def identify(self) -> None:
        until = AT + timedelta(hours=2)
        checked = {"way": "questions", "level": 1, "at": AT, "until": until, "by_name": self.person.name}
        IdentityCheck.objects.create(customer=self.customer, contact_id=self.contact.pk, **checked)

    def begin(self, procedure: Procedure, actor: Actor | None = None) -> ProcedureRun:
        return begun(actor or self.actor, procedure, self.order.pk, self.contact.pk, at=AT)

    def say(self, one: ProcedureRun, step: str, answer: str = "", actor: Actor | None = None) -> ProcedureRun:
        do("answer_step", actor or self.actor, one, at=AT, step=step, answer=answer)
        return ProcedureRun.objects.get(pk=one.pk)

    def at_remedies(self, procedure: Procedure, actor: Actor | None = None) -> ProcedureRun:
        """A run with everything answered up to the remedies."""
        self.identify()
        one = self.begin(procedure, actor)
        self.say(one, "Sorry", actor=actor)
        return self.say(one, "Damage", "packaging", actor=actor)

    def now(self, one: ProcedureRun) -> str:
        step = standing(ProcedureRun.objects.get(pk=one.pk), self.actor, AT).way.now
        return step.key if step else ""

    def goodwill(self, actor: Actor | None = None, minor: int = 500) -> Done:
        return perform(
            "orders.add_goodwill",
            actor=actor or self.actor,
            arguments={"amount": Money(minor, "EUR").as_json(), "reason": "damaged"},
            at=AT,
            subject_id=self.order.pk,
            contact_id=self.contact.pk if actor is None else None,
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_run_goes_through_its_steps_in_order_and_writes_its_note(desk: Desk) -> None:
    one = desk.begin(publish())
    assert desk.now(one) == "Sorry"
    with pytest.raises(NotPossible, match="First comes"):
        desk.say(one, "Damage", "product")
    desk.say(one, "Sorry")
    assert desk.now(one) == "Identify"
    with pytest.raises(NotPossible, match="First comes"):
        desk.say(one, "Damage", "product")
    with pytest.raises(NotPossible, match="Identify the customer"):
        desk.say(one, "Identify")
    desk.identify()
    with pytest.raises(NotPossible, match="packaging, product"):
        desk.say(one, "Damage", "everything")
    desk.say(one, "Damage", "product")
    desk.say(one, "Hurt", "no")
    assert desk.now(one) == "Remedies"  # what was paid is known
    with pytest.raises(NotPossible, match="refund, goodwill, nothing"):
        desk.say(one, "Remedies", "a car")
    desk.say(one, "Remedies", "nothing")
    one = desk.say(one, "Bye")
    assert (one.state, one.outcome) == (RunState.ENDED, Outcome.THROUGH)
    note = Message.objects.filter(contact=desk.contact).latest("pk")
    assert "Damaged: The product. Agreed: Nothing." in note.text
    known = dict(one.steps.filter(source=Source.KNOWN).values_list("step", "answer"))
    assert known == {"Identify": "", "How dear": "100.00"}
    with pytest.raises(NotPossible, match="ended"):
        desk.say(one, "Bye")


def test_the_note_tells_facts_as_well_as_answers(desk: Desk) -> None:
    text = DAMAGED.replace("note: Damaged: {damage}.", "note: Damaged: {damage}, {order state}, {how blue}.")
    desk.say(desk.say(desk.at_remedies(publish(text=text)), "Remedies", "nothing"), "Bye")
    note = Message.objects.filter(contact=desk.contact).latest("pk")
    assert "Damaged: The packaging, delivered, –. Agreed: Nothing." in note.text


def test_an_answer_is_put_right_and_what_depends_on_it_follows(desk: Desk) -> None:
    one = desk.at_remedies(publish())
    assert desk.now(one) == "Remedies"
    desk.say(one, "Damage", "product")
    assert desk.now(one) == "Hurt"
    with pytest.raises(NotPossible, match="not needed"):
        desk.say(desk.say(one, "Damage", "packaging"), "Hurt", "yes")


def test_an_act_a_procedure_keeps_to_itself_is_refused_outside_it_for_everybody(desk: Desk) -> None:
    procedure = publish()
    said = set()
    for actor in (
        somebody("senior"),
        somebody("supervisor"),
        somebody("administrator"),
        somebody("ai", 99, kind=ActorKind.AI, via=Via.MCP),
        somebody("service", 98, kind=ActorKind.SERVICE, via=Via.API),
    ):
        with pytest.raises(Refused) as refused:
            desk.goodwill(actor)
        said.add((refused.value.decision.rule, refused.value.decision.reason))
    assert len(said) == 1
    desk.identify()
    with pytest.raises(Refused) as refused_to:
        desk.goodwill()
    assert refused_to.value.decision.rule == f"procedure:{procedure.pk}"
    assert "“Damaged”" in refused_to.value.decision.reason
    assert not Order.objects.get(pk=desk.order.pk).goodwill_minor


def test_what_was_chosen_is_done_as_an_ordinary_act_and_the_run_sees_it(desk: Desk) -> None:
    one = desk.at_remedies(publish())
    with pytest.raises(Refused):
        desk.goodwill()  # not chosen yet
    one = desk.say(one, "Remedies", "goodwill")
    assert one.allows == ["orders.add_goodwill"]
    stand = standing(one, desk.actor, AT)
    assert stand.way.prepared is not None
    arguments = prepared_arguments(stand.way.prepared, stand.way.values)
    assert arguments == {"amount": {"minor": 1000, "currency": "EUR"}, "reason": "damaged"}
    with pytest.raises(NotPossible, match="Remedies"):
        do("end_procedure", desk.actor, one, at=AT)
    done = desk.goodwill()
    assert desk.now(one) == "Bye"
    with pytest.raises(NotPossible, match="done on this"):
        desk.say(one, "Damage", "product")
    one = desk.say(one, "Bye")
    assert one.outcome == Outcome.THROUGH
    taken = one.steps.get(step="Remedies", source=Source.DONE)
    assert (taken.answer, taken.record_id) == ("goodwill", done.record_id)
    assert (
        desk.goodwill().decision.answer is Answer.ALLOW
    )  # allowed by it for some days yet: what adds up is for limits
    with pytest.raises(Refused):
        perform(
            "orders.add_goodwill",
            actor=actor_of(make_person("supervisor")),
            arguments={"amount": Money(500, "EUR").as_json(), "reason": "damaged"},
            at=AT + timedelta(days=4),
            subject_id=desk.order.pk,
        )


def test_what_needs_approval_is_waited_for_and_comes_live(desk: Desk) -> None:
    nothing_laid_down()
    rows = [("<= 5", '"allow"', "", "", ""), ("> 5", '"ask"', '"supervisor"', "", "")]
    publish_guideline("Goodwill", document(["orders.add_goodwill"], ["amount given"], rows))
    one = desk.say(desk.at_remedies(publish()), "Remedies", "goodwill")
    with pytest.raises(NeedsApproval):
        desk.goodwill(minor=1000)
    given = {"amount": Money(1000, "EUR").as_json(), "reason": "damaged"}
    asked = ask_for(
        desk.actor,
        act="orders.add_goodwill",
        subject_id=desk.order.pk,
        arguments=given,
        at=AT,
        contact_id=desk.contact.pk,
    )
    assert standing(one, desk.actor, AT).waits_for == asked.pk
    supervisor = actor_of(make_person("supervisor"))
    perform("approvals.allow", actor=supervisor, arguments={}, at=AT, subject_id=asked.pk)
    stand = standing(one, desk.actor, AT)
    assert (stand.waits_for, stand.way.now.key if stand.way.now else "") == (None, "Bye")


def test_a_guideline_says_which_remedies_there_are_and_how_much(desk: Desk) -> None:
    remedies = document(["orders.add_goodwill"], ["order total"], [("-", '"allow"')], ("answer",))
    listed = table(
        "Remedies",
        ["order total"],
        [("<= 500", '"goodwill"', "order total * 0.2")],
        ("remedy", "most"),
        HitPolicy.RULE_ORDER,
    )
    decision = Decision("Remedies", listed, ("order total",))
    graph = Graph("Guideline", inputs_of(["order total"]), (*remedies.graph.decisions, decision))
    publish_guideline("Damage", replace(remedies, graph=graph, remedies="Remedies"))
    text = DAMAGED.replace("offer:", "offer: Damage").replace("paid in all / 10", "most")
    text = text[: text.index("## A broken product")] + text[text.index("## The packaging") :]
    one = desk.at_remedies(publish(text=text))
    stand = standing(one, desk.actor, AT)
    assert [(each.option.key, str(each.most)) for each in stand.way.offered] == [
        ("goodwill", "20.000"),
        ("nothing", "None"),
    ]
    one = desk.say(one, "Remedies", "goodwill")
    stand = standing(one, desk.actor, AT)
    assert stand.way.prepared is not None
    assert prepared_arguments(stand.way.prepared, stand.way.values)["amount"] == {"minor": 2000, "currency": "EUR"}


def test_a_step_is_skipped_with_a_reason_unless_it_must_be_done(desk: Desk) -> None:
    desk.identify()
    one = desk.begin(publish())
    do("skip_step", desk.actor, one, at=AT, step="Sorry", reason="She was told already.")
    with pytest.raises(NotPossible, match="cannot be skipped"):
        do("skip_step", desk.actor, one, at=AT, step="Damage", reason="No time.")
    with pytest.raises(NotPossible, match="not come to"):
        do("skip_step", desk.actor, one, at=AT, step="Bye", reason="No time.")
    desk.say(one, "Damage", "product")
    do("skip_step", desk.actor, one, at=AT, step="Hurt", reason="She hung up.")
    skipped = list(one.steps.filter(source=Source.SKIPPED).values_list("step", "reason"))
    assert skipped == [("Sorry", "She was told already."), ("Hurt", "She hung up.")]


def test_it_ends_where_the_procedure_stops(desk: Desk) -> None:
    goods = shop.variants(shop.Shop().kettle)[0]
    desk.order = shop.place(desk.customer, [(goods, 1)], shop.card_of(desk.customer))
    desk.identify()
    one = desk.say(desk.begin(publish()), "Sorry")
    assert desk.now(one) == "Not here yet"
    with pytest.raises(NotPossible, match="First comes"):
        desk.say(one, "Damage", "product")
    one = desk.say(one, "Not here yet")
    assert (one.state, one.outcome) == (RunState.ENDED, Outcome.STOPPED)


def test_leave_procedure_and_take_up_procedure_by_somebody_else_on_their_contact(desk: Desk) -> None:
    procedure = publish()
    one = desk.at_remedies(procedure)
    do("leave_procedure", desk.actor, one, at=AT, note="She calls again.")
    with pytest.raises(NotPossible, match="take it up"):
        desk.say(one, "Remedies", "nothing")
    other = actor_of(make_person("senior"))
    with pytest.raises(NotPossible, match="take it up"):
        desk.say(one, "Remedies", "nothing", actor=other)
    with pytest.raises(NotPossible, match="going through it already"):
        begun(other, procedure, desk.order.pk, at=AT)
    contact = make_contact(desk.customer, other.id, started_at=AT)
    do("take_up_procedure", other, one, at=AT, contact_id=contact.pk)
    one = ProcedureRun.objects.get(pk=one.pk)
    assert (one.held_by_id, one.contact_id, one.state) == (other.id, contact.pk, RunState.OPEN)
    one = desk.say(one, "Remedies", "nothing", actor=other)
    one = desk.say(one, "Bye", actor=other)
    assert one.outcome == Outcome.THROUGH
    assert set(one.steps.values_list("by_id", flat=True)) == {desk.actor.id, other.id}


def test_end_procedure_is_refused_while_a_step_is_left_and_give_up_procedure_says_why(desk: Desk) -> None:
    one = desk.at_remedies(publish())
    with pytest.raises(NotPossible, match="Remedies"):
        do("end_procedure", desk.actor, one, at=AT)
    do("give_up_procedure", desk.actor, one, at=AT, reason="She hung up.")
    one.refresh_from_db()
    assert (one.outcome, one.note) == (Outcome.GIVEN_UP, "She hung up.")
    with pytest.raises(Refused):
        desk.goodwill()


def test_begin_procedure_on_what_is_not_there_or_not_in_force(desk: Desk) -> None:
    procedure = publish()
    with pytest.raises(NotPossible, match="no such thing"):
        begun(desk.actor, procedure, 999_999, at=AT)
    with pytest.raises(NotPossible, match="not in force"):
        begun(desk.actor, procedure, desk.order.pk, at=shop.NOON - timedelta(days=400))
    with pytest.raises(NotPermitted):
        do("begin_procedure", actor_of(make_person("planner")), at=AT, procedure=procedure.pk, about=desk.order.pk)
    perform(
        "procedures.retire_procedure",
        actor=system_actor("x"),
        arguments={"note": "Old"},
        at=AT,
        subject_id=procedure.pk,
    )
    with pytest.raises(NotPossible, match="not in force"):
        begun(desk.actor, procedure, desk.order.pk, at=AT)
    desk.identify()
    assert desk.goodwill().decision.answer is Answer.ALLOW  # what is retired binds nothing


def test_a_run_ends_by_the_version_it_was_begun_with(desk: Desk) -> None:
    procedure = publish()
    one = desk.begin(procedure)
    changed = DAMAGED.replace("## Sorry", "## Regret")
    system = system_actor("x")
    perform("procedures.write_procedure", actor=system, arguments={"text": changed}, at=AT, subject_id=procedure.pk)
    for act in ("submit_procedure", "publish_procedure"):
        perform(f"procedures.{act}", actor=system, arguments={}, at=AT, subject_id=procedure.pk)
    assert desk.now(one) == "Sorry"
    desk.say(one, "Sorry")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVersion.objects.filter(procedure=procedure, number=1).update(document="# Other")


IN_A_ROW = """# In a row

about: order
binds: orders.add_goodwill

## Identify
identify: 1
must

## Give
do: orders.add_goodwill
with: amount = 5; reason = "damaged"
"""


def test_a_bound_act_may_be_done_once_it_is_come_to_without_anything_being_put_down(desk: Desk) -> None:
    one = desk.begin(publish("In a row", IN_A_ROW))
    desk.identify()
    assert one.allows == []  # nobody pressed anything since
    assert desk.goodwill().record_id


def test_it_goes_on_on_the_contact_one_is_in_now(desk: Desk) -> None:
    procedure = publish()
    one = begun(desk.actor, procedure, desk.order.pk, None, at=AT)
    assert one.contact_id is None
    desk.say(one, "Sorry")
    assert desk.now(one) == "Identify"
    desk.identify()
    assert desk.now(one) == "Damage"
    do("answer_step", desk.actor, one, at=AT, contact_id=desk.contact.pk, step="Damage", answer="packaging")
    one.refresh_from_db()
    assert one.contact_id == desk.contact.pk


def test_it_does_not_go_to_a_contact_with_somebody_else(desk: Desk) -> None:
    one = desk.begin(publish())
    other = make_contact(shop.buyer(), desk.person.pk, started_at=AT)
    do("answer_step", desk.actor, one, at=AT, contact_id=other.pk, step="Sorry")
    one.refresh_from_db()
    assert one.contact_id == desk.contact.pk


def test_a_process_that_was_asleep_goes_by_what_is_published(desk: Desk) -> None:
    desk.goodwill(somebody("senior"))
    kept = book._Kept.book, binding._Kept.read
    publish()
    book._Kept.book, binding._Kept.read = kept  # as another process remembers it
    with pytest.raises(Refused):
        desk.goodwill(somebody("senior"))
    read = binding._Kept.read
    assert read is not None
    assert read.number == book.current().number
    assert {"orders.add_goodwill"} <= set(read.bound)
    assert {one.name for one in read.versions} == {"Damaged"}
