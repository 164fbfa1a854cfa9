"""Products compared attribute by attribute."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from onhand.catalogue.models import Attribute, Product

MOST_COMPARED = 4
UNKNOWN = "–"


def compare(products: Sequence[Product]) -> list[tuple[str, list[str]]]:
    """What any of the products says of itself, a row each: its name, and each product's value in words, a dash where it says nothing."""
    attributes = {one.key: one for one in Attribute.objects.order_by("name")}
    rows = [
        (one.name, [shown_value(one, product.values.get(key)) for product in products])
        for key, one in attributes.items()
        if any(key in product.values for product in products)
    ]
    options = list(dict.fromkeys(name for product in products for name in product.options))
    rows += [
        (name, [_("to choose") if name in product.options else UNKNOWN for product in products]) for name in options
    ]
    months = [product.warranty_months for product in products]
    if any(months):
        rows.append((_("Warranty"), [_("%(months)s months") % {"months": one} if one else UNKNOWN for one in months]))
    return rows


def shown_value(attribute: Attribute, value: Any) -> str:
    """A value in words, with its unit."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool) or str(value) in ("yes", "no"):
        return _("Yes") if value in (True, "yes") else _("No")
    return f"{value} {attribute.unit}".strip()
