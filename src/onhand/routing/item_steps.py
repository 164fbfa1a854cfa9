"""The steps of one piece of work in the language of queue settings: what counts now, what was typed, whom it reaches."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from onhand.routing.expressions import Names, read_names
from onhand.routing.matching.plans import Step, read_steps, write_steps
from onhand.routing.matching.wanted import Attributes
from onhand.routing.models import WorkItem
from onhand.routing.plan_texts import read_steps_text, write_steps_text
from onhand.routing.plan_warnings import people_words, reach, serving
from onhand.routing.queues import plan_of


def steps_of_item(item: WorkItem) -> tuple[Step, ...]:
    """The steps that count for an item now: its own, else those of its queue."""
    return read_steps(item.steps) if item.steps else plan_of(item.queue).steps


def steps_text(item: WorkItem, names: Names | None = None) -> str:
    """The same, as text."""
    return write_steps_text(steps_of_item(item), names or read_names())


def read_own_steps(text: str, item: WorkItem, names: Names) -> tuple[Step, ...]:
    """
    The steps a text says for an item; those of its queue where nothing is written.

    :raises WrongExpressionError: naming the line.
    """
    return tuple(read_steps_text(text, names)) if text.strip() else plan_of(item.queue).steps


def stored_steps(steps: Sequence[Step], item: WorkItem) -> list[dict[str, Any]] | None:
    """What is stored on the item: nothing where they are those of its queue, so that it follows what is published there."""
    return None if tuple(steps) == plan_of(item.queue).steps else write_steps(steps)


def whom_they_reach(item: WorkItem, steps: Sequence[Step], at: datetime) -> list[str]:
    """Of each step in turn, how many of those who serve the queue fit it or one before, and what is to be said about it."""
    return reach_words(steps, serving(item.queue, at))


def reach_words(steps: Sequence[Step], people: Mapping[int, Attributes]) -> list[str]:
    """The same among these people."""
    return [
        f"{number}: {people_words(one.fitting)}" + (f" – {one.warning}" if one.warning else "")
        for number, one in enumerate(reach(steps, people), 1)
    ]
