"""What deciding and counting cost an act in statements, and that what they save lets nothing slip through."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, transaction

from onhand.customers.models import Customer
from onhand.guidelines import authority, book
from onhand.guidelines.models import Given, LimitUse
from onhand.kernel.decisions import Authority, Question, Refused, set_authority
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from tests.factories import make_customer
from tests.factories.statements import statements
from tests.guidelines.company import document, nothing_laid_down, publish, somebody
from tests.guidelines.test_limits import GOODWILL, euro, give, limit
from tests.invoicing.documents import NOW
from tests.kernel.sessions import sessions, together

pytestmark = pytest.mark.django_db(transaction=True)
LANGUAGE = "customers.change_language"
REFUSED = document([GOODWILL], [], [('"refuse"', "", "", "")])


def speak(customer: Customer, language: str) -> Outcome:
    return perform(LANGUAGE, actor=somebody(), arguments={"language": language}, at=NOW, subject_id=customer.pk)


def sent_by(work: Callable[[], Any], *, is_decided: bool = True) -> list[str]:
    """What an act sends, decided by the guidelines or by the role's permission alone."""
    before = set_authority(authority.AUTHORITY if is_decided else Authority())
    try:
        with statements() as sent:
            work()
    finally:
        set_authority(before)
    return sent


def test_an_act_that_gives_something_sends_nothing_more_for_what_decides_and_counts_it() -> None:
    publish("Goodwill", document([GOODWILL], ["amount given", "role"], [("<= 50", "-", '"allow"', "", "", "")]))
    limit("Each", per="customer", period="days", days=90, most=euro(90_000))
    limit("All", per="company", period="day", most_times=90)
    limit("Homes", per="household", period="year", most=euro(90_000))
    ana = make_customer()
    give(100, ana)
    decided = sent_by(lambda: give(100, ana))
    plain = sent_by(lambda: give(100, ana), is_decided=False)
    assert len(decided) == len(plain)
    assert Given.objects.count() == 2
    assert set(LimitUse.objects.values_list("times", flat=True)) == {2}


def test_an_act_nothing_is_laid_down_for_sends_nothing_more_either() -> None:
    limit(per="customer", period="day", most=euro(1000))
    ana = make_customer()
    speak(ana, "es")
    decided = sent_by(lambda: speak(ana, "en"))
    plain = sent_by(lambda: speak(ana, "es"), is_decided=False)
    assert len(decided) == len(plain)
    assert not LimitUse.objects.exists()


def test_what_is_published_while_an_act_waits_for_its_subject_decides_it() -> None:
    nothing_laid_down()
    publish("Before", document([GOODWILL], [], [('"allow"', "", "", "")]))
    ana = make_customer()
    give(100, ana)
    with sessions(1) as [other]:
        other.execute("select from customers_customer where id = %s for update", [ana.pk])

        def publishes() -> None:
            _until_somebody_waits()
            publish("Meanwhile", REFUSED)
            other.rollback()

        given, published = together(lambda: give(100, ana), publishes)
    assert published is None
    assert isinstance(given, Refused)


def _until_somebody_waits() -> None:
    end = monotonic() + 20
    waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    while monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.rowcount:
                return
        sleep(0.02)
    raise AssertionError("nobody waits for the lock")


def asked(customer: Customer, minor: int) -> Question:
    given = Money(minor, "EUR")
    facts, values = {"amount": given}, {"amount": given, "reason": "x"}
    return Question(somebody(), GOODWILL, "customer", customer.pk, facts, NOW, customer, values, gives=given)


def test_a_limit_made_after_the_decision_counts_when_the_act_does() -> None:
    question = asked(make_customer(), 1001)
    decision = authority.decide(question)
    limit(per="company", period="day", most=euro(1000), beyond="refuse")
    with pytest.raises(Refused), transaction.atomic():
        authority.settle(question, decision, [[0, book.current().number, 0]])
    small = replace(question, gives=Money(1000, "EUR"))
    with transaction.atomic():
        authority.settle(small, decision, [[0, book.current().number, 0]])
    assert LimitUse.objects.get().used_minor == 1000


def test_what_was_decided_by_an_earlier_book_is_not_counted_by_it() -> None:
    question = asked(make_customer(), 100)
    decision = authority.decide(question)
    limit(per="company", period="day", most=euro(1000))
    counting = authority.count(question, decision)
    assert counting is not None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(*counting)
        assert cursor.fetchone() == ([[0, book.current().number, 0]],)
    assert not Given.objects.exists()


def test_a_change_that_was_taken_back_gives_its_number_to_no_other() -> None:
    before = book.current().number
    with transaction.atomic():
        book.turn_page()
        taken_back = book.current().number
        transaction.set_rollback(True)
    assert book.current().number == before
    book.turn_page()
    assert book.current().number not in (before, taken_back)
