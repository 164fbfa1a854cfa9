"""In which currency the box beside an amount opens."""

import pytest
from django.test import Client
from django.urls import reverse

from onhand.catalogue.models import PriceList
from onhand.invoicing.models import CompanyDetails
from onhand.kernel.acts import get_act
from onhand.orders.models import Order
from onhand.web.act_forms import field_views
from onhand.web.currencies import company_currency, usual_currency
from tests.catalogue.goods import make_price_list
from tests.factories import make_actor, make_customer
from tests.factories.staff import make_person
from tests.orders.shop import NOON, Shop, account_of, buyer, place, variants

pytestmark = pytest.mark.django_db


def test_the_company_means_its_countrys_currency_if_it_has_prices_in_it() -> None:
    assert company_currency() == "EUR"  # nothing is said
    CompanyDetails.objects.update(country="GB")
    assert company_currency() == "GBP"
    make_price_list(currency="CHF")
    assert company_currency() == "CHF"
    make_price_list(currency="GBP")
    assert company_currency() == "GBP"


def test_a_customer_means_that_of_their_country_and_an_order_its_own() -> None:
    CompanyDetails.objects.update(country="GB")
    make_price_list(currency="GBP")
    make_price_list(currency="CHF")
    assert usual_currency("customer", make_customer(country="CH").pk) == "CHF"
    assert usual_currency("customer", make_customer(country="JP").pk) == "GBP"
    assert usual_currency("customer", make_customer().pk) == "GBP"
    assert usual_currency("customer", 10**9) == usual_currency("drawer", 1) == usual_currency("order", None) == "GBP"
    order = Order.objects.create(reference="A-1", customer=make_customer(), currency="SEK", placed_at=NOON)
    assert usual_currency("order", order.pk) == "SEK"


def test_forms_open_with_it() -> None:
    ana = buyer()
    order = place(ana, [(variants(Shop().chair)[0], 1)], account_of(ana))
    PriceList.objects.update(currency="CHF")
    CompanyDetails.objects.update(country="CH")
    (amount,) = (one for one in field_views(get_act("orders.add_goodwill"), make_actor(), order.pk) if one.currencies)
    assert amount.usual_currency == "EUR"
    client = Client()
    client.force_login(make_person("administrator"))
    shown = client.get(reverse("desk:act", args=["orders.add_goodwill", order.pk])).content.decode()
    assert "<option selected>EUR</option>" in shown
    shown = client.get(reverse("settings:new", args=["coupon_campaign", "coupons.add_campaign"]))
    assert "<option selected>CHF</option>" in shown.content.decode()
