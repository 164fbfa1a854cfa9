"""The demo company's shop is what an honest one would be: everything has a price, a tax and options of its own; stock adds up."""

from datetime import timedelta

import pytest
from django.db.models import Sum

from onhand.catalogue.demo import create_demo_catalogue
from onhand.catalogue.finding import find_products
from onhand.catalogue.models import Price, Product, Stock, StockMove, Variant
from onhand.catalogue.prices import prices_for, tax_rates
from tests.catalogue.goods import NOW, TODAY


@pytest.mark.django_db
def test_fifty_products_in_twelve_variants_each_can_be_ordered() -> None:
    create_demo_catalogue(at=NOW)
    assert (Product.objects.count(), Variant.objects.count()) == (50, 600)
    wanted = [(pk, 1) for pk in Variant.objects.values_list("pk", flat=True)]
    for currency in ("EUR", "GBP"):
        found = prices_for(wanted, currency, customer_ids=[], on=TODAY)
        assert all(one is not None and one.includes_tax and one.amount.minor > 900 for one in found)
    classes = set(Product.objects.values_list("tax_class", flat=True))
    assert set(tax_rates(list(classes), country="GB", on=TODAY)) == classes
    assert Stock.objects.aggregate(Sum("on_hand")) == {
        "on_hand__sum": StockMove.objects.aggregate(Sum("pieces"))["pieces__sum"]
    }
    assert any(one.name == "Lumen Arc floor lamp" for one in find_products("arc lamp"))
    create_demo_catalogue(at=NOW + timedelta(days=1))
    assert Price.objects.count() == 2400
