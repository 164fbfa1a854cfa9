"""What is ordered, priced: the price of the customer's lists on the day, the rate of tax where it goes, and the stock it is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import get_territory_currencies
from django.utils.translation import gettext as _

from onhand.catalogue.enums import ProductKind
from onhand.catalogue.models import BundlePart, PriceList, Variant
from onhand.catalogue.prices import UnitPrice, prices_for, tax_rates
from onhand.catalogue.reading import variants_by_id
from onhand.catalogue.subjects import variant_title
from onhand.customers.models import Customer
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.orders.amounts import MOST_LINES, MOST_PIECES
from onhand.orders.models import OrderLine


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many pieces of a variant, with a discount in minor units."""

    variant_id: int
    pieces: int
    discount: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What a variant costs a customer now, where it goes, and what it is made of."""

    variant: Variant
    price: UnitPrice
    percent: Decimal
    parts: list[list[int]]

    @property
    def title(self) -> str:
        """The variant in words."""
        return variant_title(self.variant)

    def line(self, number: int, pieces: int, discount: int) -> OrderLine:
        """A line of an order, not stored, without its amounts."""
        return OrderLine(
            number=number,
            variant=self.variant,
            sku=self.variant.sku,
            title=self.title[:300],
            options=self.variant.options,
            parts=self.parts,
            is_service=self.variant.product.kind == ProductKind.SERVICE,
            pieces=pieces,
            unit_minor=self.price.amount.minor,
            includes_tax=self.price.includes_tax,
            percent=self.percent,
            discount_minor=discount,
        )


def offers(
    wanted: Sequence[Wanted], currency: str, *, customer_ids: Sequence[int], address: Mapping[str, Any], on: date
) -> list[Offer]:
    """
    What each costs these customers there and then, in the same order. Some statements, whatever the number.

    :raises NotPossible: something is not sold, has no price in the currency, or no rate of tax there; says what.
    """
    _require_sane(wanted)
    found = variants_by_id([one.variant_id for one in wanted])
    for number, one in enumerate(wanted, 1):
        variant = found.get(one.variant_id)
        if variant is None or not (variant.is_active and variant.product.is_active):
            raise NotPossible(_("Row %(number)s: this is not sold.") % {"number": number}, field="rows")
    prices = prices_for([(one.variant_id, one.pieces) for one in wanted], currency, customer_ids=customer_ids, on=on)
    country, region = str(address.get("country", "")), str(address.get("region", ""))
    classes = [variant.product.tax_class_id for variant in found.values()]
    rates = tax_rates(classes, country=country, region=region, on=on)
    parts = _parts(found.values())
    made = []
    for one, price in zip(wanted, prices, strict=True):
        variant = found[one.variant_id]
        words = {"article": variant_title(variant), "currency": currency, "country": country}
        if price is None:
            raise NotPossible(_("%(article)s has no price in %(currency)s.") % words, field="rows")
        if variant.product.tax_class_id not in rates:
            raise NotPossible(_("There is no rate of tax for %(article)s in %(country)s.") % words, field="rows")
        made.append(Offer(variant, price, rates[variant.product.tax_class_id], parts[variant.pk]))
    return made


def _require_sane(wanted: Sequence[Wanted]) -> None:
    if not 0 < len(wanted) <= MOST_LINES:
        raise NotPossible(_("An order has 1 to %(most)s lines.") % {"most": MOST_LINES}, field="rows")
    for number, one in enumerate(wanted, 1):
        if not 1 <= one.pieces <= MOST_PIECES:
            words = {"number": number, "most": MOST_PIECES}
            raise NotPossible(_("Row %(number)s: give 1 to %(most)s pieces.") % words, field="rows")


def _parts(variants: Any) -> dict[int, list[list[int]]]:
    """The pieces of stock one of each variant is: itself, nothing for a service, what is in it for a bundle."""
    bundles: dict[int, list[list[int]]] = {}
    of_bundles = [one.product_id for one in variants if one.product.kind == ProductKind.BUNDLE]
    for part in BundlePart.objects.filter(bundle__in=of_bundles).order_by("variant"):
        bundles.setdefault(part.bundle_id, []).append([part.variant_id, part.pieces])
    made: dict[int, list[list[int]]] = {}
    for one in variants:
        usual = [] if one.product.kind == ProductKind.SERVICE else [[one.pk, 1]]
        made[one.pk] = bundles.get(one.product_id, []) if one.product.kind == ProductKind.BUNDLE else usual
    return made


def currencies() -> list[tuple[str, str]]:
    """The currencies the company has prices in, to choose from."""
    return [(one, one) for one in PriceList.objects.order_by("currency").values_list("currency", flat=True).distinct()]


def usual_currency(customer: Customer) -> str:
    """
    The currency of the customer's country if there are prices in it, else the first there are prices in.

    :raises NotPossible: there are no prices at all.
    """
    known = [currency for currency, _label in currencies()]
    usual = get_territory_currencies(customer.country) if customer.country else []
    for currency in [*usual, *known]:
        if currency in known:
            return currency
    raise NotPossible(_("There are no prices yet."), field="currency")


def money_in(currency: str, amount: Money | None, field: str, *, most: int | None = None) -> int:
    """
    An amount somebody gave, in minor units; 0 where they gave none.

    :raises NotPossible: another currency, less than nothing, or more than `most`.
    """
    if amount is None:
        return 0
    if amount.currency != currency:
        raise NotPossible(_("This is in %(currency)s.") % {"currency": currency}, field=field)
    if amount.minor < 0:
        raise NotPossible(_("Give an amount above nothing."), field=field)
    if most is not None and amount.minor > most:
        words = {"most": Money(most, currency).formatted()}
        raise NotPossible(_("This is more than %(most)s.") % words, field=field)
    return amount.minor
