"""Procedures on the desk: begun where one is, gone through step by step, left, taken up, and explained."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.approvals.models import Approval
from onhand.contacts.models import ContactReason, Message
from onhand.customers.models import IdentityCheck
from onhand.kernel.money import Money
from onhand.orders.models import Order
from onhand.procedures.enums import Outcome, RunState
from onhand.procedures.models import ProcedureRun
from onhand.staff.models import Representative
from tests.factories.contacts import make_contact
from tests.factories.work import make_person
from tests.guidelines.company import document, nothing_laid_down
from tests.guidelines.company import publish as publish_guideline
from tests.orders import shop
from tests.procedures.writing import DAMAGED, publish

pytestmark = pytest.mark.django_db(transaction=True)
FRAGMENT = {"HX-Request": "true"}
GOODWILL = [("<= 5", '"allow"', "", "", ""), ("> 5", '"ask"', '"supervisor"', "", "")]


class Desk:
    """A representative in a conversation, now, with somebody whose order was delivered."""

    def __init__(self, role: str = "senior") -> None:
        self.customer = shop.buyer()
        self.customer.language = "es"
        self.customer.save(update_fields=["language"])
        goods = shop.variants(shop.Shop().chair)[0]
        self.order = shop.delivered(self.customer, [(goods, 1)], shop.card_of(self.customer))
        self.person = make_person(role, name="Ana Ruiz")
        now = timezone.now()
        self.contact = make_contact(self.customer, self.person.pk, started_at=now, representative_name="Ana Ruiz")
        self.client = client_of(self.person)
        self.place = f"contact:{self.contact.pk}"

    def identify(self) -> None:
        now = timezone.now()
        until = now + timedelta(hours=2)
        checked = {"way": "questions", "level": 1, "at": now, "until": until, "by_name": self.person.name}
        IdentityCheck.objects.create(customer=self.customer, contact_id=self.contact.pk, **checked)

    def begin(self, procedure_id: int, place: str = "") -> ProcedureRun:
        asked = {"procedure": procedure_id, "place": place or self.place, "about": self.order.pk}
        assert self.client.post("/desk/procedures/begin/", asked).status_code == 302
        return ProcedureRun.objects.latest("pk")

    def answer(self, one: ProcedureRun, step: str, answer: str = "", **more: Any) -> tuple[int, str]:
        asked = {"step": step, "answer": answer, "place": self.place} | more
        got = self.client.post(f"/desk/procedures/{one.pk}/step/", asked, headers=FRAGMENT)
        one.refresh_from_db()
        return got.status_code, unescape(got.content.decode())

    def at_remedies(self, procedure_id: int) -> ProcedureRun:
        self.identify()
        one = self.begin(procedure_id)
        self.answer(one, "Sorry")
        self.answer(one, "Damage", "packaging")
        return one

    def region(self, place: str = "", **more: Any) -> str:
        got = self.client.get("/desk/procedures/beside/", {"place": place or self.place} | more, headers=FRAGMENT)
        return unescape(got.content.decode())


def client_of(person: Representative) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_procedure_is_begun_from_the_contact_about_one_of_the_customers_orders(desk: Desk) -> None:
    procedure = publish()
    palette = desk.client.get("/desk/palette/", {"contact": desk.contact.pk}).json()
    entry = next(one for one in palette if one["label"] == "Begin a procedure: Damaged")
    assert not [one for one in palette if one["label"] == "Begin a procedure with a customer"]
    page = unescape(desk.client.get(entry["url"], headers=FRAGMENT).content.decode())
    assert desk.order.reference in page
    assert 'hx-trigger="load' in page  # there is but one order: nothing to choose
    here = FRAGMENT | {"HX-Current-URL": f"http://testserver/desk/contacts/{desk.contact.pk}/"}
    asked = {"procedure": procedure.pk, "place": desk.place, "about": desk.order.pk}
    got = desk.client.post("/desk/procedures/begin/", asked, headers=here)
    assert got.headers["HX-Retarget"] == "#procedures"
    assert "Lo siento." in got.content.decode()
    one = ProcedureRun.objects.get()
    assert (one.contact_id, one.about_id, one.held_by_id) == (desk.contact.pk, desk.order.pk, desk.person.pk)
    again = desk.client.post("/desk/procedures/begin/", asked, headers=FRAGMENT)
    assert again.status_code == 422
    assert "is going through it already" in again.content.decode()
    elsewhere = desk.client.post(
        "/desk/procedures/begin/", asked | {"idempotency_key": "x"}, headers=FRAGMENT | {"HX-Current-URL": "http://x/"}
    )
    assert elsewhere.status_code == 422


def test_each_step_is_said_in_the_customers_language_and_answered_by_a_digit(desk: Desk) -> None:
    one = desk.begin(publish().pk)
    status, shown = desk.answer(one, "Sorry")
    assert status == 200
    assert "Goes on by itself once the customer is identified." in shown
    assert "Identify" in shown
    marker = re.search(r"shown=([0-9a-f]+)", shown)
    assert marker is not None
    same = desk.client.get("/desk/procedures/beside/", {"place": desk.place, "shown": marker[1]})
    assert same.status_code == 204  # nothing changed: what is typed stays
    desk.identify()
    live = desk.client.get("/desk/procedures/beside/", {"place": desk.place, "shown": marker[1]})
    shown = unescape(live.content.decode())
    assert live.headers["HX-Retarget"] == "#procedures"
    assert "¿Qué está dañado?" in shown
    assert 'lang="es"' in shown
    assert '<kbd aria-hidden="true">2</kbd>' in shown
    assert "El producto" in shown
    assert "The product" in shown  # in the reader's own words below
    assert "Skip it" not in shown.split("Damage")[-1]
    status, shown = desk.answer(one, "Damage", "a car")
    assert status == 422
    assert "Answer one of: packaging, product." in shown
    _status, shown = desk.answer(one, "Damage", "product")
    assert "Was anybody hurt?" in shown
    status, shown = desk.answer(one, "Hurt", skip="1", reason="They were in a hurry")
    assert status == 200
    assert "They were in a hurry" in shown
    assert "100.00" in shown  # what was paid is known
    again = desk.region(run=one.pk, change="Damage")
    assert "answered again" in again
    _status, shown = desk.answer(one, "Damage", "packaging", is_change="1")
    assert "Was anybody hurt?" not in shown


def test_a_remedy_opens_its_own_form_filled_in_and_goes_on_once_it_is_done(desk: Desk) -> None:
    one = desk.at_remedies(publish().pk)
    _status, shown = desk.answer(one, "Remedies", "goodwill")
    form_url = re.search(r'data-open-act="([^"]*orders.add_goodwill[^"]*)"', shown)
    assert form_url is not None
    form = desk.client.get(form_url[1], headers=FRAGMENT | {"On-Contact": str(desk.contact.pk)}).content.decode()
    assert 'value="10.00"' in form
    typed = {"amount": "5", "amount__currency": "EUR", "reason": "damaged", "idempotency_key": "abcdefgh1"}
    done = desk.client.post(f"/desk/acts/orders.add_goodwill/{desk.order.pk}/", typed, headers=FRAGMENT)
    assert done.status_code == 200
    shown = desk.region()
    assert "Thank you." in shown
    assert "Done: " in shown
    assert "Something was done" not in shown
    assert "change=Damage" not in shown
    _status, shown = desk.answer(one, "Bye")
    assert (one.state, one.outcome) == (RunState.ENDED, Outcome.THROUGH)
    assert "Gone through" in shown
    assert "Damaged: The packaging. Agreed: A lower price." in Message.objects.latest("pk").text
    page = desk.client.get(f"/desk/procedures/{one.pk}/").content.decode()
    assert "Gone through" in page
    assert '<strong dir="auto">The packaging</strong>' in page


def test_what_the_books_know_is_said_as_people_call_it(desk: Desk) -> None:
    known = "## The books\nask: where (text)\nfact: order state\nen: Where is it?\n\n## Damage\n"
    one = desk.begin(publish(text=DAMAGED.replace("## Damage\n", known)).pk)
    desk.identify()
    desk.answer(one, "Sorry")
    assert '<strong dir="auto">Delivered</strong>' in desk.region()


def test_what_needs_approval_is_asked_for_and_the_step_goes_on_when_it_is_allowed(desk: Desk) -> None:
    nothing_laid_down()
    publish_guideline("Goodwill", document(["orders.add_goodwill"], ["amount given"], GOODWILL))
    one = desk.at_remedies(publish().pk)
    desk.answer(one, "Remedies", "goodwill")
    typed = {"amount": "10", "amount__currency": "EUR", "reason": "damaged", "idempotency_key": "abcdefgh1"}
    on = FRAGMENT | {"On-Contact": str(desk.contact.pk)}
    asked = desk.client.post(
        f"/desk/acts/orders.add_goodwill/{desk.order.pk}/", typed | {"ask_approval": "1"}, headers=on
    )
    assert asked.status_code == 200
    approval = Approval.objects.get()
    shown = desk.region()
    assert "Waits for an answer" in shown
    assert f"approval:{approval.pk}" in shown
    boss = client_of(make_person("supervisor", name="Lena Fischer"))
    assert boss.post(f"/desk/approvals/{approval.pk}/allow/", {"idempotency_key": "abcdefgh2"}).status_code == 302
    shown = desk.region()
    assert "Thank you." in shown
    desk.answer(one, "Bye")
    assert one.outcome == Outcome.THROUGH
    assert Order.objects.get(pk=desk.order.pk).goodwill_minor == Money(1000, "EUR").minor


def test_an_act_kept_by_a_procedure_says_so_in_its_form_and_leads_to_beginning_it(desk: Desk) -> None:
    publish()
    desk.identify()
    typed = {"amount": "5", "amount__currency": "EUR", "reason": "damaged"}
    address = f"/desk/acts/orders.add_goodwill/{desk.order.pk}/"
    for got in (
        desk.client.post(f"{address}preview/", typed, headers=FRAGMENT),
        desk.client.post(address, typed, headers=FRAGMENT),
    ):
        shown = unescape(got.content.decode())
        assert "This is done by the procedure “Damaged”: begin it first." in shown
        link = re.search(r'href="(/desk/procedures/begin/[^"]*)"', shown)
        assert link is not None
        assert "Begin a procedure: Damaged" in desk.client.get(link[1], headers=FRAGMENT).content.decode()


def test_what_a_colleague_left_is_taken_up_on_the_customers_file_and_on_a_new_contact(desk: Desk) -> None:
    one = desk.begin(publish().pk)
    desk.client.post(
        f"/desk/acts/procedures.leave_procedure/{one.pk}/", {"note": "She calls again at five"}, headers=FRAGMENT
    )
    eva = make_person("senior", name="Eva Sol")
    later = make_contact(desk.customer, eva.pk, started_at=timezone.now(), representative_name="Eva Sol")
    hers = client_of(eva)
    for place in (f"customer:{desk.customer.pk}", f"contact:{later.pk}", f"order:{desk.order.pk}"):
        shown = unescape(hers.get("/desk/procedures/beside/", {"place": place}, headers=FRAGMENT).content.decode())
        assert "Take it up" in shown
        assert "Ana Ruiz" in shown
        assert "She calls again at five" in shown
    asked = {"place": f"contact:{later.pk}"}
    shown = hers.post(f"/desk/procedures/{one.pk}/take-up/", asked, headers=FRAGMENT).content.decode()
    assert "Lo siento." in shown
    one.refresh_from_db()
    assert (one.held_by_id, one.contact_id, one.state) == (eva.pk, later.pk, RunState.OPEN)
    status, shown = desk.answer(one, "Sorry")
    assert status == 422
    assert "Eva Sol has it" in shown


def test_the_wrap_up_is_filled_with_the_reason_the_procedure_is_meant_for(desk: Desk) -> None:
    reason = ContactReason.objects.create(name="Damaged goods")
    desk.begin(publish().pk)
    form = desk.client.get(f"/desk/acts/contacts.wrap_up/{desk.contact.pk}/", headers=FRAGMENT).content.decode()
    assert re.search(rf'<option value="{reason.pk}"[^>]* selected', form) or f'value="{reason.pk}"' in form


def test_pages_show_what_goes_on_and_strangers_find_nothing(desk: Desk) -> None:
    one = desk.begin(publish().pk)
    page = desk.client.get(f"/desk/procedures/{one.pk}/").content.decode()
    assert "Lo siento." in page
    for address in (f"/desk/contacts/{desk.contact.pk}/", f"/desk/customers/{desk.customer.pk}/"):
        assert "/desk/procedures/beside/?place=" in desk.client.get(address).content.decode()
    stranger = client_of(make_person("planner", name="No Body"))
    assert stranger.get(f"/desk/procedures/{one.pk}/").status_code == 404
    assert stranger.post(f"/desk/procedures/{one.pk}/step/", {"step": "Sorry"}).status_code == 404
    for wrong in ("", "contact:0", "order:999999", "customer:x", "thing:1", "run:99999"):
        assert desk.client.get("/desk/procedures/beside/", {"place": wrong}).status_code == 404
