"""Limits that add up: over whom and how long, whatever happens at the same moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given as examples
from hypothesis import strategies as st

from onhand.customers.models import Customer, Household
from onhand.guidelines.enums import Period
from onhand.guidelines.models import Given, Limit, LimitUse
from onhand.guidelines.windows import first_day
from onhand.invoicing.models import Document as Invoice
from onhand.kernel.actor import Actor
from onhand.kernel.decisions import Answer, NeedsApproval, Refused
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from onhand.staff.models import Role
from tests.factories import make_customer
from tests.guidelines.company import nothing_laid_down, somebody
from tests.invoicing.documents import NOW
from tests.kernel.sessions import together

GOODWILL = "invoicing.give_goodwill"


def euro(minor: int) -> dict[str, Any]:
    return Money(minor, "EUR").as_json()


def give(minor: int, to: Customer, actor: Actor | None = None, at: datetime = NOW, **more: Any) -> Outcome:
    arguments = {"amount": Money(minor, more.pop("currency", "EUR")).as_json(), "reason": "A long wait"}
    return perform(GOODWILL, actor=actor or somebody(), arguments=arguments, at=at, subject_id=to.pk, **more)


def limit(name: str = "Goodwill", at: datetime = NOW, **given: Any) -> Limit:
    made = perform("guidelines.add_limit", actor=somebody("administrator", 1), arguments={"name": name, **given}, at=at)
    return Limit.objects.get(pk=made.subject_id)


@pytest.mark.django_db(transaction=True)
def test_add_limit_per_customer_cannot_be_got_round_by_splitting() -> None:
    limit(per="customer", period="days", days=90, most=euro(20_000), beyond="ask", approvers=["supervisor"])
    ana, ben = make_customer(), make_customer()
    for _time in range(4):
        give(4900, ana)
    with pytest.raises(NeedsApproval, match="€196") as asked:
        give(401, ana)
    assert asked.value.decision.may_approve == ("supervisor",)
    give(400, ana)
    give(4900, ben)
    assert give(100, ana, somebody("supervisor", 9)).decision.answer is Answer.ALLOW  # who may approve need not ask
    give(100, ana, approver=somebody("supervisor", 8))
    with pytest.raises(NeedsApproval):
        give(1, ana, at=NOW + timedelta(days=89))
    give(20_000, ana, at=NOW + timedelta(days=90))
    assert Given.objects.count() == 9


@pytest.mark.django_db(transaction=True)
def test_what_was_given_before_counts_and_so_do_merged_files_and_households() -> None:
    ana, bea, cid = make_customer(), make_customer(), make_customer()
    home = Household.objects.create(name="Home", created_at=NOW)
    Customer.objects.filter(pk__in=(ana.pk, cid.pk)).update(household=home)
    for one in (ana, bea, cid):
        give(1000, one)
    actor = somebody("administrator", 1)
    perform(
        "customers.merge_customer",
        actor=actor,
        arguments={"other": bea.pk, "reason": "The same."},
        at=NOW,
        subject_id=ana.pk,
    )
    limit(per="household", period="month", most=euro(3500), beyond="refuse")
    with pytest.raises(Refused, match="€30"):
        give(501, ana)
    give(500, cid)
    limit("Each", per="customer", period="year", most_times=2, beyond="refuse")
    with pytest.raises(Refused, match="2 times"):
        give(1, ana)  # once, and once on the file merged into theirs


@pytest.mark.django_db(transaction=True)
def test_limits_of_a_role_a_person_a_team_and_the_company() -> None:
    ana = make_customer()
    senior = Role.objects.get(key="senior")
    limit("Seniors", per="act", role=senior.pk, most=euro(5000), approvers=["supervisor"])
    limit("Team", per="team", period="week", most=euro(7000), beyond="refuse")
    limit("All", per="company", period="day", most=euro(10_000), beyond="refuse")
    with pytest.raises(NeedsApproval):
        give(5001, ana, somebody("senior"))
    in_team = somebody("senior", team_ids=frozenset({3, 4}))
    give(5000, ana, in_team)
    with pytest.raises(Refused, match="Team"):
        give(2001, ana, somebody("senior", 8, team_ids=frozenset({4})))
    give(4000, ana, somebody(number=10))
    with pytest.raises(Refused, match="All"):
        give(1001, ana, somebody(number=11))
    give(10_000, ana, somebody(number=11), at=NOW + timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_what_only_adds_up_allows_nothing_by_itself() -> None:
    nothing_laid_down()
    ana = make_customer()
    limit("Team", per="company", period="month", most=euro(500_000))
    with pytest.raises(NeedsApproval, match="No guideline says"):
        give(100, ana)
    limit("Each time", per="act", most=euro(1000))
    give(1000, ana)
    with pytest.raises(NeedsApproval):
        give(1001, ana)


@pytest.mark.django_db(transaction=True)
def test_another_currency_is_another_limit() -> None:
    made = limit(per="customer", period="day", most=euro(5000), beyond="refuse")
    ana = make_customer()
    with pytest.raises(Refused):
        give(100, ana, currency="USD")
    actor, dollars = somebody("administrator", 1), {"most": Money(500, "USD").as_json()}
    perform("guidelines.limit_currency", actor=actor, arguments=dollars, at=NOW, subject_id=made.pk)
    give(500, ana, currency="USD")
    give(5000, ana)
    with pytest.raises(Refused):
        give(1, ana, currency="USD")


@pytest.mark.django_db(transaction=True)
def test_a_refused_and_a_previewed_act_use_nothing_up() -> None:
    limit(per="customer", period="day", most=euro(5000), beyond="refuse")
    ana = make_customer()
    give(4000, ana, preview=True)
    with pytest.raises(NotPossible):
        give(-4000, ana)
    assert not LimitUse.objects.exists()
    give(5000, ana)
    with pytest.raises(Refused):
        give(1, ana, preview=True)


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_moment_never_exceed_a_limit() -> None:
    limit(per="representative", period="day", most=euro(1000), beyond="refuse")
    limit("Times", per="company", period="month", most_times=7, beyond="refuse")
    customers = [make_customer() for _number in range(12)]
    actors = [somebody(number=5 + number % 2) for number in range(12)]
    done = together(*[lambda n=n: give(300, customers[n], actors[n]) for n in range(12)])
    assert all(isinstance(one, Outcome | ActError) for one in done), done
    assert sum(isinstance(one, Outcome) for one in done) == 6  # three of each: a fourth would be 12.00
    assert Invoice.objects.count() == Given.objects.count() == 6
    assert sorted(LimitUse.objects.values_list("used_minor", "times")) == [(900, 3), (900, 3), (1800, 6)]


@pytest.mark.django_db(transaction=True)
def test_a_limit_made_while_things_are_given_counts_them_all() -> None:
    customers = [make_customer() for _number in range(10)]
    calls = [lambda n=n: give(100, customers[n]) for n in range(10)]
    calls.insert(5, lambda: limit(per="company", period="day", most=euro(100_000)))
    done = together(*calls)
    assert all(isinstance(one, Outcome | Limit) for one in done), done
    assert LimitUse.objects.get().used_minor == 1000


@pytest.mark.django_db(transaction=True)
def test_change_limit_counts_anew_and_end_limit_and_renew_limit() -> None:
    made = limit(per="representative", period="day", most=euro(5000), beyond="refuse")
    ana, actor = make_customer(), somebody("administrator", 1)
    give(3000, ana)
    wider = {"name": "Goodwill", "per": "customer", "period": "week", "most": euro(6000), "beyond": "refuse"}
    perform("guidelines.change_limit", actor=actor, arguments=wider, at=NOW, subject_id=made.pk)
    assert LimitUse.objects.get().key == str(ana.pk)
    with pytest.raises(Refused):
        give(3001, ana)
    perform("guidelines.end_limit", actor=actor, arguments={}, at=NOW, subject_id=made.pk)
    give(3001, ana)
    perform("guidelines.renew_limit", actor=actor, arguments={}, at=NOW, subject_id=made.pk)
    assert LimitUse.objects.get().used_minor == 6001
    with pytest.raises(Refused):
        give(1, ana)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"per": "customer"},
        {"per": "act", "most_times": 3},
        {"per": "customer", "most_percent": "10"},
        {"per": "act", "most_percent": "101"},
        {"per": "act", "most_percent": "1e9"},
        {"per": "customer", "most": euro(-1)},
        {"per": "customer", "most": euro(1), "days": 0},
        {"per": "customer", "most": euro(1), "days": 10_000},
        {"per": "customer", "most": euro(1), "acts": ["orders.fly"]},
        {"per": "customer", "most": euro(1), "approvers": ["nobody"]},
        {"per": "customer", "most": euro(1), "role": 10**12},
        {"per": "customer", "most_times": -1},
    ],
)
def test_a_limit_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ActError), transaction.atomic():
        perform(
            "guidelines.add_limit",
            actor=somebody("administrator", 1),
            arguments={"name": "x", **wrong},
            at=NOW,
            as_part=True,
        )
    assert not Limit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_day_is_the_companys_day_also_when_it_has_25_hours(settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"
    limit(per="customer", period="day", most=euro(1000), beyond="refuse", at=datetime(2026, 10, 24, 12, tzinfo=UTC))
    ana = make_customer()
    begins = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight before the clocks go back
    give(1000, ana, at=begins - timedelta(seconds=1))
    give(1000, ana, at=begins)
    with pytest.raises(Refused):
        give(1, ana, at=begins + timedelta(hours=24, minutes=59))
    give(1000, ana, at=begins + timedelta(hours=25))


@examples(st.dates(), st.sampled_from(Period), st.integers(1, 731))
def test_a_window_begins_before_and_holds_today(today: Any, period: Period, days: int) -> None:
    if today < datetime(5, 1, 1, tzinfo=UTC).date():
        return
    first = first_day(period, days, today)
    assert 0 <= (today - first).days < (days if period == Period.DAYS else 366)
    if period == Period.WEEK:
        assert first.weekday() == 0
