"""The page of a case, lists of cases, and acts on a case from its page."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.contacts.cases import states
from onhand.contacts.cases.following_up import follow_up
from onhand.contacts.models import Case, CaseContact, Message
from onhand.contacts.promises.checking import check_promises
from onhand.customers.models import Customer
from onhand.kernel.perform import perform
from onhand.staff.models import Representative
from tests.contacts.cases import on_case, open_case, set_kind
from tests.factories import make_customer
from tests.factories.contacts import make_contact
from tests.factories.staff import actor_of, make_person, make_site
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person() -> Representative:
    return make_person("administrator", name="Eva Gil")


@pytest.fixture
def client(person: Representative) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def lamp(person: Representative, customer: Customer | None = None, **given: Any) -> Case:
    """A case that began an hour ago."""
    began = timezone.now() - timedelta(hours=1)
    return open_case(customer or make_customer("Ana Prieto"), actor=actor_of(person), at=began, **given)


def test_the_page_tells_the_whole_story(client: Client, person: Representative) -> None:
    ana = make_customer("Ana Prieto")
    case, same = lamp(person, ana), lamp(person, ana, matter="Wrote twice")
    contact = make_contact(ana, channel="email", subject="Lamp again", last_message_at=timezone.now())
    CaseContact.objects.create(case=same, contact=contact, at=timezone.now(), by_name="Eva Gil")
    Message.objects.create(
        contact=contact, direction="inbound", at=timezone.now(), sender_name="Ana P.", text="It flickers <b>again</b>"
    )
    on_case("merge_cases", same, other=case.pk, reason="The same", at=timezone.now())
    due = timezone.now() + timedelta(minutes=1)
    given = {"promise_text": "A call", "due": due.isoformat(), "case": case.pk}
    perform("contacts.make_promise", actor=actor_of(person), subject_id=ana.pk, arguments=given, at=timezone.now())
    check_promises(due)
    body = page(client, f"/desk/cases/{case.reference}/")
    for words in ("The lamp flickers", "First reply", "Solution", "Ana P.", "It flickers &lt;b&gt;again", "A call"):
        assert words in body, words
    assert "Promise broken" in body
    assert "Merge into another case" in body  # the act on the merged one is of the story
    assert "Wrote twice" in body
    assert '<svg class="span-bar"' in body


def test_a_reference_is_found_as_it_is_typed_and_by_number(client: Client, person: Representative) -> None:
    case = lamp(person)
    page(client, f"/desk/cases/{case.reference.lower().replace('-', '')}/")
    answer = client.get(f"/desk/cases/{case.pk}/")
    assert answer["Location"] == f"/desk/cases/{case.reference}/"
    assert client.get("/desk/cases/ZZZ-ZZZ/").status_code == 404
    assert client.get("/desk/cases/999999/").status_code == 404


def test_the_parts_are_read_by_few_statements(client: Client, person: Representative) -> None:
    case = lamp(person)
    page(client, f"/desk/cases/{case.reference}/parts/")
    with statements() as sent:
        body = page(client, f"/desk/cases/{case.reference}/parts/")
    assert 'id="case-stream"' in body
    assert 'id="case-file"' in body
    assert 'id="case-acts"' in body and "Wait for the customer" in body
    assert len(sent) <= 4, sent


def test_whoever_may_not_see_the_customer_does_not_see_the_case(person: Representative) -> None:
    site, other = make_site(), make_site()
    case = lamp(person, make_customer(site=site))
    stranger = Client()
    stranger.force_login(make_person(sites=(other,)))
    assert stranger.get(f"/desk/cases/{case.reference}/").status_code == 404
    assert case.subject not in page(stranger, "/desk/cases/", whose="all")
    colleague = Client()
    colleague.force_login(make_person(sites=(site,)))
    assert case.subject in page(colleague, "/desk/cases/", whose="all")


def test_of_a_case_of_several_customers_some_may_be_unseen(person: Representative) -> None:
    site, other = make_site(), make_site()
    eva = make_customer("Hidden Person", site=other)
    case = lamp(person, make_customer("Seen Person", site=site))
    on_case("add_customer_to_case", case, customer=eva.pk, at=timezone.now())
    colleague = Client()
    colleague.force_login(make_person(sites=(site,)))
    body = page(colleague, f"/desk/cases/{case.reference}/")
    assert "Seen Person" in body
    assert "Hidden Person" not in body
    assert "A customer you may not see" in body


def test_of_linked_cases_some_may_be_unseen(person: Representative) -> None:
    site, other = make_site(), make_site()
    case, hidden = lamp(person, make_customer(site=site)), lamp(person, make_customer(site=other), matter="Secret")
    on_case("link_cases", case, other=hidden.pk, at=timezone.now())
    colleague = Client()
    colleague.force_login(make_person(sites=(site,)))
    body = page(colleague, f"/desk/cases/{case.reference}/")
    assert "A case you may not see" in body
    assert "Secret" not in body


def test_details_are_typed_into_boxes_of_the_kind(client: Client, person: Representative) -> None:
    asked = [
        {"key": "serial", "name": "Serial number", "type": "text", "required": True, "options": []},
        {"key": "paid", "name": "Paid", "type": "money", "required": False, "options": []},
        {"key": "where", "name": "Where bought", "type": "choice", "required": False, "options": ["Shop", "Online"]},
        {"key": "bought", "name": "Bought on", "type": "date", "required": False, "options": []},
        {"key": "broken", "name": "Broken", "type": "yes_no", "required": False, "options": []},
    ]
    set_kind(own_fields=asked)
    case = lamp(person)
    address = f"/desk/acts/contacts.fill_in_case/{case.pk}/"
    form = page(client, address)
    for name in ("Serial number", "Paid", "Where bought", 'name="details__serial"', 'name="details__paid"'):
        assert name in form, name
    typed = {
        "details__serial": "A1",
        "details__paid": "12.50",
        "details__paid__currency": "EUR",
        "details__where": "Shop",
        "details__bought": "2026-03-01",
        "details__broken": "yes",
        "idempotency_key": "k1",
    }
    wrong = client.post(address, typed | {"details__bought": "soon", "idempotency_key": "k0"}, HTTP_HX_REQUEST="true")
    assert wrong.status_code == 422
    assert "Give a date such as" in wrong.content.decode()
    assert client.post(address, typed, HTTP_HX_REQUEST="true").status_code == 200
    case.refresh_from_db()
    assert case.own_fields == {
        "serial": "A1",
        "paid": {"minor": 1250, "currency": "EUR"},
        "where": "Shop",
        "bought": "2026-03-01",
        "broken": True,
    }
    body = page(client, address)
    assert 'value="A1"' in body
    shown = page(client, f"/desk/cases/{case.reference}/")
    assert "1 Mar 2026" in shown
    assert "12.50" in shown


def test_only_acts_that_fit_are_at_hand(client: Client, person: Representative) -> None:
    case = lamp(person)
    address = f"/desk/cases/{case.reference}/"
    body = page(client, address)
    assert "contacts.solve_case" in body
    assert "contacts.reopen_case" not in body
    on_case("solve_case", case, outcome="Sent a new one", at=timezone.now())
    body = page(client, address)
    assert "contacts.solve_case" not in body
    assert "contacts.reopen_case" in body
    assert "Sent a new one" in body
    kept = lamp(person)
    on_case("merge_cases", case, other=kept.pk, at=timezone.now())
    body = page(client, address)
    assert kept.reference in body
    assert "contacts.undo_merge_of_case" in body
    assert "contacts.reopen_case" not in body


def test_what_happened_by_itself_is_told(client: Client, person: Representative) -> None:
    set_kind(closes_after_days=1, warns_days_before=0)
    case = lamp(person)
    now = timezone.now()
    on_case("wait_for_customer", case, at=now)
    assert "Closes by itself" in page(client, f"/desk/cases/{case.reference}/")
    follow_up(now + timedelta(days=1))
    follow_up(now + timedelta(days=1))
    states.case_written_to(case.pk, False, now + timedelta(days=2))
    body = page(client, f"/desk/cases/{case.reference}/")
    for words in (
        "About to close",
        "Closed, since the customer did not answer",
        "Open again, since the customer wrote",
    ):
        assert words in body, words


def test_late_cases_and_broken_promises_are_in_the_work_column_and_on_the_file(
    client: Client, person: Representative
) -> None:
    ana = make_customer("Ana Prieto")
    set_kind(first_reply_minutes=None, resolution_minutes=None)
    case = lamp(person, ana, due=(timezone.now() + timedelta(seconds=30)).isoformat())
    given = {"promise_text": "A call back", "due": (timezone.now() + timedelta(seconds=30)).isoformat()}
    perform("contacts.make_promise", actor=actor_of(person), subject_id=ana.pk, arguments=given, at=timezone.now())
    assert "Too late" not in page(client, "/desk/work/")
    later = timezone.now() + timedelta(minutes=1)
    follow_up(later)
    check_promises(later)
    column = page(client, "/desk/work/")
    assert "Promise broken" in column
    assert "Too late" not in column  # it is the person's work, and stands there once
    mine = page(client, "/desk/my-work/")
    assert f"{case.reference} · " in mine
    assert "Late" in mine
    assert f"/desk/cases/{case.pk}/" in mine
    file = page(client, f"/desk/customers/{ana.pk}/")
    assert ">broken<" in file.replace("\n", "") or "broken</span>" in file
    assert "overdue" in file
    late = page(client, "/desk/cases/", which="late")
    assert case.reference in late


def test_another_customers_case_is_on_the_file(client: Client, person: Representative) -> None:
    eva = make_customer("Eva Vila")
    case = lamp(person)
    on_case("add_customer_to_case", case, customer=eva.pk, role="witness", at=timezone.now())
    body = page(client, f"/desk/customers/{eva.pk}/")
    assert "of another customer" in body
    assert "Has to do with a case of another customer" in body


def test_lists_are_paged(client: Client, person: Representative, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.web.desk.case_lists.PAGE", 2)
    references = {lamp(person).reference for _number in range(5)}
    seen: set[str] = set()
    address = "/desk/cases/"
    for _page in range(3):
        body = page(client, address)
        seen |= {one for one in references if one in body}
        following = body.split('class="pager"><a class="button" href="')
        address = following[1].split('"')[0].replace("&amp;", "&") if len(following) > 1 else ""
    assert (seen, address) == (references, "")
