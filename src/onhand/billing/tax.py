"""The rate of tax for what customers are billed: that of their country, or of the company's where theirs has none."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from onhand.catalogue.prices import tax_rates
from onhand.customers.models import Customer
from onhand.invoicing.models import CompanyDetails
from onhand.kernel.errors import NotPossible


class Rates:
    """Rates on a day, each read once."""

    def __init__(self, day: date) -> None:
        self.day = day
        self._known: dict[tuple[int, str, str], Decimal | None] = {}
        self._home: str | None = None

    def percent(self, tax_class_id: int, customer: Customer) -> Decimal:
        """
        The percent of a class of tax for a customer.

        :raises NotPossible: neither their country nor the company's has a rate.
        """
        found = self._in(tax_class_id, customer.country, customer.region[:10]) if customer.country else None
        if found is None:
            if self._home is None:
                self._home = CompanyDetails.objects.values_list("country", flat=True).first() or ""
            found = self._in(tax_class_id, self._home, "")
        if found is None:
            raise NotPossible(_("There is no rate of tax for %(country)s.") % {"country": customer.country or "–"})
        return found

    def _in(self, tax_class_id: int, country: str, region: str) -> Decimal | None:
        key = (tax_class_id, country, region)
        if key not in self._known:
            rates = tax_rates([tax_class_id], country=country, region=region, on=self.day) if country else {}
            self._known[key] = rates.get(tax_class_id)
        return self._known[key]
