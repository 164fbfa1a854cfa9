"""Messages, contacts and cases are found by their words, by whom they may be seen, and in order."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from onhand.contacts.models import Attachment, Case, CaseContact, Contact, Message, StoredFile
from onhand.contacts.searching.asked import read_asked
from onhand.contacts.searching.find import Hits, Order, Place, SearchKind, search
from onhand.contacts.searching.shown import shown_hits
from onhand.contacts.searching.windows import windows
from onhand.customers.models import Customer, Erasure
from onhand.customers.privacy.erasure import erase_next
from onhand.kernel.actor import Visibility
from onhand.kernel.database import run_prepared
from onhand.kernel.perform import perform
from onhand.staff.models import Team
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_site

pytestmark = pytest.mark.django_db


def make_contact(**changes: Any) -> Contact:
    return Contact.objects.create(**{"channel": "email", "started_at": NOON} | changes)


def write(text: str, *, contact: Contact | None = None, days_ago: float = 0, **changes: Any) -> Message:
    given = {"direction": "inbound", "at": NOON - timedelta(days=days_ago), "text": text} | changes
    return Message.objects.create(contact=contact or make_contact(), **given)


def find(typed: str, *, kind: SearchKind = "messages", **options: Any) -> Hits:
    actor = options.pop("actor", make_actor())
    return search(actor, kind, read_asked(typed), now=NOON, **options)


def found(typed: str, **options: Any) -> list[int]:
    return [hit.id for hit in find(typed, **options).hits]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("lamp ", ["The green lamp", "LAMP!"]),
        ("lam", ["The green lamp", "LAMP!", "Lampe"]),
        ("green lamp", ["The green lamp"]),
        ('"green lamp"', ["The green lamp"]),
        ('"lamp green"', []),
        ("lamp -green", ["LAMP!"]),
        ("grosse ", ["Die Größe", "grosse"]),
        ("GRÖSSE ", ["Die Größe", "grosse"]),
        ("zolc ", ["Żółć"]),
        ("посылка", ["Где моя ПОСЫЛКА?"]),
        ("где моя", ["Где моя ПОСЫЛКА?"]),
        ("荷物", ["荷物はどこですか。"]),
        ("どこ", ["荷物はどこですか。"]),
        ("物荷", []),
        ("الطرد", ["مرحبا أين الطَّرد"]),
        ("77120", ["Order 77120-B"]),
        ("77120-b", ["Order 77120-B"]),
        ("anna@kunde.example", ["write to anna@kunde.example"]),
        ("o'connor ", ["Mr O'Connor"]),
        ("nowhere ", []),
        ("the ", ["The green lamp"]),
        ("'lamp' & | ! ( :* <-> \\ ", ["The green lamp", "LAMP!"]),
    ],
)
def test_words_in_any_language(typed: str, texts: list[str]) -> None:
    written = [
        "The green lamp", "LAMP!", "Lampe", "Die Größe", "grosse", "Żółć", "Где моя ПОСЫЛКА?", "荷物はどこですか。", "مرحبا أين الطَّرد",
        "Order 77120-B", "write to anna@kunde.example", "Mr O'Connor",
    ]  # fmt: skip
    numbers = {write(text).pk: text for text in written}
    assert sorted(numbers[pk] for pk in found(typed)) == sorted(texts)


def test_fields() -> None:
    one = write("hello", subject="Lamp", sender_name="Anna", sender_address="anna@kunde.example")
    two = write("Lamp Anna", recipients=[{"name": "Service", "address": "service@shop.example", "as": "to"}])
    assert set(found("lamp ")) == {one.pk, two.pk}
    assert found("subject:lamp ") == [one.pk]
    assert found("from:anna ") == [one.pk]
    assert found("from:anna@kunde.example ") == [one.pk]
    assert found("from:ann") == [one.pk]
    assert found("to:service@shop.example ") == [two.pk]
    assert found("anna -from:anna") == [two.pk]
    assert found("address ") == []  # what columns hold besides words is not found


def test_what_repeats_earlier_messages_is_not_found_again() -> None:
    message = write("Thank you!\n\nOn Monday Shop wrote:\n> lamp", quoted_from=11)
    assert found("thank ") == [message.pk]
    assert found("lamp ") == []


def test_filters() -> None:
    second = Team.objects.create(name="Second line", site=make_site())
    customer = make_customer("Ana Núñez")
    case = Case.objects.create(reference="K-1", kind="inquiry", subject="Lamp", opened_at=NOON)
    plain = write("lamp")
    ended = write("lamp", contact=make_contact(ended_at=NOON, channel="chat"))
    waiting = write("lamp", contact=make_contact(waiting_until=NOON, team=second))
    own = write("lamp", contact=make_contact(customer=customer))
    CaseContact.objects.create(case=case, contact=own.contact, at=NOON, by_name="x")
    stored = StoredFile.objects.create(sha256="x", content=b"x", size=1, stored_at=NOON)
    Attachment.objects.create(
        message=ended, position=0, name="a.pdf", media_type="application/pdf", size=1, file=stored
    )
    assert set(found("lamp state:open")) == {plain.pk, own.pk}
    assert found("lamp state:closed") == found("lamp channel:chat") == found("lamp has:file") == [ended.pk]
    assert found("lamp state:waiting") == found('lamp team:"second line"') == found("lamp team:sec") == [waiting.pk]
    assert found("lamp case:k-1") == found(f"customer:{customer.reference}") == [own.pk]
    assert found("lamp case:K-2") == found("lamp team:none") == []
    assert found("has:file") == [ended.pk]
    assert (
        found("lamp", kind="cases")
        == found("K-1", kind="cases")
        == found("lamp state:open case:K-1", kind="cases")
        == [case.pk]
    )


def test_days() -> None:
    old, new = write("lamp", days_ago=400), write("lamp", days_ago=3)
    assert found("lamp", order="newest") == [new.pk, old.pk]
    assert found("lamp after:2026-11") == [new.pk]
    assert found("lamp before:2026-11") == [old.pk]
    assert found("lamp after:2026-11-18 before:2026-11-19") == [new.pk]
    assert found("lamp before:1999") == []


def test_contacts_by_what_was_noted() -> None:
    contact = make_contact(subject="Call about a lamp", summary="She wants the größe 42", channel="telephone")
    assert found("lamp 42", kind="contacts") == found("grosse", kind="contacts") == [contact.pk]


def test_the_subject_weighs_more_and_the_newer_goes_first() -> None:
    in_text = write("a lamp among many other words that say other things " * 3)
    in_subject = write("hello there", subject="Lamp")
    old = write("lamp", subject="Lamp", days_ago=3_000)
    assert found("lamp ") == [in_subject.pk, in_text.pk, old.pk]


def test_pages_hold_everything_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.contacts.searching.find.POOL", 10)
    monkeypatch.setattr("onhand.contacts.searching.find.LOOKED_AT_ONCE", 7)
    contact = make_contact()
    written = [
        write("lamp " * (number % 4 + 1), contact=contact, days_ago=number * number / 9).pk for number in range(60)
    ]
    written += [write("lamp", contact=contact, days_ago=2).pk for _ in range(20)]  # of the very same moment
    for order in ("best", "newest"):
        pages = _pages("lamp ", order)
        assert sorted(pk for page in pages for pk in page) == sorted(written)
    newest = [pk for page in _pages("lamp ", "newest") for pk in page]
    at = dict(Message.objects.values_list("pk", "at"))
    assert newest == sorted(newest, key=lambda pk: (at[pk], pk), reverse=True)


def _pages(typed: str, order: Order) -> list[list[int]]:
    pages: list[list[int]] = []
    place: Place | None = None
    while True:
        hits = find(typed, order=order, place=place, limit=4)
        pages.append([hit.id for hit in hits.hits])
        if hits.following is None:
            return pages
        place = Place.read(str(hits.following))
        assert place == hits.following
        assert len(pages) < 200


def test_only_what_may_be_seen() -> None:
    site = make_site()
    ours, theirs = Team.objects.create(name="Ours", site=site), Team.objects.create(name="Theirs", site=site)
    anna, ben = make_customer("Anna", team=ours), make_customer("Ben", team=theirs)
    seen = write("lamp", contact=make_contact(customer=anna))
    unknown = write("lamp", contact=make_contact(team=ours))
    own = write("lamp", contact=make_contact(representative_id=7, customer=ben))
    hidden = write("lamp", contact=make_contact(customer=ben))
    actor = make_actor(id=7, visibility=Visibility.TEAM, team_ids=frozenset({ours.pk}))
    assert set(found("lamp", actor=actor)) == {seen.pk, unknown.pk, own.pk}
    assert set(found("lamp", actor=make_actor())) == {seen.pk, unknown.pk, own.pk, hidden.pk}
    assert found(f"customer:{ben.reference} lamp", actor=actor) == [own.pk]
    assert found("lamp", actor=make_actor(permissions=frozenset())) == []
    hits = find("lamp", actor=actor)
    names = {one.id: one.customer_name for one in shown_hits(actor, "messages", hits.hits, read_asked("lamp"))}
    assert names == {seen.pk: "Anna", unknown.pk: "", own.pk: ""}
    case = Case.objects.create(reference="K-1", kind="inquiry", subject="Lamp", opened_at=NOON, customer=ben)
    assert found("lamp", actor=actor, kind="cases") == []
    assert found("lamp", kind="cases") == [case.pk]


def test_what_is_shown() -> None:
    customer: Customer = make_customer("Ana Núñez")
    message = write(
        "Guten Tag, die Größe der Lampe ist falsch.",
        contact=make_contact(customer=customer),
        subject="Lampe",
        sender_name="Ana",
        sender_address="ana@x.example",
    )
    [shown] = shown_hits(make_actor(), "messages", find("grosse lamp").hits, read_asked("grosse lamp"))
    assert (shown.id, shown.customer_name, shown.channel, shown.state) == (message.pk, "Ana Núñez", "email", "open")
    assert shown.title == (("Lampe", True),)
    assert [piece for piece, hit in shown.excerpt if hit] == ["Größe", "Lampe"]


def test_nothing_of_an_erased_text_stays() -> None:
    message = write(
        "a secret lamp",
        subject="secret",
        sender_name="Secret",
        recipients=[{"name": "Secret", "address": "s@x", "as": "to"}],
    )
    Message.objects.filter(pk=message.pk).update(text="", subject="", sender_name="", sender_address="", recipients=[])
    with connection.cursor() as cursor:
        cursor.execute("select words::text from contacts_message where id = %s", [message.pk])
        [(words,)] = cursor.fetchall()
    assert "secret" not in words
    assert "lamp" not in words
    assert found("secret") == []


def test_texts_beyond_what_an_index_holds_are_kept() -> None:
    every = "".join(chr(code) + " " for code in range(0x4E00, 0x9FFF)) * 5 + " ".join(
        f"w{number}" for number in range(30_000)
    )
    message = write(every + " x" * 500_000, subject="huge")
    assert found("huge") == [message.pk]


def test_common_words_are_asked_of_few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(200):
        write("lamp", days_ago=number / 200)
    asked: list[str] = []

    def count(sql: str, given: Any) -> Any:
        asked.append(sql)
        return run_prepared(sql, given)

    monkeypatch.setattr("onhand.contacts.searching.find.run_prepared", count)
    assert len(find("lamp ").hits) == 25
    assert len(asked) == 2  # what the words mean, and the last two days
    asked.clear()
    assert not find("nowhere ").hits
    assert len(asked) == 6


def test_places_are_written_and_read() -> None:
    place = Place(datetime(2026, 1, 1, tzinfo=UTC), 5, 6)
    assert Place.read(str(place)) == place
    for wrong in ("", "x", "1.2.-3", "9" * 19 + ".1.1", "1.1", "١.1.1"):
        assert Place.read(wrong) is None


def test_an_erased_customer_is_not_found_any_more() -> None:
    customer = make_customer("Ana Núñez")
    contact = make_contact(customer=customer, ended_at=NOON, subject="lamp", summary="lamp")
    write("a lamp", contact=contact)
    case = Case.objects.create(
        reference="K-1",
        kind="inquiry",
        subject="Lamp",
        opened_at=NOON,
        customer=customer,
        closed_at=NOON,
        state="closed",
    )
    assert found("lamp", kind="contacts") == [contact.pk]
    assert found("lamp", kind="cases") == [case.pk]
    later = NOON + timedelta(days=1)
    perform(
        "customers.erase_customer", actor=make_actor(), subject_id=customer.pk, arguments={"basis": "asked"}, at=later
    )
    while erase_next(Erasure.objects.latest("pk").pk, later, 1_000):
        pass
    kinds: tuple[SearchKind, ...] = ("messages", "contacts", "cases")
    assert [found("lamp", kind=kind) for kind in kinds] == [[], [], []]


def test_windows_leave_no_gap() -> None:
    low, high = datetime(2015, 1, 1, tzinfo=UTC), datetime(2026, 11, 21, 12, 34, 56, 789, tzinfo=UTC)
    for all_by_words in (True, False):
        spans = list(windows(low, high, all_by_words=all_by_words))
        assert spans[0].high == high
        assert spans[-1].low == low
        assert all(newer.low == older.high for newer, older in itertools.pairwise(spans))
        assert [bool(span.words) for span in spans[:-1]] == [True] * (len(spans) - 1)
        assert bool(spans[-1].words) is all_by_words
    assert list(windows(high, low)) == []


@pytest.mark.django_db
def test_every_sign_is_a_blank() -> None:
    signs = "".join(chr(number) for number in range(33, 127) if not chr(number).isalnum())
    with connection.cursor() as cursor:
        cursor.execute(
            "select contacts_folded('Aa' || %s || 'Z9'), contacts_folded('Ää' || %s || 'Z9')", [signs, signs]
        )
        plain, other = cursor.fetchone()
    assert plain == f"aa{' ' * len(signs)}z9"
    assert other == "aa z9"
