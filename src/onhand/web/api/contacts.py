"""Contacts, messages, files, cases and work lists over REST; and files for answers."""

from urllib.parse import quote

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router

from onhand.contacts.access import ANSWER
from onhand.contacts.uploads import LARGEST, keep_upload
from onhand.contacts.work import WorkList
from onhand.customers.access import VIEW
from onhand.web.api import contact_reads as reads
from onhand.web.api.callers import caller
from onhand.web.api.contact_schemas import (
    CaseFull,
    Cases,
    ContactFull,
    Contacts,
    FindCases,
    FindContacts,
    FindWork,
    Messages,
    ReadContact,
    ReadMessages,
    Uploaded,
    UploadFile,
    WorkCounts,
    WorkLines,
)
from onhand.web.api.errors import BodyTooLarge
from onhand.web.api.openapi import READING, errors_of
from onhand.web.api.schemas import Id

router = Router()
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_TAKING = READING | {413: "The file is too large", 422: "A field is at fault, or the file is empty"}


@router.get(
    "/contacts", response=Contacts, operation_id="find_contacts", summary="Contacts, newest first", tags=["contacts"]
)
def find_contacts(request: HttpRequest, asked: Query[FindContacts]) -> Contacts:
    """The contacts you may see: calls, mails, visits. What was written in them is read one by one, with a reason."""
    return reads.find_contacts(caller(request), **asked.model_dump())


@router.get(
    "/contacts/{contact_id}",
    response=ContactFull,
    operation_id="read_contact",
    summary="Open a contact with its newest messages",
    tags=["contacts"],
)
def read_contact(request: HttpRequest, contact_id: Path[Id], asked: Query[ReadContact]) -> ContactFull:
    """A contact with what was written in it last. Leaves an access record on the customer's file."""
    return reads.read_contact(caller(request), contact_id, at=timezone.now(), **asked.model_dump())


@router.get(
    "/contacts/{contact_id}/messages",
    response=Messages,
    operation_id="read_messages",
    summary="What was written in a contact",
    tags=["contacts"],
)
def read_messages(request: HttpRequest, contact_id: Path[Id], asked: Query[ReadMessages]) -> Messages:
    """Messages from the newest back, page by page. Leaves an access record on the customer's file."""
    return reads.read_messages(caller(request), contact_id, at=timezone.now(), **asked.model_dump())


@router.get(
    "/attachments/{attachment_id}",
    operation_id="read_attachment",
    summary="A file of a message",
    tags=["contacts"],
    openapi_extra={"responses": {"200": {"description": "The file", "content": _BYTES}}},
)
def read_attachment(request: HttpRequest, attachment_id: Path[Id], asked: Query[ReadContact]) -> HttpResponse:
    """The file's bytes, to be kept and not shown; infected ones are refused. Leaves an access record on the customer's file."""
    one = reads.read_attachment(caller(request), attachment_id, at=timezone.now(), **asked.model_dump())
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(one.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(bytes(one.file.content), content_type="application/octet-stream", headers=headers)


@router.post(
    "/contacts/{contact_id}/uploads",
    response=Uploaded,
    operation_id="upload_file",
    summary="Keep a file for an answer",
    tags=["contacts"],
    openapi_extra={"requestBody": {"required": True, "content": _BYTES}, "responses": errors_of(_TAKING)},
)
def upload_file(request: HttpRequest, contact_id: Path[Id], asked: Query[UploadFile]) -> Uploaded:
    """Send the file's bytes as the body. Name the `id` of the answer among `files` of the act that answers, within seven days."""
    actor = caller(request)
    actor.require(ANSWER)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise BodyTooLarge(LARGEST)
    try:
        content = request.body
    except RequestDataTooBig:
        raise BodyTooLarge(LARGEST) from None
    kept = keep_upload(actor, contact_id, asked.name, asked.type, content, timezone.now())
    return Uploaded(id=kept.key, name=kept.name, media_type=kept.media_type, size=kept.size)


@router.get("/cases", response=Cases, operation_id="find_cases", summary="Cases, newest first", tags=["cases"])
def find_cases(request: HttpRequest, asked: Query[FindCases]) -> Cases:
    """The cases you may see."""
    return reads.find_cases(caller(request), **asked.model_dump())


@router.get(
    "/cases/{case_id}",
    response=CaseFull,
    operation_id="read_case",
    summary="Open a case",
    tags=["cases"],
)
def read_case(request: HttpRequest, case_id: Path[Id], asked: Query[ReadContact]) -> CaseFull:
    """A case with its due times, promises, contacts and customers. Leaves an access record on the customer's file."""
    return reads.read_case(caller(request), case_id, at=timezone.now(), **asked.model_dump())


@router.get("/work", response=WorkCounts, operation_id="count_work", summary="How much work there is", tags=["work"])
def count_work(request: HttpRequest) -> WorkCounts:
    """How many contacts each of your work lists has."""
    return reads.read_counts(caller(request), at=timezone.now())


@router.get(
    "/work/{wanted}", response=WorkLines, operation_id="find_work", summary="The contacts of a work list", tags=["work"]
)
def find_work(request: HttpRequest, wanted: Path[WorkList], asked: Query[FindWork]) -> WorkLines:
    """Contacts in writing where it is your turn, or your teams'; the most urgent first, among those the longest waiting."""
    actor = caller(request)
    actor.require(VIEW)
    return reads.find_work(actor, wanted, at=timezone.now(), **asked.model_dump())
