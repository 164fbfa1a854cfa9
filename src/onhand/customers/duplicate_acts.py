"""Saying that two files that look alike are not one customer's."""

from typing import Annotated

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.access import visible_customers
from onhand.customers.merging.duplicates import call_different
from onhand.customers.models import Customer, DuplicateSuggestion
from onhand.customers.protection import open_to_all
from onhand.customers.references import DUPLICATE
from onhand.customers.subjects import CHANGE_LABELS, CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.hints import send_after_commit

CHANGE_LABELS["not_the_same_as"] = gettext_lazy("Not the same as")
open_to_all("not_the_same_as", "duplicate")


@act(subject=CUSTOMER, permission=access.MERGE, label=gettext_lazy("Not the same customer"), only_adds=True)
def dismiss_duplicate(
    customer: Customer,
    *,
    run: Run,
    duplicate: Annotated[int, Field(label=gettext_lazy("The file that is another customer's"), reference=DUPLICATE)],
) -> None:
    """Say that another file is not this customer's. The two are not suggested again unless something new speaks for it."""
    of_this = Q(first=customer) | Q(second=customer)
    suggestion = DuplicateSuggestion.objects.filter(of_this, pk=duplicate, dismissed_at__isnull=True).first()
    if suggestion is None:
        raise NotPossible(_("This is not suggested any more."), field="duplicate")
    other_id = suggestion.second_id if suggestion.first_id == customer.pk else suggestion.first_id
    other = visible_customers(run.actor).filter(pk=other_id).first()
    if other is None:
        raise NotPossible(_("This does not exist, or you may not see it."), field="duplicate")
    call_different(customer.pk, other.pk, actor=run.actor, at=run.at)
    run.changed("not_the_same_as", after=[other.reference])
    send_after_commit(f"{CUSTOMER}:{other.pk}")
