"""Roles: who may what, as one table that can be changed, and each role with its limits and history."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from onhand.kernel.actor import Actor
from onhand.kernel.permissions import all_permissions
from onhand.staff import access
from onhand.staff.models import Role
from onhand.staff.operations import new_permissions
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.changes import act_labels, amounts_in_words
from onhand.web.settings.records import history

ANSWERS = ("staff.give_new_permissions", "staff.leave_new_permissions")
_AREAS = {
    "customers": gettext_lazy("Customers"),
    "staff": gettext_lazy("Staff"),
    "settings": gettext_lazy("Installation"),
    "records": gettext_lazy("Records"),
    "kernel": gettext_lazy("Installation"),
}


@require_safe
@for_actor(access.VIEW)
def roles(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every permission against every role. Who may changes a column and sees what changes before it is done."""
    found = list(access.visible_roles(actor).order_by("pk"))
    areas: dict[str, list[object]] = {}
    for permission in all_permissions():
        areas.setdefault(_area(permission.name), []).append(permission)
    context = {
        "title": _("Roles"),
        "roles": [{"role": role, "permissions": set(role.permissions)} for role in found],
        "areas": areas,
        "may_change": actor.may(access.MANAGE_ROLES),
        "own": actor.permissions,
        "news": _news(actor, found),
        "new": next(iter(creating_links(actor, "role")), None),
    }
    return render(request, "settings/roles.html", context)


def _news(actor: Actor, roles: list[Role]) -> list[dict[str, Any]]:
    """What a version brought for roles the company changed, with what can be done about it; for who may."""
    if not actor.may(access.MANAGE_ROLES):
        return []
    labels = {one.name: str(one.label) for one in all_permissions()}
    anywhere = {name for one in roles for name in one.permissions}
    return [
        {
            "role": one,
            "permissions": [{"label": labels.get(name, name), "is_nowhere": name not in anywhere} for name in names],
            "acts": [link for link in act_links(actor, "role", one.pk) if link["name"] in ANSWERS],
        }
        for one in roles
        if (names := new_permissions(one))
    ]


def _area(permission: str) -> str:
    """The part of the product a permission belongs to."""
    area = permission.split(".")[0]
    return str(_AREAS.get(area, area.capitalize()))


@require_safe
@for_actor(access.VIEW)
def role(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One role: what it allows, up to which amounts, who has it, and how it became so."""
    found = access.visible_roles(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    areas: dict[str, list[object]] = {}
    for permission in all_permissions():
        if permission.name in found.permissions:
            areas.setdefault(_area(permission.name), []).append(permission.label)
    people = access.visible_representatives(actor).filter(role=found, is_active=True).order_by("name")
    context = {
        "title": found.name,
        "facts": [
            (_("Key"), found.key),
            (_("Sees"), found.get_visibility_display()),
            (_("Comes with the product"), _("yes") if found.is_builtin else _("no")),
        ],
        "allowed": len(found.permissions),
        "areas": areas,
        "limits": _limits(found),
        "people": people[:100],
        "acts": act_links(actor, "role", found.pk, but=() if new_permissions(found) else ANSWERS),
        "history": history(actor, "role", found.pk),
        "people_url": f"{address_of('settings:people')}?role={found.key}",
    }
    return render(request, "settings/role.html", context)


def _limits(role: Role) -> list[tuple[str, str]]:
    labels = act_labels()
    return [(str(labels.get(name, name)), amounts_in_words(amounts)) for name, amounts in role.limits.items()]
