"""
The one statement of recognition: everybody who holds or held what was brought, read as the files they are part of.

It can stand inside another statement, as a page does that shows the file it recognised at once:
`with recognised as materialized (select (RECOGNISE)::json as found) …`, with the parameters of `recognition_parameters`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onhand.customers.enums import FlagKind, IdentityKind
from onhand.customers.recognition.clues import Clue, ClueKind, identity_kinds

MOST_LOOKED_AT = 200  # holders of one thing; with more nobody is known by it
MOST_SPOKEN_FOR = 10
WARNINGS = (FlagKind.DECEASED.value, FlagKind.FRAUD_ALERT.value)

# Naming the kinds lets the planner expect few rows whether it knows the values or not, so that it plans once a connection, not each
# time: planning takes ten times as long as running.
_KINDS = ", ".join(f"'{kind}'" for kind in (*IdentityKind, ClueKind.REFERENCE))

RECOGNISE = f"""
with asked as (
  select a.place, a.kind, a.network, a.key, lower(a.key) as folded
  from unnest(%(clue_places)s::int[], %(clue_kinds)s::text[], %(clue_networks)s::text[], %(clue_keys)s::text[])
    as a(place, kind, network, key)
  where a.kind in ({_KINDS})),
held as materialized (
  select a.place, i.customer_id, i.network, i.is_shared, i.confidence, i.valid_from, i.withdrawn_at
  from asked a cross join lateral (
    select x.customer_id, x.network, x.is_shared, x.confidence, x.valid_from, x.withdrawn_at from customers_identity x
    where x.match_key = a.folded and x.kind = a.kind and (a.network = '' or lower(x.network) = lower(a.network))
    limit {MOST_LOOKED_AT + 1}) i
  where a.kind <> '{ClueKind.REFERENCE}'
  union all
  select a.place, c.id, '', false, 3, null, null from asked a join customers_customer c on c.reference = a.key
  where a.kind = '{ClueKind.REFERENCE}'),
roots as materialized (
  select distinct coalesce(c.merged_into_id, c.id) as id from held h join customers_customer c on c.id = h.customer_id),
members as materialized (
  select r.id as root, r.id from roots r
  union all select m.merged_into_id, m.id from roots r join customers_customer m on m.merged_into_id = r.id)
select json_build_object(
  'held', coalesce((select json_agg(json_build_object('place', h.place, 'file', m.root, 'is_shared', h.is_shared,
      'confidence', h.confidence, 'valid_from', h.valid_from, 'withdrawn_at', h.withdrawn_at))
    from held h join members m on m.id = h.customer_id), '[]'::json),
  'files', coalesce((select json_agg(json_build_object('id', c.id, 'name', c.name, 'reference', c.reference,
      'language', c.language, 'is_erased', c.erased_at is not null,
      'site_id', c.site_id, 'team_id', c.team_id, 'team_site_id', t.site_id, 'owner_id', c.owner_id,
      'warnings', coalesce((select json_agg(distinct f.kind) from customers_flag f join members m on m.id = f.customer_id
        where m.root = c.id and f.kind = any(%(clue_warnings)s) and f.lifted_at is null
          and (f.until is null or f.until > %(clue_at)s)), '[]'::json),
      'speaks_for', coalesce((select json_agg(s) from (
        select distinct o.id, o.name, o.reference, o.site_id, o.team_id, ot.site_id as team_site_id, o.owner_id, r.kind
        from customers_relation r join members m on m.id = r.other_id join customers_customer x on x.id = r.customer_id
        join customers_customer o on o.id = coalesce(x.merged_into_id, x.id) left join staff_team ot on ot.id = o.team_id
        where m.root = c.id and r.ended_at is null and r.valid_from <= %(clue_at)s and o.erased_at is null
          and (r.valid_until is null or r.valid_until > %(clue_at)s)
        limit {MOST_SPOKEN_FOR}) s), '[]'::json)))
    from roots join customers_customer c on c.id = roots.id left join staff_team t on t.id = c.team_id), '[]'::json)
)::text
"""  # noqa: S608  (numbers and words of ours)


def recognition_parameters(clues: Sequence[Clue], *, at: datetime) -> dict[str, Any]:
    """What RECOGNISE is given. A clue's place in the sequence is how its findings are told from the others'."""
    asked = [
        (place, kind, clue.network, key)
        for place, clue in enumerate(clues)
        for kind in (identity_kinds(clue.kind) or (clue.kind,))
        for key in clue.keys
    ]
    return {
        "clue_places": [place for place, *_rest in asked],
        "clue_kinds": [str(kind) for _place, kind, *_rest in asked],
        "clue_networks": [network for *_rest, network, _key in asked],
        "clue_keys": [key for *_rest, key in asked],
        "clue_warnings": list(WARNINGS),
        "clue_at": at,
    }


@dataclass(frozen=True, slots=True)
class Holding:
    """That a file holds or held what one clue brought."""

    place: int
    file: int
    is_shared: bool
    confidence: int
    valid_from: datetime | None
    withdrawn_at: datetime | None

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Holding":
        """A row of RECOGNISE."""
        return cls(**row | {key: _time(row[key]) for key in ("valid_from", "withdrawn_at")})

    def is_current(self, at: datetime) -> bool:
        """Whether it was theirs then, as far as the file says today."""
        return self.withdrawn_at is None and (self.valid_from is None or self.valid_from <= at)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
