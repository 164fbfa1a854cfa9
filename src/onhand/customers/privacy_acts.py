"""What is done about a person's data: give it out, erase it, answer requests, and say how long it is kept."""

from datetime import date
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.contact_points import language_options
from onhand.customers.enums import ChannelKind, ConsentAnswer, ConsentPurpose
from onhand.customers.membership import family_ids
from onhand.customers.models import Consent, Customer, PrivacyRequest, RetentionRule
from onhand.customers.privacy import retention
from onhand.customers.privacy.enums import ErasureBasis, RequestKind, RequestState, RetentionKind
from onhand.customers.privacy.erasure import begin_erasure, names_person, plan_erasure
from onhand.customers.privacy.exports import request_export
from onhand.customers.privacy.membership import whole_file
from onhand.customers.privacy.requests import MONTHS_MORE, due_date
from onhand.customers.privacy.subjects import REQUEST, RULE
from onhand.customers.privacy_tasks import erase_in_background, export_in_background
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

Months = Annotated[
    int,
    Field(
        label=gettext_lazy("After months"),
        help=gettext_lazy("Whole months since it was last needed."),
        current=lambda rule: rule.months,
    ),
]


@act(
    subject=CUSTOMER,
    permission=access.EXPORT_PERSONAL_DATA,
    label=gettext_lazy("Export everything about this person"),
    only_adds=True,
)
def export_personal_data(
    customer: Customer,
    *,
    run: Run,
    in_language: Annotated[
        str | None,
        Field(
            label=gettext_lazy("Language"),
            help=gettext_lazy("Of the headings; the customer's own if none is chosen."),
            widget="language",
            options=language_options,
        ),
    ] = None,
) -> None:
    """Make an archive of everything held about this person, which whoever asks can download for a week."""
    if in_language and in_language not in dict(language_options()):
        raise NotPossible(_("Choose one of the list."), field="in_language")
    _require_open(customer)
    language = in_language or customer.language
    export = request_export(customer, actor=run.actor, language=language, at=run.at)
    export_in_background.defer(export_id=export.pk)
    run.changed("personal_export", after={"id": export.pk, "language": language})


def _whole_family(customer_id: int, **_arguments: object) -> list[int]:
    return family_ids([customer_id])


@act(subject=CUSTOMER, permission=access.ERASE, label=gettext_lazy("Erase this person"), also_locks=_whole_family)
def erase_customer(
    customer: Customer,
    *,
    run: Run,
    basis: Annotated[ErasureBasis, Field(label=gettext_lazy("Why"))],
    remark: Annotated[
        str,
        Field(
            label=gettext_lazy("Remark"),
            help=gettext_lazy("Kept for good as proof: a file number, say. No name, address or number of the person."),
            max_length=200,
        ),
    ] = "",
    remember_hashes: Annotated[
        bool,
        Field(
            label=gettext_lazy("Tell imports that bring the person back"),
            help=gettext_lazy("Keeps keyed hashes of addresses and numbers. Nobody can read them out of these."),
        ),
    ] = True,
    despite_open: Annotated[
        bool,
        Field(
            label=gettext_lazy("Even though something is open"),
            help=gettext_lazy("Ends contacts, closes cases and calls promises off."),
        ),
    ] = False,
) -> None:
    """Take everything personal off this customer's file and out of its records, for good. The books and a proof stay."""
    _require_open(customer)
    members = whole_file(customer.pk)
    plan = plan_erasure(members, run.at)
    if plan.is_held:
        raise NotPossible(_("A legal hold is on this file: nothing of it may be erased. Lift the flag first."))
    if plan.hindrances and not despite_open:
        raise NotPossible(" ".join([*plan.hindrances, _("Finish that first.")]))
    if plan.hindrances and not run.actor.may(access.ERASE_DESPITE_OPEN):
        raise NotPossible(" ".join([*plan.hindrances, _("Your role may not erase in spite of it.")]))
    if names_person(remark, members):
        raise NotPossible(_("This is kept for good: do not name the person in it."), field="remark")
    erasure = begin_erasure(
        customer, members=members, actor=run.actor, basis=basis, keeps_hashes=remember_hashes, at=run.at
    )
    erase_in_background.defer(erasure_id=erasure.pk)
    run.say_only_this()
    run.changed("erased", after=dict(plan.erased))
    in_words = [f"{label}: {count}. {why}" for label, count, why in plan.kept]
    run.changed("kept", after=in_words if run.is_preview else {label: count for label, count, _why in plan.kept})


@act(
    subject=CUSTOMER,
    permission=access.HANDLE_REQUESTS,
    label=gettext_lazy("Take a request about personal data"),
    only_adds=True,
)
def take_privacy_request(
    customer: Customer,
    *,
    run: Run,
    request: Annotated[RequestKind, Field(label=gettext_lazy("What the person wants"))],
    received_on: Annotated[date, Field(label=gettext_lazy("Received on"))],
    details: Annotated[str, Field(label=gettext_lazy("In their words"), widget="textarea", max_length=5_000)] = "",
) -> None:
    """Note what a person demands about their data. It is to be answered within a month."""
    if received_on > run.at.date():
        raise NotPossible(_("Give a day that is not to come yet."), field="received_on")
    taken = PrivacyRequest.objects.create(
        customer=customer,
        kind=request,
        received_on=received_on,
        due_on=due_date(received_on),
        details=details,
        taken_at=run.at,
        taken_by_name=run.actor.name,
    )
    run.changed("privacy_request", after={"id": taken.pk, "kind": request.value, "due": taken.due_on.isoformat()})


