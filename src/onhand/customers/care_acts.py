"""What whoever serves a customer must know first, what the customer agreed to, and how they want to be reached."""

from datetime import time
from typing import Annotated

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.arguments import UntilDay, on_file, read_until
from onhand.customers.enums import AccessibilityNeed, ChannelKind, ConsentAnswer, ConsentPurpose, FlagKind
from onhand.customers.membership import of_file
from onhand.customers.models import Consent, Customer, Flag
from onhand.customers.reference_types import FLAG
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field


@act(subject=CUSTOMER, permission=access.SET_FLAGS, label=gettext_lazy("Set a flag"))
def set_flag(
    customer: Customer,
    *,
    run: Run,
    flag: Annotated[FlagKind, Field(label=gettext_lazy("Flag"))],
    reason: Annotated[str, Field(label=gettext_lazy("Reason"), widget="textarea", max_length=500)],
    until: UntilDay = None,
) -> None:
    """Put a flag on the file that everybody who opens it sees, with the reason."""
    ends = read_until(until, customer, run.at)
    # One that has run out makes way: it was over when it was to be over.
    _set_on(customer).filter(kind=flag, until__lte=run.at).update(lifted_at=F("until"))
    if _set_on(customer).filter(kind=flag).exists():
        raise NotPossible(_("This flag is on the file already. Lift it first."), field="flag")
    try:
        with transaction.atomic():
            Flag.objects.create(
                customer=customer,
                kind=flag,
                reason=reason,
                set_by_id=run.actor.id,
                set_by_name=run.actor.name,
                set_at=run.at,
                until=ends,
            )
    except IntegrityError:
        raise NotPossible(_("This flag is on the file already. Lift it first."), field="flag") from None


@act(subject=CUSTOMER, permission=access.LIFT_FLAGS, label=gettext_lazy("Lift a flag"))
def lift_flag(
    customer: Customer,
    *,
    run: Run,
    flag: Annotated[int, Field(label=gettext_lazy("Flag"), reference=FLAG)],
    reason: Annotated[str, Field(label=gettext_lazy("Reason"), widget="textarea", max_length=500)],
) -> None:
    """Take a flag off the file, with the reason."""
    holds = _set_on(customer).filter(Q(until__isnull=True) | Q(until__gt=run.at))
    found = on_file(holds, flag, "flag")
    _set_on(customer).filter(pk=found.pk).update(lifted_at=run.at, lifted_by_name=run.actor.name)
    run.changed("reason", after=reason)


@act(subject=CUSTOMER, permission=access.RECORD_CONSENT, label=gettext_lazy("Record consent"), only_adds=True)
def record_consent(
    customer: Customer,
    *,
    run: Run,
    purpose: Annotated[ConsentPurpose, Field(label=gettext_lazy("Purpose"))],
    answer: Annotated[ConsentAnswer, Field(label=gettext_lazy("Answer"))],
    proof: Annotated[
        str,
        Field(
            label=gettext_lazy("Proof"),
            help=gettext_lazy("Where and how it was said, such as: on the telephone, after the terms were read out."),
            max_length=500,
        ),
    ],
    channel: Annotated[
        ChannelKind | None, Field(label=gettext_lazy("Channel"), help=gettext_lazy("Empty: for all channels."))
    ] = None,
    until: UntilDay = None,
) -> None:
    """Write down what the customer answered when asked to agree to something. Answers before it stay as proof."""
    Consent.objects.create(
        customer=customer,
        purpose=purpose,
        channel=channel or "",
        answer=answer,
        proof=proof,
        contact_id=run.contact_id,
        at=run.at,
        until=read_until(until, customer, run.at),
        taken_by_name=run.actor.name,
    )


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_PREFERENCES,
    label=gettext_lazy("Change how to reach the customer"),
    row_only=True,
)
def change_preferences(
    customer: Customer,
    *,
    run: Run,
    preferred_channel: Annotated[
        ChannelKind | None, Field(label=gettext_lazy("Preferred channel"), current=lambda c: c.preferred_channel)
    ] = None,
    reach_from: Annotated[
        time | None,
        Field(
            label=gettext_lazy("To be reached from"),
            help=gettext_lazy("In the customer's own time."),
            current=lambda c: c.reach_from,
        ),
    ] = None,
    reach_until: Annotated[
        time | None, Field(label=gettext_lazy("To be reached until"), current=lambda c: c.reach_until)
    ] = None,
) -> None:
    """Change by which channel the customer wants to be reached, and between which hours they may be called."""
    if (reach_from is None) != (reach_until is None):
        field = "reach_from" if reach_from is None else "reach_until"
        raise NotPossible(_("Give both hours, or neither."), field=field)
    if reach_from is not None and reach_from == reach_until:
        raise NotPossible(_("This leaves no time at all. Give a later hour, or neither."), field="reach_until")
    customer.preferred_channel = preferred_channel or ""
    customer.reach_from = reach_from
    customer.reach_until = reach_until


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_PERSON,
    label=gettext_lazy("Change what the customer needs"),
    row_only=True,
)
def change_accessibility_needs(
    customer: Customer,
    *,
    run: Run,
    accessibility_needs: Annotated[
        list[AccessibilityNeed], Field(label=gettext_lazy("Needs"), current=lambda c: c.accessibility_needs)
    ],
) -> None:
    """Change what is needed so that the customer can be served as well as others."""
    customer.accessibility_needs = [need.value for need in AccessibilityNeed if need in accessibility_needs]


def _set_on(customer: Customer) -> QuerySet[Flag]:
    """The flags on the file that nobody has lifted, also those that have run out."""
    return Flag.objects.filter(of_file(customer.pk), lifted_at__isnull=True)
