"""Contacts as identification needs them: what a contact is, whose it is, and the level it reached on its record."""

from onhand.contacts.models import Case, Contact
from onhand.customers.identification.level import ContactStanding, set_contact_lookup, set_customer_of
from onhand.customers.protection import open_to_all
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared

_FIND = """
select customer_id, ended_at is null, representative_id, channel, outside_address from contacts_contact where id = %s
"""
# With the customer themself, or else with somebody who speaks for them.
_CURRENT = """
select t.id from (
  select o.id, o.started_at, o.customer_id, coalesce(m.merged_into_id, m.id) as root_id, f.root_id as wanted
  from contacts_contact o join customers_customer m on m.id = o.customer_id
  cross join (select coalesce(c.merged_into_id, c.id) as root_id from customers_customer c where c.id = %s) f
  where o.representative_id = %s and o.ended_at is null) t
where t.root_id = t.wanted or exists (
  select from customers_relation r join customers_customer c on c.id = r.customer_id
  where r.other_id = t.customer_id and r.ended_at is null and coalesce(c.merged_into_id, c.id) = t.wanted)
order by t.root_id = t.wanted desc, t.started_at desc, t.id desc limit 1
"""


# What acts on contacts, cases and promises record: it says what was agreed, and holds nothing that needs identification.
SAID = (
    *("contact", "contact_ended", "case", "case_closed", "promise", "promise_kept", "promise_called_off", "matter"),
    *("channel", "direction", "kind", "due", "outcome", "summary", "promise_text"),
)


def find_contact(contact_id: int) -> ContactStanding | None:
    """The contact of that id, if there is one."""
    found = run_prepared(_FIND, [contact_id])
    return ContactStanding(*found[0]) if found else None


def current_contact_id(actor: Actor, customer_id: int) -> int | None:
    """The actor's own going-on contact with that customer, or with who speaks for them; the newest if there are several."""
    found = run_prepared(_CURRENT, [customer_id, actor.id]) if actor.id is not None else []
    return int(found[0][0]) if found else None


def note_identified(contact_id: int, level: int, how: str) -> None:
    """Write the level and the way onto the contact, the highest it reached. Part of an act: runs in its transaction."""
    Contact.objects.filter(pk=contact_id, identified_level__lte=level).update(
        identified_level=level, identified_how=how
    )


def _of_case(case_id: int) -> int | None:
    return Case.objects.filter(pk=case_id).values_list("customer_id", flat=True).first()


def _of_contact(contact_id: int) -> int | None:
    return Contact.objects.filter(pk=contact_id).values_list("customer_id", flat=True).first()


def connect() -> None:
    """Fill the hooks of the customer's file; at start-up."""
    set_contact_lookup(find_contact, current=current_contact_id, note=note_identified)
    set_customer_of("case", _of_case)
    set_customer_of("contact", _of_contact)
    open_to_all(*SAID)
