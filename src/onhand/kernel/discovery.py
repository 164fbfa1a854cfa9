"""Import every app's acts and handlers once, so that defining one is all it takes to have it everywhere."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from django.apps import apps

# In this order: acts name permissions and subjects, panels name permissions.
REGISTERING_MODULES = (
    "access",
    "subjects",
    "timeline",
    "panels",
    "personal_data",
    "checks",
    "acts",
    "handlers",
    "tasks",
    "import_kinds",
    "facts",
)


def load_apps() -> None:
    """Import the registering modules of every installed Onhand app; a missing file means "nothing of that kind"."""
    for app in apps.get_app_configs():
        if app.name.startswith("onhand."):
            there = {module.name for module in iter_modules([app.path])}
            for name in _registering(there):
                import_module(f"{app.name}.{name}")


def _registering(there: set[str]) -> Iterator[str]:
    """The modules that register something. Acts or tasks too many for one file are in several: `place_acts`, `role_acts`."""
    for name in REGISTERING_MODULES:
        if name in there:
            yield name
        if name in ("acts", "panels", "tasks", "facts"):
            yield from sorted(other for other in there if other.endswith(f"_{name}"))
