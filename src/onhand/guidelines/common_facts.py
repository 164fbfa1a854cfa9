"""Facts of every act: who does it, through which door, when, how much it gives, and how much of the customer's own money it moves."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.facts import Fact, Source, register_facts
from onhand.kernel.actor import ActorKind, Via
from onhand.kernel.acts import all_acts
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day, company_time
from onhand.kernel.decisions import Question
from onhand.kernel.money import Money
from onhand.staff.queries import role_names

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

REASON = "reason code"
GOES_BACK = ("refund", "credit")  # what acts call an amount that is the customer's and goes back to them
DIFFERENCE = "difference"  # of an exchange: above nothing it is due, below nothing it goes back
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _of_the_act(question: Question) -> Mapping[str, object]:
    given = question.gives
    back = next((amount for name in GOES_BACK if (amount := _money(question, name))), None)
    difference = _money(question, DIFFERENCE)
    said = given or back or difference
    return {
        "act": question.act,
        "amount given": given,
        "amount back": back,
        "price difference": difference,
        "currency": said.currency if said else None,
        REASON: reason_code(question),
    }


def _reasons() -> "Mapping[str, _StrOrPromise]":
    """The reasons acts offer in lists, in words."""
    lists = (field.choices for act in all_acts() for field in act.fields if field.name == "reason")
    return {value: words for offered in lists for value, words in offered}


def _money(question: Question, name: str) -> Money | None:
    amount = question.facts.get(name)
    return amount if isinstance(amount, Money) else None


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
            Fact(
                "amount back",
                "number",
                _("What of the customer's own money goes back with it: a refund, a credit, a deposit."),
                example="<= 500",
            ),
            Fact(
                "price difference",
                "number",
                _("What an exchange costs more; below nothing, what it costs less."),
                example="[-50..50]",
            ),
            Fact("currency", "string", _("The currency of what is given or goes back."), example='"EUR"'),
            Fact(REASON, "string", _("The reason chosen, where the act offers a list."), {}, '"damaged"', _reasons),
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
            Fact("role", "string", _("The key of their role."), {}, '"beginner"', role_names),
            Fact(
                "kind of actor",
                "string",
                _("A person, a program, an AI representative, or the product itself."),
                {kind.value: kind.value for kind in ActorKind},
                '"ai"',
            ),
            Fact("door", "string", _("Where they come in."), {via.value: via.value for via in Via}, '"api"'),
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
            Fact(
                "weekday",
                "string",
                _("The day of the week, in English."),
                {day: day for day in WEEKDAYS},
                '"Saturday","Sunday"',
            ),
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
