"""Teams and sites."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.kernel.actor import Actor
from onhand.staff import access
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links, creating_links


@require_safe
@for_actor(access.VIEW)
def places(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every site this actor sees, with its teams."""
    teams = access.visible_teams(actor).annotate(
        people=Count("representatives", filter=Q(representatives__is_active=True))
    )
    by_site: dict[int, list[object]] = {}
    for team in teams.order_by("name"):
        by_site.setdefault(team.site_id, []).append({"team": team, "acts": act_links(actor, "team", team.pk)})
    sites = [
        {"site": site, "acts": act_links(actor, "site", site.pk), "teams": by_site.get(site.pk, [])}
        for site in access.visible_sites(actor).order_by("name")
    ]
    context = {
        "title": _("Teams and sites"),
        "sites": sites,
        "new": [*creating_links(actor, "site"), *creating_links(actor, "team")],
    }
    return render(request, "settings/places.html", context)
