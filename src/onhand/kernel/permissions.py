"""The permissions there are. Each app declares its own in `access.py`; an unknown name is an error at start, not a silent no."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class UnknownPermission(LookupError):
    """A permission that no app declared was asked for or given to a role."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing a role may allow, for example `customers.change_contact_points`."""

    name: str
    label: "_StrOrPromise"


_permissions: dict[str, Permission] = {}


def permission(name: str, label: "_StrOrPromise") -> str:
    """Declare a permission and return its name. `name` is `<app>.<verb_and_thing>`; `label` is shown to people."""
    _permissions[name] = Permission(name, label)
    return name


def all_permissions() -> list[Permission]:
    """Every declared permission, by name."""
    return sorted(_permissions.values(), key=lambda p: p.name)


def permission_label(name: str) -> str:
    """What a permission is called; its name if no app declares it."""
    found = _permissions.get(name)
    return str(found.label) if found else name


def require_known(names: Iterable[str]) -> None:
    """Raise UnknownPermission naming every undeclared permission among `names`."""
    unknown = sorted(set(names) - _permissions.keys())
    if unknown:
        raise UnknownPermission(f"unknown permissions: {', '.join(unknown)}")
