"""Identification: the company's rules, tries that failed, and the mails of the demo company."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.customers import access
from onhand.customers.demo_mailbox import demo_mails, has_demo_mailbox
from onhand.customers.enums import IdentificationWay
from onhand.customers.identification.checks import identification_rules
from onhand.customers.identification.code_carriers import all_carriers
from onhand.customers.identification.queries import MOST_FAILED, FailedTry, failed_tries
from onhand.customers.identification.subjects import IDENTIFICATION_RULES, RULE_LABELS
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links
from onhand.web.settings.records import history


@require_safe
@for_actor(access.SET_IDENTIFICATION)
def identification(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What customers are asked to be identified, and whether codes can be sent."""
    rules = identification_rules()
    carriers = [(str(one.label), one.why_not() or _("can be sent")) for one in all_carriers()]
    context = {
        "title": _("Identification"),
        "lead": _("What customers are asked, and how long they count as identified."),
        "facts": [(str(label), getattr(rules, name)) for name, label in RULE_LABELS.items()],
        "carriers": carriers,
        "acts": act_links(actor, IDENTIFICATION_RULES, rules.pk) if rules.pk else [],
        "history": history(actor, IDENTIFICATION_RULES, rules.pk) if rules.pk else [],
    }
    return render(request, "settings/identification.html", context)


@require_safe
@for_actor(access.END_LOCKOUT)
def failed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Tries to identify somebody that failed, the newest first."""
    tries = failed_tries(actor, before=page_number(request.GET.get("before")), limit=MOST_FAILED + 1)
    page = tries[:MOST_FAILED]
    context = {
        "title": _("Failed identifications"),
        "lead": _("Too many lock a customer for a while; the lock can be ended on the customer's page."),
        "columns": [
            (_("Customer"), ""),
            (_("When"), "soft"),
            (_("How"), "soft"),
            (_("By"), "soft"),
            (_("Counts until"), "soft"),
        ],
        "rows": [
            {"id": one.id, "url": address_of("desk:customer", one.customer_id), "tried": one, "cells": _cells(one)}
            for one in page
        ],
        "next_url": f"?before={page[-1].id}" if len(tries) > MOST_FAILED else None,
        "now": timezone.now(),
    }
    return render(request, "settings/failed_identifications.html", context)


def _cells(one: FailedTry) -> list[str]:
    return [f"{one.customer} · {one.reference}", str(dict(IdentificationWay.choices).get(one.way, one.way)), one.by]


@require_safe
@for_actor(access.READ_DEMO_MAIL)
def demo_mail(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """The mails of the demo company, which has no mail server."""
    context = {
        "title": _("Mail of the demo"),
        "lead": _("The demo company has no mail server: what it would send to its invented customers is shown here."),
        "mails": demo_mails() if has_demo_mailbox() else [],
        "is_demo": has_demo_mailbox(),
    }
    return render(request, "settings/demo_mail.html", context)
