"""Who may see and do what with staff, settings and records."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission
from onhand.staff.models import LicenceKind, Representative, Role, Site, Skill, Team

OWN_ACCOUNT = permission("staff.own_account", _("Change own preferences"))
VIEW = permission("staff.view", _("See colleagues, teams and sites"))
MANAGE_PEOPLE = permission("staff.manage_people", _("Invite, change and deactivate people; set up teams and sites"))
MANAGE_ROLES = permission("staff.manage_roles", _("Change roles: permissions, visibility and limits"))
MANAGE_ABILITIES = permission(
    "staff.manage_abilities", _("Set up skills and licences, and say what people can and may")
)
MANAGE_TOKENS = permission("staff.manage_tokens", _("Create and revoke API tokens"))
VIEW_EVENTS = permission("settings.view_events", _("See waiting, failing and parked event deliveries"))
VIEW_STATUS = permission("settings.view_status", _("See the state of the installation"))
VIEW_RECORDS = permission("records.view", _("Search the records of acts and of opened files"))

ADMINISTERS = frozenset({MANAGE_PEOPLE, MANAGE_ROLES})  # who holds both, for the whole company, is an administrator

_WIDTH = {Visibility.OWN: 0, Visibility.TEAM: 1, Visibility.SITE: 2, Visibility.ALL: 3}


def is_wider(visibility: str, than: Visibility) -> bool:
    """Whether a visibility shows more of the company than another."""
    return _WIDTH[Visibility(visibility)] > _WIDTH[than]


def visible_representatives(actor: Actor) -> QuerySet[Representative]:
    """The people this actor may see: oneself always, colleagues by visibility."""
    everyone = Representative.objects.all()
    if actor.visibility is Visibility.ALL and actor.may(VIEW):
        return everyone
    seen = Q(pk=actor.id)
    if actor.may(VIEW):
        in_teams = Representative.teams.through.objects.all()
        at_sites = Representative.sites.through.objects.filter(site__in=actor.site_ids)
        match actor.visibility:
            case Visibility.SITE:
                in_teams = in_teams.filter(team__site__in=actor.site_ids)
                seen |= Q(pk__in=at_sites.values("representative")) | Q(pk__in=in_teams.values("representative"))
            case Visibility.TEAM:
                in_teams = in_teams.filter(team__in=actor.team_ids)
                seen |= Q(pk__in=in_teams.values("representative"))
    return everyone.filter(seen)


def visible_sites(actor: Actor) -> QuerySet[Site]:
    """The sites this actor may see: all, or their own."""
    if not actor.may(VIEW):
        return Site.objects.none()
    return Site.objects.all() if actor.visibility is Visibility.ALL else Site.objects.filter(pk__in=actor.site_ids)


def visible_teams(actor: Actor) -> QuerySet[Team]:
    """The teams this actor may see: all, those of their sites, or their own."""
    if not actor.may(VIEW):
        return Team.objects.none()
    match actor.visibility:
        case Visibility.ALL:
            return Team.objects.all()
        case Visibility.SITE:
            return Team.objects.filter(site__in=actor.site_ids)
        case _:
            return Team.objects.filter(pk__in=actor.team_ids)


def visible_roles(actor: Actor) -> QuerySet[Role]:
    """The roles; they are the same for the whole company."""
    return Role.objects.all() if actor.may(VIEW) else Role.objects.none()


def visible_skills(actor: Actor) -> QuerySet[Skill]:
    """The skills; they are the same for the whole company."""
    return Skill.objects.all() if actor.may(VIEW) else Skill.objects.none()


def visible_licence_kinds(actor: Actor) -> QuerySet[LicenceKind]:
    """The kinds of licences; they are the same for the whole company."""
    return LicenceKind.objects.all() if actor.may(VIEW) else LicenceKind.objects.none()
