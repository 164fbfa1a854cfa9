"""Sending a customer the statement of their account."""

from datetime import date, timedelta
from typing import Annotated

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.billing.models import CustomerAccount
from onhand.billing.statement_pdf import MEDIA_TYPE, file_name, statement_pdf
from onhand.billing.statements import read_statement
from onhand.billing.subjects import ACCOUNT
from onhand.customers.models import Customer
from onhand.invoicing.access import BILLING, IDENTIFIED, ISSUE
from onhand.invoicing.acts import send_paper, usual_address_of
from onhand.invoicing.paper import long_day
from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.pdf import CannotDraw

USUAL = timedelta(days=92)  # what a statement covers where nobody said


@act(
    subject=ACCOUNT,
    permission=ISSUE,
    label=gettext_lazy("Send a statement"),
    only_adds=True,
    row_only=True,
    protects=IDENTIFIED,
    scope=BILLING,
)
def send_statement(
    account: CustomerAccount,
    *,
    run: Run,
    address: Annotated[
        str,
        Field(
            label=gettext_lazy("E-mail address"),
            widget="email",
            max_length=254,
            current=lambda account: usual_address_of(account.customer_id),
        ),
    ],
    first: Annotated[
        date | None, Field(label=gettext_lazy("From"), help=gettext_lazy("Empty: the last three months."))
    ] = None,
    last: Annotated[date | None, Field(label=gettext_lazy("To"), help=gettext_lazy("Empty: today."))] = None,
    text: Annotated[str, Field(label=gettext_lazy("Text"), widget="textarea", max_length=10_000)] = "",
) -> None:
    """Send the customer the statement of their account by e-mail, as PDF. Without a text of one's own a short one goes with it."""
    today = company_day(run.at)
    until = last or today
    statement = read_statement(account, first or until - USUAL, until, today)
    whose = account.customer.merged_into_id or account.customer_id
    customer = Customer.objects.get(pk=whose)
    with translation.override(customer.language or "en"):
        subject = _("Statement of account")
        days = {"first": long_day(statement.first), "last": long_day(statement.last)}
        said = (
            text or _("Hello,\n\nplease find the statement of your account from %(first)s to %(last)s attached.") % days
        )
        name = file_name(statement)
    try:
        content = statement_pdf(statement)
    except CannotDraw as error:
        raise NotPossible(str(error)) from error
    run.changed("statement", after=f"{statement.first.isoformat()} – {statement.last.isoformat()}")
    send_paper(
        customer,
        run=run,
        address=address,
        subject=subject,
        text=said,
        name=name,
        media_type=MEDIA_TYPE,
        content=content,
    )
