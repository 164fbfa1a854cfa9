"""The forms in which contacts, what was written in them, cases and work lists are asked for and answered."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from onhand.web.api.reading import OneLine
from onhand.web.api.schemas import Id, Page, Reason

Mark = Annotated[str, OneLine, Field(max_length=200, description="“next” or “earlier” of the page before.")]


class FindContacts(Page):
    customer_id: Id | None = Field(default=None, description="Of this customer's file.")
    state: Literal["all", "going_on", "ended"] = "all"
    before: Id | None = Field(default=None, description="“next” of the page before.")


class FindCases(Page):
    customer_id: Id | None = Field(default=None, description="Of this customer's file.")
    state: Literal["all", "open", "closed"] = "all"
    before: Id | None = Field(default=None, description="“next” of the page before.")


class FindWork(Page):
    team_id: Id | None = Field(default=None, description="Lists of teams: of this one of yours.")
    after: Mark = ""


class ReadContact(Schema):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


class ReadMessages(Page):
    size: Annotated[int, Field(ge=1, le=100, description="Messages a page.")] = 20
    reason: Reason
    before: Mark = Field(default="", description="“earlier” of the page before; the newest if none is given.")


class UploadFile(Schema):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, OneLine, Field(min_length=1, max_length=255, description="What the file is called.")] = "file"
    type: Annotated[str, OneLine, Field(max_length=100, description="Its media type, if known.")] = ""


class ContactLine(Schema):
    """One contact in a list. No customer id where it is not known who it is, or you may not open the file."""

    id: int
    version: int
    channel: str
    direction: str
    subject: str
    customer_id: int | None
    team_id: int | None
    representative_id: int | None
    representative_name: str
    priority: int = Field(description="-1 low, 0 normal, 1 high, 2 urgent.")
    language: str
    needs_answer: bool
    due_at: datetime | None = Field(description="By when it is to be answered.")
    waiting_until: datetime | None
    started_at: datetime
    ended_at: datetime | None
    last_message_at: datetime | None


class Contacts(Schema):
    contacts: list[ContactLine]
    next: int | None = Field(description="Send as `before` for older ones; none when there are none.")


class Person(Schema):
    """Whom a message went to. The address is shown in part only, until the customer is identified."""

    name: str
    address: str
    line: str = Field(description="to, cc or bcc")


class FileLine(Schema):
    """A file of a message. Infected ones are not given out."""

    id: int
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    is_inline: bool
    scan: str = Field(description="not_scanned, clean or infected")


class MessageLine(Schema):
    """One thing written. What follows `quoted_from` (a place in `text`) repeats earlier messages; `html` is sanitised."""

    id: int
    direction: str
    is_internal: bool
    at: datetime
    written_at: datetime | None
    sender_name: str
    sender_address: str
    recipients: list[Person]
    subject: str
    text: str
    quoted_from: int | None
    html: str
    automatic: str = Field(description="Which kind of automaton wrote it; empty for people.")
    is_forged: bool
    author_id: int | None
    author_name: str
    state: str = Field(description="received, held, waiting, sent, failed or cancelled")
    send_after: datetime | None
    sent_at: datetime | None
    problem: str
    attachments: list[FileLine]


class Messages(Schema):
    messages: list[MessageLine] = Field(description="Oldest first.")
    earlier: str | None = Field(description="Send as `before` for those before them; none when there are none.")
    is_masked: bool = Field(description="Addresses are shown in part only, until the customer is identified.")


class CaseShort(Schema):
    """A case, named."""

    id: int
    reference: str
    subject: str
    state: str


class SurveyAnswer(Schema):
    """What the customer was asked about the contact, and answered; no score: they have not."""

    asked_at: datetime
    score: int | None = Field(description="1 very dissatisfied to 5 very satisfied.")
    comment: str
    answered_at: datetime | None


class ContactFull(Schema):
    """A contact with its newest messages."""

    id: int
    version: int
    channel: str
    direction: str
    subject: str
    summary: str
    customer_id: int | None
    customer_name: str
    customer_reference: str
    outside_address: str
    came_to: str
    representative_id: int | None
    representative_name: str
    team_id: int | None
    team_name: str
    priority: int
    language: str
    needs_answer: bool
    due_at: datetime | None
    waiting_until: datetime | None
    waiting_for: str
    started_at: datetime
    ended_at: datetime | None
    last_message_at: datetime | None
    identified_level: int
    reason: str = Field(description="Why the customer got in touch.")
    products: list[str]
    cases: list[CaseShort]
    survey: SurveyAnswer | None
    messages: list[MessageLine] = Field(description="The newest, oldest first.")
    earlier: str | None
    last_message_id: int = Field(description="Send as `seen` with an answer.")
    is_masked: bool


class Uploaded(Schema):
    """A file kept for an answer: name its `id` among the answer's `files`."""

    id: str
    name: str
    media_type: str
    size: int


