"""Lists of cases: whose, which, in order and in pages; and what comes back to somebody as work."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.cases.following_up import follow_up
from onhand.contacts.cases.work import Which, Whose, read_cases, read_what_comes_back
from onhand.contacts.models import Case
from onhand.contacts.promises.checking import check_promises
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.perform import perform
from tests.contacts.cases import DAY, HOUR, MONDAY, on_case, open_case
from tests.factories import make_actor, make_customer
from tests.factories.staff import make_site, make_team
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db(transaction=True)


def subjects(actor: Actor, whose: Whose = Whose.MINE, which: Which = Which.OPEN, **more: Any) -> list[str]:
    page = read_cases(actor, whose, which, **{"at": MONDAY} | more)
    return [one.subject for one in page.rows]


def test_those_due_first_come_first_and_pages_join() -> None:
    ana = make_actor()
    for number in range(7):
        due = {"due": (MONDAY + (7 - number) * HOUR).isoformat()} if number else {}
        open_case(matter=str(number), actor=ana, **due)
    Case.objects.filter(subject="0").update(due_at=None)
    assert subjects(ana) == ["6", "5", "4", "3", "2", "1", "0"]
    seen: list[str] = []
    after = ""
    for _page in range(4):
        page = read_cases(ana, Whose.MINE, Which.OPEN, at=MONDAY, after=after, limit=2)
        seen += [one.subject for one in page.rows]
        after = page.next
    assert (seen, after) == (["6", "5", "4", "3", "2", "1", "0"], "")
    assert subjects(ana, after="nonsense") == seen


def test_whose_they_are() -> None:
    team = make_team()
    ana, eva = make_actor(team_ids=frozenset({team.pk})), make_actor(id=2, name="Eva Gil")
    open_case(matter="Ana's", actor=ana)
    of_team = open_case(matter="The team's", actor=eva)
    Case.objects.filter(pk=of_team.pk).update(team=team)
    assert subjects(ana) == ["Ana's"]
    assert subjects(ana, Whose.TEAM) == ["The team's"]
    assert subjects(ana, Whose.ALL) == ["Ana's", "The team's"]
    elsewhere = make_actor(id=3, visibility=Visibility.SITE, site_ids=frozenset({make_site().pk}))
    assert subjects(elsewhere, Whose.ALL) == []
    assert subjects(make_actor(permissions=frozenset()), Whose.ALL) == []


def test_due_soon_late_and_waiting() -> None:
    ana = make_actor()
    soon = open_case(matter="soon")  # a reply is due in four hours
    open_case(matter="waits")
    on_case("wait_for_customer", Case.objects.get(subject="waits"))
    open_case(matter="promised", customer=(customer := make_customer()))
    given = {
        "promise_text": "A call",
        "due": (MONDAY + HOUR).isoformat(),
        "case": Case.objects.get(subject="promised").pk,
    }
    perform("contacts.make_promise", actor=ana, subject_id=customer.pk, arguments=given, at=MONDAY)
    assert subjects(ana, which=Which.DUE) == ["soon", "promised"]
    assert subjects(ana, which=Which.WAITING) == ["waits"]
    assert subjects(ana, which=Which.LATE) == []
    later = MONDAY + 5 * HOUR
    follow_up(later)
    check_promises(later)
    assert subjects(ana, which=Which.LATE, at=later) == ["soon", "promised"]
    (row, promised) = read_cases(ana, Whose.MINE, Which.LATE, at=later).rows
    assert [(one.kind, one.is_broken) for one in row.clocks] == [("first_reply", True), ("resolution", False)]
    assert (row.id, row.broken_promises, promised.broken_promises) == (soon.pk, 0, 1)


def test_what_comes_back_is_the_worst_first() -> None:
    ana, customer = make_actor(), make_customer()
    case = open_case(customer, matter="A lamp")
    given = {"promise_text": "A call", "due": (MONDAY + HOUR).isoformat()}
    perform("contacts.make_promise", actor=ana, subject_id=customer.pk, arguments=given, at=MONDAY)
    on_case("remind_of_case", case, text="Ask the carrier", due=(MONDAY + HOUR).isoformat())
    assert read_what_comes_back(ana, at=MONDAY) == []
    later = MONDAY + 5 * HOUR
    follow_up(later)
    check_promises(later)
    back = read_what_comes_back(ana, at=later)
    assert [(one.why, one.subject) for one in back] == [
        ("promise", "A call"),
        ("late", "A lamp"),
        ("reminder", "Ask the carrier"),
    ]
    assert (back[0].customer_id, back[0].reference, back[1].reference) == (customer.pk, "", case.reference)
    assert read_what_comes_back(make_actor(id=7), at=later) == []


def test_a_list_is_one_statement() -> None:
    for _number in range(5):
        open_case()
    with statements() as sent:
        read_cases(make_actor(), Whose.ALL, Which.LATE, at=MONDAY + timedelta(days=1))
        read_what_comes_back(make_actor(), at=MONDAY + DAY)
    assert len(sent) == 2
