"""
Events: what happened, as frozen dataclasses in the past tense with ids and plain values only, and who reacts to them.

An event is written in the transaction that made it happen, with one delivery per handler. The reactor delivers later.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeVar

from onhand.kernel.models import EventRecord


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events. `name` is the wire name, `<app>.<past_tense>`."""

    name: ClassVar[str] = ""

    def payload(self) -> dict[str, Any]:
        """The event's values as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ActDone(Event):
    """An act was done; published for every act by itself. The record says the rest."""

    name: ClassVar[str] = "kernel.act_done"
    act: str
    record_id: int


@dataclass(frozen=True, slots=True)
class DeliveryRunAgain(Event):
    """Somebody let a stalled delivery be tried again."""

    name: ClassVar[str] = "kernel.delivery_run_again"
    delivery_id: int
    event_id: int
    handler: str


@dataclass(frozen=True, slots=True)
class DeliverySkipped(Event):
    """Somebody gave up a stalled delivery."""

    name: ClassVar[str] = "kernel.delivery_skipped"
    delivery_id: int
    event_id: int
    handler: str


HandlerFunction = Callable[[EventRecord], None]
Wanted = Callable[[Any, str], bool]
H = TypeVar("H", bound=HandlerFunction)


@dataclass(frozen=True, slots=True)
class Handler:
    """A reaction to one kind of event, run once per event in a transaction of its own, in order per subject."""

    name: str
    event: str
    function: HandlerFunction
    wants: Wanted | None = None


_handlers: dict[str, Handler] = {}
_by_event: dict[str, list[str]] = {}


def handles(event: type[Event], *, wants: Wanted | None = None) -> Callable[[H], H]:
    """
    Register the function below as a handler of that event, named `<app>.<function>`. `wants(event, subject type)` picks those worth
    delivering; it is asked in the transaction of the change, so it looks at nothing else.
    """

    def register(function: H) -> H:
        name = f"{function.__module__.split('.')[-2]}.{function.__name__}"
        if name in _handlers:
            raise TypeError(f"two handlers are called {name}")
        _handlers[name] = Handler(name, event.name, function, wants)
        _by_event.setdefault(event.name, []).append(name)
        return function

    return register


def handler_names(event: Event, subject_type: str) -> list[str]:
    """The handlers that want an event on a subject of that type."""
    return [name for name in _by_event.get(event.name, []) if _wants(_handlers[name], event, subject_type)]


def _wants(handler: Handler, event: Event, subject_type: str) -> bool:
    return handler.wants is None or handler.wants(event, subject_type)


def find_handler(name: str) -> Handler | None:
    """The handler of that name, if this version of the product has it."""
    return _handlers.get(name)


def forget_handler(name: str) -> None:
    """Take a handler out again: for tests that define their own."""
    handler = _handlers.pop(name, None)
    if handler:
        _by_event[handler.event].remove(name)
