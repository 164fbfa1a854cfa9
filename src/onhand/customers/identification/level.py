"""
How well the customer is identified: the one answer that acts (through the kernel's gate) and reads (through `protection`) go by.

Level 0 is nobody, 1 identified (questions), 2 strongly identified (one-time code, portal). Work without a contact counts as 3 for
those whose role allows it. A check holds for its contact and its file only, merged files being one.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.access import WORK_WITHOUT_CONTACT
from onhand.customers.enums import IdentificationWay
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.kernel.gates import Approach, Standing

IDENTIFIED, STRONG, WITHOUT_CONTACT = 1, 2, 3


@dataclass(frozen=True, slots=True)
class ContactStanding:
    """What identification needs to know of a contact. `address` is the number or address the customer used, if known."""

    customer_id: int | None
    is_going_on: bool
    representative_id: int | None
    channel: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """
    What a reader or an act may go by. `as_whom` names the person who speaks for the customer, empty if it is the customer; `told` and
    `does` are the scopes that person may be told and may do (None: all of them).
    """

    level: int = 0
    how: str = ""
    as_whom: str = ""
    told: frozenset[str] | None = None
    does: frozenset[str] | None = None
    until: datetime | None = None

    def may_be_told(self, scope: str, level: int) -> bool:
        """Whether what needs that level, and belongs to that scope, may be said."""
        return self.level >= level and (level == 0 or self.told is None or scope in self.told)

    def level_for(self, scope: str) -> int:
        """The level that counts for acts of that scope; an act of no scope is for the customer alone."""
        return self.level if self.does is None or scope in self.does else 0


NOBODY = Reached()
STAFF = Reached(level=WITHOUT_CONTACT, how="without_contact")

ContactLookup = Callable[[int], ContactStanding | None]
CurrentContact = Callable[[Actor, int], int | None]
IdentifiedNote = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class _Contacts:
    find: ContactLookup
    current: CurrentContact
    note: IdentifiedNote


_contacts = _Contacts(find=lambda _id: None, current=lambda _actor, _customer: None, note=lambda *_given: None)


def set_contact_lookup(find: ContactLookup, *, current: CurrentContact, note: IdentifiedNote) -> None:
    """
    Say how contacts are looked up; called once, at start-up, by the app that has them. `find` gives a contact by id, `current` the id
    of an actor's own going-on contact with a customer, `note` writes level and way onto a contact (contact id, level, way).
    """
    global _contacts  # noqa: PLW0603  (the one hook)
    _contacts = _Contacts(find, current, note)


def find_contact(contact_id: int) -> ContactStanding | None:
    """A contact as far as identification needs it."""
    return _contacts.find(contact_id)


def current_contact(actor: Actor, customer_id: int) -> int | None:
    """The actor's own going-on contact with that customer."""
    return _contacts.current(actor, customer_id)


def note_on_contact(contact_id: int, level: int, way: str) -> None:
    """Put what was reached onto the contact's own record. Part of an act: runs in its transaction."""
    _contacts.note(contact_id, level, way)


def is_usable(actor: Actor, contact: ContactStanding | None) -> bool:
    """Whether what was reached on a contact counts for this actor: it goes on, and is theirs (or they may work without one)."""
    if contact is None or not contact.is_going_on:
        return False
    own = actor.id is not None and contact.representative_id == actor.id
    return own or actor.may(WORK_WITHOUT_CONTACT)


# Checks of a contact on one file, whichever of its merged rows they were written on; the newest first.
CHECKS = """
select k.way, k.level, k.until, k.relation_id, coalesce(o.name, ''), r.may_be_told::text, r.may_do::text,
  coalesce(r.ended_at is null and r.valid_from <= %s and (r.valid_until is null or r.valid_until > %s), false)
from customers_identitycheck k
join customers_customer m on m.id = k.customer_id
left join customers_relation r on r.id = k.relation_id
left join customers_customer o on o.id = r.other_id
where k.contact_id = %s and k.level > 0 and k.ended_at is null
  and coalesce(m.merged_into_id, m.id) = (select coalesce(c.merged_into_id, c.id) from customers_customer c where c.id = %s)
order by k.id desc
"""


def reached(actor: Actor, customer_id: int, contact_id: int | None, at: datetime) -> Reached:
    """
    How well the customer is identified for this actor: on this contact, or without one. At most two statements.

    Identification on a contact that ended, or that is a colleague's, counts for nobody else. A contact there is not is none.
    """
    contact = None if contact_id is None else find_contact(contact_id)
    if contact is None:
        return STAFF if actor.may(WORK_WITHOUT_CONTACT) else NOBODY
    if not is_usable(actor, contact):
        return NOBODY
    return weigh(run_prepared(CHECKS, [at, at, contact_id, customer_id]), at)


def reached_by_default(actor: Actor, customer_id: int, at: datetime | None, contact_id: int | None = None) -> Reached:
    """
    The same for readers who name no contact: whoever needs one reads on their own going-on contact with the customer. Without a time
    no contact counts.
    """
    if contact_id is None and actor.may(WORK_WITHOUT_CONTACT):
        return STAFF
    if at is None:
        return NOBODY
    if contact_id is None:
        contact_id = current_contact(actor, customer_id)
    return reached(actor, customer_id, contact_id, at)


def weigh(checks: Sequence[Sequence[Any]], at: datetime) -> Reached:
    """
    What rows of CHECKS come to. The newest says who speaks; the best one for that person that still holds says how well they are
    identified. If their right to speak is over nothing is reached, also not what the customer had reached before them.
    """
    if not checks:
        return NOBODY
    way, _level, _until, speaker, name, told, does, is_current = checks[0]
    by_right = way == IdentificationWay.AUTHORISED
    if by_right and not is_current:
        return NOBODY
    good = [
        check
        for check in checks
        if check[3] == speaker and check[2] > at and (check[0] == IdentificationWay.AUTHORISED) == by_right
    ]
    if not good:
        return NOBODY
    best = max(good, key=lambda check: (check[1], check[2]))
    if not by_right:
        return Reached(best[1], best[0], until=best[2])
    return Reached(best[1], best[0], name, frozenset(json.loads(told)), frozenset(json.loads(does)), best[2])


SubjectCustomer = Callable[[int], int | None]
_customer_of: dict[str, SubjectCustomer] = {"customer": lambda customer_id: customer_id}


def set_customer_of(subject_type: str, find: SubjectCustomer) -> None:
    """Say whose file a subject of that type belongs to, so that acts on it can be protected. Without it they stay shut."""
    _customer_of[subject_type] = find


def customer_of(subject_type: str, subject_id: int | None) -> int | None:
    """Whose file a subject belongs to, if that is known of its type."""
    find = _customer_of.get(subject_type)
    return find(subject_id) if find and subject_id is not None else None


def gate(approach: Approach) -> Standing:
    """What the kernel asks before a protected act."""
    customer_id = customer_of(approach.act.subject, approach.subject_id)
    if customer_id is None:
        return Standing(0)
    found = reached(approach.actor, customer_id, approach.contact_id, approach.at)
    level = found.level_for(approach.act.scope)
    if level < approach.act.protects <= found.level:
        return Standing(level, _("%(person)s may not do this for the customer.") % {"person": found.as_whom})
    if level < approach.act.protects and found.level:
        return Standing(level, _("Identify the customer more strongly first, by a one-time code."))
    return Standing(level)
