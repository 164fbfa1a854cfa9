"""The limits of what may be given away: what each adds up over, and how far it is used."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onhand.guidelines import access
from onhand.guidelines.enums import Beyond, Per
from onhand.guidelines.limits import where_it_adds_up
from onhand.guidelines.models import Limit
from onhand.guidelines.queries import most_used
from onhand.guidelines.subjects import LIMIT
from onhand.kernel.actor import Actor
from onhand.kernel.days import company_day
from onhand.kernel.money import Money
from onhand.staff.queries import role_names
from onhand.web.guidelines.words import acts_in_words
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links, creating_links

PAGE = 50


@require_safe
@for_actor(access.VIEW)
def limits(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The limits in force by name, with how far each is used today; those that were ended below."""
    seen = access.visible_limits(actor).select_related("role", "representative").order_by("name", "pk")
    found = seen.filter(is_active=True)
    last = seen.filter(pk=page_number(request.GET.get("after")) or 0).first()
    if last:
        found = found.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    page = list(found[: PAGE + 1])
    today, roles = company_day(timezone.now()), role_names()
    context = {
        "title": _("Limits"),
        "lead": _(
            "What may be given away at most. What adds up counts from the first moment, also what was given before."
        ),
        "columns": [
            *((_("Name"), ""), (_("For"), ""), (_("Adds up over"), ""), (_("Most"), "number")),
            *((_("Used today at most"), "number"), (_("Beyond it"), "soft"), ("", "")),
        ],
        "rows": [_row(actor, one, roles) | {"used": _used(one, today)} for one in page[:PAGE]],
        "ended": [] if last else [_row(actor, one, roles) for one in seen.filter(is_active=False)[:PAGE]],
        "next_url": f"?after={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        "new": creating_links(actor, LIMIT),
    }
    return render(request, "guidelines/limits.html", context)


def _row(actor: Actor, one: Limit, roles: dict[str, str]) -> dict[str, Any]:
    who = one.representative.name if one.representative else str(_(one.role.name)) if one.role else _("everybody")
    asked = ", ".join(roles.get(key, key) for key in one.approvers)
    beyond = Beyond(one.beyond)
    but = ("guidelines.renew_limit",) if one.is_active else ("guidelines.end_limit",)
    return {
        "limit": one,
        "who": who,
        "acts": acts_in_words(tuple(one.acts)) or _("all acts that give something away"),
        "adds_up": str(Per.ACT.label) if one.per == Per.ACT else where_it_adds_up(one),
        "most": _most(one),
        "beyond": f"{beyond.label}: {asked}" if asked and beyond is Beyond.ASK else beyond.label,
        "acts_on_it": act_links(actor, LIMIT, one.pk, but),
    }


def _most(one: Limit) -> list[str]:
    said = [Money(minor, currency).formatted() for currency, minor in sorted((one.most or {}).items())]
    if one.most_times is not None:
        said.append(ngettext("%(count)s time", "%(count)s times", one.most_times) % {"count": one.most_times})
    if one.most_percent is not None:
        said.append(_("%(share)s %% of the order") % {"share": f"{one.most_percent / 100:g}"})
    return said


def _used(one: Limit, today: Any) -> list[str]:
    """How far it is used by whoever used most of it, in words."""
    if one.per == Per.ACT:
        return []
    said = []
    for used in most_used(one, today):
        words = Money(used.minor, used.currency).formatted() if used.currency else ""
        most = (one.most or {}).get(used.currency)
        if words and most:
            words = _("%(used)s (%(share)s %%)") % {"used": words, "share": used.minor * 100 // most}
        if not words or one.most_times is not None:
            times = ngettext("%(count)s time", "%(count)s times", used.times) % {"count": used.times}
            words = f"{words}, {times}" if words else times
        said.append(words if used.is_whole else _("%(used)s or more") % {"used": words})
    return said
