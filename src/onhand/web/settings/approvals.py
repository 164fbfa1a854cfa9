"""How long approvals wait, and who answers in whose place now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.approvals import access
from onhand.approvals.deputies import in_force
from onhand.approvals.models import ApprovalRules
from onhand.approvals.subjects import APPROVAL_RULES
from onhand.kernel.actor import Actor
from onhand.staff.access import visible_representatives
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links
from onhand.web.settings.goods import Rows, table
from onhand.web.settings.records import history
from onhand.web.templating import show_date

MOST = 100


@require_safe
@for_actor(access.SET_UP)
def approvals(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The times that count, and who is away with a deputy."""
    rules = access.visible_rules(actor).get()
    seen = visible_representatives(actor).values("pk")
    found = in_force(timezone.now()).filter(person__in=seen).select_related("person", "deputy")
    rows: Rows = [
        {"id": one.pk, "cells": [one.person.name, one.deputy.name, show_date(one.last_day), one.note]}
        for one in found[:MOST]
    ]
    columns = [(_("Away"), ""), (_("Deputy"), ""), (_("Until the end of"), "soft"), (_("Note"), "")]
    context = {
        "title": _("Approvals"),
        "facts": _facts(rules),
        "words": _(
            "What nobody answers goes to the next who may. In the last third of its time it comes before other work and goes to "
            "administrators too; then it ends, and who asked is told."
        ),
        "acts": act_links(actor, APPROVAL_RULES, rules.pk),
        "sections": [table("deputies", _("Deputies"), columns, rows, _("Nobody who is away has named a deputy."))],
        "history": history(actor, APPROVAL_RULES, rules.pk),
    }
    return render(request, "settings/goods.html", context)


def _facts(rules: ApprovalRules) -> list[tuple[str, str]]:
    waits = {"time": rules.waiting_minutes, "held": rules.held_minutes}
    later = {"time": rules.later_hours, "held": rules.held_later_minutes}
    return [
        (_("Customer waits"), _("%(time)s minutes; after %(held)s minutes the next gets it") % waits),
        (_("Otherwise"), _("%(time)s hours; after %(held)s minutes the next gets it") % later),
    ]
