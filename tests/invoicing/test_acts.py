"""Crediting, correcting and sending documents, and what is laid down about them."""

from typing import Any

import pytest

from onhand.contacts.models import Attachment, Contact, Message
from onhand.customers.models import Customer, Identity
from onhand.guidelines.models import Given
from onhand.invoicing.models import CompanyDetails, Document, NumberSeries, Seller
from onhand.invoicing.rows import lines_left
from onhand.kernel.actor import Actor
from onhand.kernel.decisions import NeedsApproval
from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE
from onhand.ledger.checks import find_faults
from onhand.payments.models import Payment
from tests.factories import make_actor, make_customer
from tests.guidelines.company import nothing_laid_down
from tests.invoicing.documents import NOW, credit_note, invoice, line
from tests.invoicing.test_einvoice import COMPANY
from tests.payments.money import make_card, make_method, method_of

pytestmark = pytest.mark.filterwarnings("ignore:.*sRGB2014.icc:pytest.PytestUnraisableExceptionWarning")


def do(name: str, subject_id: int, /, actor: Actor | None = None, **arguments: Any) -> Outcome:
    who = actor or make_actor()
    return perform(f"invoicing.{name}", actor=who, subject_id=subject_id, arguments=arguments, at=NOW)


def euro(minor: int) -> dict[str, Any]:
    return Money(minor, "EUR").as_json()


@pytest.mark.django_db(transaction=True)
def test_credit_lines_gives_back_what_is_offered_and_no_more() -> None:
    bill = invoice(line(12100, pieces=2), line(500, text="Cable"))
    lamp, cable = bill.lines.order_by("position")
    offered = lines_left(bill.pk)
    assert [one.fixed for one in offered] == [{"line": lamp.pk}, {"line": cable.pk}]
    assert "121.00" in offered[0].label
    rows = [{"line": lamp.pk, "amount": euro(100)}, {"line": cable.pk, "amount": euro(500)}]
    outcome = do("credit_lines", bill.pk, rows=rows, reason="Scratched")
    assert outcome.after["credited"] == euro(600)
    note = Document.objects.get(pk=outcome.after["credit_note"]["id"])
    assert (note.counters_id, note.gross_minor, note.reason) == (bill.pk, 600, "Scratched")
    assert [one.fixed for one in lines_left(bill.pk)] == [{"line": lamp.pk}]
    for rows in (
        [{"line": lamp.pk, "amount": euro(12001)}],
        [{"line": cable.pk, "amount": euro(1)}],
        [{"line": 10**9, "amount": euro(1)}],
        [{"line": lamp.pk, "amount": Money(5, "USD").as_json()}],
        [{"line": lamp.pk}],
    ):
        with pytest.raises(NotPossible):
            do("credit_lines", bill.pk, rows=rows, reason="x")
    with pytest.raises(NotPossible, match="Only an invoice"):
        do("credit_lines", note.pk, rows=rows, reason="x")
    with pytest.raises(ArgumentsInvalid):
        do("credit_lines", bill.pk, rows=[{"line": lamp.pk, "amount": {"minor": 0.5, "currency": "EUR"}}], reason="x")
    assert Document.objects.count() == 2
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
def test_correct_invoice_takes_it_back_and_issues_it_anew() -> None:
    bill = invoice(line(12100, pieces=2), line(500, "10", text="Cable"), line(300, text="Bulb"))
    _lamp, cable, bulb = bill.lines.order_by("position")
    rows = [{"line": cable.pk, "amount": euro(200)}, {"line": bulb.pk, "amount": euro(0)}]
    outcome = do("correct_invoice", bill.pk, rows=rows, reason="Wrong price")
    bill.refresh_from_db()
    assert bill.left_minor == 0
    anew = Document.objects.get(pk=outcome.after["invoice"]["id"])
    assert [(one.text, one.gross_minor) for one in anew.lines.order_by("position")] == [("Lamp", 12100), ("Cable", 200)]
    assert balance_of(RECEIVABLE, "EUR", customer_id=bill.customer_id) == Money(12300, "EUR")
    with pytest.raises(NotPossible):
        do("correct_invoice", bill.pk, rows=rows, reason="Again")
    with pytest.raises(NotPossible, match="what is right"):
        do("correct_invoice", anew.pk, rows=[{"line": anew.lines.get(position=2).pk, "amount": euro(200)}], reason="x")
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
def test_correcting_an_invoice_down_gives_something_away_like_a_credit_note() -> None:
    bill = invoice(line(12100, pieces=2), line(500, "10", text="Cable"))
    lamp, cable = bill.lines.order_by("position")
    rows = [{"line": lamp.pk, "amount": euro(100)}, {"line": cable.pk, "amount": euro(600)}]
    nothing_laid_down()
    with pytest.raises(NeedsApproval):
        do("correct_invoice", bill.pk, rows=rows, reason="Wrong price")
    assert Document.objects.count() == 1
    do("correct_invoice", bill.pk, rows=rows, reason="Wrong price", actor=make_actor(role="supervisor"))
    assert Given.objects.values_list("act", "minor").get() == ("invoicing.correct_invoice", 11900)
    anew = Document.objects.latest("pk")
    more = [{"line": anew.lines.get(position=1).pk, "amount": euro(200)}]
    do("correct_invoice", anew.pk, rows=more, reason="It was more")  # nothing is given away
    assert Given.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_send_document_writes_to_the_customer_with_the_pdf() -> None:
    Seller.objects.create(details=COMPANY, since=NOW)
    ana = make_customer("Ana Prieto", language="es")
    Identity.objects.create(customer=ana, kind="email", value="ana@example.com", created_at=NOW)
    bill = invoice(customer=ana)
    do("send_document", bill.pk, address="ana@example.com")
    message = Message.objects.get()
    attached = Attachment.objects.get(message=message)
    assert attached.name == "INV-2026-00001.pdf"
    assert attached.media_type == "application/pdf"
    assert bytes(attached.file.content).startswith(b"%PDF")
    assert "INV-2026-00001" in message.subject
    assert Contact.objects.get().customer_id == ana.pk
    with pytest.raises(NotPossible):
        do("send_document", bill.pk, address="nobody")


