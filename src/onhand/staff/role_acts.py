"""What can be done with roles: who may what, and up to which amount."""

from typing import TYPE_CHECKING, Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act, all_acts
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.kernel.permissions import all_permissions
from onhand.staff import access, guards
from onhand.staff.enums import VisibilityChoice
from onhand.staff.models import Role
from onhand.staff.operations import new_permissions
from onhand.staff.subjects import ROLE

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


def permission_options() -> "list[tuple[str, _StrOrPromise]]":
    """Every permission there is."""
    return [(p.name, p.label) for p in all_permissions()]


def limited_act_options() -> "list[tuple[str, _StrOrPromise]]":
    """The acts whose amounts can be limited: those that have facts."""
    return [(a.name, a.label) for a in all_acts() if a.facts is not None]


Permissions = Annotated[
    list[str],
    Field(label=gettext_lazy("Permissions"), options=permission_options, current=lambda role: role.permissions),
]
LimitedAct = Annotated[str, Field(label=gettext_lazy("Act"), widget="choice", options=limited_act_options)]


@act(subject=ROLE, creates=True, permission=access.MANAGE_ROLES, label=gettext_lazy("Add a role"))
def add_role(
    *,
    run: Run,
    role_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=100)],
    key: Annotated[
        str,
        Field(
            label=gettext_lazy("Key"),
            help=gettext_lazy("Small letters, figures and dashes, for programs."),
            max_length=60,
        ),
    ],
    permissions: Permissions = [],  # noqa: B006
    visibility: Annotated[VisibilityChoice, Field(label=gettext_lazy("Visibility"))] = VisibilityChoice.SITE,
) -> Role:
    """Add a role of the company's own."""
    guards.require_whole_company(run.actor)
    if not key.isascii() or not key.replace("-", "").isalnum() or key != key.lower():
        raise NotPossible(_("Use small letters, figures and dashes."), field="key")
    if Role.objects.filter(key=key).exists():
        raise NotPossible(_("This key is taken."), field="key")
    _require_free_name(role_name)
    guards.require_known_permissions(permissions, "permissions")
    guards.require_grantable(run.actor, permissions, "permissions")
    limits = guards.own_limits(run.actor, permissions)  # a new role may not do more than who makes it
    return Role.objects.create(
        key=key, name=role_name, permissions=sorted(set(permissions)), visibility=visibility, limits=limits
    )


@act(subject=ROLE, permission=access.MANAGE_ROLES, label=gettext_lazy("Rename the role"))
def rename_role(
    role: Role,
    *,
    run: Run,
    role_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda role: role.name)],
) -> None:
    """Give the role another name; its key stays."""
    guards.require_whole_company(run.actor)
    _require_free_name(role_name, of=role.pk)
    role.name = role_name
    role.save(update_fields=["name"])


@act(subject=ROLE, permission=access.MANAGE_ROLES, label=gettext_lazy("Change permissions"))
def change_role_permissions(role: Role, *, run: Run, permissions: Permissions = []) -> None:  # noqa: B006
    """Change what everybody with this role may do, from their next click on."""
    guards.require_whole_company(run.actor)
    wanted, given = set(permissions), set(role.permissions)
    # What an earlier version knew and this one does not may stay, but not come back.
    guards.require_known_permissions(wanted - given, "permissions")
    guards.require_grantable(run.actor, wanted - given, "permissions")
    if guards.is_limited_less(run.actor, wanted - given, role.limits):
        raise NotPossible(_("You cannot give a limit above your own."), field="permissions")
    role.permissions = sorted(wanted)
    with guards.keeping_an_administrator():
        role.save(update_fields=["permissions"])


@act(subject=ROLE, permission=access.MANAGE_ROLES, label=gettext_lazy("Give the new permissions"))
def give_new_permissions(role: Role, *, run: Run) -> None:
    """
    Give a role that comes with the product, and was changed here, what a new version brought for it. Also what nobody has yet: the
    product would have given it by itself.
    """
    new = _require_new(role, run)
    role.permissions = sorted({*role.permissions, *new})
    role.known_defaults = sorted({*role.known_defaults, *new})
    role.save(update_fields=["permissions", "known_defaults"])


@act(subject=ROLE, permission=access.MANAGE_ROLES, label=gettext_lazy("Leave the new permissions out"))
def leave_new_permissions(role: Role, *, run: Run) -> None:
    """Say that a changed role does not get what a new version brought for it: nobody is told of it any more."""
    new = _require_new(role, run)
    role.known_defaults = sorted({*role.known_defaults, *new})
    role.save(update_fields=["known_defaults"])
    run.changed("left_out", after=new)


def _require_new(role: Role, run: Run) -> list[str]:
    guards.require_whole_company(run.actor)
    new = new_permissions(role)
    if not new:
        raise NotPossible(_("No version brought anything for this role that was not answered."))
    return new


@act(subject=ROLE, permission=access.MANAGE_ROLES, label=gettext_lazy("Change visibility"))
def change_role_visibility(
    role: Role,
    *,
    run: Run,
    visibility: Annotated[
        VisibilityChoice, Field(label=gettext_lazy("Visibility"), current=lambda role: role.visibility)
    ],
) -> None:
    """Change how much of the company everybody with this role sees."""
    guards.require_whole_company(run.actor)
    role.visibility = visibility
    with guards.keeping_an_administrator():
        role.save(update_fields=["visibility"])


@act(subject=ROLE, permission=access.MANAGE_ROLES, label=gettext_lazy("Set an amount limit"))
def change_role_limits(
    role: Role,
    *,
    run: Run,
    limited_act: LimitedAct,
    most: Annotated[Money, Field(label=gettext_lazy("Largest amount"))],
) -> None:
    """Set the largest amount of an act this role may do alone. In currencies without a limit, any amount then needs approval."""
    guards.require_whole_company(run.actor)
    _require_limitable(limited_act)
    if most.minor < 0:
        raise NotPossible(_("A limit cannot be below zero."), field="most")
    own = run.actor.limits.get(limited_act)
    if own is not None and most.minor > own.get(most.currency, 0):
        raise NotPossible(_("You cannot give a limit above your own."), field="most")
    role.limits = {**role.limits, limited_act: {**role.limits.get(limited_act, {}), most.currency: most.minor}}
    role.save(update_fields=["limits"])


@act(subject=ROLE, permission=access.MANAGE_ROLES, label=gettext_lazy("Remove the limits of an act"))
def remove_role_limits(role: Role, *, run: Run, limited_act: LimitedAct) -> None:
    """Let this role do an act with any amount."""
    guards.require_whole_company(run.actor)
    if limited_act not in role.limits:
        raise NotPossible(_("This act has no limit."), field="limited_act")
    if run.actor.limits.get(limited_act) is not None:
        raise NotPossible(_("You cannot give a limit above your own."), field="limited_act")
    role.limits = {name: limits for name, limits in role.limits.items() if name != limited_act}
    role.save(update_fields=["limits"])


def _require_limitable(name: str) -> None:
    if name not in dict(limited_act_options()):
        raise NotPossible(_("Choose one of the list."), field="limited_act")


def _require_free_name(name: str, of: int | None = None) -> None:
    if Role.objects.filter(name__iexact=name).exclude(pk=of or 0).exists():
        raise NotPossible(_("This name is taken."), field="role_name")
