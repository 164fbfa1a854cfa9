"""A contact arrives: known opens the file, maybe asks, unknown searches; and never is a maybe shown as certain."""

import html
from datetime import timedelta

import pytest
from django.test import Client

from onhand.contacts.models import Case, Contact, Promise
from onhand.customers.models import Customer
from onhand.kernel.models import AccessRecord
from tests.factories import NOON
from tests.factories.statements import statements
from tests.web.desk.files import make_colleague, make_file

pytestmark = pytest.mark.django_db
CALL = "/desk/arrive/?channel=telephone&from=%2B34910123456"


@pytest.fixture
def busy(ana: Customer) -> Customer:
    """A customer with something of everything the first screen shows."""
    for number in range(30):
        ana.notes.create(text=f"note {number}", author_name="Eva", created_at=NOON + timedelta(minutes=number))
    case = Case.objects.create(
        customer=ana, reference="K7F-29Q", kind="complaint", subject="Lamp broken", opened_at=NOON
    )
    given = {"made_at": NOON, "made_by_name": "Eva", "due_at": NOON + timedelta(days=1)}
    Promise.objects.create(customer=ana, case=case, text="A new lamp is on its way", **given)
    ana.flags.create(kind="vulnerable", reason="lives alone", set_by_name="Eva", set_at=NOON)
    return ana


def test_known_is_the_whole_first_screen_at_once_in_four_statements(desk: Client, busy: Customer) -> None:
    desk.get("/desk/keys/")
    with statements() as sent:
        page = desk.get(CALL).content.decode()
    assert len(sent) == 4, "session, person, the screen, the record of the reading"
    for part in ("Ana Núñez Prieto", "Known:", "theirs alone", "Lamp broken", "A new lamp", "note 29", "lives alone"):
        assert part in page, part
    assert "note 3<" not in page
    assert "outside_address=%2B34910123456" in page, "a contact begins with the number filled in"
    assert AccessRecord.objects.get().reason == "a contact arrived"
    with statements() as sent:
        desk.get(CALL)
    assert len(sent) == 3, "read a moment ago"


def test_a_number_with_a_bare_plus_or_without_one_is_understood(desk: Client, busy: Customer) -> None:
    for address in ("from=+34910123456", "from=0034910123456", "from=34910123456", "from=910 123 456&country=ES"):
        assert "Known:" in desk.get(f"/desk/arrive/?channel=telephone&{address}").content.decode(), address
    assert "Known:" in desk.get("/desk/arrive/?channel=email&from=ANA@correo.example").content.decode()


def test_a_shared_number_is_a_maybe_with_reasons_and_a_key_each(desk: Client, ana: Customer) -> None:
    ben = make_file("Ben Castle")
    page = desk.get(CALL).content.decode()
    assert "Who is it?" in page
    assert "Known:" not in page
    for one in (ana, ben):
        assert one.name in page
        assert f"/desk/customers/{one.pk}/?arrived=telephone&from=%2B34910123456" in html.unescape(page)
    assert page.count("shared with others") == 2
    assert 'data-key="1"' in page
    assert 'data-key="2"' in page
    assert not AccessRecord.objects.exists(), "nobody's file was opened"


def test_a_withdrawn_number_is_no_certainty_and_gives_nothing_of_the_file(desk: Client, busy: Customer) -> None:
    busy.identities.filter(kind="telephone").update(withdrawn_at=NOON)
    page = desk.get(CALL).content.decode()
    assert "was theirs until" in page
    assert "Lamp broken" not in page
    assert "note 29" not in page


def test_known_by_who_holds_it_now_though_somebody_held_it_before(desk: Client, busy: Customer) -> None:
    before = make_file("Ben Castle")
    before.identities.filter(kind="telephone").update(withdrawn_at=NOON)
    page = desk.get(CALL).content.decode()
    assert "Known:" in page
    assert "Lamp broken" in page


def test_unknown_offers_search_and_a_new_file_with_the_number_filled_in(desk: Client) -> None:
    page = html.unescape(desk.get("/desk/arrive/?channel=telephone&from=%2B34600111222").content.decode())
    assert "Nobody is known by this" in page
    assert "telephone=%2B34600111222" in page
    page = html.unescape(desk.get("/desk/arrive/?channel=email&from=x@y.example&name=Xavi").content.decode())
    assert "email=x%40y.example" in page
    assert "customer_name=Xavi" in page


@pytest.mark.parametrize("query", ["", "channel=pigeon", "from=", "from=anonymous", "from=%00", "from=" + "9" * 900])
def test_nothing_to_recognise_by_is_nobody(desk: Client, busy: Customer, query: str) -> None:
    page = desk.get(f"/desk/arrive/?{query}").content.decode()
    assert "Nobody is known by this" in page


def test_whom_one_may_not_see_is_unknown(client: Client, busy: Customer) -> None:
    client.force_login(make_colleague(visibility="own"))
    page = client.get(CALL).content.decode()
    assert "Nobody is known by this" in page
    assert "Ana" not in page
    assert not AccessRecord.objects.exists()


def test_the_contact_going_on_is_on_the_screen(desk: Client, busy: Customer) -> None:
    rosa = make_colleague("representative", needs_contact=True, name="Rosa Two")
    Contact.objects.create(customer=busy, channel="telephone", started_at=NOON, representative_id=rosa.pk)
    desk.force_login(rosa)
    page = desk.get(CALL).content.decode()
    assert "In contact with Ana Núñez Prieto, Telephone" in page
    assert "Not identified" in page
    assert "data-stopwatch" in page
