"""The PDF of a document says what stands in it, in the customer's language, and carries the electronic invoice."""

import io

import pytest
from django.db import connection, transaction
from pypdf import PdfReader

from onhand.contacts.files import drop_unused
from onhand.contacts.models import StoredFile
from onhand.invoicing.einvoice import read_whole, write_xml
from onhand.invoicing.enums import FileFormat
from onhand.invoicing.files import content_of, file_name_of, keep_files
from onhand.invoicing.models import DocumentFile, Seller
from onhand.invoicing.pdf import render_html
from onhand.invoicing.tasks import make_files
from tests.factories import make_customer
from tests.factories.drawing import needs_pdf
from tests.invoicing.documents import NOW, credit_note, invoice, line
from tests.invoicing.test_einvoice import COMPANY, buyer

# WeasyPrint leaves the colour profile's file to be closed by the collector.
pytestmark = pytest.mark.filterwarnings("ignore:.*sRGB2014.icc:pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True, scope="module")
def _drawing() -> None:
    needs_pdf()


@pytest.mark.django_db
def test_the_pdf_says_everything_and_carries_the_electronic_invoice() -> None:
    Seller.objects.create(details=COMPANY, since=NOW)
    made = invoice(line(12100, pieces=2), line(550, "10", text="Envío <b>"), customer=buyer(language="es"))
    make_files(made.pk)
    pdf = content_of(made, FileFormat.PDF, NOW)
    assert pdf
    reader = PdfReader(io.BytesIO(pdf))
    text = "".join(page.extract_text() for page in reader.pages)
    for said in (
        "INV-2026-00001",
        "Ana Prieto",
        "Gran Vía 1",
        "Lumen & Söhne GmbH",
        "126,50",
        "21 %",
        "Envío <b>",
        "24 de marzo de 2026",
    ):
        assert said in text, said
    assert "DE02 1203 0000 0000 2020 51" in text
    assert reader.attachments["factur-x.xml"][0] == write_xml(read_whole(made.pk))
    assert content_of(made, FileFormat.XML, NOW) == write_xml(read_whole(made.pk))
    metadata = reader.root_object["/Metadata"].get_object().get_data().decode()  # type: ignore[attr-defined]
    assert "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" in metadata
    assert "EN 16931" in metadata
    assert ("pdfaid:part>3<" in metadata) or ('pdfaid:part="3"' in metadata)
    assert reader.root_object["/OutputIntents"], "colours are those of a profile, as PDF/A asks"
    assert file_name_of(made, FileFormat.PDF) == "INV-2026-00001.pdf"


@pytest.mark.django_db
def test_files_are_made_once_and_kept_as_long_as_the_document() -> None:
    made = invoice()
    first = keep_files(made.pk, NOW)
    assert [one.format for one in first] == [FileFormat.PDF], (
        "without the company's details there is no electronic invoice"
    )
    assert content_of(made, FileFormat.XML, NOW) is None
    assert [one.pk for one in keep_files(made.pk, NOW)] == [one.pk for one in first]
    assert DocumentFile.objects.count() == 1
    with transaction.atomic():
        assert drop_unused([first[0].file_id]) == 0
    assert StoredFile.objects.filter(pk=first[0].file_id).exists()


@pytest.mark.django_db
def test_a_credit_note_names_what_it_takes_back_and_asks_for_no_money() -> None:
    Seller.objects.create(details=COMPANY, since=NOW)
    bill = invoice(line(12100, source=("order_line", 1)), customer=make_customer("Bo", language="en"))
    note = credit_note(bill, line(5, source=("order_line", 1)), reason="Scratched")
    html = render_html(read_whole(note.pk))
    assert bill.label in html
    assert "Scratched" in html
    assert "Please pay" not in html
    assert "<svg" not in html
    assert "<svg" in render_html(read_whole(bill.pk))
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'invoicing.make_files'")
        assert cursor.fetchone() == (2,)
