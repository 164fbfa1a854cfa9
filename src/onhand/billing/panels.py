"""The panel of a customer's money: what is open, when it is due, the newest documents, and the plan they pay by."""

from django.utils.translation import gettext_lazy as _

from onhand.billing.access import VIEW
from onhand.billing.models import CustomerAccount, PaymentPlan, Subscription
from onhand.billing.standing import standing_of
from onhand.customers.panels import Panel, PanelContext, Reading, register_panel
from onhand.invoicing.access import BILLING, IDENTIFIED
from onhand.invoicing.models import Document, OutsideInvoice
from onhand.invoicing.outside import paid_of
from onhand.kernel.days import company_day
from onhand.ledger.balances import balances_of
from onhand.ledger.chart import RECEIVABLE

SHOWN = 5


def read_account(reading: Reading) -> PanelContext:
    """The account of the file, how it stands, and what was invoiced last."""
    members = list(reading.member_ids)
    account = CustomerAccount.objects.filter(customer__in=members).order_by("pk").first()
    documents = Document.objects.filter(customer__in=members).order_by("-pk")[:SHOWN]
    outside = OutsideInvoice.objects.filter(customer__in=members).order_by("-issued_at", "-pk")[:SHOWN]
    content: PanelContext = {
        "account": account,
        "documents": list(documents),
        "outside": list(outside),
        "paid_elsewhere": paid_of([one.pk for one in outside]),
        "balances": [one.amount for one in balances_of(members) if one.role == RECEIVABLE],
        "customer_id": reading.customer_id,
        "day": company_day(reading.at),
    }
    if account is not None:
        content["standing"] = standing_of(account.pk, account.currency)
        content["plan"] = PaymentPlan.objects.filter(account=account).order_by("-pk").first()
        content["subscriptions"] = list(
            Subscription.objects.filter(account=account, ended_on__isnull=True)
            .select_related("plan")
            .order_by("pk")[:SHOWN]
        )
    return content


register_panel(
    Panel(
        key="account",
        label=_("Account"),
        order=16,
        permission=VIEW,
        read=read_account,
        level=IDENTIFIED,
        scope=BILLING,
    )
)
