"""What programs may read of contacts, messages, files, cases and work: only what the caller may see, each page by one statement."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case as Choice
from django.db.models import F, QuerySet, When
from django.utils.translation import gettext as _
from ninja import Schema

from onhand.contacts.access import visible_cases, visible_contacts
from onhand.contacts.cases.page import find_reference, read_case_page
from onhand.contacts.conversation import Conversation, MessageShown, read_conversation
from onhand.contacts.conversation import read_mark as read_place
from onhand.contacts.enums import ScanState
from onhand.contacts.models import Attachment
from onhand.contacts.subjects import CONTACT
from onhand.contacts.work import WorkList, count_work, read_mark, read_work
from onhand.customers.access import VIEW, WORK_WITHOUT_CONTACT, visible_customers
from onhand.customers.enums import ChannelKind
from onhand.customers.identification.level import reached_by_default
from onhand.customers.membership import of_file
from onhand.customers.protection import PROTECTED
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.errors import ActError, SubjectNotFound
from onhand.kernel.records import Subject, record_access
from onhand.web.api.contact_schemas import (
    CaseFull,
    CaseLine,
    CasePerson,
    Cases,
    CaseShort,
    ContactFull,
    ContactLine,
    Contacts,
    FileLine,
    MessageLine,
    Messages,
    Person,
    SurveyAnswer,
    WorkCounts,
    WorkLine,
    WorkLines,
)
from onhand.web.api.errors import FieldsInvalid


class FileInfected(ActError):
    """A file that a scanner found infected is given to nobody."""

    code = "infected"
    status = 403

    def __init__(self) -> None:
        super().__init__(_("This file is infected and is not given out."))


def find_contacts(
    actor: Actor, *, customer_id: int | None = None, state: str = "all", before: int | None = None, size: int = 50
) -> Contacts:
    """Contacts the actor may see, newest first. One statement."""
    rows = visible_contacts(actor)
    if state != "all":
        rows = rows.filter(ended_at__isnull=state == "going_on")
    found = _page(rows, actor, ContactLine, customer_id, before, size)
    return Contacts(contacts=[ContactLine.model_validate(row) for row in found[:size]], next=_next(found, size))


def find_cases(
    actor: Actor, *, customer_id: int | None = None, state: str = "all", before: int | None = None, size: int = 50
) -> Cases:
    """Cases the actor may see, newest first. One statement."""
    rows = visible_cases(actor)
    if state != "all":
        rows = rows.filter(closed_at__isnull=state == "open")
    found = _page(rows, actor, CaseLine, customer_id, before, size)
    return Cases(cases=[CaseLine.model_validate(row) for row in found[:size]], next=_next(found, size))


def _page(
    rows: QuerySet[Any],
    actor: Actor,
    line: type[ContactLine] | type[CaseLine],
    customer_id: int | None,
    before: int | None,
    size: int,
) -> list[dict[str, Any]]:
    """A page of rows as the fields of a line, and one more if there is a next page."""
    if customer_id is not None:
        rows = rows.filter(of_file(customer_id), customer__in=visible_customers(actor).values("pk"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    names = [name for name in line.model_fields if name != "customer_id"]
    found = rows.order_by("-pk").annotate(whose=_whose(actor)).values(*names, "whose")[: size + 1]
    return [{**row, "customer_id": row["whose"]} for row in found]


def _whose(actor: Actor) -> Any:
    """The customer's id, where the actor may open the file."""
    if actor.may(VIEW) and actor.visibility is Visibility.ALL:
        return F("customer_id")
    return Choice(When(customer__in=visible_customers(actor).values("pk"), then=F("customer_id")), default=None)


def _next(found: list[dict[str, Any]], size: int) -> int | None:
    return int(found[size - 1]["id"]) if len(found) > size else None


def read_contact(actor: Actor, contact_id: int, *, reason: str, at: datetime) -> ContactFull:
    """A contact with its newest messages; leaves an access record on the customer's file. Raises SubjectNotFound."""
    found, masked = _opened(actor, contact_id, reason=reason, at=at)
    values = asdict(found.contact)
    if masked:
        values["outside_address"] = _mask_of(found.contact.channel, values["outside_address"])
    return ContactFull(
        **{name: values[name] for name in ContactFull.model_fields if name in values},
        cases=[CaseShort(**_fields(one, CaseShort)) for one in found.cases],
        survey=SurveyAnswer(**asdict(found.survey)) if found.survey else None,
        messages=[_message(one, masked=masked) for one in found.messages],
        earlier=found.earlier or None,
        last_message_id=found.last_message_id,
        is_masked=masked,
    )


def read_messages(
    actor: Actor, contact_id: int, *, reason: str, at: datetime, before: str = "", size: int = 20
) -> Messages:
    """A page of what was written, from the newest back; leaves an access record. Raises SubjectNotFound and FieldsInvalid."""
    if before and read_place(before) is None:
        raise FieldsInvalid({"before": [_("Send what “earlier” of the page before said.")]})
    found, masked = _opened(actor, contact_id, reason=reason, at=at, before=before, limit=size)
    return Messages(
        messages=[_message(one, masked=masked) for one in found.messages],
        earlier=found.earlier or None,
        is_masked=masked,
    )


