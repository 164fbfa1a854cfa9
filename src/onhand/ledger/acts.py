"""What is done on the books themselves. Everything else that is booked is booked by the acts of other apps."""

from datetime import date, timedelta
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.ledger import access
from onhand.ledger.models import ClosedPeriod
from onhand.ledger.subjects import PERIOD
from onhand.ledger.totals import lock_books, trial_balance


@act(subject=PERIOD, permission=access.CLOSE, label=gettext_lazy("Close a period"), creates=True)
def close_period(
    *,
    run: Run,
    last_day: Annotated[
        date,
        Field(
            label=gettext_lazy("Last day"),
            help=gettext_lazy("Nothing is booked for this day or any before it any more. This cannot be taken back."),
        ),
    ],
) -> ClosedPeriod:
    """Close the books up to a day, for ever. What turns out to be wrong later is countered in the open period."""
    lock_books()
    if last_day > company_day(run.at) - timedelta(days=1):
        raise NotPossible(_("Close a day that is over."), field="last_day")
    latest = ClosedPeriod.objects.first()
    if latest is not None and last_day <= latest.last_day:
        raise NotPossible(
            _("The books are closed up to %(day)s already.") % {"day": latest.last_day.isoformat()}, field="last_day"
        )
    return ClosedPeriod.objects.create(
        last_day=last_day,
        closed_at=run.at,
        closed_by_name=run.actor.name,
        totals=[
            {"role": one.role.key, "currency": one.currency, "debit": one.debit, "credit": one.credit}
            for one in trial_balance(last_day)
        ],
    )
