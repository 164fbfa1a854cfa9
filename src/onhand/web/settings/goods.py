"""What the pages of the catalogue share: one page for a thing with its tables, and the words its cells are in."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from onhand.catalogue.models import Price, PriceList
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.web.settings.act_pages import act_links
from onhand.web.settings.records import history
from onhand.web.templating import show_date

Rows = list[dict[str, Any]]


def thing(
    request: HttpRequest, actor: Actor, subject: str, one: Any, *, but: Sequence[str] = (), **shown: Any
) -> HttpResponse:
    """The page of one thing: its facts, its tables (as `table` makes them), what may be done (`but` these), how it became so."""
    context = {
        "is_active": getattr(one, "is_active", True),
        "acts": act_links(actor, subject, one.pk, but=tuple(but)),
        "history": history(actor, subject, one.pk),
        "sections": shown.pop("tables"),
        **shown,
    }
    return render(request, "settings/goods.html", context)


def table(
    key: str, title: str, columns: Sequence[tuple[str, str]], rows: Rows, nothing: str, next_url: str = ""
) -> dict[str, Any]:
    """A table of such a page; `nothing` stands where it has no rows."""
    return {"key": key, "title": title, "columns": columns, "rows": rows, "nothing": nothing, "next_url": next_url}


def stock_columns() -> list[tuple[str, str]]:
    """The columns of how many are there."""
    return [(_("There"), "number"), (_("Reserved"), "number"), (_("Free"), "number"), (_("Shelf"), "soft")]


def money(price: Price, currency: str = "") -> str:
    """A price in words."""
    return Money(price.minor, currency or price.price_list.currency).formatted()


def validity(prices: PriceList) -> str:
    """When a price list holds, in words."""
    if prices.until_day is None:
        return _("from %(day)s") % {"day": show_date(prices.from_day)}
    return _("%(first)s to %(last)s") % {"first": show_date(prices.from_day), "last": show_date(prices.until_day)}


def use_words(is_active: bool) -> Any:
    """A badge where something is not in use any more."""
    return "" if is_active else {"text": _("not in use"), "tone": ""}
