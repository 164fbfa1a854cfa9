"""What can be done with the people who work here. Roles, places and tokens have files of their own beside this one."""

from collections.abc import Iterable
from typing import Annotated

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.actor import Visibility
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.staff import access, guards
from onhand.staff.abilities import tell_router
from onhand.staff.enums import Language, RepresentativeKind, Theme, VisibilityChoice
from onhand.staff.models import Representative, Role, Site, Team
from onhand.staff.operations import end_sessions, new_representative, revoke_tokens, sign_in_link
from onhand.staff.queries import site_options, team_options
from onhand.staff.subjects import REPRESENTATIVE

Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=150, current=lambda r: r.name)]
Email = Annotated[
    str, Field(label=gettext_lazy("E-mail address"), widget="email", max_length=254, current=lambda r: r.email)
]
RoleId = Annotated[
    int, Field(label=gettext_lazy("Role"), reference="staff.role", current=lambda r: r.role_id if r else None)
]
TimeZone = Annotated[
    str, Field(label=gettext_lazy("Time zone"), widget="time_zone", max_length=60, current=lambda r: r.time_zone)
]
Sites = Annotated[
    list[int],
    Field(
        label=gettext_lazy("Sites"),
        options=site_options,
        current=lambda r: list(r.sites.values_list("pk", flat=True)),
    ),
]
Teams = Annotated[
    list[int],
    Field(
        label=gettext_lazy("Teams"),
        options=team_options,
        current=lambda r: list(r.teams.values_list("pk", flat=True)),
    ),
]


@act(
    subject=REPRESENTATIVE,
    creates=True,
    permission=access.MANAGE_PEOPLE,
    label=gettext_lazy("Invite a person"),
)
def invite_representative(
    *,
    run: Run,
    full_name: Name,
    email: Email,
    role: RoleId,
    kind: Annotated[RepresentativeKind, Field(label=gettext_lazy("Kind"))] = RepresentativeKind.PERSON,
    language: Annotated[Language, Field(label=gettext_lazy("Language"))] = Language.ENGLISH,
    time_zone: TimeZone = "UTC",
    sites: Sites = [],  # noqa: B006  (never changed)
    teams: Teams = [],  # noqa: B006
) -> Representative:
    """Take on a person, a service account or an AI representative. A person then gets a sign-in link to set a password."""
    chosen = _role(run, role)
    _require_email(email)
    guards.require_time_zone(time_zone)
    if not sites and not teams and run.actor.visibility is not Visibility.ALL and not guards.is_system(run.actor):
        raise NotPossible(_("Choose a site or a team, or you would not see this person."), field="sites")
    representative = new_representative(
        name=full_name, email=email, role=chosen, kind=kind, language=language, time_zone=time_zone, at=run.at
    )
    _set_places(run, representative, sites=sites, teams=teams)
    return representative


