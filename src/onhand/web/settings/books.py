"""The company's books: the trial balance of a day, journals, checks, closed periods."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.kernel.records import Subject, record_access
from onhand.ledger import access
from onhand.ledger.journals import PAGE, Written, journal_lines, latest_journals
from onhand.ledger.models import BooksCheck, ClosedPeriod
from onhand.ledger.subjects import PERIOD
from onhand.ledger.totals import RoleTotal, trial_balance
from onhand.ledger.words import booked_words
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import creating_links
from onhand.web.settings.goods import Rows, table
from onhand.web.templating import show_date, show_datetime

SHOWN = 20


@require_safe
@for_actor(access.VIEW)
def books(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The trial balance as of a day (`on`; now without it), the latest journals, checks and closed periods."""
    asked = request.GET.get("on", "")
    day = _day(asked)
    error = _("That is no day. The balance is of now.") if asked and day is None else ""
    return _books(request, actor, day, error)


def _books(request: HttpRequest, actor: Actor, day: date | None, error: str, status: int = 200) -> HttpResponse:
    context = {
        "title": _("Books"),
        "day": day,
        "error": error,
        "balances": _balances(trial_balance(day)),
        "sections": [_journal_table(None, SHOWN), _checks(), _closed()],
        "new": next(iter(creating_links(actor, PERIOD)), None),
    }
    return render(request, "settings/books.html", context, status=status)


@require_safe
@for_actor(access.VIEW)
def journals(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """All journals, newest first, page by page."""
    before = page_number(request.GET.get("before"))
    return render(request, "settings/goods.html", {"title": _("Journals"), "sections": [_journal_table(before, PAGE)]})


@require_POST
@for_actor(access.VIEW)
def journals_file(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every entry of a span of days as CSV, sent as it is read. A post, as it leaves a record."""
    first, last = _day(request.POST.get("first", "")), _day(request.POST.get("last", ""))
    if first is None or last is None or last < first:
        return _books(request, actor, None, _("Give a first day, and a last day that is not before it."), status=422)
    span = f"{first.isoformat()} – {last.isoformat()}"
    record_access(
        actor=actor, subject=Subject("journal_export", None), page="ledger.export", reason=span, at=timezone.now()
    )
    lines = (line.encode() for line in journal_lines(first, last))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="journals-{first.isoformat()}-{last.isoformat()}.csv"'
    return cast("HttpResponse", answer)


def _day(text: str) -> date | None:
    try:
        return parse_date(text.strip())
    except ValueError:
        return None


def _balances(totals: Sequence[RoleTotal]) -> Iterator[dict[str, Any]]:
    """By currency: rows with a bar each, as long as its balance is large, and the sums of both sides."""
    for currency, found in groupby(totals, key=lambda one: one.currency):
        rows = list(found)
        largest = max((abs(one.balance) for one in rows), default=0)
        yield {
            "currency": currency,
            "rows": [
                {
                    "label": one.role.label,
                    "debit": Money(one.debit, currency).formatted(),
                    "credit": Money(one.credit, currency).formatted(),
                    "balance": Money(one.balance, currency).formatted(),
                    "share": round(100 * one.balance / largest) if largest else 0,
                }
                for one in rows
            ],
            "debit": Money(sum(one.debit for one in rows), currency).formatted(),
            "credit": Money(sum(one.credit for one in rows), currency).formatted(),
            "left": sum(one.balance for one in rows),
        }


def _journal_table(before: int | None, most: int) -> dict[str, Any]:
    found = latest_journals(before, most + 1)
    rows: Rows = [
        {
            "id": one.id,
            "url": None,
            "cells": [str(one.id), show_date(one.booked_on), booked_words(one.what), one.text, *_sides(one)],
        }
        for one in found[:most]
    ]
    columns = [
        *((_("Journal"), ""), (_("Day"), "soft"), (_("Kind"), "soft"), (_("Text"), "soft")),
        *((_("Debit"), ""), (_("Credit"), ""), (_("Amount"), "number")),
    ]
    following = f"{address_of('settings:journals')}?before={found[most - 1].id}" if len(found) > most else ""
    return table("journals", _("Journals"), columns, rows, _("Nothing was booked yet."), following)


def _sides(one: Written) -> list[str]:
    """The accounts of either side, and what was moved between them, by currency."""
    sides = [
        ", ".join(dict.fromkeys(str(role.label) for role, amount in one.entries if (amount.minor > 0) is wanted))
        for wanted in (True, False)
    ]
    moved: dict[str, Money] = {}
    for _role, amount in one.entries:
        if amount.minor > 0:
            moved[amount.currency] = moved.get(amount.currency, Money(0, amount.currency)) + amount
    return [*sides, " + ".join(amount.formatted() for amount in moved.values())]


def _checks() -> dict[str, Any]:
    rows: Rows = [
        {
            "id": one.pk,
            "url": None,
            "cells": [
                show_datetime(one.at),
                {"text": _("right"), "tone": "good"} if not one.fault_count else {"text": _("wrong"), "tone": "bad"},
                "; ".join(one.faults) or "–",
                one.journals,
                one.accounts,
            ],
        }
        for one in BooksCheck.objects.order_by("-at")[:SHOWN]
    ]
    columns = [
        *((_("Checked"), ""), (_("Result"), "soft"), (_("Found"), "soft")),
        *((_("Journals"), "number"), (_("Accounts"), "number")),
    ]
    return table("checks", _("Checks"), columns, rows, _("The books are checked every night."))


def _closed() -> dict[str, Any]:
    rows: Rows = [
        {
            "id": one.pk,
            "url": None,
            "cells": [show_date(one.last_day), show_datetime(one.closed_at), one.closed_by_name],
        }
        for one in ClosedPeriod.objects.all()[:SHOWN]
    ]
    columns = [(_("Closed up to"), ""), (_("When"), "soft"), (_("By"), "soft")]
    return table("closed", _("Closed periods"), columns, rows, _("No period is closed."))
