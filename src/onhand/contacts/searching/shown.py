"""What is shown of rows that were found: one statement for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from onhand.contacts.searching.asked import Asked
from onhand.contacts.searching.excerpts import Pieces, Sought, excerpt, marked
from onhand.contacts.searching.find import Hit, SearchKind
from onhand.customers.access import visible_customers
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.database import run_prepared

LONGEST_READ = 20_000  # letters of each text


@dataclass(frozen=True, slots=True)
class Shown:
    """
    A row found. `title` is its subject, `excerpt` the part of its text that fits, both with what was looked for marked. `who` wrote it
    or is looking after it. `customer_name` is empty where the reader may not open the file. `state` is open, waiting or closed.
    """

    id: int
    contact_id: int | None
    at: datetime
    title: Pieces
    excerpt: Pieces
    who: Pieces
    channel: str
    direction: str
    is_internal: bool
    state: str
    reference: str
    customer_id: int | None
    customer_name: str
    files: int


_STATE = (
    "case when c.ended_at is not null then 'closed' when c.waiting_until is not null then 'waiting' else 'open' end"
)
_FROM_ASKED = "from unnest(%(ids)s::bigint[]) with ordinality as asked(id, place)"
_CASES_OF = """coalesce((select string_agg(k.reference, ', ' order by k.id) from contacts_case k where k.id = c.case_id
  or k.id in (select x.case_id from contacts_casecontact x where x.contact_id = c.id)), '')"""
_STATEMENTS = {
    "messages": f"""
select m.id, m.contact_id, m.at, coalesce(nullif(m.subject, ''), c.subject),
  left(m.text, least(coalesce(m.quoted_from, {LONGEST_READ}), {LONGEST_READ})),
  trim(coalesce(nullif(m.author_name, ''), m.sender_name) || ' ' || m.sender_address), c.channel, m.direction, m.is_internal, {_STATE},
  {_CASES_OF}, u.id, u.name, (select count(*) from contacts_attachment a where a.message_id = m.id)
{_FROM_ASKED} join contacts_message m on m.id = asked.id join contacts_contact c on c.id = m.contact_id
left join customers_customer u on u.id = c.customer_id order by asked.place
""",  # noqa: S608
    "contacts": f"""
select c.id, c.id, c.started_at, c.subject, left(c.summary, {LONGEST_READ}), c.representative_name, c.channel, c.direction, false, {_STATE},
  {_CASES_OF}, u.id, u.name, 0
{_FROM_ASKED} join contacts_contact c on c.id = asked.id left join customers_customer u on u.id = c.customer_id order by asked.place
""",
    "cases": f"""
select k.id, null::bigint, k.opened_at, k.subject, left(k.outcome, {LONGEST_READ}), k.owner_name, '', '', false, k.state, k.reference,
  u.id, u.name, 0
{_FROM_ASKED} join contacts_case k on k.id = asked.id left join customers_customer u on u.id = k.customer_id order by asked.place
""",
}


def shown_hits(actor: Actor, kind: SearchKind, hits: Sequence[Hit], asked: Asked) -> list[Shown]:
    """The rows as they are shown, in the order given. For hits of `search`, which are those the actor may see."""
    if not hits:
        return []
    rows = run_prepared(_STATEMENTS[kind], {"ids": [hit.id for hit in hits]})
    seen = _open_files(actor, {row[11] for row in rows if row[11] is not None})
    anywhere, sender = Sought.of(asked), Sought.of(asked, ("", "B"))
    return [
        Shown(
            id=row[0],
            contact_id=row[1],
            at=row[2],
            title=marked(row[3], anywhere),
            excerpt=excerpt(row[4], anywhere),
            who=marked(row[5], sender),
            channel=row[6],
            direction=row[7],
            is_internal=row[8],
            state=row[9],
            reference=row[10],
            customer_id=row[11] if row[11] in seen else None,
            customer_name=row[12] if row[11] in seen else "",
            files=row[13],
        )
        for row in rows
    ]


def _open_files(actor: Actor, customers: set[int]) -> set[int]:
    if actor.visibility is Visibility.ALL or not customers:
        return customers
    return set(visible_customers(actor).filter(pk__in=customers).values_list("pk", flat=True))
