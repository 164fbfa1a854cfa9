"""People, sites and teams for tests."""

from itertools import count
from typing import Any

from onhand.kernel.actor import Actor
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Representative, Role, Site, Team
from onhand.staff.operations import new_representative
from onhand.staff.queries import actor_for
from tests.factories import NOON

PASSWORD = "kettle-lamp-river-42"
_numbers = count(1)


def role(key: str) -> Role:
    """A built-in role."""
    return Role.objects.get(key=key)


def make_site(name: str = "", **changes: Any) -> Site:
    """A stored site."""
    return Site.objects.create(name=name or f"Site {next(_numbers)}", **changes)


def make_team(site: Site | None = None, name: str = "") -> Team:
    """A stored team, at a site of its own unless one is given."""
    return Team.objects.create(name=name or f"Team {next(_numbers)}", site=site or make_site())


def make_person(
    role_key: str = "representative",
    *,
    sites: tuple[Site, ...] = (),
    teams: tuple[Team, ...] = (),
    kind: RepresentativeKind = RepresentativeKind.PERSON,
    **changes: Any,
) -> Representative:
    """A stored representative with a built-in role, who can sign in with PASSWORD."""
    number = next(_numbers)
    given: dict[str, Any] = {"name": f"Person {number}", "email": f"person{number}@example.com"} | changes
    person = new_representative(
        role=role(role_key), kind=kind, language="en", time_zone="UTC", at=NOON, password=PASSWORD, **given
    )
    person.sites.set(sites)
    person.teams.set(teams)
    return person


def actor_of(person: Representative) -> Actor:
    """The actor somebody is, read anew."""
    return actor_for(Representative.objects.get(pk=person.pk))
