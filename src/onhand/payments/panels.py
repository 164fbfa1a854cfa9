"""The panel of what a customer pays with, paid, got back and left with us."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.panels import Panel, PanelContext, Reading, register_panel
from onhand.payments import deposits, stored
from onhand.payments.access import PAYMENTS, VIEW
from onhand.payments.enums import CardState, DepositState, LinkState, MethodKind, RequestState
from onhand.payments.models import Deposit, MethodRequest, Payment, PaymentLink, PaymentMethod, Refund, StoredValueCard

NEWEST = 8
MOST = 20
_METHODS = (
    "select count(*) from payments_paymentmethod w where w.customer_id in (select m.id from members m) and w.is_active"
)


def read_payments(reading: Reading) -> PanelContext:
    """Methods, stored value and deposits that are open; the newest payments and refunds."""
    theirs = {"customer__in": reading.member_ids}
    cards = list(StoredValueCard.objects.filter(**theirs, state=CardState.ACTIVE).order_by("pk")[:MOST])
    open_deposits = Deposit.objects.filter(**theirs, state__in=[DepositState.ASKED, DepositState.HELD])
    methods = PaymentMethod.objects.filter(**theirs, is_active=True).exclude(kind=MethodKind.STORED_VALUE)
    requests = MethodRequest.objects.filter(**theirs, state__in=[RequestState.ASKED, RequestState.SENT])
    return {
        "methods": list(methods.order_by("pk")[:MOST]),
        "requests": list(requests.order_by("-pk")[:MOST]),
        "cards": [(card, stored.balance(card)) for card in cards],
        "deposits": [(one, deposits.held(one)) for one in open_deposits.order_by("pk")[:MOST]],
        "links": list(
            PaymentLink.objects.filter(**theirs, state__in=[LinkState.ASKED, LinkState.READY]).order_by("-pk")[:MOST]
        ),
        "payments": list(
            Payment.objects.filter(**theirs).select_related("method").order_by("-made_at", "-pk")[:NEWEST]
        ),
        "refunds": list(
            Refund.objects.filter(**theirs).select_related("to", "payment").order_by("-made_at", "-pk")[:NEWEST]
        ),
    }


register_panel(
    Panel(
        key="payments",
        label=_("Payments"),
        order=40,
        permission=VIEW,
        read=read_payments,
        level=1,
        scope=PAYMENTS,
        count=_METHODS,
    )
)
