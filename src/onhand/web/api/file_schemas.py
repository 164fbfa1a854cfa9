"""A customer's file as programs read it, and its parts."""

from datetime import date, datetime, time

from ninja import Schema
from pydantic import Field

from onhand.web.api.schemas import ContactPoint, CustomerLine, NoteText


class IdentityLine(Schema):
    """What the customer is reached and recognised by."""

    id: int = Field(description="What acts on it ask for.")
    kind: str = Field(description="email, telephone, handle, customer_number or account_number")
    network: str = Field(description="Of a handle.")
    value: str
    label: str
    source: str = Field(description="stated, recorded, imported, observed or issued")
    confidence: int = Field(description="1 guessed, 2 stated, 3 verified.")
    is_shared: bool = Field(description="Others use it too: it never recognises this customer alone.")
    valid_from: datetime | None
    is_masked: bool = Field(description="The value is shown in part only, until the customer is identified.")


class FlagLine(Schema):
    """A flag that holds now."""

    id: int
    kind: str
    reason: str
    set_by: str
    set_at: datetime
    until: datetime | None


class AddressLine(Schema):
    """An address beside the main one."""

    id: int
    kind: str
    address_lines: str
    postal_code: str
    city: str
    region: str
    country: str
    valid_from: datetime


class PartyLine(Schema):
    """Another customer named on the file. No id where you may not open that file."""

    id: int | None
    name: str
    reference: str


class RepresentationLine(Schema):
    """That somebody speaks for somebody, with the scopes of business they may be told about and act in."""

    id: int
    kind: str
    function: str
    party: PartyLine
    may_be_told: list[str]
    may_do: list[str]
    proof: str
    valid_from: datetime
    valid_until: datetime | None
    set_by: str


class HouseholdLine(Schema):
    """The household, and who else lives there of those you may see."""

    id: int
    name: str
    others: list[PartyLine]


class ConsentLine(Schema):
    """The newest answer for a purpose and a channel (empty: all channels)."""

    purpose: str
    channel: str
    answer: str
    proof: str
    at: datetime
    until: datetime | None
    taken_by: str


class CustomerFile(CustomerLine):
    """The customer's file. `version` is what to send with an act. What needs identification is masked or empty until then."""

    identified_level: int = Field(
        description="How well the customer is identified on the contact: 0 not, 1 by questions, 2 strongly, 3 no contact needed."
    )
    masked: list[str] = Field(description="Fields that hold something you do not see yet.")
    form_of_address: str
    born_on: date | None
    tax_number: str
    time_zone: str
    accessibility_needs: list[str]
    preferred_channel: str
    reach_from: time | None = Field(description="To be called from, in the customer's time.")
    reach_until: time | None
    address_lines: str
    postal_code: str
    region: str
    customer_since: date
    identities: list[IdentityLine]
    emails: list[ContactPoint] = Field(description="Those of `identities` that are e-mail addresses.")
    telephones: list[ContactPoint] = Field(description="Those of `identities` that are telephone numbers.")
    flags: list[FlagLine]
    addresses: list[AddressLine] = Field(description="Those beside the main one.")
    represented_by: list[RepresentationLine] = Field(description="Who speaks for the customer.")
    represents: list[RepresentationLine] = Field(description="For whom the customer speaks.")
    household: HouseholdLine | None
    consents: list[ConsentLine]
    notes: list[NoteText] = Field(description="The newest 20.")
    merged_into: int | None = Field(
        default=None,
        description="Set when the customer asked for was merged into another: this is that one's file, and its id.",
    )
