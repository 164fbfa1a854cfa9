"""Lines of bank statements that nobody was found for: matched by hand."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.models import Customer
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.payments import access, subjects
from onhand.payments.bank.matching import fits, settle
from onhand.payments.enums import LineState, MatchedBy
from onhand.payments.models import BankLine, Payment, Refund


@act(subject=subjects.LINE, permission=access.MANAGE, label=gettext_lazy("It is a customer's"))
def match_to_customer(
    line: BankLine,
    *,
    run: Run,
    customer: Annotated[int, Field(label=gettext_lazy("Customer"), reference=subjects.REF_CUSTOMER)],
) -> None:
    """Put what came in by a line on a customer's account; where they were to pay just that by bank, it is that payment."""
    _require_open(line, came_in=True)
    found = Customer.objects.filter(pk=customer, erased_at=None, merged_into=None).first()
    if found is None:
        raise NotPossible(_("There is no such customer."), field="customer")
    waiting = [
        one
        for one in Payment.objects.filter(customer=found, method__kind="bank", method__provider=None)
        if fits(line, one)
    ]
    settle(line, waiting[0] if len(waiting) == 1 else found.pk, MatchedBy.HAND, run.at)


@act(subject=subjects.LINE, permission=access.MANAGE, label=gettext_lazy("It is a refund"))
def match_to_refund(
    line: BankLine,
    *,
    run: Run,
    refund: Annotated[int, Field(label=gettext_lazy("Refund"), reference=subjects.REF_REFUND)],
) -> None:
    """Say which refund a transfer of ours was."""
    _require_open(line, came_in=False)
    found = Refund.objects.select_related("payment").filter(pk=refund, to__kind="bank", to__provider=None).first()
    if found is None or not fits(line, found):
        raise NotPossible(_("This is not a refund of just that amount that waits for a transfer."), field="refund")
    settle(line, found, MatchedBy.HAND, run.at)


def _require_open(line: BankLine, *, came_in: bool) -> None:
    if line.state == LineState.MATCHED:
        raise NotPossible(_("This line was matched already."))
    if (line.minor > 0) != came_in:
        raise NotPossible(_("Money came in by this line.") if line.minor > 0 else _("Money went out by this line."))
