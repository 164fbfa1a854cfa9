"""Electronic invoices hold to the official rules of EN 16931, which are truly run; what cannot be one says why."""

from decimal import Decimal

import pytest

from onhand.customers.models import Customer
from onhand.invoicing.einvoice import read_whole, why_not, write_xml
from onhand.invoicing.enums import TaxCategory, What
from onhand.invoicing.models import Document, Seller
from tests.factories import make_customer
from tests.invoicing.documents import NOW, credit_note, invoice, line
from tests.invoicing.official_rules import breaches

COMPANY = {
    "name": "Lumen & Söhne GmbH",
    "address_lines": "Lindenweg 4\nHinterhaus",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
    "tax_number": "DE 123 456 789",
    "registration": "HRB 4711",
    "email": "rechnung@lumen.example",
    "iban": "DE02120300000000202051",
    "bic": "BYLADEM1001",
}


@pytest.fixture
def company(db: None) -> Seller:
    return Seller.objects.create(details=COMPANY, since=NOW)


def buyer(**given: str) -> Customer:
    return make_customer(
        "Ana Prieto",
        **{"address_lines": "Gran Vía 1", "postal_code": "28013", "city": "Madrid", "country": "ES"} | given,
    )


def xml_of(document: Document) -> bytes:
    whole = read_whole(document.pk)
    assert why_not(whole) == ""
    return write_xml(whole)


def test_an_invoice_of_several_rates_holds_to_the_rules(company: Seller) -> None:
    made = invoice(
        line(12100, pieces=3),
        line(1999, "21", includes_tax=False, pieces=Decimal("2.5"), text="Cable <m>"),
        line(550, "10", what=What.SHIPPING, text="Shipping"),
        line(300, "0", what=What.FEE, text="Fee without tax"),
        customer=buyer(),
    )
    assert breaches(xml_of(made)) == []


def test_a_credit_note_names_its_invoice_and_holds_to_the_rules(company: Seller) -> None:
    bill = invoice(line(12100, source=("order_line", 1)), line(777, source=("order_line", 2)), customer=buyer())
    note = credit_note(
        bill,
        line(333, source=("order_line", 2)),
        line(100, what=What.GOODWILL, text="For the wait"),
        reason="Scratched",
    )
    xml = xml_of(note)
    assert breaches(xml) == []
    assert bill.label.encode() in xml
    assert b"<ram:TypeCode>381<" in xml


def test_negative_lines_and_reverse_charge_hold_to_the_rules(company: Seller) -> None:
    made = invoice(line(12100), line(-1210, text="Discount"), customer=buyer())
    assert breaches(xml_of(made)) == []
    turned = invoice(line(10000, "0", category=TaxCategory.REVERSE_CHARGE), customer=buyer(tax_number="ESB12345678"))
    assert breaches(xml_of(turned)) == []
    exempt = invoice(line(10000, "0", category=TaxCategory.EXEMPT), customer=buyer())
    assert breaches(xml_of(exempt)) == []


def test_a_note_over_parts_that_round_badly_holds_to_the_rules(company: Seller) -> None:
    bill = invoice(*(line(101 + n, "21", source=("order_line", n)) for n in range(12)), customer=buyer())
    assert breaches(xml_of(credit_note(bill, *(line(33, source=("order_line", n)) for n in range(12))))) == []
    assert breaches(xml_of(bill)) == []


def test_the_rules_find_what_is_wrong(company: Seller) -> None:
    xml = xml_of(invoice(line(12100), customer=buyer()))
    assert any(
        "BR-CO-1" in one
        for one in breaches(xml.replace(b"<ram:GrandTotalAmount>121.00", b"<ram:GrandTotalAmount>120.00"))
    )
    assert breaches(xml.replace(b"<ram:CountryID>ES</ram:CountryID>", b""))


def test_what_cannot_be_an_electronic_invoice_says_why(db: None) -> None:
    assert "company" in why_not(read_whole(invoice(customer=buyer()).pk))
    Seller.objects.create(details=COMPANY, since=NOW)
    assert "customer" in why_not(read_whole(invoice(customer=make_customer()).pk))
    turned = invoice(line(100, "0", category=TaxCategory.REVERSE_CHARGE), customer=buyer())
    assert "buyer" in why_not(read_whole(turned.pk))
