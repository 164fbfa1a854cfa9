"""Whether procedures were followed: figures by week and team, what is skipped, the contacts in which they were not, and one contact."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onhand.contacts.access import visible_contacts
from onhand.customers.enums import ChannelKind
from onhand.kernel.actor import Actor
from onhand.procedures import access
from onhand.procedures.figures import Figures, Tally, read_figures
from onhand.procedures.models import Followed, Procedure
from onhand.staff.access import visible_teams
from onhand.web.addresses import address_of
from onhand.web.procedures.following_drawing import draw_weeks
from onhand.web.procedures.following_words import checks_in_words, failed_in_words
from onhand.web.settings.access import for_actor, page_number

PERIODS = (4, 12, 26, 52)  # weeks
USUAL = 12
PAGE = 50
MOST_CHOICES = 200


@require_safe
@for_actor(access.VIEW)
def figures(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The share followed by procedure and week, drawn and as a table, by team; what is skipped; and where they were not followed."""
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked in {str(one) for one in PERIODS} else USUAL
    found = read_figures(actor, weeks=weeks, at=timezone.now())
    page, next_url, chosen = _not_followed(request, actor, found, weeks)
    context = {
        "title": _("Procedures followed"),
        "lead": _("Found out of the records of each contact that ended for a reason a procedure is meant for."),
        "periods": [
            (one, ngettext("%(num)s week", "%(num)s weeks", one) % {"num": one}, one == weeks) for one in PERIODS
        ],
        "procedures": [
            {
                "name": one.name,
                "all": _tally(one.all),
                "drawing": draw_weeks(one.weeks),
                "weeks": [(day, _tally(each)) for day, each in reversed(list(one.weeks.items()))],
            }
            for one in found.procedures
        ],
        "teams": [(name or _("No team"), _tally(each)) for name, each in found.teams],
        "skipped": found.skipped,
        "contacts": page,
        "next_url": next_url,
        **chosen,
    }
    return render(request, "procedures/followed.html", context)


def _tally(one: Tally) -> dict[str, Any]:
    share = "–" if one.share is None else _("%(share)s %%") % {"share": one.share}
    return {"checked": one.checked, "followed": one.followed, "share": share}


def _not_followed(
    request: HttpRequest, actor: Actor, found: Figures, weeks: int
) -> tuple[list[dict[str, Any]], str | None, dict[str, Any]]:
    """(a page of contacts, where the next one is, what can be chosen and is). One statement and one for each list to choose from."""
    asked = {name: page_number(request.GET.get(name)) for name in ("procedure", "team", "person")}
    rows = access.visible_followed(actor).filter(is_followed=False, week__gte=found.since)
    names = {"procedure": "procedure", "team": "team", "person": "representative_id"}
    rows = rows.filter(**{names[name]: number for name, number in asked.items() if number is not None})
    page = list(_after(rows, request.GET.get("after"))[: PAGE + 1])
    seen = set(visible_contacts(actor).filter(pk__in=[one.contact_id for one in page]).values_list("pk", flat=True))
    shown = [_row(one, one.contact_id in seen) for one in page[:PAGE]]
    kept = {name: number for name, number in {**asked, "weeks": weeks}.items() if number is not None}
    following = f"?{urlencode(kept | {'after': page[PAGE - 1].pk})}" if len(page) > PAGE else None
    person = next((one.representative_name for one in page), "") if asked["person"] is not None else ""
    return (
        shown,
        following,
        {
            "asked": asked,
            "choices": [
                ("procedure", _("Procedure"), list(Procedure.objects.order_by("name").values_list("pk", "name"))),
                (
                    "team",
                    _("Team"),
                    list(visible_teams(actor).order_by("name").values_list("pk", "name"))[:MOST_CHOICES],
                ),
            ],
            "person": person,
            "without_person": f"?{urlencode({name: number for name, number in kept.items() if name != 'person'})}",
            "weeks": weeks,
        },
    )


def _after(rows: QuerySet[Followed], after: str | None) -> QuerySet[Followed]:
    """From where the page before ended, the newest first."""
    last = rows.filter(pk=page_number(after) or 0).first()
    if last is not None:
        rows = rows.filter(ended_at__lte=last.ended_at).filter(
            Q(ended_at__lt=last.ended_at) | Q(ended_at=last.ended_at, pk__lt=last.pk)
        )
    return rows.select_related("procedure", "contact", "team").order_by("-ended_at", "-pk")


def _row(one: Followed, is_seen: bool) -> dict[str, Any]:
    channel = one.contact.channel
    return {
        "id": one.pk,
        "at": one.ended_at,
        "what": ChannelKind(channel).label if channel in ChannelKind else channel,
        "url": address_of("followed:contact", one.contact_id) if is_seen else "",
        "procedure": one.procedure.name,
        "person_id": one.representative_id,
        "person": one.representative_name,
        "team": one.team.name if one.team else "",
        "failed": failed_in_words(one.failed),
    }


@require_safe
@for_actor(access.VIEW)
def contact(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One contact with every check and what shows it: a page, or the panel on the contact's own."""
    found = visible_contacts(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    rows = access.visible_followed(actor).filter(contact=found).select_related("procedure").order_by("procedure__name")
    checked = [
        {"name": one.procedure.name, "number": one.number, "followed": one.is_followed, "checks": checks_in_words(one)}
        for one in rows
    ]
    context = {
        "title": _("Were the procedures followed?"),
        "checked": checked,
        "contact_url": address_of("desk:contact", found.pk),
        "has_ended": found.ended_at is not None,
    }
    as_panel = request.headers.get("HX-Request") == "true" and "panel" in request.GET
    return render(
        request, "procedures/followed_panel.html" if as_panel else "procedures/followed_contact.html", context
    )
