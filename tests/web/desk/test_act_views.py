"""Acts on the desk: the form, the preview, doing it, and everything that can be wrong with what is typed."""

import html
import re
from typing import Annotated, Any

import pytest
from django.test import Client

from onhand.customers.enums import CustomerKind
from onhand.customers.models import Customer, Note
from onhand.kernel.acts import Run, act, forget_act, get_act
from onhand.kernel.decisions import Answer, Authority, Decision, set_authority
from onhand.kernel.fields import Field
from onhand.kernel.models import AccessRecord, ActRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.staff.models import Representative
from onhand.web.models import Draft
from tests.factories import NOON, make_actor
from tests.web.desk.files import make_colleague

pytestmark = pytest.mark.django_db

PANEL = {"HX-Request": "true", "HX-Target": "act-panel"}
MOVED = {"address_lines": "Calle Nueva 3", "postal_code": "28004", "city": "Madrid", "country": "ES", "region": ""}


def form_address(customer: Customer, name: str = "change_address") -> str:
    return f"/desk/customers/{customer.pk}/acts/customers.{name}/"


def inputs(page: str) -> dict[str, str]:
    """The values of the inputs and texts of the act's form."""
    page = page[page.index('id="act-form"') :]
    found = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', page))
    for name, options in re.findall(r'<select[^>]* name="(\w+)"(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="(\w*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in found.items()}


def test_form_opens_filled_with_what_is_stored(desk: Client, ana: Customer) -> None:
    fragment = desk.get(form_address(ana), headers=PANEL).content.decode()
    assert "<html" not in fragment
    values = inputs(fragment)
    assert (values["address_lines"], values["city"], values["country"]) == ("Calle Mayor 1", "Madrid", "ES")
    assert values["expected_version"] == "1"
    whole = desk.get(form_address(ana)).content.decode()
    assert "<html" in whole
    assert 'id="timeline"' in whole, "without script the form stands beside the customer's stream"
    assert inputs(whole)["city"] == "Madrid"


@pytest.mark.parametrize(("end", "typed"), [("", {}), ("preview/", MOVED)])
def test_nothing_of_the_file_is_shown_without_an_access_record(
    desk: Client, ana: Customer, end: str, typed: dict[str, str]
) -> None:
    said = desk.post(form_address(ana) + end, typed).content.decode()
    assert ("Calle Mayor 1" if end else ana.name) in said
    read = [(ana.pk, "desk.act"), *([] if end else [(ana.pk, "desk.customer")])]
    assert list(AccessRecord.objects.order_by("id").values_list("subject_id", "page")) == read


def test_preview_says_what_changes_and_why_it_is_allowed(desk: Client, ana: Customer) -> None:
    said = desk.post(form_address(ana) + "preview/", MOVED, headers=PANEL).content.decode()
    assert "Calle Mayor 1" in said
    assert "Calle Nueva 3" in said
    assert "Your role allows this." in said
    assert "City" not in said, "what stays is not mentioned"
    ana.refresh_from_db()
    assert ana.address_lines == "Calle Mayor 1"
    said = desk.post(form_address(ana) + "preview/", MOVED | {"city": ""}, headers=PANEL).content.decode()
    assert "Still to fill in: City." in said
    said = desk.post(form_address(ana, "add_email") + "preview/", {"email": "no"}, headers=PANEL).content.decode()
    assert "This is not an e-mail address" in said


def test_act_is_done_once_and_can_be_taken_back(desk: Client, ana: Customer) -> None:
    opened = inputs(desk.get(form_address(ana), headers=PANEL).content.decode())
    sent = opened | MOVED
    for _ in range(2):
        answer = desk.post(form_address(ana), sent, headers=PANEL)
        assert answer.status_code == 200
        assert f'data-act-done="customer:{ana.pk}"' in answer.content.decode()
    assert ActRecord.objects.count() == 1
    ana.refresh_from_db()
    assert ana.address_lines == "Calle Nueva 3"
    undo = html.unescape(re.search(r'href="([^"]+undo=\d+)"', answer.content.decode())[1])  # type: ignore[index]
    assert undo in html.unescape(desk.get(f"/desk/customers/{ana.pk}/").content.decode()), "the timeline offers it too"
    back = inputs(desk.get(undo, headers=PANEL).content.decode())
    assert back["address_lines"] == "Calle Mayor 1"
    desk.post(form_address(ana), back, headers=PANEL)
    ana.refresh_from_db()
    assert (ana.address_lines, ana.postal_code) == ("Calle Mayor 1", "28013")
    assert undo not in html.unescape(desk.get(f"/desk/customers/{ana.pk}/").content.decode())
    assert inputs(desk.get(undo, headers=PANEL).content.decode())["address_lines"] == "Calle Mayor 1", (
        "not safe any more"
    )


def test_without_script_one_comes_back_to_the_file(desk: Client, ana: Customer) -> None:
    answer = desk.post(form_address(ana), MOVED)
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/customers/{ana.pk}/")


@pytest.mark.parametrize(
    ("name", "sent", "field", "words"),
    [
        ("change_address", {"city": ""}, "city", "This is needed."),
        ("change_address", {"city": "x" * 101}, "city", "At most 100 characters."),
        ("change_address", {"city": "Mad\0rid"}, "city", "cannot be stored"),
        ("change_address", {"country": "XX"}, "country", "Choose one of the list."),
        ("change_address", {"country": "\u202e"}, "country", ""),
        ("add_email", {"email": "ana@correo.example"}, "email", "already on the customer"),
        ("add_email", {"email": "'; drop table customers_customer; --"}, "email", "This is not an e-mail address"),
        ("add_telephone", {"telephone": "12"}, "telephone", "This is not a telephone number"),
        ("remove_email", {"email": "999999"}, "email", "not on the customer"),
        ("remove_email", {"email": ""}, "email", "This is needed."),
        ("remove_email", {"email": "9" * 40}, "email", "within the allowed range"),
        ("remove_email", {"email": "²"}, "email", "whole number"),
        ("change_language", {"language": "<b>"}, "language", "Choose one of the list."),
        ("add_note", {"text": "   "}, "text", "This is needed."),
        ("add_note", {"text": "x" * 10_001}, "text", "At most 10000 characters."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(
    desk: Client, ana: Customer, name: str, sent: dict[str, str], field: str, words: str
) -> None:
    given = (MOVED if name == "change_address" else {}) | sent
    answer = desk.post(form_address(ana, name), given, headers=PANEL)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="act-{field}-errors"' in page
    assert words in html.unescape(page)
    if name == "change_address":
        assert inputs(page)["address_lines"] == "Calle Nueva 3"
    assert not ActRecord.objects.exists()


def test_overtaken_form_keeps_what_was_typed_and_tells_what_changed(desk: Client, ana: Customer) -> None:
    opened = inputs(desk.get(form_address(ana), headers=PANEL).content.decode())
    other = make_actor(name="Ben Castle")
    elsewhere = MOVED | {"address_lines": "Gran Vía 9", "city": "Toledo"}
    perform("customers.change_address", actor=other, arguments=elsewhere, subject_id=ana.pk, at=NOON)
    answer = desk.post(form_address(ana), opened | MOVED, headers=PANEL)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "Ben Castle: Change the address" in page
    assert "City: Madrid → Toledo" in page
    assert "Now stored:" in page
    again = inputs(page)
    assert (again["address_lines"], again["expected_version"]) == ("Calle Nueva 3", "2")
    assert desk.post(form_address(ana), again, headers=PANEL).status_code == 200
    ana.refresh_from_db()
    assert ana.address_lines == "Calle Nueva 3"


def test_note_written_meanwhile_overtakes_nothing(desk: Client, ana: Customer) -> None:
    opened = inputs(desk.get(form_address(ana), headers=PANEL).content.decode())
    perform("customers.add_note", actor=make_actor(), arguments={"text": "x"}, subject_id=ana.pk, at=NOON)
    assert desk.post(form_address(ana), opened | MOVED, headers=PANEL).status_code == 200


@pytest.mark.parametrize("version", ["999", "0", "-1", "x", "²", "9" * 30])
def test_versions_of_nobodys_making_are_overtaken(desk: Client, ana: Customer, version: str) -> None:
    answer = desk.post(form_address(ana), MOVED | {"expected_version": version}, headers=PANEL)
    assert answer.status_code == 409
    assert not ActRecord.objects.exists()


def test_key_used_for_something_else(desk: Client, ana: Customer) -> None:
    key = {"idempotency_key": "k" * 32}
    assert desk.post(form_address(ana), MOVED | key, headers=PANEL).status_code == 200
    answer = desk.post(form_address(ana), MOVED | key | {"city": "Toledo"}, headers=PANEL)
    assert answer.status_code == 409
    assert inputs(answer.content.decode())["idempotency_key"] != "k" * 32
    for bad in ("", "\0", "x" * 500, "a b c d e f g h"):
        assert desk.post(form_address(ana), MOVED | {"idempotency_key": bad}, headers=PANEL).status_code == 200


def test_note_box(desk: Client, rosa: Representative, ana: Customer) -> None:
    box = {"HX-Request": "true", "HX-Target": "note-result"}
    desk.put(f"/desk/drafts/note:{ana.pk}", {"text": "She ca"}, content_type="application/json")
    answer = desk.post(form_address(ana, "add_note"), {"text": " ", "idempotency_key": "n" * 32}, headers=box)
    assert answer.status_code == 422
    assert Draft.objects.count() == 1
    answer = desk.post(form_address(ana, "add_note"), {"text": "She called.", "idempotency_key": "n" * 32}, headers=box)
    page = answer.content.decode()
    assert f'data-draft-done="note:{ana.pk}"' in page
    assert 'data-next-key="' in page
    assert Note.objects.get().text == "She called."
    assert not Draft.objects.exists()


def test_refused_and_to_be_approved_are_said_with_the_reason(desk: Client, ana: Customer) -> None:
    for answer, words in ((Answer.REFUSE, "Refused"), (Answer.ASK, "Needs approval")):
        decision = Decision(answer, "Only on Mondays.", "mondays", "3", ("supervisor",))
        before = set_authority(Authority(lambda _question, decision=decision: decision))
        try:
            previewed = desk.post(form_address(ana) + "preview/", MOVED, headers=PANEL).content.decode()
            done = desk.post(form_address(ana), MOVED, headers=PANEL)
        finally:
            set_authority(before)
        assert words in previewed
        assert done.status_code == 422
        for page in (previewed, done.content.decode()):
            assert "Only on Mondays." in page
    assert not ActRecord.objects.exists()


def test_the_preview_says_what_is_promised_with_it(desk: Client, ana: Customer) -> None:
    follow_ups = (
        {"what": "We write", "days": 2, "rule": "guideline:1", "version": "1"},
        {"what": "We call", "days": 0},
    )
    decision = Decision(Answer.ALLOW, "Fine.", "role-permission", "1", follow_ups=follow_ups)
    before = set_authority(Authority(lambda _question: decision))
    try:
        page = desk.post(form_address(ana) + "preview/", MOVED, headers=PANEL).content.decode()
    finally:
        set_authority(before)
    assert "Promised with it: We write, within 2 days; We call, today." in page


def test_new_customer(desk: Client) -> None:
    address = "/desk/acts/customers.register_customer/new/"
    assert address in desk.get("/desk/customers/").content.decode()
    opened = inputs(desk.get(address).content.decode())
    assert opened["kind"] == "person"
    answer = desk.post(address, opened | {"customer_name": "Cora Díaz", "email": "cora@example.com"}, headers=PANEL)
    created = Customer.objects.get()
    assert (created.name, created.kind) == ("Cora Díaz", CustomerKind.PERSON)
    assert answer["HX-Redirect"] == f"/desk/customers/{created.pk}/"
    plain = desk.post(address, {"customer_name": "Dora", "language": "en", "kind": "organisation"})
    assert plain.status_code == 302
    wrong = desk.post(address, {"customer_name": "", "language": "en"})
    assert wrong.status_code == 422
    assert "This is needed." in wrong.content.decode()


def test_who_may_not_do_it_is_told_nothing(client: Client, ana: Customer) -> None:
    quality = make_colleague("quality")
    client.force_login(quality)
    quality.role.permissions = ["customers.view"]
    quality.role.save()
    for method in (client.get, client.post):
        assert method(form_address(ana)).status_code == 404
    assert client.post(form_address(ana) + "preview/").status_code == 404
    page = client.get(f"/desk/customers/{ana.pk}/").content.decode()
    assert "/acts/" not in page
    assert "New customer" not in client.get("/desk/customers/").content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/desk/customers/{}/acts/staff.change_role/",
        "/desk/customers/{}/acts/customers.register_customer/",
        "/desk/acts/customers.change_address/new/",
        "/desk/acts/customers.fly/{}/",
        "/desk/acts/customers.change_address/99999999999999999999999/",
    ],
)
def test_acts_asked_for_at_the_wrong_place(desk: Client, ana: Customer, address: str) -> None:
    for tail in ("", "preview/"):
        assert desk.post(address.format(ana.pk) + tail, MOVED).status_code == 404


def test_get_never_acts_and_previews_are_posted(desk: Client, ana: Customer) -> None:
    desk.get(form_address(ana), MOVED)
    assert not ActRecord.objects.exists()
    assert desk.get(form_address(ana) + "preview/").status_code == 405
    assert desk.put(form_address(ana)).status_code == 405


def test_cross_site_posts_are_refused(rosa: Representative, ana: Customer) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rosa)
    assert strict.post(form_address(ana), MOVED).status_code == 400
    assert strict.put("/desk/drafts/x", {"text": "x"}, content_type="application/json").status_code == 400


def test_address_may_fill_boxes(desk: Client, ana: Customer) -> None:
    identity = ana.identities.get(kind="email")
    page = desk.get(
        form_address(ana, "remove_email") + f"?email={identity.pk}&planet=Mars", headers=PANEL
    ).content.decode()
    assert inputs(page)["email"] == str(identity.pk)


def test_every_kind_of_field_makes_the_way_there_and_back(desk: Client, ana: Customer) -> None:
    seen: dict[str, Any] = {}

    @act(name="customers.try_everything", subject="customer", permission="customers.view", label="Try everything")
    def try_everything(
        customer: Customer,
        *,
        run: Run,
        fee: Annotated[Money, Field(currency="EUR", current=lambda _c: Money(123456, "EUR"))],
        price: Annotated[Money | None, Field(current=lambda _c: Money(500, "JPY"))] = None,
        wanted: Annotated[bool, Field(current=lambda _c: True)] = True,
        kinds: Annotated[list[CustomerKind], Field(current=lambda _c: [CustomerKind.PERSON])] = [],  # noqa: B006
        count: int | None = None,
    ) -> None:
        """Take one of each."""
        seen.update(fee=fee, price=price, wanted=wanted, kinds=kinds, count=count)

    try:
        page = desk.get(form_address(ana, "try_everything"), headers=PANEL).content.decode()
        opened = inputs(page)
        assert opened["fee"] == "1,234.56"
        assert opened["price"] == "500"
        sent: dict[str, Any] = {
            "fee": "1,000.50",
            "price": "700",
            "price__currency": "JPY",
            "kinds": ["person", "organisation"],
            "count": " 12 ",
        }
        assert desk.post(form_address(ana, "try_everything"), sent, headers=PANEL).status_code == 200
        assert seen == {
            "fee": Money(100050, "EUR"),
            "price": Money(700, "JPY"),
            "wanted": False,
            "kinds": [CustomerKind.PERSON, CustomerKind.ORGANISATION],
            "count": 12,
        }
        wrong = desk.post(
            form_address(ana, "try_everything"),
            sent | {"fee": "12.345", "count": "1e9", "kinds": ["dog"]},
            headers=PANEL,
        )
        assert wrong.status_code == 422
        for field in ("fee", "count", "kinds"):
            assert f'id="act-{field}-errors"' in wrong.content.decode()
        assert desk.post(form_address(ana, "try_everything"), {"fee": ""}, headers=PANEL).status_code == 422
    finally:
        forget_act("customers.try_everything")
    assert get_act("customers.add_note")


def test_money_is_read_as_the_person_writes_it(desk: Client, rosa: Representative, ana: Customer) -> None:
    seen: list[Money] = []

    @act(name="customers.pay", subject="customer", permission="customers.view", label="Pay")
    def pay(
        customer: Customer,
        *,
        run: Run,
        fee: Annotated[Money, Field(currency="EUR", current=lambda _c: Money(123456, "EUR"))],
    ) -> None:
        """Pay."""
        seen.append(fee)

    rosa.language = "es"
    rosa.save()
    try:
        page = desk.get(form_address(ana, "pay"), headers=PANEL).content.decode()
        assert inputs(page)["fee"] == "1.234,56"
        assert desk.post(form_address(ana, "pay"), {"fee": "1.000,50"}, headers=PANEL).status_code == 200
    finally:
        forget_act("customers.pay")
    assert seen == [Money(100050, "EUR")]


def test_form_takes_few_statements(desk: Client, ana: Customer, count_queries: Any) -> None:
    desk.get(form_address(ana), headers=PANEL)
    assert count_queries(lambda: desk.get(form_address(ana), headers=PANEL)) <= 5
