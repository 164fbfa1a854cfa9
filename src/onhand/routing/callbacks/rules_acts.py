"""How callbacks are tried: for all queues, and for those that have their own rules."""

from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.hours import read_spans, write_spans
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.routing.access import visible_queues
from onhand.routing.callbacks import access
from onhand.routing.callbacks.models import CallbackRules
from onhand.routing.callbacks.rules import rules_for
from onhand.routing.callbacks.subjects import CALLBACK_RULES, RULE_LABELS
from onhand.routing.callbacks.tasks import reckon_soon
from onhand.routing.subjects import QUEUE

# Least and most of each number.
BOUNDS = {
    "most_tries": (1, 20),
    "no_answer_minutes": (1, 10_080),
    "busy_minutes": (1, 10_080),
    "voicemail_minutes": (1, 10_080),
    "growth_percent": (100, 1_000),
    "soon_minutes": (15, 10_080),
    "longest_days": (1, 60),
}
HELP = {
    "no_answer_minutes": gettext_lazy("Empty: it is not tried again."),
    "busy_minutes": gettext_lazy("Empty: it is not tried again."),
    "voicemail_minutes": gettext_lazy("Empty: it is not tried again."),
    "growth_percent": gettext_lazy("100: all are as long; 200: each is twice as long as the one before."),
}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _number(name: str) -> Field:
    return Field(label=RULE_LABELS[name], help=HELP.get(name, ""), current=lambda rules: getattr(rules, name))


def _day(place: int, label: Any) -> Field:
    return Field(
        label=label,
        help=gettext_lazy("Such as 9:00-21:00, by the customer's clock; empty: nobody is called.") if not place else "",
        max_length=200,
        current=lambda rules: write_spans(rules.week[place]) if place < len(rules.week) else "",
    )


@act(subject=CALLBACK_RULES, permission=access.SET_UP, label=gettext_lazy("Change how callbacks are tried"))
def change_callback_rules(
    rules: CallbackRules,
    *,
    run: Run,
    most_tries: Annotated[int, _number("most_tries")],
    growth_percent: Annotated[int, _number("growth_percent")],
    soon_minutes: Annotated[int, _number("soon_minutes")],
    longest_days: Annotated[int, _number("longest_days")],
    no_answer_minutes: Annotated[int | None, _number("no_answer_minutes")] = None,
    busy_minutes: Annotated[int | None, _number("busy_minutes")] = None,
    voicemail_minutes: Annotated[int | None, _number("voicemail_minutes")] = None,
    monday: Annotated[str, _day(0, gettext_lazy("Monday"))] = "",
    tuesday: Annotated[str, _day(1, gettext_lazy("Tuesday"))] = "",
    wednesday: Annotated[str, _day(2, gettext_lazy("Wednesday"))] = "",
    thursday: Annotated[str, _day(3, gettext_lazy("Thursday"))] = "",
    friday: Annotated[str, _day(4, gettext_lazy("Friday"))] = "",
    saturday: Annotated[str, _day(5, gettext_lazy("Saturday"))] = "",
    sunday: Annotated[str, _day(6, gettext_lazy("Sunday"))] = "",
) -> None:
    """
    Change how often and after how long it is tried again, and the hours in which customers are called. What is arranged keeps its
    number of tries; when it may be given is worked out anew.
    """
    numbers = {
        "most_tries": most_tries,
        "growth_percent": growth_percent,
        "soon_minutes": soon_minutes,
        "longest_days": longest_days,
        "no_answer_minutes": no_answer_minutes,
        "busy_minutes": busy_minutes,
        "voicemail_minutes": voicemail_minutes,
    }
    for name, value in numbers.items():
        least, most = BOUNDS[name]
        if value is not None and not least <= value <= most:
            raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": least, "most": most}, field=name)
        setattr(rules, name, value)
    texts = (monday, tuesday, wednesday, thursday, friday, saturday, sunday)
    rules.week = [_spans(text, day) for text, day in zip(texts, DAYS, strict=True)]
    if not any(rules.week):
        raise NotPossible(_("Nobody could ever be called: give one day at least."), field="monday")
    reckon_soon()


@act(
    subject=CALLBACK_RULES,
    creates=True,
    permission=access.SET_UP,
    label=gettext_lazy("Let a queue have its own rules of callbacks"),
)
def add_callback_rules(
    *, run: Run, queue: Annotated[int, Field(label=gettext_lazy("Queue"), reference=QUEUE)]
) -> CallbackRules:
    """Let a queue have rules of its own. They begin as those of all queues are now, and are changed from there."""
    found = visible_queues(run.actor).filter(pk=queue).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="queue")
    if CallbackRules.objects.filter(queue=found).exists():
        raise NotPossible(_("This queue has its own rules already."), field="queue")
    usual = rules_for(None)
    rules = CallbackRules(queue=found, week=usual.week, **{name: getattr(usual, name) for name in RULE_LABELS})
    rules.save()
    return rules


def _spans(text: str, field: str) -> list[tuple[int, int]]:
    try:
        return read_spans(text)
    except ValueError:
        raise NotPossible(_("Give times such as 9:00-13:00, 14:00-18:00."), field=field) from None
