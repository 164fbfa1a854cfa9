"""
Promises that follow from acts: what a guideline says is promised with its answer is promised in the transaction of the act.

Nothing is promised by what the product does by itself, nor by what a command brings in, such as the years of a demo: it is somebody who
promises. What is brought in as rows asks once for all, and promises nothing either.
"""

from dataclasses import replace
from datetime import timedelta

from onhand.contacts.cases.states import CASE
from onhand.contacts.models import Case, Contact, Promise
from onhand.contacts.promises.tests_on_books import find_test
from onhand.customers.membership import of_file
from onhand.guidelines.facts import customer_of
from onhand.guidelines.models import Guideline
from onhand.kernel.actor import ActorKind, Via
from onhand.kernel.days import company_day, day_span
from onhand.kernel.following import DoneAct
from onhand.kernel.hints import send_after_commit

KEY = "promises"
_BY_ITSELF = frozenset({Via.JOB, Via.COMMAND})


def promise_what_follows(done: DoneAct) -> None:
    """Make the promises that follow from an act, each until the end of the company's day on which it is due. In its transaction."""
    question = done.question
    actor = question.actor
    if actor.kind is ActorKind.SYSTEM or actor.via in _BY_ITSELF:
        return
    customer_id = _whose(done)
    if customer_id is None:
        return
    contact = Contact.objects.filter(of_file(customer_id), pk=question.contact_id or 0).first()
    on_case = done.subject.pk if question.subject_type == CASE else question.case_id
    case = Case.objects.filter(of_file(customer_id), pk=on_case or 0, closed_at__isnull=True).first()
    rules = {str(one["rule"]) for one in done.decision.follow_ups}
    known = set(Guideline.objects.filter(pk__in=[_number(rule) for rule in rules]).values_list("pk", flat=True))
    today, made = company_day(question.at), dict[tuple[object, ...], Promise]()
    for one in done.decision.follow_ups:
        test = str(one.get("test", ""))
        guideline = _number(str(one["rule"]))
        made[one["what"], one["days"], one["rule"]] = Promise(
            customer_id=customer_id,
            case=case,
            contact=contact,
            text=one["what"],
            made_at=question.at,
            made_by_id=actor.id,
            made_by_name=actor.name,
            due_at=day_span(today + timedelta(days=one["days"]))[1],
            test=test if find_test(test) else "",
            guideline_id=guideline if guideline in known else None,
            guideline_version=int(one["version"]),
            record_id=done.record_id,
            about_type=question.subject_type,
            about_id=done.subject.pk,
        )
    Promise.objects.bulk_create(made.values())
    send_after_commit(f"customer:{customer_id}")


def _whose(done: DoneAct) -> int | None:
    """Whose file it is promised on: that the act is about, else that of the contact or case it was done on."""
    question = done.question
    found = customer_of(replace(question, subject=done.subject, subject_id=done.subject.pk))
    if found is None and question.contact_id is not None:
        found = Contact.objects.filter(pk=question.contact_id).values_list("customer_id", flat=True).first()
    if found is None and question.case_id is not None:
        found = Case.objects.filter(pk=question.case_id).values_list("customer_id", flat=True).first()
    return found


def _number(rule: str) -> int:
    """The id of the guideline a rule names."""
    return int(rule.partition(":")[2])
