"""Invoices issued many at once are what they would be one by one."""

import pytest
from django.db import connection, transaction

from onhand.customers.models import Customer
from onhand.invoicing.issuing_many import InvoiceWanted, issue_invoices
from onhand.invoicing.models import Document
from onhand.kernel.errors import NotPossible
from onhand.ledger.checks import find_faults
from onhand.ledger.models import Entry, Journal
from tests.factories import make_customer
from tests.invoicing.documents import NOW, TODAY, invoice, line


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_what_they_are_one_by_one() -> None:
    people = [make_customer(f"Ana {n}", city="Madrid", country="ES") for n in range(3)]
    lines = [[line(12100), line(555, "10", text="Tea")], [line(99)], [line(0, text="Free")]]
    single = [invoice(*of, customer=one, key=f"one:{n}") for n, (one, of) in enumerate(zip(people, lines, strict=True))]
    with transaction.atomic():
        many = issue_invoices(
            [
                InvoiceWanted(one, of, ("order", n), f"many:{n}")
                for n, (one, of) in enumerate(zip(people, lines, strict=True))
            ],
            at=NOW,
            day=TODAY,
        )
    assert [one.label for one in many] == [f"INV-2026-0000{n}" for n in (4, 5, 6)]
    but = ("id", "key", "number", "label", "document_id", "xact")

    def parts(document: Document) -> list[object]:
        row = Document.objects.values().get(pk=document.pk)
        of = [list(some.values()) for some in (document.lines.order_by("position"), document.rates.order_by("percent"))]
        entries = Entry.objects.filter(journal__document_type="document", journal__document_id=document.pk)
        return [
            {k: v for k, v in row.items() if k not in but},
            [[{k: v for k, v in one.items() if k not in ("id", "document_id")} for one in rows] for rows in of],
            sorted(entries.values_list("account", "amount")),
        ]

    assert [parts(one) for one in many] == [parts(one) for one in single]
    assert list(find_faults()) == []


@pytest.mark.django_db(transaction=True)
def test_all_or_none() -> None:
    ana = make_customer()
    with pytest.raises(NotPossible), transaction.atomic():
        issue_invoices(
            [InvoiceWanted(ana, [line(5)], ("order", 1), "a"), InvoiceWanted(ana, [line(-5)], ("order", 2), "b")],
            at=NOW,
            day=TODAY,
        )
    assert issue_invoices([], at=NOW, day=TODAY) == []
    assert not Document.objects.exists()
    assert not Journal.objects.exists()
    assert Customer.objects.filter(pk=ana.pk).exists()
    assert invoice(customer=ana).number == 1
    connection.close()
