"""What may not happen with staff, whoever asks: no rising above oneself, and never a company without an administrator."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from zoneinfo import available_timezones

from django.db import connection
from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor, ActorKind, Visibility
from onhand.kernel.acts import all_acts
from onhand.kernel.errors import NotPossible
from onhand.kernel.permissions import UnknownPermission, require_known
from onhand.staff import access
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Representative, Role
from onhand.staff.queries import effective_visibility, representatives_with_places

_LOCK = 0x5AFF  # changes that could take an administrator away wait for one another


def is_system(actor: Actor) -> bool:
    """Whether the product itself acts; it has no rank."""
    return actor.kind is ActorKind.SYSTEM


def require_whole_company(actor: Actor) -> None:
    """Roles, sites and new teams of other sites concern everybody."""
    if not is_system(actor) and actor.visibility is not Visibility.ALL:
        raise NotPossible(_("Only somebody who sees the whole company can do this."))


def require_known_permissions(names: Iterable[str], field: str) -> None:
    """Refuse permissions that no part of the product knows."""
    try:
        require_known(names)
    except UnknownPermission:
        raise NotPossible(_("There is no such permission."), field=field) from None


def require_grantable(actor: Actor, added: Iterable[str], field: str) -> None:
    """Nobody gives what he does not have."""
    missing = sorted(name for name in added if not actor.may(name))
    if missing:
        raise NotPossible(
            _("You cannot give what your own role does not allow: %(names)s.") % {"names": ", ".join(missing)},
            field=field,
        )


def own_limits(actor: Actor, permissions: Iterable[str]) -> dict[str, Mapping[str, int]]:
    """The actor's amount limits of those acts that these permissions allow."""
    known, allowed = {act.name: act.permission for act in all_acts()}, frozenset(permissions)
    return {name: most for name, most in actor.limits.items() if known.get(name) in allowed}


def is_limited_less(actor: Actor, permissions: Iterable[str], limits: Mapping[str, Mapping[str, int]]) -> bool:
    """Whether somebody with these permissions and limits may do any act with more than the actor's own largest amount."""
    return any(
        name not in limits or any(most > own.get(currency, 0) for currency, most in limits[name].items())
        for name, own in own_limits(actor, permissions).items()
    )


def require_role_within_reach(actor: Actor, role: Role, field: str | None) -> None:
    """Nobody gives, or touches somebody with, a role that may or sees more than his own."""
    if is_system(actor):
        return
    may_more = any(not actor.may(name) for name in role.permissions)
    sees_more = access.is_wider(role.visibility, actor.visibility)
    if may_more or sees_more or is_limited_less(actor, role.permissions, role.limits):
        raise NotPossible(_("The role “%(role)s” is above your own.") % {"role": role.name}, field=field)


def require_reach_over(actor: Actor, representative: Representative) -> None:
    """A person with a higher role is changed by people of that rank only."""
    if representative.pk == actor.id:
        return
    require_role_within_reach(actor, representative.role, None)
    if (
        representative.visibility
        and not is_system(actor)
        and access.is_wider(representative.visibility, actor.visibility)
    ):
        raise NotPossible(_("This person sees more of the company than you."))


def require_whole_role(actor: Actor, representative: Representative) -> None:
    """A program with a narrowed token may not give itself the ways in of its owner, who may more than the token."""
    if representative.pk == actor.id and any(not actor.may(name) for name in representative.role.permissions):
        raise NotPossible(_("An API token that may less than its owner cannot change how its owner signs in."))


@contextmanager
def keeping_an_administrator() -> Iterator[None]:
    """
    Around a change, in its transaction: refuses one after which nobody could administer a company that could be administered
    before. Whoever else is about to take an administrator away waits, and then counts what is left.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    before = _has_administrator()
    yield
    if before and not _has_administrator():
        raise NotPossible(
            _("Nobody would be left who can administer the company. Make somebody else administrator first.")
        )


def _has_administrator() -> bool:
    people = representatives_with_places().filter(
        kind=RepresentativeKind.PERSON, is_active=True, role__permissions__contains=sorted(access.ADMINISTERS)
    )
    return any(effective_visibility(person) is Visibility.ALL for person in people)


def require_time_zone(name: str) -> None:
    """Refuse a time zone nobody knows."""
    if name not in available_timezones():
        raise NotPossible(_("Give a time zone such as Europe/Madrid."), field="time_zone")
