"""Setting limits. A limit counts from the first moment on what was given before it was there."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.guidelines import access
from onhand.guidelines.book import GIVING, turn_page
from onhand.guidelines.enums import Beyond, Per, Period
from onhand.guidelines.limits import LONGEST_WINDOW, count_what_was_given
from onhand.guidelines.models import Limit
from onhand.guidelines.subjects import LIMIT, REPRESENTATIVE
from onhand.kernel.acts import Run, act, all_acts, find_act
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.staff.models import Representative, Role
from onhand.staff.queries import role_names


def _acts_that_give() -> list[tuple[str, str]]:
    return [(one.name, str(one.label)) for one in all_acts() if one.gives]


def _role_keys() -> list[tuple[str, str]]:
    return sorted(role_names().items(), key=lambda one: one[1])


Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=120, current=lambda limit: limit.name)]
Acts = Annotated[
    list[str],
    Field(
        label=gettext_lazy("Acts"),
        help=gettext_lazy("None: all acts that give something away, together."),
        options=_acts_that_give,
        current=lambda limit: limit.acts,
    ),
]
OfRole = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Only for people of this role"), reference="staff.role", current=lambda limit: limit.role_id
    ),
]
OfPerson = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Only for this representative"),
        reference=REPRESENTATIVE,
        current=lambda limit: limit.representative_id,
    ),
]
AddsUpOver = Annotated[Per, Field(label=gettext_lazy("Adds up over"), current=lambda limit: limit.per)]
InPeriod = Annotated[Period, Field(label=gettext_lazy("Period"), current=lambda limit: limit.period)]
Days = Annotated[
    int,
    Field(
        label=gettext_lazy("Days"),
        help=gettext_lazy("With “last days”: how many, today included."),
        current=lambda limit: limit.days,
    ),
]
Most = Annotated[
    Money | None,
    Field(
        label=gettext_lazy("Most"),
        help=gettext_lazy(
            "Of other currencies nothing may be given, unless a limit of their own is added here one by one."
        ),
        current=lambda limit: next((Money(minor, currency) for currency, minor in (limit.most or {}).items()), None),
    ),
]
MostTimes = Annotated[int | None, Field(label=gettext_lazy("Most times"), current=lambda limit: limit.most_times)]
MostPercent = Annotated[
    str,
    Field(
        label=gettext_lazy("Most in percent of the order"),
        help=gettext_lazy("For each act by itself only."),
        max_length=8,
        current=lambda limit: "" if limit.most_percent is None else f"{limit.most_percent / 100:g}",
    ),
]
WhatBeyond = Annotated[Beyond, Field(label=gettext_lazy("Beyond it"), current=lambda limit: limit.beyond)]
Approvers = Annotated[
    list[str],
    Field(label=gettext_lazy("Who may approve"), options=_role_keys, current=lambda limit: limit.approvers),
]


@act(subject=LIMIT, permission=access.LIMIT, label=gettext_lazy("Set a limit"), creates=True)
def add_limit(
    *,
    run: Run,
    name: Name,
    per: AddsUpOver,
    acts: Acts | None = None,
    role: OfRole = None,
    representative: OfPerson = None,
    period: InPeriod = Period.DAY,
    days: Days = 1,
    most: Most = None,
    most_times: MostTimes = None,
    most_percent: MostPercent = "",
    beyond: WhatBeyond = Beyond.ASK,
    approvers: Approvers | None = None,
) -> Limit:
    """Limit how much may be given away, or how often something be done. What was given before counts."""
    limit = Limit(name=name)
    _fill(limit, run, acts or [], role, representative, per, period, days, beyond, approvers or [])
    _fill_most(limit, most, most_times, most_percent)
    limit.save()
    _count_anew(limit, run)
    return limit


@act(subject=LIMIT, permission=access.LIMIT, label=gettext_lazy("Change the limit"), row_only=True)
def change_limit(
    limit: Limit,
    *,
    run: Run,
    name: Name,
    per: AddsUpOver,
    acts: Acts | None = None,
    role: OfRole = None,
    representative: OfPerson = None,
    period: InPeriod = Period.DAY,
    days: Days = 1,
    most: Most = None,
    most_times: MostTimes = None,
    most_percent: MostPercent = "",
    beyond: WhatBeyond = Beyond.ASK,
    approvers: Approvers | None = None,
) -> None:
    """Change a limit. What was given in the days it adds up over is counted anew."""
    limit.name = name
    _fill(limit, run, acts or [], role, representative, per, period, days, beyond, approvers or [])
    _fill_most(limit, most, most_times, most_percent)
    _count_anew(limit, run)


@act(subject=LIMIT, permission=access.LIMIT, label=gettext_lazy("Limit another currency"), row_only=True)
def limit_currency(limit: Limit, *, run: Run, most: Annotated[Money, Field(label=gettext_lazy("Most"))]) -> None:
    """Say how much of one more currency may be given, or change it."""
    if most.minor < 0:
        raise NotPossible(_("A limit cannot be below zero."), field="most")
    limit.most = {**(limit.most or {}), most.currency: most.minor}
    turn_page()


@act(subject=LIMIT, permission=access.LIMIT, label=gettext_lazy("End the limit"), row_only=True)
def end_limit(limit: Limit, *, run: Run) -> None:
    """Put a limit out of force."""
    if not limit.is_active:
        raise NotPossible(_("This limit is not in force."))
    limit.is_active = False
    turn_page()


@act(subject=LIMIT, permission=access.LIMIT, label=gettext_lazy("Put the limit into force again"), row_only=True)
def renew_limit(limit: Limit, *, run: Run) -> None:
    """Put a limit that was ended into force again. What was given meanwhile counts."""
    if limit.is_active:
        raise NotPossible(_("This limit is in force."))
    limit.is_active = True
    _count_anew(limit, run)


def _fill(
    limit: Limit,
    run: Run,
    acts: Sequence[str],
    role: int | None,
    representative: int | None,
    per: Per,
    period: Period,
    days: int,
    beyond: Beyond,
    approvers: Sequence[str],
) -> None:
    if Limit.objects.filter(name__iexact=limit.name).exclude(pk=limit.pk).exists():
        raise NotPossible(_("There is a limit of this name already."), field="name")
    unknown = [name for name in acts if find_act(name) is None]
    if unknown:
        raise NotPossible(_("There is no act “%(name)s”.") % {"name": unknown[0][:60]}, field="acts")
    if role is not None and not Role.objects.filter(pk=role).exists():
        raise NotPossible(_("Choose one of the list."), field="role")
    if representative is not None and not Representative.objects.filter(pk=representative).exists():
        raise NotPossible(_("Choose one of the list."), field="representative")
    if set(approvers) - set(Role.objects.values_list("key", flat=True)):
        raise NotPossible(_("Choose one of the list."), field="approvers")
    if not 1 <= days <= LONGEST_WINDOW:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": LONGEST_WINDOW}, field="days")
    limit.acts, limit.role_id, limit.representative_id = sorted(set(acts)), role, representative
    limit.per, limit.period, limit.days = per, period, days
    limit.beyond, limit.approvers = beyond, sorted(set(approvers))


def _fill_most(limit: Limit, most: Money | None, times: int | None, percent: str) -> None:
    if most is None and times is None and not percent:
        raise NotPossible(_("Say how much, how often, or what share."), field="most")
    if most is not None and most.minor < 0:
        raise NotPossible(_("A limit cannot be below zero."), field="most")
    if times is not None and not 0 <= times < 2**31:
        raise NotPossible(_("Give a whole number within the allowed range."), field="most_times")
    if limit.per == Per.ACT and times is not None:
        raise NotPossible(_("How often needs something it adds up over."), field="most_times")
    if limit.per != Per.ACT and percent:
        raise NotPossible(_("A share is of each act by itself."), field="most_percent")
    kept = limit.most or {}
    limit.most = (
        None if most is None else {**{c: m for c, m in kept.items() if c != most.currency}, most.currency: most.minor}
    )
    limit.most_times, limit.most_percent = times, _hundredths(percent)


def _hundredths(percent: str) -> int | None:
    if not percent:
        return None
    try:
        given = Decimal(percent.replace(",", ".")) * 100
    except InvalidOperation:
        given = Decimal(-1)
    if not given.is_finite() or given != int(given) or not 0 <= given <= 10_000:
        raise NotPossible(_("Give a share from 0 to 100 with two decimals at most."), field="most_percent")
    return int(given)


def _count_anew(limit: Limit, run: Run) -> None:
    """While nobody gives anything: those who are at it end first, those who come wait."""
    run_prepared("select pg_advisory_xact_lock(%s)", [GIVING])
    count_what_was_given(limit, company_day(run.at))
    turn_page()
