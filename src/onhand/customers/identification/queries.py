"""Reads of how customers are being identified: what to ask on a contact, where codes may go, and tries that failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from onhand.customers.access import IDENTIFY, visible_customers
from onhand.customers.identification.checks import identification_rules, locked_until
from onhand.customers.identification.code_carriers import all_carriers
from onhand.customers.identification.level import Reached, find_contact, is_usable, reached
from onhand.customers.identification.one_time_codes import live_codes, masked, sendable, why_not_to
from onhand.customers.identification.questions import questions_to_ask
from onhand.customers.models import Customer, IdentityCheck, OneTimeCode
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.subjects import subject_type

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MOST_FAILED = 100
MOST_ADDRESSES = 10


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A question to ask; `key` is what the act takes."""

    key: str
    label: "_StrOrPromise"


@dataclass(frozen=True, slots=True)
class CodeAddress:
    """An address a code may go to, masked; or `why_not`."""

    id: int
    shown: str
    why_not: str


@dataclass(frozen=True, slots=True)
class CodeUnderWay:
    """The code that can be told now. `state` is one of models.CodeState; `trouble` says why it could not be sent (yet)."""

    state: str
    trouble: str
    tries_left: int
    until: datetime
    to: str


@dataclass(frozen=True, slots=True)
class WaysToIdentify:
    """
    How whoever is on a contact can be identified now. Empty `questions` where the file holds too little; `locked_until` after too many
    failed tries; `no_codes` says why nothing can carry a code.
    """

    reached: Reached
    needed: int
    questions: Sequence[AskedFor]
    addresses: Sequence[CodeAddress]
    no_codes: str
    code: CodeUnderWay | None
    locked_until: datetime | None


def ways_to_identify(actor: Actor, customer_id: int, contact_id: int, at: datetime) -> WaysToIdentify:
    """What there is to ask and where codes may go, on a contact of this actor. Raises SubjectNotFound."""
    actor.require(IDENTIFY)
    customer: Customer = subject_type("customer").read(actor, customer_id)
    contact = find_contact(contact_id)
    if contact is None or not is_usable(actor, contact) or customer.merged_into_id is not None:
        raise SubjectNotFound
    rules = identification_rules()
    questions = questions_to_ask(customer, contact_id, contact)
    lacking = [carrier.why_not() for carrier in all_carriers()]
    return WaysToIdentify(
        reached=reached(actor, customer_id, contact_id, at),
        needed=rules.questions_needed,
        questions=[AskedFor(one.key, one.label) for one in questions]
        if len(questions) >= rules.questions_needed
        else [],
        addresses=[
            CodeAddress(one.pk, masked(one), why_not_to(one, at, rules)) for one in sendable(customer)[:MOST_ADDRESSES]
        ],
        no_codes=next(iter(lacking), "") if all(lacking) else "",
        code=_under_way(customer, contact_id, at, rules.code_tries),
        locked_until=locked_until(customer.pk, contact_id, at, rules),
    )


def _under_way(customer: Customer, contact_id: int, at: datetime, tries: int) -> CodeUnderWay | None:
    row: OneTimeCode | None = live_codes(customer, contact_id, at).select_related("identity").first()
    if row is None or row.identity.withdrawn_at is not None:
        return None
    return CodeUnderWay(row.state, row.trouble, max(0, tries - row.tries), row.until, masked(row.identity))


@dataclass(frozen=True, slots=True)
class FailedTry:
    """A try to identify somebody that failed. It counts against further ones until `counts_until`, unless it was `ended`."""

    id: int
    customer_id: int
    customer: str
    reference: str
    contact_id: int
    way: str
    by: str
    at: datetime
    counts_until: datetime
    is_ended: bool


def failed_tries(actor: Actor, *, before: int | None = None, limit: int = MOST_FAILED) -> list[FailedTry]:
    """Tries that failed on customers this actor sees, the newest first; `before` is the id of the last one already shown."""
    found = IdentityCheck.objects.filter(level=0, customer__in=visible_customers(actor)).select_related("customer")
    if before is not None:
        found = found.filter(pk__lt=before)
    return [
        FailedTry(
            id=one.pk,
            customer_id=one.customer_id,
            customer=one.customer.name,
            reference=one.customer.reference,
            contact_id=one.contact_id,
            way=one.way,
            by=one.by_name,
            at=one.at,
            counts_until=one.until,
            is_ended=one.ended_at is not None,
        )
        for one in found.order_by("-pk")[:limit]
    ]
