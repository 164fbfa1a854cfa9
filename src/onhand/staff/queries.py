"""Reads of staff used by more than one caller."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor, ActorKind, Via, Visibility
from onhand.kernel.database import run_prepared
from onhand.staff.models import Representative, Role, Site, Team

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

# Sites of one's own and those of one's teams, and the teams, with the person in one statement: asked for on every request.
_SITES = """array(
  select s.site_id from staff_representative_sites s where s.representative_id = staff_representative.id
  union select t.site_id from staff_representative_teams r join staff_team t on t.id = r.team_id
  where r.representative_id = staff_representative.id)"""
_TEAMS = "array(select r.team_id from staff_representative_teams r where r.representative_id = staff_representative.id)"

_PARTNER = f"exists (select 1 from staff_site p where p.is_partner and p.id = any({_SITES}))"  # noqa: S608  (our own text)


def role_names() -> dict[str, str]:
    """What every role is called, by its key, in the language that is active. One statement."""
    return {key: str(_(name)) for key, name in Role.objects.order_by("name").values_list("key", "name")}


def roles_in_words(keys: Iterable[str], names: Mapping[str, str] | None = None) -> str:
    """
    Any of these roles, as people call them: "Supervisor or Administrator". A role there is no more keeps its key. `names`: what
    `role_names` said, where that was read already.
    """
    wanted = list(keys)
    if not wanted:
        return ""
    called = role_names() if names is None else names
    *others, last = [called.get(key, key) for key in wanted]
    return _("%(some)s or %(last)s") % {"some": ", ".join(others), "last": last} if others else last


def representatives_with_places() -> QuerySet[Representative]:
    """Representatives with role, `own_site_ids`, `own_team_ids` and `is_partner` (works at a partner's site), in one statement."""
    return Representative.objects.select_related("role").annotate(
        own_site_ids=RawSQL(_SITES, []),  # noqa: S611  (no parameters)
        own_team_ids=RawSQL(_TEAMS, []),  # noqa: S611
        is_partner=RawSQL(_PARTNER, []),  # noqa: S611
    )


@cache
def _read_signed_in() -> tuple[str, list[str], list[str], list[bool]]:
    """The statement that reads a signed-in person and their role, the fields of each in its order, and which columns are JSON."""
    fields = [*Representative._meta.concrete_fields, *Role._meta.concrete_fields]
    are_json = [*(isinstance(field, JSONField) for field in fields), False, False, False]
    person = [field.attname for field in Representative._meta.concrete_fields]
    role = [field.attname for field in Role._meta.concrete_fields]
    columns = [*(f"staff_representative.{name}" for name in person), *(f"staff_role.{name}" for name in role)]
    sql = f"""select {", ".join(columns)}, {_SITES}, {_TEAMS}, {_PARTNER} from staff_representative
      join staff_role on staff_role.id = staff_representative.role_id
      where staff_representative.id = %s and staff_representative.is_active"""  # noqa: S608  (names of our own)
    return sql, person, role, are_json


def find_signed_in(person_id: int) -> Representative | None:
    """An active person as `representatives_with_places` gives them, by a prepared statement: read for every request."""
    sql, person, role, are_json = _read_signed_in()
    rows = run_prepared(sql, [person_id])
    if not rows:
        return None
    (row,) = rows
    values = [json.loads(value) if is_json else value for value, is_json in zip(row, are_json, strict=True)]
    found: Representative = Representative.from_db("default", person, values[: len(person)])
    found.role = Role.from_db("default", role, values[len(person) : -3])
    vars(found).update(own_site_ids=row[-3], own_team_ids=row[-2], is_partner=row[-1])
    return found


def actor_for(
    user: "AbstractBaseUser | AnonymousUser | Representative",
    via: Via = Via.DESK,
    *,
    scopes: frozenset[str] | None = None,
) -> Actor:
    """
    The actor a signed-in person is. No query for `request.user`, one otherwise. `scopes` narrows the role's permissions, for tokens.

    :raises PermissionError: nobody is signed in, or the person is not active any more.
    """
    if not isinstance(user, Representative):
        user = getattr(user, "_wrapped", user)  # request.user is lazy
    if not isinstance(user, Representative) or not user.is_active:
        raise PermissionError("nobody is signed in")
    if not hasattr(user, "own_site_ids"):
        user = representatives_with_places().get(pk=user.pk)
    permissions = frozenset(user.role.permissions)
    return Actor(
        kind=ActorKind(user.kind),
        id=user.pk,
        name=user.name,
        role=user.role.key,
        permissions=permissions if scopes is None else permissions & scopes,
        visibility=effective_visibility(user),
        site_ids=frozenset(getattr(user, "own_site_ids", ())),
        team_ids=frozenset(getattr(user, "own_team_ids", ())),
        limits=user.role.limits,
        via=via,
    )


def effective_visibility(representative: Representative) -> Visibility:
    """
    How much of the company a representative sees: what was set for them, else what the role sees; at a partner's site never more
    than that site. Takes a row of `representatives_with_places`.
    """
    given = Visibility(representative.visibility or representative.role.visibility)
    if given is Visibility.ALL and getattr(representative, "is_partner", False):
        return Visibility.SITE
    return given


def site_options() -> list[tuple[str, str]]:
    """Every site, as (id, name)."""
    return [(str(pk), name) for pk, name in Site.objects.order_by("name").values_list("pk", "name")]


def team_options() -> list[tuple[str, str]]:
    """Every team, as (id, name)."""
    return [(str(pk), name) for pk, name in Team.objects.order_by("name").values_list("pk", "name")]
