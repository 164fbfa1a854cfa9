"""
Limits that add up: how much was used, whether an act fits, and counting it.

An act is looked at twice. Before it is done, without a lock, so that a preview can say what is left. And when it is done, last before
its record: what it adds up over is locked then, in one order, so that nobody gets past a limit by doing many acts at the same moment, and
what the lock holds back is the short end of an act only. Both are functions of the database (migration 0006), one statement each: in what
is counted each step sees what was committed while it waited for its lock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg.types.numeric import Int8

from onhand.customers.models import Customer
from onhand.guidelines.answers import Said
from onhand.guidelines.common_facts import reason_code
from onhand.guidelines.enums import Beyond, Per, Period
from onhand.guidelines.facts import customer_of, gather
from onhand.guidelines.models import Limit, LimitUse
from onhand.guidelines.windows import first_day
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.decisions import APPROVERS, Answer, Question
from onhand.kernel.money import Money
from onhand.kernel.reading import as_sent
from onhand.kernel.records import SqlText

LONGEST_WINDOW = 731  # days
BASE_OF_PERCENT = "order total"  # the fact a share is taken of


@dataclass(frozen=True, slots=True)
class Part:
    """A limit, and one of what it adds up over. Of a `customer` what was counted on files merged into theirs counts too."""

    limit: Limit
    key: str
    customer: int | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What was used in the days that count: minor units of the act's currency, and how often."""

    minor: int
    times: int


def parts_of(limits: Iterable[Limit], question: Question) -> list[Part]:
    """What the act adds to, in the order in which it is locked."""
    found = [part for limit in limits if limit.per != Per.ACT for part in _parts(limit, question)]
    return sorted(found, key=lambda part: (part.limit.pk, part.key))


def _parts(limit: Limit, question: Question) -> list[Part]:
    actor = question.actor
    if limit.per == Per.REPRESENTATIVE:
        return [Part(limit, f"{actor.kind.value}:{actor.id or 0}")]
    if limit.per == Per.TEAM:
        return [Part(limit, str(team)) for team in sorted(actor.team_ids)]
    if limit.per == Per.REASON:
        return [Part(limit, reason_code(question) or "-")]
    if limit.per == Per.COMPANY:
        return [Part(limit, "-")]
    customer = customer_of(question)
    if customer is None:
        return []
    if limit.per == Per.HOUSEHOLD and (household := _household(customer, question)) is not None:
        return [Part(limit, f"h{household}")]
    return [Part(limit, str(customer), customer)]


def _household(customer: int, question: Question) -> int | None:
    """By the customer's row, where that is what was locked."""
    if isinstance(question.subject, Customer):
        return question.subject.household_id
    found = run_prepared("select household_id from customers_customer where id = %s", [as_sent(customer)])
    return found[0][0] if found else None


_USED = "select * from guidelines_used(%s::bigint[], %s::text[], %s::bigint[], %s::date[], %s)"
_COUNT = (
    "select array_agg(array[c.part, c.used, c.often]) from guidelines_count(%s, %s::bigint[], %s::text[], %s::bigint[], %s::date[], "
    "%s, %s, %s, %s, %s, %s, %s, %s, %s::bigint[], %s) c"
)
Counted = (
    Sequence[Sequence[int]] | None
)  # of each part its place, what was used before of it, and how often; see guidelines_count


def used(parts: Sequence[Part], question: Question) -> list[Used]:
    """What was used of each up to now. One statement, of as many rows as days count."""
    if not parts:
        return []
    currency = question.gives.currency if question.gives else ""
    return _ordered(run_prepared(_USED, [*_columns(parts, company_day(question.at)), currency]))


def _columns(parts: Sequence[Part], today: date) -> tuple[list[int], list[str], list[int | None], list[date]]:
    """As the database's functions take them: limits, keys, customers, first days that count."""
    return (
        [part.limit.pk for part in parts],
        [part.key for part in parts],
        [part.customer for part in parts],
        [first_day(part.limit.period, part.limit.days, today) for part in parts],
    )


def _ordered(rows: Iterable[Sequence[int]]) -> list[Used]:
    return [Used(minor, times) for _place, minor, times in sorted(rows, key=lambda row: row[0])]


def what_they_say(limits: Sequence[Limit], question: Question) -> list[Said]:
    """What limits answer that the act does not fit in; of those that add up only where it is asked `ahead`."""
    alone = [limit for limit in limits if limit.per == Per.ACT]
    said = [answer for limit in alone if (answer := _beyond(limit, Used(0, 0), question))]
    parts = parts_of(limits, question) if question.ahead else []
    return said + _beyond_all(parts, used(parts, question), question)


def to_count(limits: Sequence[Limit], question: Question, edition: int) -> SqlText | None:
    """
    How an act that was done is counted, whatever the number of limits: SQL that gives a `Counted`. None where none adds up and nothing is
    given. What it adds up over is locked until the transaction ends. Where the book has another number than `edition`, whose limits these
    are, nothing is counted.
    """
    parts = parts_of(limits, question)
    if not parts and question.gives is None:
        return None
    actor, gives, today = question.actor, question.gives, company_day(question.at)
    return _COUNT, [
        *(Int8(edition), *_columns(parts, today), today),
        *((gives.currency, Int8(abs(gives.minor))) if gives else ("", Int8(0))),
        *(question.act, as_sent(customer_of(question)), actor.kind.value, as_sent(actor.id), actor.role),
        *(sorted(actor.team_ids), reason_code(question) or ""),
    ]


def count(limits: Sequence[Limit], question: Question, edition: int) -> Counted:
    """Count it at once, by a statement of its own."""
    how = to_count(limits, question, edition)
    if how is None:
        return None
    counted: Counted = run_prepared(*how)[0][0]
    return counted


