"""What subscriptions cost: by day, by tariff, by tiers, exact, and explained in words."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.billing.charging import NoTariffError, Terms, costs_of
from onhand.billing.cycles import cycle_of, cycles_between, month_on
from onhand.billing.explaining import explain
from onhand.billing.models import Charge, Tariff

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def tariff(**changes: Any) -> Tariff:
    told: dict[str, Any] = {
        "pk": 1,
        "number": 1,
        "from_day": date(2020, 1, 1),
        "currency": "EUR",
        "recurring_minor": 3100,
    }
    told |= {"included": Decimal(50), "tiers": [{"up_to": "100", "rate": "0.25"}, {"up_to": None, "rate": "0.2"}]}
    return Tariff(**told | changes)


def terms(*tariffs: Tariff, **changes: Any) -> Terms:
    told: dict[str, Any] = {
        "started_on": date(2025, 1, 1),
        "ended_on": None,
        "billing_day": 1,
        "discount_percent": Decimal(0),
    }
    return Terms(tariffs or (tariff(),), **told | changes)


def amounts(of: Terms, usage: dict[date, Decimal] | None = None, start: date = MARCH, end: date = APRIL) -> list[int]:
    return [one.amount.minor for one in costs_of(of, start, end, usage or {})]


def test_a_whole_month_costs_what_the_tariff_says_and_parts_go_by_day() -> None:
    assert amounts(terms()) == [3100]
    assert amounts(terms(started_on=date(2026, 3, 22))) == [1000]
    assert amounts(terms(ended_on=date(2026, 3, 10))) == [1000]
    assert amounts(terms(started_on=APRIL)) == []
    assert amounts(terms(discount_percent=Decimal(10))) == [2790]
    assert amounts(terms(billing_day=15)) == [1550, 1700], "14 of 28 days, 17 of 31"


def test_a_new_tariff_counts_from_its_day() -> None:
    new = tariff(pk=2, number=2, from_day=date(2026, 3, 22), recurring_minor=6200)
    found = costs_of(terms(tariff(), new), MARCH, APRIL, {})
    assert [(one.amount.minor, one.derivation["version"], one.derivation["days"]) for one in found] == [
        (2100, 1, 21),
        (2000, 2, 10),
    ]
    with pytest.raises(NoTariffError):
        costs_of(terms(tariff(from_day=date(2026, 3, 5))), MARCH, APRIL, {})


def test_usage_goes_by_tiers_above_what_is_included() -> None:
    assert amounts(terms(), {MARCH: Decimal(50)}) == [3100, 0]
    assert amounts(terms(), {MARCH: Decimal(100), date(2026, 3, 31): Decimal("150.5")}) == [3100, 2500 + 2010]
    assert amounts(terms(), {APRIL: Decimal(500)}) == [3100], "of another month"
    half = costs_of(terms(started_on=date(2026, 3, 17)), MARCH, APRIL, {date(2026, 3, 20): Decimal(100)})[1]
    assert half.derivation["included"] == "24.1935"
    assert half.derivation["tiers"] == [
        {"units": "48.3871", "rate": "0.25", "cost": "12.096775"},
        {"units": "27.4194", "rate": "0.2", "cost": "5.48388"},
    ]
    assert half.amount.minor == 1758


def test_a_charge_is_explained_by_what_is_stored_with_it() -> None:
    recurring, used = costs_of(
        terms(started_on=date(2026, 3, 22), discount_percent=Decimal(10)),
        MARCH,
        APRIL,
        {date(2026, 3, 23): Decimal(30)},
    )
    said = explain(Charge(kind="recurring", derivation=recurring.derivation, percent=Decimal(21), includes_tax=True))
    assert said == [
        "Tariff version 1, valid from Jan 1, 2020.",
        "A month costs €31.00.",
        "Charged for 10 of 31 days of the month: €10.00.",
        "Less 10 % discount: €1.00.",
        "21 % tax is in it.",
    ]
    said = explain(Charge(kind="usage", derivation=used.derivation, percent=Decimal(0)), "kWh")
    assert said[1:3] == ["Used: 30 kWh.", "Included for these days: 16.129 kWh."]
    assert said[3] == "13.871 kWh at 0.25 each: 3.46775."
    assert said[-1] == "Without tax."


def test_months_follow_one_another_whatever_the_day() -> None:
    assert month_on(date(2026, 1, 31), 1, 28) == date(2026, 2, 28)
    assert month_on(date(2026, 1, 15), -1, 20) == date(2025, 12, 20)
    assert cycle_of(date(2026, 3, 14), 15).start == date(2026, 2, 15)
    assert cycle_of(date(2026, 3, 15), 15).end == date(2026, 4, 15)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 500), st.integers(1, 28))
def test_every_day_is_charged_once(start: date, days: int, billing_day: int) -> None:
    end = start + timedelta(days=days)
    cycles = list(cycles_between(start, end, billing_day))
    assert cycles[0].start <= start < cycles[0].end
    assert all(one.end == following.start for one, following in pairwise(cycles))
    found = costs_of(terms(started_on=start, billing_day=billing_day), start, end, {})
    assert sum(one.span.days for one in found) == days
    whole = sum(Decimal(3100) * one.span.days / one.derivation["of_days"] for one in found)
    assert abs(sum(one.amount.minor for one in found) - whole) <= len(found)