class CaseLine(Schema):
    """One case in a list."""

    id: int
    version: int
    reference: str
    kind: str
    subject: str
    state: str
    priority: int
    customer_id: int | None
    team_id: int | None
    owner_id: int | None
    owner_name: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None


class Cases(Schema):
    cases: list[CaseLine]
    next: int | None = Field(description="Send as `before` for older ones; none when there are none.")


class CasePerson(Schema):
    """A customer of a case. No id and name where you may not open the file."""

    id: int | None
    name: str
    reference: str
    role: str = Field(description="Empty for whose matter it is.")


class CaseClock(Schema):
    """A due time of a case, running or run."""

    id: int
    kind: str = Field(description="first_reply, next_reply or resolution")
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None
    met_at: datetime | None
    broken_at: datetime | None
    stopped_at: datetime | None


class CasePromise(Schema):
    """Something promised."""

    id: int
    text: str
    made_at: datetime
    by: str
    due_at: datetime
    kept_at: datetime | None
    called_off_at: datetime | None
    broken_at: datetime | None


class CaseContactLine(Schema):
    """A contact about the case."""

    id: int
    channel: str
    direction: str
    subject: str
    started_at: datetime
    ended_at: datetime | None


class LinkedCase(CaseShort):
    link: str = Field(description="How they stand to one another.")
    back: bool = Field(description="It was said about this case from the other.")


class CaseFull(Schema):
    """A case with its clocks, promises and contacts, and the cases it has to do with."""

    id: int
    version: int
    reference: str
    kind: str
    kind_name: str
    subject: str
    state: str
    priority: int
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    owner: str
    team: str | None
    outcome: str
    waiting_since: datetime | None
    closes_at: datetime | None
    reopened: int
    own_fields: dict[str, Any]
    reason: str | None
    product: str | None
    stage: str | None
    customers: list[CasePerson]
    clocks: list[CaseClock]
    promises: list[CasePromise]
    contacts: list[CaseContactLine]
    parent: CaseShort | None
    into: CaseShort | None = Field(description="The case this one was merged into.")
    children: list[CaseShort]
    merged: list[CaseShort]
    links: list[LinkedCase]


class WorkLine(Schema):
    """One contact of a work list."""

    id: int
    version: int
    channel: str
    subject: str
    customer_id: int | None
    customer_name: str
    said: str = Field(description="How the last message begins.")
    is_from_customer: bool
    is_automatic: bool
    priority: int
    language: str
    team_id: int | None
    team_name: str
    representative_id: int | None
    representative_name: str
    needs_answer: bool
    last_message_at: datetime
    due_at: datetime | None
    waiting_until: datetime | None
    has_failed: bool = Field(description="The last message could not be delivered.")


class WorkLines(Schema):
    contacts: list[WorkLine]
    next: str | None = Field(description="Send as `after` for the next page; none on the last.")


class WorkCounts(Schema):
    """How many contacts each list has; no further than a hundred is counted."""

    mine: int
    due: int
    unassigned: int
    team: int
    waiting: int
    held: int