@pytest.mark.django_db(transaction=True)
def test_give_goodwill_puts_an_amount_to_the_customers_credit() -> None:
    ana = make_customer()
    do("give_goodwill", ana.pk, amount=euro(1000), reason="For the long wait")
    assert balance_of(RECEIVABLE, "EUR", customer_id=ana.pk) == Money(-1000, "EUR")
    for amount in (euro(0), euro(-5)):
        with pytest.raises(NotPossible):
            do("give_goodwill", ana.pk, amount=amount, reason="x")
    with pytest.raises(NotPermitted):
        perform(
            "invoicing.give_goodwill",
            actor=make_actor(permissions=frozenset({"customers.view"})),
            subject_id=ana.pk,
            arguments={"amount": euro(5), "reason": "x"},
            at=NOW,
        )


@pytest.mark.django_db(transaction=True)
def test_change_company_details_counts_for_documents_from_then_on() -> None:
    details = CompanyDetails.objects.get()
    before = invoice()
    do("change_company_details", details.pk, **COMPANY | {"iban": "DE02 1203 0000 0000 2020 51", "due_days": 30})
    after = invoice()
    assert before.seller.details == {}
    assert after.seller.details["iban"] == "DE02120300000000202051"
    assert (after.due_on - after.issued_on).days == 30
    for wrong in ({"iban": "DE03120300000000202051"}, {"bic": "X"}, {"country": "XX"}, {"due_days": 1000}):
        with pytest.raises(NotPossible):
            do("change_company_details", details.pk, **COMPANY | wrong)


@pytest.mark.django_db(transaction=True)
def test_change_number_series_goes_on_from_another_system_only_at_the_start() -> None:
    series = NumberSeries.objects.get(kind="invoice")
    do("change_number_series", series.pk, prefix="R/", by_year=True, digits=3, next_number=4711)
    assert [invoice().label for _ in range(2)] == ["R/2026-4711", "R/2026-4712"]
    assert list(find_faults()) == []
    with pytest.raises(NotPossible, match="follows"):
        do("change_number_series", series.pk, prefix="R/", by_year=True, digits=3, next_number=9)
    for wrong in ({"prefix": "R~"}, {"digits": 0}, {"digits": 13}, {"next_number": 0, "by_year": False}):
        with pytest.raises(NotPossible):
            do("change_number_series", series.pk, **{"prefix": "", "digits": 5} | wrong)


@pytest.mark.django_db(transaction=True)
def test_a_payment_is_taken_for_an_invoice_of_the_customer_and_for_nothing_else() -> None:
    ana, ben, old = make_customer("Ana"), make_customer("Ben"), make_customer("Ana P.")
    Customer.objects.filter(pk=old.pk).update(merged_into=ana)
    mine, earlier, others = (invoice(line(12100), customer=one) for one in (ana, old, ben))
    note = credit_note(mine, line(100))
    card = method_of(make_card(ana, 50_000))

    def pay(number: int, kind: str = "document", method: int = card.pk, currency: str = "EUR") -> Outcome:
        given = {"method": method, "amount": Money(1000, currency).as_json(), "document_type": kind}
        arguments = given | {"document_id": number}
        return perform("payments.take_payment", actor=make_actor(), subject_id=ana.pk, arguments=arguments, at=NOW)

    for one in (mine, earlier):
        pay(one.pk)
        assert Payment.objects.get(document_type="document", document_id=one.pk).captured_minor == 1000
    foreign = make_method(ana).pk
    for wrong in ((others.pk,), (note.pk,), (10**9,), (mine.pk, "invoice"), (mine.pk, "document", foreign, "USD")):
        with pytest.raises(NotPossible, match="not the customer's"):
            pay(*wrong)
    assert Payment.objects.count() == 2
    assert list(find_faults()) == []
