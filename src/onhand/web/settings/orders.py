"""Rules of orders, and those that wait for the rest of their money."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.kernel.actor import Actor
from onhand.orders import access
from onhand.orders.subjects import ORDER_RULES, RULE_LABELS
from onhand.orders.unpaid import partly_paid_orders
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links
from onhand.web.settings.goods import Rows, table
from onhand.web.settings.records import history
from onhand.web.templating import show_date

MOST = 50


@require_safe
@for_actor(access.SET_UP)
def orders(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How long orders wait for their money, and which were paid in part only."""
    rules = access.visible_rules(actor).get()
    rows: Rows = [
        {"id": one.pk, "url": address_of("orders:order", one.pk), "cells": [one.reference, show_date(one.placed_at)]}
        for one in partly_paid_orders(actor, timezone.now(), MOST)
    ]
    columns = [(_("Order"), ""), (_("Placed"), "soft")]
    context = {
        "title": _("Orders"),
        "facts": [(str(RULE_LABELS["days_to_pay"]), str(rules.days_to_pay or _("any number")))],
        "words": _(
            "What nobody paid in time is cancelled each night: its goods are free again, and a coupon can be used again."
        ),
        "acts": act_links(actor, ORDER_RULES, rules.pk),
        "sections": [
            table("partly", _("Paid in part and late"), columns, rows, _("None. They are not cancelled by themselves."))
        ],
        "history": history(actor, ORDER_RULES, rules.pk),
    }
    return render(request, "settings/goods.html", context)