@act(subject=REPRESENTATIVE, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Change name or e-mail address"))
def change_person(representative: Representative, *, run: Run, full_name: Name, email: Email) -> None:
    """Change the name colleagues see, or the e-mail address this person signs in with."""
    from allauth.account.models import EmailAddress

    guards.require_reach_over(run.actor, representative)
    guards.require_whole_role(run.actor, representative)
    _require_email(email, of=representative)
    representative.name = full_name
    if representative.email != email.lower():
        representative.email = email.lower()
        EmailAddress.objects.filter(user=representative).delete()  # or the old address would still sign in
    representative.save(update_fields=["name", "email"])


@act(subject=REPRESENTATIVE, permission=access.OWN_ACCOUNT, label=gettext_lazy("Change own preferences"))
def change_preferences(
    representative: Representative,
    *,
    run: Run,
    language: Annotated[Language, Field(label=gettext_lazy("Language"), current=lambda r: r.language)],
    theme: Annotated[Theme, Field(label=gettext_lazy("Colours"), current=lambda r: r.theme)],
    text_size: Annotated[
        int,
        Field(
            label=gettext_lazy("Text size in per cent"),
            help=gettext_lazy("From 100 to 200."),
            current=lambda r: r.text_size,
        ),
    ],
    time_zone: TimeZone,
) -> None:
    """Change how the desk looks to you: language, colours, size of text and time zone."""
    if representative.pk != run.actor.id:
        raise NotPossible(_("Everybody chooses for themselves how their desk looks."))
    if not 100 <= text_size <= 200:
        raise NotPossible(_("Give a size from 100 to 200."), field="text_size")
    guards.require_time_zone(time_zone)
    representative.language = language
    representative.theme = theme
    representative.text_size = text_size
    representative.time_zone = time_zone
    representative.save(update_fields=["language", "theme", "text_size", "time_zone"])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Change the role"))
def change_role(
    representative: Representative,
    *,
    run: Run,
    role: RoleId,
    visibility: Annotated[
        VisibilityChoice | None,
        Field(
            label=gettext_lazy("Visibility"),
            help=gettext_lazy("Leave empty to see what the role sees."),
            current=lambda r: r.visibility,
        ),
    ] = None,
) -> None:
    """Give the person another role, and with it other permissions. Open sessions have it with their next click."""
    guards.require_reach_over(run.actor, representative)
    chosen = _role(run, role)
    if visibility and not guards.is_system(run.actor) and access.is_wider(visibility, run.actor.visibility):
        raise NotPossible(_("You cannot let somebody see more than you see."), field="visibility")
    representative.role = chosen
    representative.visibility = visibility or ""
    with guards.keeping_an_administrator():
        representative.save(update_fields=["role", "visibility"])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Change sites and teams"))
def change_places(
    representative: Representative,
    *,
    run: Run,
    sites: Sites = [],  # noqa: B006
    teams: Teams = [],  # noqa: B006
) -> None:
    """Change the sites and teams the person belongs to."""
    guards.require_reach_over(run.actor, representative)
    with guards.keeping_an_administrator():
        _set_places(run, representative, sites=sites, teams=teams)
    tell_router([representative.pk])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Deactivate"))
def deactivate(representative: Representative, *, run: Run) -> None:
    """Shut the person out: sessions and API tokens end at once. Everything they did stays on record."""
    guards.require_reach_over(run.actor, representative)
    if not representative.is_active:
        raise NotPossible(_("This person is not active already."))
    representative.is_active = False
    with guards.keeping_an_administrator():
        representative.save(update_fields=["is_active"])
    run.changed("sessions_ended", after=end_sessions(representative.pk))
    run.changed("tokens_revoked", after=revoke_tokens(representative.pk, at=run.at))
    tell_router([representative.pk])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Reactivate"))
def reactivate(representative: Representative, *, run: Run) -> None:
    """Let the person in again, with the same role and password. API tokens stay revoked."""
    guards.require_reach_over(run.actor, representative)
    if representative.is_active:
        raise NotPossible(_("This person is active already."))
    representative.is_active = True
    representative.save(update_fields=["is_active"])
    tell_router([representative.pk])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Make a sign-in link"))
def make_sign_in_link(representative: Representative, *, run: Run) -> None:
    """Make a link with which the person sets a password, once, within three days. Hand it over by a way you trust."""
    guards.require_reach_over(run.actor, representative)
    guards.require_whole_role(run.actor, representative)
    if not representative.is_active or representative.kind != RepresentativeKind.PERSON:
        raise NotPossible(_("Only an active person can sign in."))
    run.show_once("link", sign_in_link(representative))
    run.changed("sign_in_link", after=_("made"))


@act(subject=REPRESENTATIVE, permission=access.MANAGE_PEOPLE, label=gettext_lazy("End all sessions"), only_adds=True)
def end_all_sessions(representative: Representative, *, run: Run) -> None:
    """Sign the person out everywhere, for example when a device was lost."""
    guards.require_reach_over(run.actor, representative)
    run.changed("sessions_ended", after=end_sessions(representative.pk))


@act(subject=REPRESENTATIVE, permission=access.MANAGE_PEOPLE, label=gettext_lazy("Remove second factors"))
def remove_second_factors(representative: Representative, *, run: Run) -> None:
    """Remove authenticator app, recovery codes and passkeys of a person who lost them, and sign them out everywhere."""
    from allauth.mfa.models import Authenticator

    guards.require_reach_over(run.actor, representative)
    guards.require_whole_role(run.actor, representative)
    removed, _details = Authenticator.objects.filter(user=representative).delete()
    if not removed:
        raise NotPossible(_("This person has no second factor."))
    run.changed("two_factor", after=0, before=removed)
    end_sessions(representative.pk)


def _require_email(email: str, of: AbstractBaseUser | None = None) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise NotPossible(_("Give an e-mail address such as ana@example.com."), field="email") from None
    others = Representative.objects.filter(email__iexact=email)
    if (others.exclude(pk=of.pk) if of else others).exists():
        raise NotPossible(_("Somebody has this e-mail address already."), field="email")


def _role(run: Run, role_id: int) -> Role:
    role = Role.objects.filter(pk=role_id).first()
    if role is None:
        raise NotPossible(_("Choose one of the list."), field="role")
    guards.require_role_within_reach(run.actor, role, "role")
    return role


def _set_places(run: Run, representative: Representative, *, sites: Iterable[int], teams: Iterable[int]) -> None:
    everything = guards.is_system(run.actor)
    seen_sites = Site.objects.all() if everything else access.visible_sites(run.actor)
    seen_teams = Team.objects.all() if everything else access.visible_teams(run.actor)
    _require_seen(seen_sites, set(sites) ^ set(representative.sites.values_list("pk", flat=True)), "sites")
    _require_seen(seen_teams, set(teams) ^ set(representative.teams.values_list("pk", flat=True)), "teams")
    representative.sites.set(sites)
    representative.teams.set(teams)


def _require_seen(seen: "QuerySet[Site] | QuerySet[Team]", changed: set[int], field: str) -> None:
    if seen.filter(pk__in=changed).count() != len(changed):
        raise NotPossible(_("Choose among the sites and teams you see."), field=field)
