"""
What a subscription costs for some days, worked out without asking the database: the same for bills, for explaining them, and for what
they should have been. Each amount comes with how it came about, as plain values that are stored with the charge.

A month of an account is charged by day: days charged over days of the month. What is included, and the bounds of tiers, count for a
whole month and are shared out by day likewise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from onhand.billing.cycles import Span, cycles_between
from onhand.billing.enums import ChargeKind
from onhand.billing.models import Tariff
from onhand.kernel.money import Money

HUNDRED = Decimal(100)
UNITS = Decimal("0.0001")  # as exact as quantities are kept


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a subscription decides what it costs. `ended_on` is its last day."""

    tariffs: Sequence[Tariff]
    started_on: date
    ended_on: date | None
    billing_day: int
    discount_percent: Decimal


@dataclass(frozen=True, slots=True)
class Costs:
    """An amount for some days with how it came about; tax is in it where the tariff's prices include it."""

    kind: ChargeKind
    span: Span
    quantity: Decimal
    amount: Money
    includes_tax: bool
    derivation: dict[str, Any]


class NoTariffError(ValueError):
    """There is no price for a day on which something is subscribed to."""


def costs_of(terms: Terms, start: date, end: date, usage: Mapping[date, Decimal]) -> list[Costs]:
    """
    What is charged for the days from `start` until before `end`, month by month and tariff by tariff. `usage` is what was used, by day.

    :raises NoTariffError: no tariff holds on one of the days.
    """
    last = end if terms.ended_on is None else min(end, terms.ended_on + timedelta(days=1))
    first = max(start, terms.started_on)
    found: list[Costs] = []
    for cycle in cycles_between(first, last, terms.billing_day):
        for tariff, span in _by_tariff(terms.tariffs, cycle.within(first, last)):
            share = Decimal(span.days) / cycle.days
            common = {
                "tariff": tariff.pk,
                "version": tariff.number,
                "tariff_from": tariff.from_day.isoformat(),
                "days": span.days,
                "of_days": cycle.days,
                "includes_tax": tariff.includes_tax,
            }
            found += [
                one
                for one in (
                    _recurring(tariff, span, share, terms.discount_percent, common),
                    _usage(tariff, span, share, usage, common),
                )
                if one is not None
            ]
    return found


def _by_tariff(tariffs: Sequence[Tariff], span: Span) -> list[tuple[Tariff, Span]]:
    """The days in order with the tariff that holds on them."""
    held = sorted(tariffs, key=lambda one: one.from_day)
    parts = []
    for place, tariff in enumerate(held):
        until = held[place + 1].from_day if place + 1 < len(held) else date.max
        part = span.within(tariff.from_day, until)
        if part.days:
            parts.append((tariff, part))
    if sum(part.days for _tariff, part in parts) < span.days:
        raise NoTariffError(span.start.isoformat())
    return parts


def _recurring(
    tariff: Tariff, span: Span, share: Decimal, discount_percent: Decimal, common: Mapping[str, Any]
) -> Costs | None:
    if not tariff.recurring_minor:
        return None
    monthly = Money(tariff.recurring_minor, tariff.currency)
    before = monthly.times(span.days).divided_by(common["of_days"])
    discount = before.times(discount_percent / HUNDRED)
    derivation = dict(common) | {
        "monthly": monthly.as_json(),
        "prorated": before.as_json(),
        "discount_percent": f"{discount_percent.normalize():f}",
        "discount": discount.as_json(),
    }
    return Costs(ChargeKind.RECURRING, span, share.quantize(UNITS), before - discount, tariff.includes_tax, derivation)


def _usage(
    tariff: Tariff, span: Span, share: Decimal, usage: Mapping[date, Decimal], common: Mapping[str, Any]
) -> Costs | None:
    quantity = sum((used for day, used in usage.items() if span.start <= day < span.end), Decimal(0))
    if not quantity or not tariff.tiers:
        return None
    included = (tariff.included * share).quantize(UNITS)
    to_rate = max(Decimal(0), quantity - included)
    steps, total, at = [], Decimal(0), Decimal(0)
    for tier in tariff.tiers:
        bound = None if tier["up_to"] is None else (Decimal(tier["up_to"]) * share).quantize(UNITS)
        top = to_rate if bound is None else min(to_rate, bound)
        units = max(Decimal(0), top - at)
        if units:
            cost = units * Decimal(tier["rate"])
            steps.append({"units": f"{units.normalize():f}", "rate": tier["rate"], "cost": f"{cost.normalize():f}"})
            total += cost
            at = top
    minor = total.scaleb(get_currency_precision(tariff.currency))
    derivation = dict(common) | {
        "quantity": f"{quantity.normalize():f}",
        "included": f"{included.normalize():f}",
        "tiers": steps,
        "rated": f"{total.normalize():f}",
    }
    amount = Money(1, tariff.currency).times(minor)
    return Costs(ChargeKind.USAGE, span, quantity, amount, tariff.includes_tax, derivation)
