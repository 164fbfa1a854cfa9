"""What endpoints can be told: every act that is done, and every event apps publish beside."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onhand.kernel.acts import all_acts, find_act
from onhand.kernel.events import ActDone, Event

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

EVERYTHING = "*"
TEST = "webhooks.test"
# Told to nobody: what endpoints themselves bring about would be told to them for ever.
OWN = "webhooks"


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of message: its name, what it is in a few words, and whether it is an act."""

    name: str
    label: "_StrOrPromise"
    is_act: bool


def event_types() -> list[EventType]:
    """Every kind of message, by name."""
    acts = {a.name: EventType(a.name, a.label, True) for a in all_acts() if area_of(a.name) != OWN}
    return [found for _name, found in sorted((_events() | acts).items())]


def areas() -> list[str]:
    """The apps that have any, by name."""
    return sorted({area_of(one.name) for one in event_types()})


def area_of(name: str) -> str:
    """The app an event type is of."""
    return name.partition(".")[0]


def is_known(name: str) -> bool:
    """Whether an endpoint can be told that: `*`, `orders.*` or one of the names."""
    if name == EVERYTHING:
        return True
    if name.endswith(".*"):
        return area_of(name) in areas()
    return name in _events() or (find_act(name) is not None and area_of(name) != OWN)


@cache
def _events() -> dict[str, EventType]:
    """The events that are no acts, by name. Asked once all apps are loaded; none is added later."""
    found: dict[str, EventType] = {}
    waiting = list(Event.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        is_ours = kind.__module__.startswith("onhand.") and kind.name != ActDone.name
        if is_ours and kind.name and area_of(kind.name) != OWN:
            said = (kind.__doc__ or "").strip().splitlines()
            found[kind.name] = EventType(kind.name, said[0] if said else kind.name, False)
    return found


CHOICE_OF_EVERYTHING = _("Everything")
