"""What can be done with teams and sites."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.staff import access, guards
from onhand.staff.models import Site, Team
from onhand.staff.subjects import SITE, TEAM

Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda place: place.name)]


@act(subject=SITE, creates=True, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Add a site"))
def add_site(
    *,
    run: Run,
    site_name: Name,
    time_zone: Annotated[str, Field(label=gettext_lazy("Time zone"), widget="time_zone", max_length=60)] = "UTC",
    is_partner: Annotated[
        bool,
        Field(
            label=gettext_lazy("Belongs to a partner company"),
            help=gettext_lazy("Its people see only their own site, whatever their role sees elsewhere."),
        ),
    ] = False,
) -> Site:
    """Add a place of the company, or a partner company that works for it."""

    guards.require_whole_company(run.actor)
    guards.require_time_zone(time_zone)
    _require_free(Site, site_name)
    return Site.objects.create(name=site_name, time_zone=time_zone, is_partner=is_partner)


@act(subject=SITE, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Change the site"))
def change_site(
    site: Site,
    *,
    run: Run,
    site_name: Name,
    time_zone: Annotated[
        str,
        Field(
            label=gettext_lazy("Time zone"), widget="time_zone", max_length=60, current=lambda place: place.time_zone
        ),
    ],
    is_partner: Annotated[
        bool, Field(label=gettext_lazy("Belongs to a partner company"), current=lambda place: place.is_partner)
    ] = False,
) -> None:
    """Change a site's name, time zone, and whether it belongs to a partner company."""

    guards.require_whole_company(run.actor)
    guards.require_time_zone(time_zone)
    _require_free(Site, site_name, of=site.pk)
    site.name = site_name
    site.time_zone = time_zone
    site.is_partner = is_partner
    with guards.keeping_an_administrator():
        site.save(update_fields=["name", "time_zone", "is_partner"])


@act(subject=TEAM, creates=True, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Add a team"))
def add_team(
    *,
    run: Run,
    team_name: Name,
    site: Annotated[int, Field(label=gettext_lazy("Site"), reference="staff.site")],
) -> Team:
    """Add a team at a site."""
    place = access.visible_sites(run.actor).filter(pk=site).first()
    if place is None:
        raise NotPossible(_("Choose one of the list."), field="site")
    _require_free(Team, team_name)
    return Team.objects.create(name=team_name, site=place)


@act(subject=TEAM, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Rename the team"))
def rename_team(team: Team, *, run: Run, team_name: Name) -> None:
    """Give the team another name."""
    _require_free(Team, team_name, of=team.pk)
    team.name = team_name
    team.save(update_fields=["name"])


def _require_free(model: type[Site] | type[Team], name: str, of: int | None = None) -> None:
    if model._default_manager.filter(name__iexact=name).exclude(pk=of or 0).exists():
        raise NotPossible(_("This name is taken."), field="team_name" if model is Team else "site_name")
