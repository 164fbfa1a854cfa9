"""Who sees documents, issues them, and says how the company invoices."""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.customers.access import VIEW as VIEW_CUSTOMERS
from onhand.customers.access import visible_customers
from onhand.customers.scopes import scope
from onhand.invoicing.models import CompanyDetails, Document, NumberSeries, OutsideInvoice
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission

VIEW = permission("invoicing.view", _("See customers' invoices and credit notes"))
IMPORT = permission("invoicing.import", _("Bring in invoices and credit notes other systems issued"))
ISSUE = permission("invoicing.issue", _("Issue credit notes, and send documents to customers"))
MANAGE = permission("invoicing.manage", _("Set the company's details and the numbers of documents; correct invoices"))
IDENTIFIED = 1


def visible_documents(actor: Actor) -> QuerySet[Document]:
    """The documents of customers this actor sees."""
    if not actor.may(VIEW):
        return Document.objects.none()
    if actor.visibility is Visibility.ALL and actor.may(VIEW_CUSTOMERS):
        return Document.objects.all()
    return Document.objects.filter(Exists(visible_customers(actor).filter(pk=OuterRef("customer"))))


def visible_outside(actor: Actor) -> QuerySet[OutsideInvoice]:
    """The documents of other systems of customers this actor sees."""
    if not actor.may(VIEW):
        return OutsideInvoice.objects.none()
    if actor.visibility is Visibility.ALL and actor.may(VIEW_CUSTOMERS):
        return OutsideInvoice.objects.all()
    return OutsideInvoice.objects.filter(Exists(visible_customers(actor).filter(pk=OuterRef("customer"))))


def visible_details(actor: Actor) -> QuerySet[CompanyDetails]:
    """The company's details, for who sets them."""
    return CompanyDetails.objects.all() if actor.may(MANAGE) else CompanyDetails.objects.none()


def visible_series(actor: Actor) -> QuerySet[NumberSeries]:
    """How documents are numbered, for who sets it."""
    return NumberSeries.objects.all() if actor.may(MANAGE) else NumberSeries.objects.none()


BILLING = scope("billing", _("Invoices, charges and payments"))
