"""
Panels of a customer's page: orders, bills, consents, whatever an app knows of a customer, each with one way to read it.

An app registers a `Panel` here and puts a template into `web/desk/panels/<key>/`; see `docs/howto/add-a-panel.md`. What an actor's
role does not allow is no panel at all. What the customer on the contact is not identified for is a panel that asks to identify
first: `read` is not called then, so nothing of it leaves the server.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from onhand.customers.identification.level import NOBODY, Reached
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PanelContext = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One reading of a customer's file: who reads, which customers' rows make up the file (its own first), on which contact, and what
    the reader may go by: how well the customer is identified on it, and what whoever speaks may be told.
    """

    actor: Actor
    customer_id: int
    member_ids: Sequence[int]
    at: datetime
    contact_id: int | None = None
    reached: Reached = NOBODY


@dataclass(frozen=True, slots=True)
class Panel:
    """
    One panel. `read(reading)` gives plain values for its template. `level` is how well the customer must be identified, `scope`
    the business (`customers.scopes`) that a person who speaks for the customer must be allowed to be told of; "" is for the
    customer alone.

    `count` is an SQL expression for the number beside the title, over a relation `members` with the column id: part of the one
    statement that opens the file, so keep it to an index. `at_once` is an SQL expression that gives JSON, for a panel that is
    open from the start: `read_at_once(reading, json)` then makes its content without another statement.
    """

    key: str
    label: "_StrOrPromise"
    order: int
    permission: str
    read: Callable[[Reading], PanelContext]
    level: int = 0
    scope: str = ""
    is_open: bool = False
    count: str = ""
    at_once: str = ""
    read_at_once: Callable[[Reading, Any], PanelContext] | None = None

    def allows(self, reading: Reading) -> bool:
        """Whether the customer is identified well enough, and whoever speaks for them may be told."""
        return reading.reached.may_be_told(self.scope, self.level)


@dataclass(frozen=True, slots=True)
class Opened:
    """A panel as one reader gets it. `is_identified` False: the customer must be identified first, and `content` is empty."""

    panel: Panel
    is_identified: bool
    content: PanelContext = field(default_factory=dict)


_panels: dict[str, Panel] = {}


def register_panel(panel: Panel) -> Panel:
    """Put a panel on every customer's page. Raises TypeError if its key is taken, or cannot be a folder's name."""
    if panel.key in _panels:
        raise TypeError(f"two panels are called {panel.key}")
    if not panel.key.isidentifier():
        raise TypeError(f"{panel.key!r} names no folder")
    _panels[panel.key] = panel
    return panel


def forget_panel(key: str) -> None:
    """Take a panel off again: for tests that define their own."""
    _panels.pop(key, None)


def panels_for(actor: Actor) -> list[Panel]:
    """The panels this actor's role allows, in order."""
    allowed = [panel for panel in _panels.values() if actor.may(panel.permission)]
    return sorted(allowed, key=lambda panel: (panel.order, panel.key))


def find_panel(actor: Actor, key: str) -> Panel:
    """One panel. What the role does not allow is not found; raises SubjectNotFound."""
    panel = _panels.get(key)
    if panel is None or not actor.may(panel.permission):
        raise SubjectNotFound
    return panel


def open_panel(panel: Panel, reading: Reading) -> Opened:
    """Read a panel, if the customer is identified for it."""
    return Opened(panel, True, panel.read(reading)) if panel.allows(reading) else Opened(panel, False)


def open_at_once(panel: Panel, reading: Reading, found: Mapping[str, Any]) -> Opened | None:
    """The same from what `at_once` found while the file was opened; None if this panel is read when it is opened."""
    if panel.read_at_once is None or panel.key not in found:
        return None
    if not panel.allows(reading):
        return Opened(panel, False)
    return Opened(panel, True, panel.read_at_once(reading, found[panel.key]))


def at_once_columns(panels: Sequence[Panel]) -> str:
    """SQL giving two JSON objects over `members`: `counts` and `found`, each by the key of its panel."""
    counts = ", ".join(f"'{panel.key}', ({panel.count})" for panel in panels if panel.count)
    found = ", ".join(f"'{panel.key}', ({panel.at_once})" for panel in panels if panel.at_once)
    return f"json_build_object('counts', json_build_object({counts}), 'found', json_build_object({found}))"