def _opened(
    actor: Actor, contact_id: int, *, reason: str, at: datetime, before: str = "", limit: int = 20
) -> tuple[Conversation, bool]:
    """A conversation, its reading recorded; and whether addresses in it are to be masked for this reader."""
    with transaction.atomic():
        found = read_conversation(actor, contact_id, at=at, before=before, limit=limit)
        customer_id = found.contact.customer_id
        if customer_id is None and not found.contact.is_hidden:
            nobodys = Subject(CONTACT, contact_id, contact_id)
            record_access(actor=actor, subject=nobodys, page="api.contact", reason=reason, at=at)
            return found, False  # nobody's file: there is nothing to compare the address with
        whose = customer_id or visible_contacts(actor).values_list("customer_id", flat=True).get(pk=contact_id)
        assert whose is not None
        subject = Subject(CUSTOMER, whose, contact_id)
        record_access(actor=actor, subject=subject, page="api.contact", reason=reason, at=at)
        on = None if actor.may(WORK_WITHOUT_CONTACT) else contact_id
        reader = reached_by_default(actor, whose, at, on)
    return found, not PROTECTED["email"].is_open_to(reader)


def _message(one: MessageShown, *, masked: bool) -> MessageLine:
    values = {
        name: getattr(one, name) for name in MessageLine.model_fields if name not in ("recipients", "attachments")
    }
    recipients = [asdict(recipient) for recipient in one.recipients]
    if masked and one.direction == "inbound":
        values["sender_address"] = _mask_of(ChannelKind.EMAIL, one.sender_address)
    elif masked:
        recipients = [r | {"address": _mask_of(ChannelKind.EMAIL, r["address"])} for r in recipients]
    return MessageLine(
        **values,
        recipients=[Person(**r) for r in recipients],
        attachments=[FileLine(**_fields(file, FileLine)) for file in one.attachments],
    )


def _mask_of(channel: str, address: str) -> str:
    kind = "email" if "@" in address else "telephone" if channel == ChannelKind.TELEPHONE else "handle"
    return PROTECTED[kind].mask(address) if address else ""


def _fields(one: Any, form: type[Schema]) -> dict[str, Any]:
    return {name: getattr(one, name) for name in form.model_fields}


def read_attachment(actor: Actor, attachment_id: int, *, reason: str, at: datetime) -> Attachment:
    """
    A file of a message with its bytes; leaves an access record.

    :raises SubjectNotFound: there is none, or the actor does not see the contact.
    :raises FileInfected: a scanner found it infected.
    """
    files = Attachment.objects.filter(message__contact__in=visible_contacts(actor))
    one = files.select_related("message__contact", "file").filter(pk=attachment_id).first()
    if one is None:
        raise SubjectNotFound
    if one.scan == ScanState.INFECTED:
        raise FileInfected
    contact = one.message.contact
    kind, number = (CONTACT, contact.pk) if contact.customer_id is None else (CUSTOMER, contact.customer_id)
    subject = Subject(kind, number, contact.pk)
    record_access(actor=actor, subject=subject, page="api.attachment", reason=reason, at=at)
    return one


def read_case(actor: Actor, case_id: int, *, reason: str, at: datetime) -> CaseFull:
    """A case with its clocks and promises; leaves an access record on the first customer's file. Raises SubjectNotFound."""
    with transaction.atomic():
        data = read_case_page(actor, find_reference(actor, case_id)).data
        seen = [one["id"] for one in data["customers"] if one["seen"]]
        if seen:
            record_access(actor=actor, subject=Subject(CUSTOMER, seen[0]), page="api.case", reason=reason, at=at)
    customers = [_case_person(one) for one in data["customers"]]
    return CaseFull.model_validate({**data, "customers": customers})


def _case_person(one: Mapping[str, Any]) -> CasePerson:
    if not one["seen"]:
        return CasePerson(id=None, name="", reference="", role=one["role"])
    return CasePerson(id=one["id"], name=one["name"], reference=one["reference"], role=one["role"])


def find_work(
    actor: Actor, wanted: WorkList, *, at: datetime, team_id: int | None = None, after: str = "", size: int = 50
) -> WorkLines:
    """One page of a work list, the most urgent first. One statement. Raises FieldsInvalid on a wrong `after`."""
    if after and read_mark(after) is None:
        raise FieldsInvalid({"after": [_("Send what “next” of the page before said.")]})
    page = read_work(actor, wanted, at=at, team_id=team_id, after=after, limit=size)
    return WorkLines(contacts=[WorkLine.from_orm(row) for row in page.rows], next=page.next or None)


def read_counts(actor: Actor, *, at: datetime, team_id: int | None = None) -> WorkCounts:
    """How many contacts each work list has. One statement."""
    return WorkCounts(**{name.value: many for name, many in count_work(actor, at=at, team_id=team_id).items()})
