"""The fields a queue's settings are written in, filled with what was written last."""

from collections.abc import Callable
from typing import Annotated, Any

from django.utils.translation import gettext_lazy

from onhand.kernel.fields import Field
from onhand.routing.enums import Choice, Leaving, WrapUp
from onhand.routing.expressions import read_names
from onhand.routing.models import Queue
from onhand.routing.plan_texts import write_overflow_text, write_steps_text
from onhand.routing.queue_subjects import draft_of, other_queues
from onhand.routing.subjects import COLLEAGUE


def steps_now(queue: Queue) -> str:
    """The steps written last, as text."""
    return write_steps_text(draft_of(queue).steps, read_names())


def _overflow_now(queue: Queue) -> str:
    return write_overflow_text(draft_of(queue).overflow, other_queues(queue.pk))


def _drafted(name: str) -> Callable[[Queue], Any]:
    return lambda queue: getattr(draft_of(queue), name)


def _target(priority: int) -> Callable[[Queue], int]:
    return lambda queue: round(draft_of(queue).targets[priority] / 60)


Steps = Annotated[
    str,
    Field(
        label=gettext_lazy("Whom work goes to"),
        help=gettext_lazy(
            "A step a line, such as: Refunds 4+ and Spanish 3+ for 30 s. Next line: Refunds for 2 min. Last line: anybody. "
            "Each step adds people to those before. There are and, or, not, brackets, levels 3+, 2-4, =2, and @ names."
        ),
        widget="textarea",
        max_length=5_000,
        current=steps_now,
    ),
]
AmongEquals = Annotated[Choice, Field(label=gettext_lazy("Among those who fit"), current=_drafted("choice"))]
Urgent = Annotated[
    int,
    Field(
        label=gettext_lazy("Urgent: to be begun within, in minutes"),
        help=gettext_lazy("What is to be begun earliest is given out first, over all queues of a person."),
        current=_target(2),
    ),
]
High = Annotated[int, Field(label=gettext_lazy("High: within, in minutes"), current=_target(1))]
Normal = Annotated[int, Field(label=gettext_lazy("Normal: within, in minutes"), current=_target(0))]
Low = Annotated[int, Field(label=gettext_lazy("Low: within, in minutes"), current=_target(-1))]
Answer = Annotated[
    int,
    Field(
        label=gettext_lazy("Taken in time, in seconds"),
        help=gettext_lazy("What the service level is counted by."),
        current=_drafted("answer_seconds"),
    ),
]
WithoutAsking = Annotated[bool, Field(label=gettext_lazy("Give without asking"), current=_drafted("accepts_itself"))]
Offer = Annotated[int, Field(label=gettext_lazy("An offer stands for, in seconds"), current=_drafted("offer_seconds"))]
Owner = Annotated[
    int,
    Field(
        label=gettext_lazy("Kept for whom it was before, in minutes"),
        current=lambda queue: draft_of(queue).prefers_owner_seconds // 60,
    ),
]
Wrap = Annotated[WrapUp, Field(label=gettext_lazy("Wrap-up"), current=_drafted("wrap_up"))]
WrapSeconds = Annotated[int, Field(label=gettext_lazy("Wrap-up, in seconds"), current=_drafted("wrap_up_seconds"))]
WhenLeaving = Annotated[Leaving, Field(label=gettext_lazy("When somebody leaves"), current=_drafted("leaving"))]
HandedTo = Annotated[
    int | None,
    Field(label=gettext_lazy("Handed over to"), reference=COLLEAGUE, current=_drafted("hand_over_to")),
]
Help = Annotated[
    str,
    Field(
        label=gettext_lazy("Other queues' people help"),
        help=gettext_lazy("A line each: Sales if waiting 10 min; Sales if expected 15 min; Sales if nobody."),
        widget="textarea",
        max_length=2_000,
        current=_overflow_now,
    ),
]