@act(subject=CUSTOMER, permission=access.HANDLE_REQUESTS, label=gettext_lazy("Note an objection"), only_adds=True)
def note_objection(
    customer: Customer,
    *,
    run: Run,
    purposes: Annotated[list[ConsentPurpose], Field(label=gettext_lazy("Against what"))],
    proof: Annotated[
        str,
        Field(
            label=gettext_lazy("How it was said"),
            help=gettext_lazy("The letter, mail or call it came by."),
            max_length=500,
        ),
    ],
    channel: Annotated[ChannelKind | None, Field(label=gettext_lazy("Only by this channel"))] = None,
) -> None:
    """The person objects to their data being used for these purposes. It holds from this moment on."""
    if not purposes:
        raise NotPossible(_("Choose at least one purpose."), field="purposes")
    for purpose in dict.fromkeys(purposes):
        Consent.objects.create(
            customer=customer,
            purpose=purpose,
            channel=channel.value if channel else "",
            answer=ConsentAnswer.OBJECTED,
            proof=proof,
            contact_id=run.contact_id,
            at=run.at,
            taken_by_name=run.actor.name,
        )
    day = run.at.date()
    taken = PrivacyRequest.objects.create(
        customer=customer,
        kind=RequestKind.OBJECTION,
        state=RequestState.GRANTED,
        received_on=day,
        due_on=due_date(day),
        details=proof,
        taken_at=run.at,
        taken_by_name=run.actor.name,
        answered_at=run.at,
        answered_by_name=run.actor.name,
    )
    run.changed("objection", after={"id": taken.pk, "purposes": [purpose.value for purpose in purposes]})


@act(subject=REQUEST, permission=access.HANDLE_REQUESTS, label=gettext_lazy("Answer the request"))
def answer_privacy_request(
    request: PrivacyRequest,
    *,
    run: Run,
    outcome: Annotated[RequestState, Field(label=gettext_lazy("Outcome"))],
    answer: Annotated[str, Field(label=gettext_lazy("What was answered"), widget="textarea", max_length=5_000)],
) -> None:
    """Say how a request was answered, or why it was refused."""
    _require_unanswered(request)
    if outcome is RequestState.OPEN:
        raise NotPossible(_("Choose how it was answered."), field="outcome")
    request.state, request.answer = outcome, answer
    request.answered_at, request.answered_by_name = run.at, run.actor.name


@act(subject=REQUEST, permission=access.HANDLE_REQUESTS, label=gettext_lazy("Take two months more"))
def extend_privacy_request(
    request: PrivacyRequest,
    *,
    run: Run,
    because: Annotated[str, Field(label=gettext_lazy("Why, as the person was told"), max_length=500)],
) -> None:
    """Take up to two further months for a request that is complex; the person must have been told within the first."""
    _require_unanswered(request)
    if request.extended_because:
        raise NotPossible(_("This was extended already; it cannot be again."))
    request.extended_because = because
    request.due_on = due_date(request.due_on, MONTHS_MORE)


@act(subject=RULE, creates=True, permission=access.MANAGE_RETENTION, label=gettext_lazy("Add a retention rule"))
def add_retention_rule(
    *, run: Run, kind: Annotated[RetentionKind, Field(label=gettext_lazy("What"))], months: Months
) -> RetentionRule:
    """Say what is to be erased by itself, and when. The rule is off until it is switched on."""
    _require_months(months)
    if RetentionRule.objects.filter(kind=kind).exists():
        raise NotPossible(_("There is a rule for this already. Change that one."), field="kind")
    return RetentionRule.objects.create(kind=kind, months=months, created_at=run.at)


@act(subject=RULE, permission=access.MANAGE_RETENTION, label=gettext_lazy("Change after how long"))
def change_retention_rule(rule: RetentionRule, *, run: Run, months: Months) -> None:
    """Change the time. A rule that was on is off afterwards: look at what it would do, and switch it on again."""
    _require_months(months)
    if months == rule.months:
        raise NotPossible(_("It is that long already."), field="months")
    rule.months, rule.is_on, rule.switched_by_name = months, False, run.actor.name


@act(subject=RULE, permission=access.MANAGE_RETENTION, label=gettext_lazy("Switch the rule on"))
def switch_retention_rule_on(
    rule: RetentionRule,
    *,
    run: Run,
    understood: Annotated[
        bool,
        Field(
            label=gettext_lazy("I have looked at what it would erase"),
            help=gettext_lazy("What it erases is gone for good."),
        ),
    ],
) -> None:
    """Let the rule erase by itself, every day, what its time is over."""
    if rule.is_on:
        raise NotPossible(_("The rule is on already."))
    if not understood:
        raise NotPossible(_("Look at what it would erase first."), field="understood")
    foreseen = retention.foresee(rule.kind, rule.months, run.at)
    rule.is_on, rule.switched_by_name = True, run.actor.name
    run.changed("foreseen", after={"count": foreseen.count, "before": foreseen.before.isoformat()})


@act(subject=RULE, permission=access.MANAGE_RETENTION, label=gettext_lazy("Switch the rule off"))
def switch_retention_rule_off(rule: RetentionRule, *, run: Run) -> None:
    """Stop the rule. A run under way ends with the batch it is at."""
    if not rule.is_on:
        raise NotPossible(_("The rule is off already."))
    rule.is_on, rule.switched_by_name = False, run.actor.name


def _require_open(customer: Customer) -> None:
    if customer.erased_at is not None:
        raise NotPossible(_("This person was erased already."))
    if customer.merged_into_id is not None:
        raise NotPossible(_("This file is part of another one now. Go there."))


def _require_unanswered(request: PrivacyRequest) -> None:
    if request.answered_at is not None:
        raise NotPossible(_("This was answered already."))


def _require_months(months: int) -> None:
    if not retention.LEAST_MONTHS <= months <= retention.MOST_MONTHS:
        raise NotPossible(_("Give 1 to 1,200 months."), field="months")
