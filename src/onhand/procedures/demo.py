"""The demo company's procedures, in force since this morning, and the first calls they were gone through in: by the acts themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from onhand.contacts.models import ContactReason
from onhand.customers.enums import IdentificationWay
from onhand.customers.models import Customer, IdentityCheck
from onhand.guidelines.facts import customer_of
from onhand.kernel.actor import Actor
from onhand.kernel.decisions import Question
from onhand.kernel.perform import perform
from onhand.kernel.subjects import subject_type
from onhand.procedures.knowing import standing
from onhand.procedures.models import Procedure, ProcedureRun
from onhand.procedures.reading import read_script
from onhand.procedures.script import Step, StepKind
from onhand.procedures.shipped.offering import all_shipped, publish_shipped
from onhand.staff.demo import DOMAIN
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for

SINCE = timedelta(hours=2, minutes=20)  # the demo's past went on without them
APART, PAUSE = timedelta(minutes=9), timedelta(seconds=14)
LONGEST = 60  # steps
DAMAGED, LATE, BILL = "Damaged on arrival", "Late or lost parcel", "Disputed bill"
ORDER, ACCOUNT = "order", "account"


@dataclass(frozen=True, slots=True)
class Call:
    """
    A call: which procedure it is meant for, about the first of the things that are as `which` says, what is answered, which steps are
    skipped and why. `ends` at a step: left there for later, or given up, with a note. `by` is who takes it.
    """

    procedure: str
    about: str
    which: Mapping[str, Any]
    answers: Mapping[str, str] = field(default_factory=dict)
    skips: Mapping[str, str] = field(default_factory=dict)
    ends: tuple[str, str, str] = ("", "", "")  # the step, the act, its note
    pause: timedelta = PAUSE
    by: str = "representative"
    is_run: bool = True


ARRIVED, SENT = {"state": "delivered"}, {"state": "shipped"}
NOTHING = {"remedy": "nothing"}
CALLS = (
    Call(DAMAGED, ORDER, ARRIVED, {"damage": "packaging", **NOTHING}),
    Call(
        DAMAGED,
        ORDER,
        ARRIVED,
        {"damage": "broken", "hurt": "no", **NOTHING},
        {"Say that you are sorry": "I had said so before.", "When it was noticed": "Told with the photos."},
        by="senior",
    ),
    Call(DAMAGED, ORDER, ARRIVED, ends=("What is damaged", "give_up_procedure", "The line broke off.")),
    Call(
        DAMAGED,
        ORDER,
        ARRIVED,
        {"damage": "scratched"},
        {"When it was noticed": "Told with the photos."},
        ends=("What we can do", "leave_procedure", "Asks her husband which she wants, and calls again."),
        by="senior",
    ),
    Call(DAMAGED, ORDER, ARRIVED, is_run=False),
    Call(LATE, ORDER, ARRIVED, {"looked around": "no"}),
    Call(LATE, ORDER, SENT, {"address is right": "yes", "remedy": "wait"}, by="senior"),
    Call(
        LATE,
        ORDER,
        SENT,
        {"address is right": "yes", "remedy": "wait"},
        pause=timedelta(milliseconds=300),
    ),
    Call(BILL, ACCOUNT, {}, {"wrong": "not clear", "clear now": "yes"}),
    Call(BILL, ACCOUNT, {}, {"wrong": "too much", **NOTHING}, by="senior"),
)


def create_demo_procedures(*, at: datetime) -> int:
    """
    Put the shipped procedures into force and take the calls; how many were gone through. Made again nothing changes. What the checks say
    of them is found by the handlers, as of any contact.
    """
    publish_shipped(at - SINCE)
    if ProcedureRun.objects.exists():
        return 0
    with transaction.atomic():
        people = {
            one.email.partition("@")[0]: one for one in Representative.objects.filter(email__endswith=f"@{DOMAIN}")
        }
        taken: dict[str, set[int]] = {ORDER: set(), ACCOUNT: set()}
        for number, call in enumerate(CALLS):
            if call.by in people:
                _take(call, actor_for(people[call.by]), at - SINCE + (number + 1) * APART, taken[call.about])
    return ProcedureRun.objects.count()


def _take(call: Call, actor: Actor, at: datetime, taken: set[int]) -> None:
    """One call from its beginning to its end; nothing where there is no such thing to call about."""
    found = subject_type(call.about).visible(actor).filter(**call.which).exclude(pk__in=taken).order_by("pk")[:20]
    for subject in found:
        taken.add(subject.pk)
        question = Question(actor, "", call.about, subject.pk, {}, at, subject)
        customer = customer_of(question)
        if customer is not None and _may_call(customer):
            return _Talk(call, actor, at, subject.pk, customer).go()
    return None


def _may_call(customer: int) -> bool:
    return Customer.objects.filter(pk=customer, merged_into=None, erased_at=None).exists()


class _Talk:
    """Goes through one call, a step after the other."""

    def __init__(self, call: Call, actor: Actor, at: datetime, about: int, customer: int) -> None:
        self.call, self.actor, self.at, self.about, self.customer = call, actor, at, about, customer
        self.contact_id: int | None = None

    def do(self, name: str, subject_id: int | None, **given: Any) -> Any:
        """An act of this moment; the next is a little later."""
        self.at += self.call.pause
        return perform(
            name,
            actor=self.actor,
            arguments=given,
            at=self.at,
            subject_id=subject_id,
            contact_id=self.contact_id,
            as_part=True,
        )

    def go(self) -> None:
        opened = self.do("contacts.open_contact", self.customer, channel="telephone", matter=self.call.procedure)
        self.contact_id = opened.after["contact"]["id"]
        IdentityCheck.objects.create(
            customer_id=self.customer,
            contact_id=self.contact_id,
            way=IdentificationWay.QUESTIONS,
            level=1,
            at=self.at,
            until=self.at + timedelta(hours=2),
            by_id=self.actor.id,
            by_name=self.actor.name,
        )
        if self.call.is_run:
            procedure = Procedure.objects.get(name=self.call.procedure)
            begun = self.do("procedures.begin_procedure", None, procedure=procedure.pk, about=self.about)
            for _step in range(LONGEST):
                if not self.step(ProcedureRun.objects.get(pk=begun.subject_id)):
                    break
        names = next(read_script(one.text).reasons for one in all_shipped() if one.name == self.call.procedure)
        reason = ContactReason.objects.filter(name__in=names).values_list("pk", flat=True).first()
        self.do("contacts.wrap_up", self.contact_id, reason=reason, summary=self.call.procedure)

    def step(self, one: ProcedureRun) -> bool:
        """The step it has come to; false where it goes no further."""
        now = standing(one, self.actor, self.at).way.now
        if now is None or one.ended_at is not None:
            return False
        step, act, note = self.call.ends
        if now.key == step:
            name = "note" if act == "leave_procedure" else "reason"
            self.do(f"procedures.{act}", one.pk, **{name: note})
            return False
        if now.key in self.call.skips:
            self.do("procedures.skip_step", one.pk, step=now.key, reason=self.call.skips[now.key])
        elif now.kind is StepKind.DO:
            self.do("procedures.skip_step", one.pk, step=now.key, reason="It is on the file already.")
        else:
            self.do("procedures.answer_step", one.pk, step=now.key, answer=self.answer(now))
        return True

    def answer(self, step: Step) -> str:
        if step.kind is StepKind.OFFER:
            return self.call.answers["remedy"]
        return self.call.answers.get(step.variable, "") if step.kind is StepKind.ASK else ""
