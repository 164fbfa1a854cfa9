"""The customer's file in one read: who, how reached, how they belong together, flags, consent and preferences."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from onhand.customers.access import may_see, visible_customers
from onhand.customers.identification.level import NOBODY, Reached, reached_by_default
from onhand.customers.models import Customer
from onhand.customers.protection import protect_file
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.fields import LARGEST_INTEGER


@dataclass(frozen=True, slots=True)
class Identification:
    """
    What the customer is reached and recognised by: e-mail address, telephone number (E.164), handle on a network, customer or
    account number. `confidence` is one of enums.Confidence.
    """

    id: int
    kind: str
    value: str
    label: str
    network: str = ""
    source: str = "stated"
    confidence: int = 2
    is_shared: bool = False
    valid_from: datetime | None = None
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class CurrentFlag:
    """A flag that holds now. `until` None: until it is lifted."""

    id: int
    kind: str
    reason: str
    set_by: str
    set_at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Party:
    """
    Another customer named on this file, as the file they are read in. `id` is None, and the reference empty, where the reader may
    not open that file: that it is named here gives no right to it.
    """

    id: int | None
    name: str
    reference: str


@dataclass(frozen=True, slots=True)
class Representation:
    """
    A relation that holds now: `party` speaks for the customer of the file, or the customer for `party`, depending on the list it is
    in. `may_be_told` and `may_do` are scopes of business (`customers.scopes`).
    """

    id: int
    kind: str
    function: str
    party: Party
    may_be_told: Sequence[str]
    may_do: Sequence[str]
    proof: str
    valid_from: datetime
    valid_until: datetime | None
    set_by: str


@dataclass(frozen=True, slots=True)
class HouseholdView:
    """The household of the customer, and who else lives there of those the reader may see."""

    id: int
    name: str
    others: Sequence[Party]


@dataclass(frozen=True, slots=True)
class FurtherAddress:
    """An address beside the main one that has not ended."""

    id: int
    kind: str
    address_lines: str
    postal_code: str
    city: str
    region: str
    country: str
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class ConsentState:
    """The newest answer for a purpose and a channel (empty: all channels). Past `until` it holds no more."""

    purpose: str
    channel: str
    answer: str
    proof: str
    at: datetime
    until: datetime | None
    taken_by: str


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """
    Everything on a customer's file but its history: the customer's own row, and of the rows merged into it what hangs on them.

    `reach_from` and `reach_until` are local times of the customer between which they want to be called. `merged_into` is the file
    this one is read as part of. It is as the reader may see it: by the identification `reached`, with the fields `masked` hidden.
    """

    id: int
    version: int
    reference: str
    kind: str
    name: str
    form_of_address: str
    language: str
    time_zone: str
    born_on: date | None
    tax_number: str
    accessibility_needs: Sequence[str]
    preferred_channel: str
    reach_from: time | None
    reach_until: time | None
    address_lines: str
    postal_code: str
    city: str
    region: str
    country: str
    customer_since: date
    merged_into: int | None
    erased_at: datetime | None
    site: str
    team: str
    owner: str
    identities: Sequence[Identification]
    flags: Sequence[CurrentFlag]
    addresses: Sequence[FurtherAddress]
    represented_by: Sequence[Representation]
    represents: Sequence[Representation]
    household: HouseholdView | None
    consents: Sequence[ConsentState]
    reached: Reached = NOBODY
    masked: frozenset[str] = frozenset()


# Its one parameter is the time of reading; nothing for the statement's own time.
_AT = "coalesce(%s::timestamptz, now())"
_PARTY = """json_build_object('id', root.id, 'name', root.name, 'reference', root.reference, 'site_id', root.site_id,
  'team_id', root.team_id, 'team_site_id', (select t.site_id from staff_team t where t.id = root.team_id),
  'owner_id', root.owner_id)"""
_RELATIONS = """coalesce((select json_agg(json_build_object('id', r.id, 'kind', r.kind, 'function', r.function,
     'may_be_told', r.may_be_told, 'may_do', r.may_do, 'proof', r.proof, 'valid_from', r.valid_from,
     'valid_until', r.valid_until, 'set_by', r.set_by_name, 'party', {party}) order by r.id)
   from customers_relation r join customers_customer named on named.id = r.{named}
   join customers_customer root on root.id = coalesce(named.merged_into_id, named.id)
   where r.{ours} = any(file.ids) and root.id <> file.ids[1] and r.ended_at is null
     and (r.valid_until is null or r.valid_until > file.at)), '[]'::json)"""
_FILE = f"""(select json_build_object(
  'site', coalesce((select s.name from staff_site s where s.id = customers_customer.site_id), ''),
  'team', coalesce((select t.name from staff_team t where t.id = customers_customer.team_id), ''),
  'owner', coalesce((select r.name from staff_representative r where r.id = customers_customer.owner_id), ''),
  'identities', coalesce((select json_agg(json_build_object('id', i.id, 'kind', i.kind, 'value', i.value, 'label', i.label,
     'network', i.network, 'source', i.source, 'confidence', i.confidence, 'is_shared', i.is_shared, 'valid_from', i.valid_from)
     order by i.kind desc, i.id) from customers_identity i where i.customer_id = any(file.ids) and i.withdrawn_at is null),
     '[]'::json),
  'flags', coalesce((select json_agg(json_build_object('id', f.id, 'kind', f.kind, 'reason', f.reason,
     'set_by', f.set_by_name, 'set_at', f.set_at, 'until', f.until) order by f.id)
     from customers_flag f where f.customer_id = any(file.ids) and f.lifted_at is null and (f.until is null or f.until > file.at)),
     '[]'::json),
  'addresses', coalesce((select json_agg(json_build_object('id', a.id, 'kind', a.kind, 'address_lines', a.address_lines,
     'postal_code', a.postal_code, 'city', a.city, 'region', a.region, 'country', a.country, 'valid_from', a.valid_from)
     order by a.id) from customers_address a where a.customer_id = any(file.ids) and a.ended_at is null), '[]'::json),
  'represented_by', {_RELATIONS.format(party=_PARTY, ours="customer_id", named="other_id")},
  'represents', {_RELATIONS.format(party=_PARTY, ours="other_id", named="customer_id")},
  'household', (select json_build_object('id', h.id, 'name', h.name, 'others',
     coalesce((select json_agg({_PARTY} order by root.id) from customers_customer root
       where root.household_id = h.id and root.merged_into_id is null and root.id <> file.ids[1]), '[]'::json))
     from customers_household h where h.id = customers_customer.household_id),
  'consents', coalesce((select json_agg(json_build_object('purpose', c.purpose, 'channel', c.channel, 'answer', c.answer,
     'proof', c.proof, 'at', c.at, 'until', c.until, 'taken_by', c.taken_by_name) order by c.purpose, c.channel)
     from (select distinct on (n.purpose, n.channel) n.* from customers_consent n where n.customer_id = any(file.ids)
       order by n.purpose, n.channel, n.at desc, n.id desc) c), '[]'::json)
)::text from (select {_AT} as at, array(select m.id from customers_customer m
  where m.id = customers_customer.id or m.merged_into_id = customers_customer.id
  order by m.id <> customers_customer.id, m.id) as ids offset 0) file)"""  # noqa: S608  (all of it is ours)
_PLAIN = (
    *("id", "version", "reference", "kind", "name", "form_of_address", "language", "time_zone", "born_on"),
    *("tax_number", "accessibility_needs", "preferred_channel", "reach_from", "reach_until", "address_lines"),
    *("postal_code", "city", "region", "country", "customer_since", "merged_into", "erased_at"),
)


def read_file(
    actor: Actor, customer_id: int, *, at: datetime | None = None, contact_id: int | None = None
) -> CustomerFile:
    """
    A customer's file as it holds at that time (now, if none is given) and as this actor may see it on that contact (by default their
    own going-on one with the customer). One statement, and at most three more to find out who is identified; without `at` no contact
    counts. Raises SubjectNotFound if there is none this actor may see.
    """
    if not 0 < customer_id <= LARGEST_INTEGER:
        raise SubjectNotFound
    rows: QuerySet[Customer, tuple[Any, ...]] = (
        visible_customers(actor)
        .filter(pk=customer_id)
        .annotate(more=RawSQL(_FILE, [at]))  # noqa: S611
        .values_list(*_PLAIN, "more")
    )
    try:
        found = run_prepared(*rows.query.sql_with_params())  # planning it takes longer than running it
    except EmptyResultSet:  # this actor sees nobody
        found = []
    if not found:
        raise SubjectNotFound
    *plain, text = found[0]
    more = json.loads(text)
    columns: dict[str, Any] = dict(zip(_PLAIN, plain, strict=True))
    columns["accessibility_needs"] = json.loads(columns["accessibility_needs"])
    file = CustomerFile(
        **columns,
        site=more["site"],
        team=more["team"],
        owner=more["owner"],
        identities=[Identification(**_timed(one, "valid_from")) for one in more["identities"]],
        flags=[CurrentFlag(**_timed(one, "set_at", "until")) for one in more["flags"]],
        addresses=[FurtherAddress(**_timed(one, "valid_from")) for one in more["addresses"]],
        represented_by=[_representation(actor, one) for one in more["represented_by"]],
        represents=[_representation(actor, one) for one in more["represents"]],
        household=_household(actor, more["household"]),
        consents=[ConsentState(**_timed(one, "at", "until")) for one in more["consents"]],
    )
    return protect_file(file, reached_by_default(actor, customer_id, at, contact_id))


def _timed(row: dict[str, Any], *keys: str) -> dict[str, Any]:
    return row | {key: datetime.fromisoformat(row[key]) for key in keys if row[key] is not None}


def _representation(actor: Actor, row: dict[str, Any]) -> Representation:
    return Representation(**_timed(row, "valid_from", "valid_until") | {"party": _party(actor, row["party"])})


def _household(actor: Actor, row: dict[str, Any] | None) -> HouseholdView | None:
    if row is None:
        return None
    seen = [party for party in (_party(actor, one) for one in row["others"]) if party.id is not None]
    return HouseholdView(row["id"], row["name"], seen)


def _party(actor: Actor, row: Mapping[str, Any]) -> Party:
    places = {key: row[key] for key in ("site_id", "team_id", "team_site_id", "owner_id")}
    if may_see(actor, **places):
        return Party(row["id"], row["name"], row["reference"])
    return Party(None, row["name"], "")
