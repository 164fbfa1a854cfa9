"""
Which conversation a mail belongs to: by the Message-IDs it refers to, else by the reference of a case in its subject, and in either way
only if its writer belongs there. Headers and subjects can be written by anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from onhand.contacts.cases.belonging import cases_of
from onhand.contacts.conversations.senders import Writer
from onhand.contacts.conversations.subject_lines import codes_in
from onhand.kernel.database import run_prepared

MOST_REFERENCES = 50
REOPENED_WITHIN = timedelta(days=30)  # an ended contact goes on; after that the customer's answer begins a new one
_FILE_OF = "(select coalesce(u.merged_into_id, u.id) from customers_customer u where u.id = {column})"
# The writer belongs to a contact if it is theirs, or if their address took part in it: wrote in it, or was written to.
_IS_THEIRS = "c.customer_id is not null and {contact} = {writer}".format(
    contact=_FILE_OF.format(column="c.customer_id"), writer=_FILE_OF.format(column="%(customer)s::bigint")
)
# What a forged mail says of who wrote it, and to whom, makes nobody part of anything.
_BELONGS = f"""(({_IS_THEIRS})
  or exists (select from contacts_message x where x.contact_id = c.id and not x.is_internal and x.state not in ('held', 'cancelled')
    and x.checks -> 'forged' is null
    and (x.direction = 'inbound' and lower(x.sender_address) = %(address)s
      or exists (select from jsonb_array_elements(x.recipients) r where lower(r ->> 'address') = %(address)s))))"""  # noqa: S608
_BY_NAME = f"""
select c.id, c.ended_at, c.came_to, c.started_at from (
  select m.contact_id, min(n.place) as place from unnest(%(names)s::text[]) with ordinality n(name, place)
  join contacts_message m on m.outside_id = n.name and m.outside_id <> '' and m.state not in ('held', 'cancelled')
  group by m.contact_id) t
join contacts_contact c on c.id = t.contact_id
where c.channel = 'email' and {_BELONGS}
order by lower(c.came_to) = %(came_to)s desc, t.place, c.started_at desc, c.id desc limit 1
"""  # noqa: S608  (texts of our own)
_BY_CASE = f"""
with named as (select k.id, k.customer_id from contacts_case k where k.reference = any(%(codes)s)),
of_cases as (
  select x.contact_id as id, n.id as case_id from named n join contacts_casecontact x on x.case_id = n.id
  union select c.id, n.id from named n join contacts_contact c on c.case_id = n.id),
belonging as (
  select c.id, c.ended_at, c.came_to, c.last_message_at, o.case_id, c.channel from of_cases o join contacts_contact c on c.id = o.id
  where {_BELONGS})
select n.id,
  (select b.id from belonging b where b.case_id = n.id and b.channel = 'email' and b.last_message_at is not null
   order by b.ended_at is null desc, lower(b.came_to) = %(came_to)s desc, b.last_message_at desc, b.id desc limit 1)
from named n
where exists (select from belonging b where b.case_id = n.id)
  or (n.customer_id is not null and {_FILE_OF.format(column="n.customer_id")} = {_FILE_OF.format(column="%(customer)s::bigint")})
order by n.id desc limit 1
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a mail belongs. `contact_id` is the conversation that it goes on in, None for a new one; `cases` are those a new one is about,
    `follows` the conversation it goes on from though that is over for good.
    """

    contact_id: int | None = None
    cases: tuple[int, ...] = ()
    follows: int | None = None


def find_place(
    writer: Writer,
    *,
    answers: Sequence[str],
    subject: str,
    came_to: str,
    at: datetime,
    is_automatic: bool = False,
) -> Place:
    """
    Where a mail belongs that refers to these Message-IDs, the one answered first. A forged one belongs nowhere. What an automaton
    wrote goes to its conversation however long that is over: it does not open it again.
    """
    if writer.is_forged or not writer.address:
        return Place()
    given = {"customer": writer.customer_id, "address": writer.address, "came_to": came_to.casefold()}
    names = list(dict.fromkeys(one for one in answers if one))[:MOST_REFERENCES]
    if names:
        rows = run_prepared(_BY_NAME, given | {"names": names})
        if rows:
            number, ended_at, *_rest = rows[0]
            return _place(int(number), ended_at, at, is_automatic=is_automatic)
    codes = codes_in(subject)
    if codes:
        rows = run_prepared(_BY_CASE, given | {"codes": codes})
        if rows:
            case_id, contact_id = rows[0]
            return _of_case(int(case_id), contact_id, at, is_automatic=is_automatic)
    return Place()


_ENDED = "select c.ended_at from contacts_contact c where c.id = %s"


def _place(contact_id: int, ended_at: datetime | None, at: datetime, *, is_automatic: bool) -> Place:
    if ended_at is None or is_automatic or at - ended_at <= REOPENED_WITHIN:
        return Place(contact_id)
    return Place(None, tuple(cases_of(contact_id)), contact_id)


def _of_case(case_id: int, contact_id: int | None, at: datetime, *, is_automatic: bool) -> Place:
    if contact_id is None:
        return Place(None, (case_id,))
    ((ended_at,),) = run_prepared(_ENDED, [contact_id])
    found = _place(int(contact_id), ended_at, at, is_automatic=is_automatic)
    return found if found.contact_id is not None else Place(None, (case_id,), found.follows)
