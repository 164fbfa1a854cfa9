"""Payment providers, cash drawers, and statements of the company's bank."""

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError
from onhand.kernel.money import Money
from onhand.payments import access, drawers, subjects
from onhand.payments.bank.bringing_in import bring_in
from onhand.payments.bank.statements import LARGEST
from onhand.payments.enums import BankFormat, CountKind, LineState, ProviderKind
from onhand.payments.models import BankLine, DrawerCount
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.goods import Rows, table, thing, use_words
from onhand.web.templating import show_date, show_datetime

PAGE = 50


@require_safe
@for_actor(access.MANAGE)
def providers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every account with a payment provider."""
    context = {
        "title": _("Payment providers"),
        "lead": _(
            "Who carries payments out. Customers type in their cards on the provider's pages: nobody here sees them."
        ),
        "columns": [(_("Name"), ""), (_("Kind"), "soft"), ("", "")],
        "rows": [
            {
                "id": one.pk,
                "url": address_of("settings:payment_provider", one.pk),
                "cells": [one.name, ProviderKind(one.kind).label, use_words(one.is_active)],
            }
            for one in access.visible_providers(actor).order_by("name")
        ],
        "new": next(iter(creating_links(actor, subjects.PROVIDER)), None),
        "shown": "",
        "empty": {
            "title": _("No provider yet"),
            "words": _("Cash, the card terminal and bank transfers need none."),
            "icon": "act",
        },
    }
    return render(request, "settings/list.html", context)


@require_safe
@for_actor(access.MANAGE)
def provider(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One account: where its messages come to, and what still waits with it."""
    one = access.visible_providers(actor).filter(pk=pk).first()
    if one is None:
        raise Http404
    facts: list[tuple[str, str]] = [(_("Kind"), str(ProviderKind(one.kind).label))]
    if one.kind == ProviderKind.STRIPE:
        address = request.build_absolute_uri(address_of("payments:hook", one.hook))
        facts += [
            (_("Address for its messages"), address),
            (_("Secret key"), _("stored, locked") if one.api_key else _("missing")),
            (_("Signing secret of its messages"), _("stored, locked") if one.webhook_secret else _("missing")),
        ]
    if one.is_default:
        facts.append((_("Customers are asked by it"), _("yes")))
    return thing(request, actor, subjects.PROVIDER, one, title=one.name, facts=facts, tables=[])


@require_safe
@for_actor(access.DRAWER)
def drawers_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every cash drawer, with what is in it."""
    context = {
        "title": _("Cash drawers"),
        "lead": _("A drawer is counted when it is opened and closed; what differs is booked."),
        "columns": [(_("Name"), ""), (_("State"), ""), (_("In it"), "number"), ("", "")],
        "rows": [
            {
                "id": one.pk,
                "url": address_of("settings:drawer", one.pk),
                "cells": [
                    one.name,
                    {"text": _("open"), "tone": "good"} if one.is_open else {"text": _("closed"), "tone": ""},
                    drawers.content(one).formatted(),
                    use_words(one.is_active),
                ],
            }
            for one in access.visible_drawers(actor).order_by("name")
        ],
        "new": next(iter(creating_links(actor, subjects.DRAWER)), None),
        "shown": "",
        "empty": {"title": _("No drawers yet"), "words": _("Add one to take cash."), "icon": "act"},
    }
    return render(request, "settings/list.html", context)


@require_safe
@for_actor(access.DRAWER)
def drawer(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One drawer with its last counts."""
    one = access.visible_drawers(actor).filter(pk=pk).first()
    if one is None:
        raise Http404
    facts = [
        (_("State"), _("open") if one.is_open else _("closed")),
        (_("In it"), drawers.content(one).formatted()),
    ]
    if one.is_open and one.opened_at:
        facts.append((_("Opened"), f"{show_datetime(one.opened_at)}, {one.opened_by_name}"))
    rows: Rows = [_count_row(count, one.currency) for count in one.counts.order_by("-pk")[:PAGE]]
    columns = [
        *((_("When"), ""), (_("What"), "soft"), (_("Counted"), "number"), (_("Should be"), "number")),
        *((_("Difference"), "number"), (_("Reason"), "soft"), (_("By"), "soft")),
    ]
    counted = table("counts", _("Counts"), columns, rows, _("It was not counted yet."))
    return thing(request, actor, subjects.DRAWER, one, title=one.name, facts=facts, tables=[counted])


