"""Files that may be the same customer's, side by side, for whoever may merge them."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.customers import access
from onhand.customers.contact_points import language_name
from onhand.customers.merging.duplicates import Side, Suggestion, open_suggestions
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of
from onhand.web.desk.customer_pages import customer_act_url, work_sections

PAGE = 50


@require_safe
@desk_view
def duplicates(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The open suggestions, the likeliest first, in pages."""
    actor.require(access.MERGE)
    score, last = number_of(request.GET.get("score")), number_of(request.GET.get("after"))
    after = (min(score, 100), last) if score is not None and last is not None else None
    found = open_suggestions(actor, after=after, limit=PAGE + 1)
    page = found[:PAGE]
    more = {"score": page[-1].score, "after": page[-1].id} if len(found) > PAGE else {}
    context = {
        "suggestions": [_suggestion(one) for one in page],
        "next_url": f"{address_of('desk:duplicates')}?{urlencode(more)}" if more else None,
        "work_sections": work_sections(actor),
        "column": "stream",
    }
    return render(request, "desk/duplicates.html", context)


def _suggestion(one: Suggestion) -> dict[str, Any]:
    first, second = one.first, one.second
    return {
        "id": one.id,
        "score": one.score,
        "reasons": one.reasons,
        "found_at": one.found_at,
        "sides": [_side(first), _side(second)],
        "acts": [
            _merge_link(first, second),
            _merge_link(second, first),
            {
                "label": _("Not the same"),
                "url": customer_act_url(first.id, "customers.dismiss_duplicate", duplicate=one.id),
                "about": f"{first.reference}, {second.reference}",
            },
        ],
    }


def _merge_link(survivor: Side, absorbed: Side) -> dict[str, str]:
    return {
        "label": _("Merge into %(reference)s") % {"reference": survivor.reference},
        "url": customer_act_url(survivor.id, "customers.merge_customer", other=absorbed.id),
        "about": f"{absorbed.reference}",
    }


def _side(one: Side) -> dict[str, Any]:
    return {
        "url": address_of("desk:customer", one.id),
        "name": one.name,
        "facts": [
            one.reference,
            ", ".join(part for part in (one.city, one.country) if part),
            language_name(one.language),
            _("since %(year)s") % {"year": one.customer_since.year},
        ],
    }
