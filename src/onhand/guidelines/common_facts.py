"""Facts of every act: who does it, through which door, when, and how much it gives."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.facts import Fact, Source, register_facts
from onhand.kernel.actor import ActorKind, Via
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day, company_time
from onhand.kernel.decisions import Question

REASON = "reason code"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _of_the_act(question: Question) -> Mapping[str, object]:
    given = question.gives
    return {
        "act": question.act,
        "amount given": given,
        "currency": given.currency if given else None,
        REASON: reason_code(question),
    }


def reason_code(question: Question) -> str | None:
    """The reason the act was given, where it is one of a list: free words could name people."""
    reason = question.values.get("reason")
    return str(reason.value) if isinstance(reason, Enum) else None


def _of_the_actor(question: Question) -> Mapping[str, object]:
    actor = question.actor
    return {"role": actor.role, "kind of actor": actor.kind.value, "door": actor.via.value}


def _of_the_moment(question: Question) -> Mapping[str, object]:
    today, now = company_day(question.at), company_time(question.at)
    return {"today": today, "time of day": now, "weekday": WEEKDAYS[today.weekday()]}


def _of_the_person(question: Question) -> Mapping[str, object]:
    """How long somebody has worked here, in whole months."""
    if question.actor.kind is ActorKind.SYSTEM or question.actor.id is None:
        return {}
    rows = run_prepared("select joined_at from staff_representative where id = %s", [question.actor.id])
    return {"months of service": _months(rows[0][0], question)} if rows else {}


def _months(since: datetime, question: Question) -> int:
    first, today = company_day(since), company_day(question.at)
    return (today.year - first.year) * 12 + today.month - first.month - (today.day < first.day)


register_facts(
    Source(
        "act",
        _("The act"),
        (
            Fact("act", "string", _("The name of the act, as programs call it."), example='"orders.return_lines"'),
            Fact("amount given", "number", _("What the company gives away with it, in its currency."), example="<= 50"),
            Fact("currency", "string", _("The currency of what is given."), example='"EUR"'),
            Fact(REASON, "string", _("The reason chosen, where the act offers a list."), example='"damaged"'),
        ),
        _of_the_act,
        always=True,
    )
)
register_facts(
    Source(
        "actor",
        _("Who does it"),
        (
            Fact("role", "string", _("The key of their role."), example='"beginner"'),
            Fact(
                "kind of actor",
                "string",
                _("A person, a program, an AI representative, or the product itself."),
                tuple(kind.value for kind in ActorKind),
                '"ai"',
            ),
            Fact("door", "string", _("Where they come in."), tuple(via.value for via in Via), '"api"'),
        ),
        _of_the_actor,
        always=True,
    )
)
register_facts(
    Source(
        "moment",
        _("When"),
        (
            Fact("today", "date", _("The company's day."), example='>= date("2027-01-01")'),
            Fact(
                "time of day",
                "time",
                _("The time where the company is."),
                example='[time("08:00:00")..time("18:00:00"))',
            ),
            Fact("weekday", "string", _("The day of the week, in English."), WEEKDAYS, '"Saturday","Sunday"'),
        ),
        _of_the_moment,
        always=True,
    )
)
register_facts(
    Source(
        "person",
        _("How experienced they are"),
        (Fact("months of service", "number", _("Whole months since they joined."), example="< 3"),),
        _of_the_person,
    )
)
