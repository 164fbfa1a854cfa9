"""Prices by list, group, day and number of pieces; taxes that lose and make no cent."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.catalogue.models import CustomerGroup, GroupMember, TaxRate
from onhand.catalogue.prices import prices_for, tax_rates
from onhand.catalogue.taxes import Taxable, rate_totals, tax_lines
from onhand.kernel.money import Money, MoneyError
from tests.catalogue.goods import TODAY, make_price, make_price_list, make_tax_class, make_variant
from tests.factories import make_customer


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def cost(variant: int, pieces: int = 1, *, who: int = 0, on: date = TODAY, currency: str = "EUR") -> int | None:
    (found,) = prices_for([(variant, pieces)], currency, customer_ids=[who], on=on)
    return None if found is None else found.amount.minor


@pytest.mark.django_db
def test_the_list_of_the_highest_rank_that_holds_says_the_price() -> None:
    lamp, ana = make_variant(), make_customer("Ana").pk
    assert cost(lamp.pk) is None
    make_price(lamp, 1000)
    assert cost(lamp.pk) == 1000
    assert cost(lamp.pk, currency="USD") is None
    make_price(lamp, 1100, make_price_list())
    assert cost(lamp.pk) == 1000, "among equals the lower price counts"
    sale = make_price_list(rank=5, from_day=date(2026, 3, 1), until_day=date(2026, 3, 31))
    make_price(lamp, 1200, sale)
    assert [
        cost(lamp.pk, on=day) for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1))
    ] == [*(1000, 1200, 1200, 1000)]
    staff = CustomerGroup.objects.create(name="Staff")
    make_price(lamp, 700, make_price_list(rank=9, group=staff))
    assert cost(lamp.pk, who=ana) == 1200
    GroupMember.objects.create(group=staff, customer_id=ana)
    assert cost(lamp.pk, who=ana) == 700


@pytest.mark.django_db
def test_many_pieces_cost_less_and_many_articles_are_one_statement(django_assert_num_queries: object) -> None:
    lamp, shade, bulb = make_variant(), make_variant(), make_variant()
    prices = make_price_list(includes_tax=False)
    make_price(lamp, 1000, prices)
    make_price(lamp, 900, prices, from_pieces=10)
    make_price(bulb, 150, prices)
    found = prices_for([(bulb.pk, 3), (lamp.pk, 9), (shade.pk, 1), (lamp.pk, 10)], "EUR", customer_ids=[], on=TODAY)
    assert [one and one.amount.minor for one in found] == [150, 1000, None, 900]
    assert found[0] is not None
    assert (found[0].includes_tax, found[0].list_name) == (False, prices.name)


@pytest.mark.django_db
def test_a_rate_holds_from_its_day_and_a_region_comes_before_its_country() -> None:
    usual = make_tax_class("21")
    TaxRate.objects.create(tax_class=usual, country="ES", from_day=date(2026, 7, 1), percent=Decimal("22.5"))
    TaxRate.objects.create(tax_class=usual, country="ES", region="CN", from_day=date(2020, 1, 1), percent=Decimal(7))
    assert tax_rates([usual.pk], country="ES", on=TODAY) == {usual.pk: Decimal(21)}
    assert tax_rates([usual.pk], country="ES", on=date(2026, 7, 1)) == {usual.pk: Decimal("22.5")}
    assert tax_rates([usual.pk], country="ES", region="CN", on=date(2026, 7, 1)) == {usual.pk: Decimal(7)}
    assert tax_rates([usual.pk], country="ES", region="PM", on=TODAY) == {usual.pk: Decimal(21)}
    assert tax_rates([usual.pk], country="FR", on=TODAY) == {}
    assert tax_rates([usual.pk], country="ES", on=date(2019, 1, 1)) == {}


def test_tax_is_rounded_once_a_rate() -> None:
    thirds = [Taxable(euro(33), Decimal(21), False)] * 3
    assert [line.tax.minor for line in tax_lines(thirds)] == [7, 7, 7]  # 20.79 is 21; a line alone has 6.93
    pennies = [Taxable(euro(2), Decimal(21), False)] * 10
    assert sum(line.tax.minor for line in tax_lines(pennies)) == 4  # each alone would have none
    included = tax_lines([Taxable(euro(12100), Decimal(21), True)])
    assert [(line.net.minor, line.tax.minor, line.gross.minor) for line in included] == [(10000, 2100, 12100)]
    with pytest.raises(MoneyError):
        tax_lines([Taxable(euro(1), Decimal(21), True), Taxable(Money(1, "USD"), Decimal(21), True)])


LINES = st.lists(
    st.builds(
        Taxable,
        st.integers(-(10**10), 10**10).map(euro),
        st.sampled_from([Decimal(0), Decimal("5.5"), Decimal(10), Decimal(21), Decimal("7.7")]),
        st.booleans(),
    ),
    max_size=12,
)


@given(LINES)
def test_no_cent_is_made_or_lost_between_lines_and_totals(lines: list[Taxable]) -> None:
    taxed = tax_lines(lines)
    for line, one in zip(lines, taxed, strict=True):
        assert (one.gross if line.includes_tax else one.net) == line.amount
        assert one.tax.minor == 0 or (one.tax.minor < 0) == (line.amount.minor < 0)
    totals = rate_totals(taxed)
    assert sum(one.net.minor + one.tax.minor for one in totals) == sum(one.gross.minor for one in taxed)
    groups = len({(line.percent, line.includes_tax, line.amount.minor < 0) for line in lines})
    for total in totals:
        exact = Decimal(total.net.minor) * total.percent / 100
        assert abs(Decimal(total.tax.minor) - exact) <= Decimal("0.61") * max(groups, 1)