def by_another_book(counted: Counted) -> int | None:
    """The number of the book there is, where nothing was counted because it is another one."""
    return counted[0][1] if counted and counted[0][0] == 0 else None


def what_was_counted(limits: Sequence[Limit], counted: Counted, question: Question) -> list[Said]:
    """Which of the limits an act that was counted does not fit in."""
    return _beyond_all(parts_of(limits, question), _ordered(counted or ()), question)


def _beyond_all(parts: Sequence[Part], so_far: Sequence[Used], question: Question) -> list[Said]:
    return [
        answer for part, before in zip(parts, so_far, strict=True) if (answer := _beyond(part.limit, before, question))
    ]


def _beyond(limit: Limit, so_far: Used, question: Question) -> Said | None:
    why = _too_much(limit, so_far, question.gives) or _too_often(limit, so_far) or _too_large_a_share(limit, question)
    if why is None:
        return None
    answer = Answer.REFUSE if limit.beyond == Beyond.REFUSE else Answer.ASK
    approvers = tuple(limit.approvers) or APPROVERS
    return Said(
        answer,
        why,
        rule=f"limit:{limit.pk}",
        version=str(limit.version),
        may_approve=approvers if answer is Answer.ASK else (),
    )


def _too_much(limit: Limit, so_far: Used, gives: Money | None) -> str | None:
    if limit.most is None or gives is None:
        return None
    most = Money(limit.most.get(gives.currency, 0), gives.currency)
    if so_far.minor + abs(gives.minor) <= most.minor:
        return None
    said = {"amount": gives.formatted(), "most": most.formatted(), "name": limit.name}
    if limit.per == Per.ACT:
        return _("%(amount)s is more than the %(most)s of “%(name)s”.") % said
    said["used"] = Money(so_far.minor, gives.currency).formatted()
    said["where"] = where_it_adds_up(limit)
    return _("%(amount)s is too much: of the %(most)s of “%(name)s” (%(where)s), %(used)s were given already.") % said


def _too_often(limit: Limit, so_far: Used) -> str | None:
    if limit.most_times is None or so_far.times + 1 <= limit.most_times:
        return None
    said = {"times": limit.most_times, "name": limit.name, "where": where_it_adds_up(limit)}
    return (
        ngettext(
            "This may be done %(times)s time by “%(name)s” (%(where)s), and was.",
            "This may be done %(times)s times by “%(name)s” (%(where)s), and was.",
            limit.most_times,
        )
        % said
    )


def _too_large_a_share(limit: Limit, question: Question) -> str | None:
    """A share of what the order cost; where that is not known, none is allowed."""
    if limit.most_percent is None or question.gives is None:
        return None
    whole = gather([BASE_OF_PERCENT], question).get(BASE_OF_PERCENT)
    given = gather(["amount given"], question)["amount given"]
    most = Decimal(limit.most_percent) / 100
    if isinstance(whole, Decimal) and isinstance(given, Decimal) and whole > 0 and abs(given) * 100 <= most * whole:
        return None
    said = {"most": f"{most.normalize():f}", "name": limit.name}
    return _("This is more than %(most)s %% of the order, which “%(name)s” allows.") % said


def where_it_adds_up(limit: Limit) -> str:
    """Over what and how long a limit adds up, in words."""
    per = Per(limit.per).label
    if limit.period == Period.DAYS:
        days = ngettext("last %(days)s day", "last %(days)s days", limit.days) % {"days": limit.days}
        return f"{per}, {days}"
    return f"{per}, {Period(limit.period).label}"


_KEY = {
    Per.CUSTOMER: "coalesce(c.merged_into_id, c.id)::text",
    Per.HOUSEHOLD: "coalesce('h' || r.household_id, r.id::text)",
    Per.REPRESENTATIVE: "g.actor_kind || ':' || coalesce(g.actor_id, 0)",
    Per.TEAM: "t.team::text",
    Per.REASON: "coalesce(nullif(g.reason, ''), '-')",
    Per.COMPANY: "'-'",
}
_FROM = {
    Per.CUSTOMER: "join customers_customer c on c.id = g.customer_id",
    Per.HOUSEHOLD: "join customers_customer c on c.id = g.customer_id "
    "join customers_customer r on r.id = coalesce(c.merged_into_id, c.id)",
    Per.TEAM: "cross join unnest(g.team_ids) as t(team)",
}


def count_what_was_given(limit: Limit, today: date) -> None:
    """Count for a limit that is new or changed what was given in the days that count. Nobody gives anything meanwhile (`book.GIVING`)."""
    limit.uses.all().delete()
    if limit.per == Per.ACT:
        return
    per = Per(limit.per)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into guidelines_limituse (limit_id, key, day, currency, used_minor, times) "  # noqa: S608  (texts of ours)
            f"select %s, {_KEY[per]}, g.day, g.currency, sum(g.minor), count(*) from guidelines_given g {_FROM.get(per, '')} "
            "left join staff_role s on s.key = g.actor_role "
            "where g.day >= %s and (cardinality(%s::text[]) = 0 or g.act = any(%s)) "
            "and (%s::bigint is null or s.id = %s) and (%s::bigint is null or g.actor_id = %s) group by 2, 3, 4",
            [
                *(limit.pk, first_day(limit.period, limit.days, today), limit.acts, limit.acts),
                *(limit.role_id, limit.role_id, limit.representative_id, limit.representative_id),
            ],
        )


def forget_uses(today: date) -> int:
    """Take out what was counted on days no limit looks back to; how many rows. What was given stays in `Given`."""
    return LimitUse.objects.filter(day__lt=today - timedelta(days=LONGEST_WINDOW + 1)).delete()[0]
