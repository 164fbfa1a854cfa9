"""Who sees payments, takes and gives back money, and keeps drawers."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.customers.access import visible_customers
from onhand.customers.scopes import scope
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission
from onhand.payments.models import (
    BankImport,
    BankLine,
    Deposit,
    Drawer,
    MethodRequest,
    Payment,
    PaymentLink,
    PaymentMethod,
    ProviderAccount,
    Refund,
    StoredValueCard,
)

VIEW = permission("payments.view", _("See customers' payments, payment methods and stored value"))
TAKE = permission("payments.take", _("Take payments, ask for payment methods, sell stored value"))
IMPORT = permission("payments.import", _("Bring in payments that were received, and refunds that were made, elsewhere"))
REFUND = permission("payments.refund", _("Give payments back"))
DRAWER = permission("payments.drawer", _("Open, count and close cash drawers"))
MANAGE = permission(
    "payments.manage", _("Set up payment providers and drawers, bring in bank statements and match them")
)

PAYMENTS = scope("payments", _("Payments and payment methods"))


def _of_visible(actor: Actor) -> Q:
    """Rows with a `customer` this actor may see."""
    if actor.visibility is Visibility.ALL:
        return Q()
    return Q(customer__in=visible_customers(actor).values("pk"))


def visible_methods(actor: Actor) -> QuerySet[PaymentMethod]:
    """What customers this actor may see pay with."""
    return PaymentMethod.objects.filter(_of_visible(actor)) if actor.may(VIEW) else PaymentMethod.objects.none()


def visible_requests(actor: Actor) -> QuerySet[MethodRequest]:
    """The payment methods customers this actor may see were asked for."""
    return MethodRequest.objects.filter(_of_visible(actor)) if actor.may(VIEW) else MethodRequest.objects.none()


def visible_payments(actor: Actor) -> QuerySet[Payment]:
    """The payments of customers this actor may see."""
    return Payment.objects.filter(_of_visible(actor)) if actor.may(VIEW) else Payment.objects.none()


def visible_links(actor: Actor) -> QuerySet[PaymentLink]:
    """The links by which customers this actor may see were asked to pay."""
    return PaymentLink.objects.filter(_of_visible(actor)) if actor.may(VIEW) else PaymentLink.objects.none()


def visible_refunds(actor: Actor) -> QuerySet[Refund]:
    """The refunds of customers this actor may see."""
    return Refund.objects.filter(_of_visible(actor)) if actor.may(VIEW) else Refund.objects.none()


def visible_cards(actor: Actor) -> QuerySet[StoredValueCard]:
    """The stored-value cards of customers this actor may see, and those nobody has yet."""
    if not actor.may(VIEW):
        return StoredValueCard.objects.none()
    if actor.visibility is Visibility.ALL:
        return StoredValueCard.objects.all()
    return StoredValueCard.objects.filter(_of_visible(actor) | Q(customer=None))


def visible_deposits(actor: Actor) -> QuerySet[Deposit]:
    """The deposits of customers this actor may see."""
    return Deposit.objects.filter(_of_visible(actor)) if actor.may(VIEW) else Deposit.objects.none()


def visible_drawers(actor: Actor) -> QuerySet[Drawer]:
    """The drawers: those in use, and for who sets them up every one."""
    if actor.may(MANAGE):
        return Drawer.objects.all()
    seen = actor.may(DRAWER) or actor.may(TAKE)
    return Drawer.objects.filter(is_active=True) if seen else Drawer.objects.none()


def visible_providers(actor: Actor) -> QuerySet[ProviderAccount]:
    """The company's accounts with payment providers, for who sets them up."""
    return ProviderAccount.objects.all() if actor.may(MANAGE) else ProviderAccount.objects.none()


def visible_imports(actor: Actor) -> QuerySet[BankImport]:
    """The bank statements brought in, for who brings them in."""
    return BankImport.objects.all() if actor.may(MANAGE) else BankImport.objects.none()


def visible_lines(actor: Actor) -> QuerySet[BankLine]:
    """The lines of bank statements, for who matches them."""
    return BankLine.objects.all() if actor.may(MANAGE) else BankLine.objects.none()
