"""The forms in which things are sent and answered. Every one of them is in the OpenAPI description."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from onhand.kernel.fields import LARGEST_INTEGER
from onhand.kernel.perform import Outcome
from onhand.kernel.signing import plain
from onhand.web.api.reading import OneLine

Id = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]
SentId = Annotated[int, Field(strict=True, ge=1, le=LARGEST_INTEGER)]
PageSize = Annotated[int, Field(ge=1, le=200, description="Rows a page.")]
Reason = Annotated[
    str,
    OneLine,
    Field(min_length=1, max_length=200, description="Why the file is opened. Goes into the access record."),
]
Words = Annotated[
    str,
    OneLine,
    Field(
        max_length=200,
        description="Parts of a name or address, also with typing errors; a number, e-mail address, reference or account number.",
    ),
]


class Page(Schema):
    model_config = ConfigDict(extra="forbid")

    size: PageSize = 50


class FindCustomers(Page):
    words: Words = ""
    search: Words = Field(default="", description="The same as `words`; both are searched for if both are sent.")
    after: str | None = Field(default=None, max_length=2_000, description="“next” of the page before.")


class OpenFile(Schema):
    model_config = ConfigDict(extra="forbid")

    reason: Reason
    contact_id: Id | None = Field(default=None, description="The contact it is opened on.")


class OpenRecords(Page):
    reason: Reason
    contact_id: Id | None = Field(default=None, description="The contact it is opened on.")
    before: Id | None = Field(default=None, description="“next” of the page before.")


class ReadCustomer(OpenFile):
    customer_id: Id


class ReadRecords(OpenRecords):
    customer_id: Id


class Since(Page):
    since: int = Field(
        default=0, ge=0, le=LARGEST_INTEGER, description="“next” of the answer before; 0 the first time."
    )


class Decision(Schema):
    """Whether it was allowed, by which rule, and why."""

    answer: Literal["allow", "ask", "refuse"]
    reason: str
    rule: str
    version: str
    may_approve: list[str] = Field(description="Roles that may approve, where the answer is “ask”.")
    needs_second: bool = Field(default=False, description="Somebody else must approve, whatever role the caller has.")
    words: str = Field(default="", description="What may be said to the customer about it.")
    clause: str = Field(default="", description="The clause of the company's terms it comes from.")
    identification: int = Field(default=0, description="How well the customer must be identified.")
    follow_ups: list[dict[str, Any]] = Field(default=[], description="What is promised with it.")
    said: list[dict[str, Any]] = Field(default=[], description="What each guideline and limit answered, and why.")
    known: dict[str, Any] = Field(default={}, description="The facts they looked at.")
    approved_by: dict[str, Any] | None = Field(default=None, description="Who approved it, with their role.")


class Error(Schema):
    """Why a request was not answered. `code` is for programs, `message` for people, `fields` says what is wrong where."""

    model_config = ConfigDict(json_schema_extra={"required": ["code", "message", "fields"]})

    code: str
    message: str
    fields: dict[str, list[str]] = Field(default={}, description="Name of the field at fault, and its messages.")
    current_version: int | None = Field(default=None, description="With `stale_version`: the subject's version now.")
    merged_into: int | None = Field(default=None, description="With `merged`: the id of the file to go on with.")
    decision: Decision | None = Field(default=None, description="With `refused` and `needs_approval`: who said so.")


class ActRequest(Schema):
    """An act to be done. The form of `arguments` is the act's own."""

    model_config = ConfigDict(extra="forbid")

    subject_id: SentId | None = Field(default=None, description="What it is done to. None for acts that create.")
    version: SentId | None = Field(
        default=None,
        description="The version you last saw. If the subject has changed since, nothing is done and you get a 409.",
    )
    contact_id: SentId | None = Field(default=None, description="The contact it is done on.")
    case_id: SentId | None = Field(default=None, description="The case it belongs to.")
    arguments: dict[str, Any] = Field(default={}, description="The act's arguments by name.")
    ask: bool = Field(
        default=False,
        strict=True,
        description="If it needs approval, ask for it: the answer is then 202 with the approval, to be read again until it has ended.",
    )
    note: str = Field(default="", max_length=2000, description="With `ask`: why it should be allowed.")
    customer_waits: bool = Field(
        default=False,
        strict=True,
        description="With `ask`: the customer waits. It is answered before others, and expires sooner.",
    )


class ApprovalShown(Schema):
    """An act somebody is asked to allow, and the answer. Once `allowed` it is done: `record_id` is its record."""

    approval_id: int
    url: str = Field(description="Where to read it again.")
    act: str
    subject_type: str
    subject_id: int | None
    contact_id: int | None
    case_id: int | None
    state: Literal["open", "allowed", "denied", "withdrawn", "expired"]
    may_approve: list[str] = Field(description="The roles that may answer.")
    customer_waits: bool
    note: str
    asked_at: datetime
    asked_by: str
    expires_at: datetime
    looked_at_by: str = Field(description="Who has it now; empty while it waits for somebody.")
    answered_by: str
    reason: str = Field(description="Why it was denied.")
    words: str = Field(description="What may be said to the customer.")
    ended_at: datetime | None
    record_id: int | None = Field(description="The record of the act, once it is done.")


