"""In which currency an amount is usually meant: that of what an act is on, of the customer, or of the company."""

from collections.abc import Callable, Mapping
from typing import Any

from babel.numbers import get_territory_currencies
from django.db.models import QuerySet

from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.invoicing.models import CompanyDetails, Document
from onhand.invoicing.subjects import DOCUMENT
from onhand.kernel.errors import NotPossible
from onhand.orders.models import Order
from onhand.orders.pricing import currencies
from onhand.orders.pricing import usual_currency as currency_of_customer
from onhand.orders.subjects import ORDER, RETURN

WHERE_NOTHING_IS_SAID = "EUR"
_HOLD_IT: Mapping[str, Callable[[int], QuerySet[Any]]] = {
    ORDER: lambda pk: Order.objects.filter(pk=pk),
    RETURN: lambda pk: Order.objects.filter(returns=pk),
    DOCUMENT: lambda pk: Document.objects.filter(pk=pk),
}


def company_currency() -> str:
    """The currency of the company's country if there are prices in it or none at all, else the first there are prices in."""
    known = [currency for currency, _label in currencies()]
    country = CompanyDetails.objects.values_list("country", flat=True).first() or ""
    usual = get_territory_currencies(country) if country else []
    fitting = [one for one in usual if not known or one in known]
    return next(iter([*fitting, *known]), WHERE_NOTHING_IS_SAID)


def usual_currency(subject: str, subject_id: int | None) -> str:
    """What the box beside an amount opens with, in the form of an act on this."""
    found = None
    if subject_id is not None and subject == CUSTOMER:
        found = _of_customer(subject_id)
    elif subject_id is not None and subject in _HOLD_IT:
        found = _HOLD_IT[subject](subject_id).values_list("currency", flat=True).first()
    return found or company_currency()


def _of_customer(customer_id: int) -> str | None:
    """The currency of a customer's country; None where the company has no prices in it."""
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None or not customer.country:
        return None
    try:
        found = currency_of_customer(customer)
    except NotPossible:
        return None
    return found if found in get_territory_currencies(customer.country) else None
