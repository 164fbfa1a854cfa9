"""Files of documents: made once by a job after the commit, or when somebody asks first; kept with everything else that is stored."""

from datetime import datetime

from django.db import transaction

from onhand.contacts.files import store_file
from onhand.invoicing.einvoice import read_whole, why_not, write_xml
from onhand.invoicing.enums import FileFormat
from onhand.invoicing.models import Document, DocumentFile

MEDIA_TYPES = {FileFormat.PDF: "application/pdf", FileFormat.XML: "application/xml"}


def keep_files(document_id: int, at: datetime) -> list[DocumentFile]:
    """
    The files of a document: the PDF, and where there can be one the electronic invoice. Made where they are not there yet; whoever comes
    at the same time gets the same.
    """
    there = list(_files(document_id))
    if there:
        return there
    from onhand.invoicing.pdf import render_pdf

    whole = read_whole(document_id)
    made = {FileFormat.PDF: render_pdf(whole)}
    if not why_not(whole):
        made[FileFormat.XML] = write_xml(whole)
    with transaction.atomic():
        DocumentFile.objects.bulk_create(
            (
                DocumentFile(document_id=document_id, format=kind, file_id=store_file(content, at), made_at=at)
                for kind, content in made.items()
            ),
            ignore_conflicts=True,
        )
    return list(_files(document_id))


def content_of(document: Document, kind: FileFormat, at: datetime) -> bytes | None:
    """The bytes of a document's file; None where there is no electronic invoice of it."""
    found = next((one for one in keep_files(document.pk, at) if one.format == kind), None)
    return bytes(found.file.content) if found else None


def file_name_of(document: Document, kind: FileFormat) -> str:
    """What the file is called when it is downloaded or sent."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in document.label)
    return f"{safe}.{kind}"


def _files(document_id: int) -> "list[DocumentFile]":
    return list(DocumentFile.objects.filter(document=document_id).select_related("file").order_by("format"))