def _count_row(count: DrawerCount, currency: str) -> dict[str, object]:
    difference = count.counted_minor - count.expected_minor
    amounts = (count.counted_minor, count.expected_minor)
    return {
        "id": count.pk,
        "url": None,
        "cells": [
            show_datetime(count.at),
            CountKind(count.kind).label,
            *(Money(amount, currency).formatted() for amount in amounts),
            Money(difference, currency).formatted() if difference else "–",
            count.why or "–",
            count.by_name,
        ],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@for_actor(access.MANAGE)
def bank(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What nobody was found for, the statements brought in, and a place to bring another."""
    error = ""
    if request.method == "POST":
        given = request.FILES.get("file")
        if isinstance(given, UploadedFile):
            try:
                name, content = given.name or "", given.read(LARGEST + 1)
                one = bring_in(actor=actor, file_name=name, content=content, at=timezone.now())
                return HttpResponseRedirect(address_of("settings:bank_statement", one.pk))
            except ActError as refused:
                error = refused.message
        else:
            error = _("Choose a file first.")
    waiting = access.visible_lines(actor).filter(state=LineState.UNMATCHED).order_by("-booked_on", "-pk")
    context = {
        "title": _("Bank statements"),
        "error": error,
        "waiting": [_waiting(actor, line) for line in waiting[:PAGE]],
        "statements": [
            {"url": address_of("settings:bank_statement", one.pk), "one": one, "at": show_datetime(one.at)}
            for one in access.visible_imports(actor).defer("raw").order_by("-pk")[:PAGE]
        ],
    }
    return render(request, "settings/bank.html", context, status=422 if error else 200)


def _waiting(actor: Actor, line: BankLine) -> dict[str, object]:
    but = "payments.match_to_refund" if line.minor > 0 else "payments.match_to_customer"
    return {
        "id": line.pk,
        "day": show_date(line.booked_on),
        "amount": Money(line.minor, line.currency).formatted(),
        "name": line.name,
        "text": line.text,
        "acts": act_links(actor, subjects.LINE, line.pk, but=(but,)),
    }


@require_safe
@for_actor(access.MANAGE)
def bank_statement(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One statement with what became of its lines; further pages by key."""
    one = access.visible_imports(actor).defer("raw").filter(pk=pk).first()
    if one is None:
        raise Http404
    after = page_number(request.GET.get("after")) or 0
    page = list(one.lines.select_related("customer").filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    rows: Rows = [
        {
            "id": line.pk,
            "url": None,
            "cells": [
                show_date(line.booked_on),
                Money(line.minor, line.currency).formatted(),
                line.name or "–",
                line.text or "–",
                {"text": line.get_state_display(), "tone": "good" if line.state == LineState.MATCHED else "warn"},
                line.customer.name if line.customer else "–",
            ],
        }
        for line in page[:PAGE]
    ]
    columns = [
        *((_("Day"), ""), (_("Amount"), "number"), (_("Name"), ""), (_("Text"), "soft"), (_("State"), "")),
        (_("Customer"), ""),
    ]
    following = f"?after={page[PAGE - 1].pk}" if len(page) > PAGE else ""
    facts = [
        (_("Form"), BankFormat(one.format).label),
        (_("Account"), one.account or "–"),
        (_("Brought in"), f"{show_datetime(one.at)}, {one.by_name}"),
        (_("Known from another file"), str(one.known_count)),
    ]
    listed = table("lines", _("Lines"), columns, rows, _("All lines were known already."), following)
    return thing(request, actor, subjects.IMPORT, one, title=one.file_name, facts=facts, tables=[listed])
