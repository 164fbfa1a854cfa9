"""How a charge came about, in words: from what is stored with it, so that old bills are explained by what counted then."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, to_locale

from onhand.billing.enums import ChargeKind
from onhand.billing.models import Charge
from onhand.kernel.money import Money


def explain(charge: Charge, unit: str = "") -> list[str]:
    """Sentences, one a step, from the tariff to the amount. `unit` is what its quantities are counted in."""
    how = charge.derivation
    match charge.kind:
        case ChargeKind.RECURRING:
            said = _recurring(how)
        case ChargeKind.USAGE:
            said = _usage(how, unit)
        case ChargeKind.ADJUSTMENT:
            said = [*([str(how["reason"])] if how.get("reason") else []), *righting_words(how, unit)]
        case ChargeKind.BUDGET:
            said = [_("A fixed amount each month; what was really used is settled later.")]
        case _:
            said = [str(how["reason"])] if how.get("reason") else []
    return [*said, _tax(charge)]


def span_words(start: date, end: date) -> str:
    """Days from one until before another, such as 1 Mar 2026 to 31 Mar 2026."""
    last = end - timedelta(days=1)
    if last <= start:
        return day_words(start)
    return _("%(start)s to %(end)s") % {"start": day_words(start), "end": day_words(last)}


def day_words(day: date) -> str:
    """A day as the active language writes it."""
    return _day(day, translation.get_language() or "en")


@lru_cache(maxsize=2_000)
def _day(day: date, language: str) -> str:
    return str(format_date(day, format="medium", locale=Locale.parse(to_locale(language))))


def _tariff(how: Mapping[str, Any]) -> str:
    return _("Tariff version %(version)s, valid from %(day)s.") % {
        "version": how["version"],
        "day": day_words(date.fromisoformat(how["tariff_from"])),
    }


def _recurring(how: Mapping[str, Any]) -> list[str]:
    said = [_tariff(how), _("A month costs %(amount)s.") % {"amount": _money(how["monthly"])}]
    if how["days"] != how["of_days"]:
        said.append(
            ngettext(
                "Charged for %(days)s of %(of)s day of the month: %(amount)s.",
                "Charged for %(days)s of %(of)s days of the month: %(amount)s.",
                how["of_days"],
            )
            % {"days": how["days"], "of": how["of_days"], "amount": _money(how["prorated"])}
        )
    if Decimal(how["discount_percent"]):
        said.append(
            _("Less %(percent)s %% discount: %(amount)s.")
            % {"percent": _number(how["discount_percent"]), "amount": _money(how["discount"])}
        )
    return said


def _usage(how: Mapping[str, Any], unit: str) -> list[str]:
    said = [_tariff(how), _("Used: %(quantity)s.") % {"quantity": _counted(how["quantity"], unit)}]
    if Decimal(how["included"]):
        said.append(_("Included for these days: %(quantity)s.") % {"quantity": _counted(how["included"], unit)})
    for tier in how["tiers"]:
        said.append(
            _("%(quantity)s at %(rate)s each: %(cost)s.")
            % {
                "quantity": _counted(tier["units"], unit),
                "rate": _price(tier["rate"]),
                "cost": _price(tier["cost"]),
            }
        )
    if not how["tiers"]:
        said.append(_("All of it is included."))
    return said


def righting_words(how: Mapping[str, Any], unit: str = "") -> list[str]:
    """Sentences on what was put right, from its derivation: how what should have been charged comes about, and what was."""
    said: list[str] = []
    for cost in how.get("costs", ()):
        said += _recurring(cost) if cost["kind"] == ChargeKind.RECURRING else _usage(cost, unit)
        said.append(_("That makes %(amount)s.") % {"amount": _money(cost["amount"])})
    if "should" in how:
        said.append(
            _("It should have been %(should)s and was %(was)s.")
            % {"should": _money(how["should"]), "was": _money(how["was"])}
        )
    return said


def _tax(charge: Charge) -> str:
    percent = _number(f"{charge.percent.normalize():f}")
    if not charge.percent:
        return _("Without tax.")
    if charge.includes_tax:
        return _("%(percent)s %% tax is in it.") % {"percent": percent}
    return _("%(percent)s %% tax comes on top.") % {"percent": percent}


def _money(said: Mapping[str, Any]) -> str:
    return Money(said["minor"], said["currency"]).formatted()


def _number(said: str, places: str = "######") -> str:
    language = translation.get_language() or "en"
    return str(format_decimal(Decimal(said), format=f"#,##0.{places}", locale=Locale.parse(to_locale(language))))


def _price(said: str) -> str:
    return _number(said, "00####")


def _counted(said: str, unit: str) -> str:
    return f"{_number(said)} {unit}".strip()
