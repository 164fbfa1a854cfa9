"""What a customer asks for on one day, done in the browser: ordered, sent elsewhere, exchanged, returned, put right, paid in parts."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.company import Person

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
Come = Callable[..., Person]


def confirm(page: "Page", seen: str, label: str) -> None:
    """Look at what would change, confirm it by the key, and see it done."""
    expect(page.locator(".act-preview")).to_contain_text(seen)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#act-panel")).to_contain_text(f"Done: {label}")


def begin(page: "Page", label: str) -> None:
    """Open the form of an act of this page."""
    page.locator("#file").get_by_role("link", name=label, exact=True).click()
    expect(page.locator("#act-panel")).to_contain_text(label)


def box(page: "Page", sku: str, column: str) -> "Locator":
    """A box of the row about an article."""
    return page.locator("#act-panel").get_by_label(re.compile(rf"\({sku}\).*: {column}$"))


def test_a_day_of_one_customer(person: Come, company: "list[Customer]") -> None:
    from onhand.kernel.money import Money
    from onhand.ledger.checks import find_faults
    from onhand.orders.models import Order, Return
    from onhand.payments.models import PaymentMethod
    from onhand.payments.stored import balance
    from tests.orders.shop import Shop, card_of, deliver, ship, variants

    shop, ana, now = Shop(), next(one for one in company if one.country == "ES"), timezone.now()
    card, gift = card_of(ana, 50_000), card_of(ana, 5_000)
    small, large, _cheap = variants(shop.kettle)
    chair = variants(shop.chair)[0]
    page = person("administrator").page

    # Ordered and paid, then sent elsewhere.
    page.goto(f"/desk/customers/{ana.pk}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("place an order")
    expect(page.locator("#palette-list [role=option]").first).to_contain_text("Place an order")
    page.keyboard.press("Enter")
    for row, variant in enumerate((small, chair), 1):
        page.get_by_role("combobox", name=f"Row {row}: Article").fill(variant.sku)
        page.get_by_role("option", name=variant.sku).click()
    page.get_by_label("Row 1: Payment method").select_option(str(card.pk))
    confirm(page, "140.00", "Place an order")
    order = Order.objects.get()
    assert (order.customer_id, order.gross_minor) == (ana.pk, 14_000)
    page.goto(f"/orders/{order.pk}/")
    page.locator("#order-acts").wait_for()
    page.keyboard.press("Control+k")
    page.keyboard.type("change where it goes")
    expect(page.locator("#palette-list [role=option]").first).to_contain_text("Change where it goes")
    expect(page.locator("#palette-list [role=option]").first).to_contain_text(order.reference)
    page.keyboard.press("Enter")
    expect(page.locator("#act-panel")).to_contain_text("Change where it goes")
    page.get_by_label("Street and number").fill("Calle Nueva 5")
    confirm(page, "Calle Nueva 5", "Change where it goes")
    expect(page.locator("#order-facts")).to_contain_text("Calle Nueva 5")

    # One line exchanged, the difference paid by a gift card.
    ship(order, at=now)
    deliver(order, at=timezone.now())
    page.goto(f"/orders/{order.pk}/")
    begin(page, "Agree an exchange")
    box(page, small.sku, "Pieces").fill("1")
    box(page, small.sku, "For").select_option(str(large.pk))
    page.get_by_label("Reason").select_option("does_not_fit")
    page.get_by_label("Difference paid by").select_option(str(gift.pk))
    confirm(page, "6.00", "Agree an exchange")
    kept = PaymentMethod.objects.select_related("card").get(pk=gift.pk).card
    assert kept is not None
    assert balance(kept) == Money(4400, "EUR")

    # The other returned: what was exchanged is no longer offered; label, then inspected and credited.
    page.keyboard.press("Escape")
    begin(page, "Agree a return")
    expect(box(page, small.sku, "Pieces")).to_have_count(0)
    box(page, chair.sku, "Pieces").fill("1")
    page.get_by_label("Reason").select_option("changed_mind")
    confirm(page, "100.00", "Agree a return")
    back = Return.objects.filter(order=order).latest("pk")
    page.goto(f"/orders/returns/{back.pk}/")
    expect(page.get_by_role("link", name="Label to print")).to_be_visible()
    begin(page, "Goods arrived")
    page.locator("#act-panel").get_by_label("Pieces").fill("1")
    confirm(page, "Arrived", "Goods arrived")
    page.keyboard.press("Escape")
    begin(page, "Look at the goods")
    page.locator("#act-panel").get_by_label("State").select_option("as_new")
    confirm(page, "100.00", "Look at the goods")

    # The dispute file shows it all, and the books are right.
    page.goto(f"/orders/{order.pk}/dispute/")
    for told in ("Placed", "Correos", "Credit note"):
        expect(page.locator("#stream")).to_contain_text(told)
    assert not list(find_faults())


def test_a_wrong_charge_is_put_right_and_the_rest_paid_in_parts(person: Come, company: "list[Customer]") -> None:
    from django.db import transaction

    from onhand.billing.billing_accounts import bill_accounts
    from onhand.billing.models import CustomerAccount, PaymentPlan
    from onhand.coupons.models import Coupon
    from onhand.invoicing.models import Document
    from onhand.ledger.checks import find_faults
    from onhand.payments.enums import ProviderKind
    from onhand.payments.models import PaymentLink
    from tests.billing.accounts import make_account, make_plan, make_subscription, make_tariff, use
    from tests.coupons.giving import make_campaign
    from tests.payments.money import make_provider

    ana, today = next(one for one in company if one.country == "ES"), timezone.localdate()
    start = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    plan = make_plan()
    make_tariff(plan)
    account = make_account(ana)
    subscription = make_subscription(account, plan, started_on=start, billed_until=start)
    use(subscription, "300", start + timedelta(days=3))
    CustomerAccount.objects.update(next_bill_on=today)
    with transaction.atomic():
        bill_accounts([account.pk], day=today, at=timezone.now())
    bill = Document.objects.get()
    campaign = make_campaign(from_day=today - timedelta(days=1), until_day=today + timedelta(days=9), minor=1000)
    page = person("administrator").page

    page.goto(f"/money/documents/{bill.pk}/")
    expect(page.locator("#stream")).to_contain_text("300")  # what was used, by which the charge came about
    page.goto(f"/money/subscriptions/{subscription.pk}/")
    page.locator("main").get_by_role("link", name="Put right what was billed").first.click()
    page.get_by_label("Billed from").fill(start.isoformat())
    page.get_by_label("Billed until before").fill(today.replace(day=1).isoformat())
    page.get_by_label("Reason").fill("Meter read wrong")
    page.get_by_label("Used in all these days, truly").fill("100")
    confirm(page, "42.50", "Put right what was billed")
    assert Document.objects.latest("pk").counters_id == bill.pk

    # What is left of the bill is asked for by a link, with the amount filled in; then there is nothing more to ask for.
    make_provider(ProviderKind.STRIPE)
    page.goto(f"/money/documents/{bill.pk}/")
    begin(page, "Ask for a payment by a link")
    expect(page.locator("#act-panel").get_by_label("Amount")).to_have_value("64.50")
    page.locator("#act-panel").get_by_label("Hours until it runs out").fill("12")
    confirm(page, bill.label, "Ask for a payment by a link")
    link = PaymentLink.objects.get()
    assert (link.minor, link.document_type, link.document_id) == (6450, "document", bill.pk)
    page.reload()
    expect(page.locator("#money-acts")).to_contain_text("Issue a credit note")
    expect(page.locator("#money-acts").get_by_role("link", name="Ask for a payment by a link")).to_have_count(0)

    page.goto(f"/money/accounts/{account.pk}/")
    begin(page, "Agree a payment plan")
    page.get_by_label("In how many parts").fill("3")
    page.get_by_label("First payment on").fill((today + timedelta(days=5)).isoformat())
    confirm(page, "21.50", "Agree a payment plan")
    assert PaymentPlan.objects.get().instalments.count() == 3

    page.goto(f"/desk/customers/{ana.pk}/acts/coupons.give_coupon/")
    page.get_by_label("Coupon", exact=True).select_option(str(campaign.pk))
    page.get_by_label("Reason").fill("It came late.")
    confirm(page, "10.00", "Give a coupon")
    code = Coupon.objects.get().code
    page.goto(f"/desk/customers/{ana.pk}/panels/coupons/")
    expect(page.locator("#panel-coupons")).to_contain_text(code)
    assert not list(find_faults())