class Approvals(Schema):
    """Approvals, what was asked last first."""

    approvals: list[ApprovalShown]
    next: int | None = Field(description="Send it as `before` for those asked earlier.")


class FindApprovals(Page):
    """Which approvals are asked for."""

    before: Id | None = Field(default=None, description="“next” of the answer before.")
    state: Literal["open", "allowed", "denied", "withdrawn", "expired"] | None = Field(
        default=None, description="Only those that stand so."
    )


class ReadApproval(Schema):
    """Which approval is read."""

    model_config = ConfigDict(extra="forbid")

    approval_id: SentId = Field(description="As it was given when it was asked for.")


class ActDone(Schema):
    """What an act did or, in a preview, would do. `before` and `after` hold only what differs."""

    act: str
    subject_type: str
    subject_id: int | None
    decision: Decision
    facts: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    record_id: int | None = Field(description="The act's record; none in a preview.")
    version: int | None = Field(description="The subject's version afterwards; none in a replay.")
    is_preview: bool
    is_replay: bool = Field(description="The same request was done before under this key: this is its outcome again.")
    shown: dict[str, str] = Field(default={}, description="Secrets shown this once and kept nowhere.")

    @classmethod
    def of(cls, outcome: Outcome) -> "ActDone":
        """The outcome as it is answered."""
        return cls(
            act=outcome.act,
            subject_type=outcome.subject_type,
            subject_id=outcome.subject_id,
            decision=Decision(**outcome.decision.as_json()),
            facts=plain(dict(outcome.facts)),
            before=plain(dict(outcome.before)),
            after=plain(dict(outcome.after)),
            record_id=outcome.record_id,
            version=outcome.version,
            is_preview=outcome.is_preview,
            is_replay=outcome.is_replay,
            shown=dict(outcome.shown),
        )


class ActDescription(Schema):
    """An act the caller may do."""

    name: str
    label: str
    description: str
    subject: str = Field(description="The type of thing it is done to.")
    creates: bool = Field(description="It creates its subject: no subject_id is sent.")
    only_adds: bool = Field(description="It overwrites nothing: an old version does not stop it.")
    arguments: dict[str, Any] = Field(description="JSON Schema of the arguments.")


class Acts(Schema):
    acts: list[ActDescription]


class Me(Schema):
    """The caller, as the product sees them."""

    kind: Literal["person", "service", "ai", "system"]
    id: int | None
    name: str
    role: str
    permissions: list[str]
    visibility: Literal["all", "site", "team", "own"]
    site_ids: list[int]
    team_ids: list[int]
    limits: dict[str, dict[str, int]] = Field(description="Act, currency, largest amount in minor units.")


class Fitting(Schema):
    """A field by which a customer was found."""

    field: str = Field(
        description="name, other_name, city, street, reference, born_on, outside_id, or an identity's kind"
    )
    how: str = Field(description="exact, begins, ends or similar")
    parts: list[tuple[str, bool]] = Field(
        description="The pieces of its text, each with whether it fits; masked as you may see it."
    )


class CustomerLine(Schema):
    """One customer in a list."""

    id: int
    reference: str
    name: str
    kind: str
    language: str
    city: str
    country: str
    version: int
    why: list[Fitting] = Field(default=[], description="Why it was found, if words were sent.")


class Customers(Schema):
    customers: list[CustomerLine]
    next: str | None = Field(
        description="Send as `after` for the next page; none on the last. What is found by words is ranked, in one page."
    )
    reference_is_wrong: bool = Field(
        default=False,
        description="A reference code was sent whose check character does not fit; near ones are among the found.",
    )


class ContactPoint(Schema):
    """An e-mail address or telephone number."""

    id: int = Field(description="What the acts that remove it ask for.")
    value: str
    label: str
    is_masked: bool = Field(description="The value is shown in part only, until the customer is identified.")


class NoteText(Schema):
    id: int
    text: str
    author_name: str
    created_at: datetime


class Record(Schema):
    """One act that was done."""

    id: int
    at: datetime
    act: str
    actor_kind: str
    actor_id: int | None
    actor_name: str
    actor_role: str
    via: str
    contact_id: int | None
    case_id: int | None
    arguments: dict[str, Any]
    facts: dict[str, Any]
    decision: Decision
    before: dict[str, Any]
    after: dict[str, Any]


class Records(Schema):
    records: list[Record]
    next: int | None = Field(description="Send as `before` for older ones; none when there are none.")


class EventLine(Schema):
    """One thing that happened."""

    id: int
    at: datetime
    name: str
    subject_type: str
    subject_id: int
    contact_id: int | None
    actor_kind: str
    actor_id: int | None
    actor_name: str
    record_id: int | None
    payload: dict[str, Any]


class Events(Schema):
    events: list[EventLine]
    next: int = Field(description="Send as `since` next time, also when no event is in the answer.")
