"""Roles, representatives, teams and sites as subjects of acts, and what arguments may refer to."""

from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.staff import ability_subjects as _abilities  # noqa: F401  (registers skills and kinds of licences)
from onhand.staff import access
from onhand.staff.models import ApiToken, Representative, Role, Site, Team

REPRESENTATIVE, ROLE, TEAM, SITE = "representative", "role", "team", "site"

# The days of a validity, where there are any: " (2026-01-01 – 2026-12-31)".
_DAYS = """case when l.valid_from is null and l.valid_until is null then ''
  else ' (' || coalesce(l.valid_from::text || ' ', '') || '–' || coalesce(' ' || l.valid_until::text, '') || ')' end"""
_PERSON = f"""
select r.name, r.email, r.kind, o.key, r.visibility, r.is_active, r.language, r.theme, r.text_size, r.time_zone,
  array(select s.name from staff_representative_sites l join staff_site s on s.id = l.site_id
        where l.representative_id = r.id order by 1),
  array(select t.name from staff_representative_teams l join staff_team t on t.id = l.team_id
        where l.representative_id = r.id order by 1),
  array(select s.name || ' ' || l.level || {_DAYS} from staff_skilllevel l join staff_skill s on s.id = l.skill_id
        where l.representative_id = r.id order by 1),
  array(select l.language || ' ' || l.level || {_DAYS} from staff_languagelevel l where l.representative_id = r.id order by 1),
  array(select concat_ws(' · ', k.name, l.jurisdiction, l.number, nullif(l.proof, '')) || {_DAYS}
        from staff_licence l join staff_licencekind k on k.id = l.kind_id where l.representative_id = r.id order by 1)
from staff_representative r join staff_role o on o.id = r.role_id where r.id = %s
"""  # noqa: S608  (our own text)
_PERSON_KEYS = (
    *("name", "email", "kind", "role", "visibility", "active", "language", "theme", "text_size", "time_zone"),
    *("sites", "teams", "skills", "languages", "licences"),
)


def snapshot_representative(representative: Representative) -> dict[str, Any]:
    """Everything acts change on a representative, in one statement; never a password."""
    with connection.cursor() as cursor:
        cursor.execute(_PERSON, [representative.pk])
        return dict(zip(_PERSON_KEYS, cursor.fetchone(), strict=True))


def snapshot_role(role: Role) -> dict[str, Any]:
    """What a role allows."""
    return {
        "key": role.key,
        "name": role.name,
        "permissions": sorted(role.permissions),
        "visibility": role.visibility,
        "limits": role.limits,
    }


def snapshot_team(team: Team) -> dict[str, Any]:
    """A team and its site."""
    return {"name": team.name, "site": team.site.name}


def snapshot_site(site: Site) -> dict[str, Any]:
    """A site."""
    return {"name": site.name, "partner": site.is_partner, "time_zone": site.time_zone}


register_subject(
    SubjectType(
        name=REPRESENTATIVE,
        label=_("Person"),
        model=Representative,
        visible=access.visible_representatives,
        snapshot=snapshot_representative,
        title=lambda representative: representative.name,
        page=lambda pk: f"/settings/people/{pk}/",
        change_labels={
            "name": _("Name"),
            "email": _("E-mail address"),
            "kind": _("Kind"),
            "role": _("Role"),
            "visibility": _("Visibility"),
            "active": _("Active"),
            "language": _("Language"),
            "theme": _("Colours"),
            "text_size": _("Text size"),
            "time_zone": _("Time zone"),
            "sites": _("Sites"),
            "teams": _("Teams"),
            "skills": _("Skills"),
            "languages": _("Languages served in"),
            "licences": _("Licences"),
            "token": _("API token"),
            "sign_in_link": _("Sign-in link"),
            "two_factor": _("Second factors"),
        },
    )
)
register_subject(
    SubjectType(
        name=ROLE,
        label=_("Role"),
        model=Role,
        visible=access.visible_roles,
        snapshot=snapshot_role,
        title=lambda role: role.name,
        page=lambda pk: f"/settings/roles/{pk}/",
        change_labels={
            "key": _("Key"),
            "name": _("Name"),
            "permissions": _("Permissions"),
            "visibility": _("Visibility"),
            "limits": _("Limits"),
            "left_out": _("Left out"),
        },
    )
)
register_subject(
    SubjectType(
        name=TEAM,
        label=_("Team"),
        model=Team,
        visible=lambda actor: access.visible_teams(actor).select_related("site"),
        snapshot=snapshot_team,
        title=lambda team: team.name,
        page=lambda pk: f"/settings/places/#team-{pk}",
        change_labels={"name": _("Name"), "site": _("Site")},
    )
)
register_subject(
    SubjectType(
        name=SITE,
        label=_("Site"),
        model=Site,
        visible=access.visible_sites,
        snapshot=snapshot_site,
        title=lambda site: site.name,
        page=lambda pk: f"/settings/places/#site-{pk}",
        change_labels={"name": _("Name"), "partner": _("Partner company"), "time_zone": _("Time zone")},
    )
)


def _role_options(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = access.visible_roles(actor).filter(name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:20]]


def _site_options(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = access.visible_sites(actor).filter(name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:20]]


def _token_options(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    if subject_id != actor.id and not actor.may(access.MANAGE_PEOPLE):
        return []
    found = ApiToken.objects.filter(
        representative__in=access.visible_representatives(actor),
        representative=subject_id,
        revoked_at=None,
        expires_at__gt=timezone.now(),
        name__icontains=typed,
    ).order_by("pk")
    return [Option(token.pk, f"{token.name} ({token.prefix}…)") for token in found[:20]]


register_reference(ReferenceType(name="staff.role", options=_role_options, is_short=True))
register_reference(ReferenceType(name="staff.site", options=_site_options, is_short=True))
register_reference(ReferenceType(name="staff.token", options=_token_options, is_short=True))
