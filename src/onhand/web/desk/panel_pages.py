"""
The panels of the customer's page. Each is a folder of `web/desk/panels/<key>/` with `panel.html`, and where plain values need
words or addresses of the desk, `panel.py` with a function `view(content, reading)`.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from onhand.contacts.first_screen import FirstScreen
from onhand.customers.panels import Opened, Panel, open_at_once, open_panel
from onhand.web.addresses import address_of

FOLDER = "onhand.web.desk.panels"
KEYS = "1234567890"


def panel_list(screen: FirstScreen, remembered: Mapping[str, bool], asked: str = "") -> list[dict[str, Any]]:
    """Every panel of the page: those open from the start with what they show, where the file's own statement had it."""
    shown = []
    for number, panel in enumerate(screen.panels):
        is_open = panel.key == asked or remembered.get(panel.key, panel.is_open)
        opened = open_at_once(panel, screen.reading, screen.found) if is_open else None
        if panel.key == asked and opened is None:
            opened = open_panel(panel, screen.reading)
        shown.append(
            {
                "key": panel.key,
                "label": panel.label,
                "shortcut": KEYS[number] if number < len(KEYS) else "",
                "url": address_of("desk:customer_panel", screen.head.id, panel.key),
                "count": screen.counts.get(panel.key),
                "is_open": is_open,
                "opened": panel_view(opened, screen) if opened else None,
            }
        )
    return shown


def panel_view(opened: Opened, screen: FirstScreen) -> dict[str, Any]:
    """What the template of one panel is given."""
    view = _view_of(opened.panel.key)
    content = dict(opened.content)
    return {
        "key": opened.panel.key,
        "label": opened.panel.label,
        "level": opened.panel.level,
        "template": f"desk/panels/{opened.panel.key}/panel.html",
        "is_identified": opened.is_identified,
        "content": view(content, screen.reading) if view and opened.is_identified else content,
        "customer_id": screen.head.id,
    }


def counts(screen: FirstScreen) -> list[dict[str, Any]]:
    """The numbers beside the titles, for live updates."""
    return [{"key": panel.key, "count": screen.counts[panel.key]} for panel in screen.panels if panel.count]


@cache
def _view_of(key: str) -> Any:
    """The function `view` of the panel's folder, if it has one."""
    if not find_spec(f"{FOLDER}.{key}") or not find_spec(f"{FOLDER}.{key}.panel"):
        return None
    return import_module(f"{FOLDER}.{key}.panel").view


def reread(panel: Panel, screen: FirstScreen) -> dict[str, Any]:
    """One panel read by itself: when it is opened, and when something changed."""
    return panel_view(open_panel(panel, screen.reading), screen)
