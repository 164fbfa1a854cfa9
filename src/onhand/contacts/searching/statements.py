"""The statements a search is made of. What varies in their text is the kind of row and which filters there are, never a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Of what was typed, folded by the function that made the words: all of it, what must not be there, and of all of it the words as they
# stand and those that may be beginnings; each as a tsquery.
_TERM = """
select place, is_not, is_begun, case when q = '' then '' when weight = '' and not is_begun then q
  when weight = '' then q || ':*'
  else regexp_replace(replace(q, ' <-> ', ' & '), '''([^'']+)''', '''@' || mark || '\\1''', 'g') || case when is_begun then ':*' else '' end
    || case when q like '%% <-> %%' and not is_begun
      then ' & (' || replace(q, ''' <->', ''':' || weight || ' <->') || ':' || weight || ')' else '' end
  end as term
from (select t.place, t.weight, translate(t.weight, 'ABC', 'sft') as mark, t.is_not, t.is_begun,
    phraseto_tsquery('pg_catalog.simple', contacts_folded(t.words))::text as q
  from unnest(%(words)s::text[], %(weights)s::text[], %(nots)s::bool[], %(begun)s::bool[])
    with ordinality as t(words, weight, is_not, is_begun, place)) f
"""
QUESTION = f"""
select coalesce(string_agg('(' || term || ')', ' & ' order by place) filter (where not is_not), ''),
  coalesce(string_agg('!(' || term || ')', ' & ' order by place) filter (where is_not), ''),
  coalesce(string_agg('(' || term || ')', ' & ' order by place) filter (where not is_not and not is_begun), ''),
  coalesce(string_agg('(' || term || ')', ' & ' order by place) filter (where not is_not and is_begun), '')
from ({_TERM}) terms where term <> ''
"""  # noqa: S608

# How many rows the database thinks have what is asked, from its statistics: nothing is read.
ESTIMATE = """explain (format json) select from {table} where words @@ %s::tsquery
union all select from {table} where words @@ %s::tsquery"""
# The words are asked of their index before the time is looked at: no other index of the table knows the time, and reading one of those
# from end to end, as the planner would, takes longer the more rows there are.
_LOOKED = """
with looked as materialized (
  select * from (select {columns} from {table} m where {found} offset 0) r
  where at >= %(low)s and at < %(high)s and (at, id) < (%(last_at)s, %(last_id)s){checked}
  order by at desc, id desc limit %(looked)s),
fits as (
  select l.id, l.contact_id, l.at, {points} as points from looked l {joins} {where})
select (select count(*) from looked), (select at from looked order by at, id limit 1),
  (select id from looked order by at, id limit 1), f.id, f.contact_id, f.at, f.points
from (select 1) one left join fits f on true
"""
_WEIGHTS = "'{0.2, 0.5, 0.3, 1.0}'"  # of text, to, from, subject


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row that is searched: its table, its time, and where its contact stands."""

    table: str
    at: str
    contact: str


KINDS: Mapping[str, Kind] = {
    "messages": Kind("contacts_message", "at", "m.contact_id"),
    "contacts": Kind("contacts_contact", "started_at", "m.id"),
    "cases": Kind("contacts_case", "opened_at", "null::bigint"),
}
CONTACT_FILTERS: Mapping[str, str] = {
    "channel": "c.channel = any(%(channel)s)",
    "team": "c.team_id = any(%(team)s)",
    "state": "case when c.ended_at is not null then 'closed' when c.waiting_until is not null then 'waiting' else 'open' end"
    " = any(%(state)s)",
    "customer": "c.customer_id = any(%(customer)s)",
    "case": "(c.case_id = any(%(case)s)"
    " or exists (select 1 from contacts_casecontact x where x.contact_id = c.id and x.case_id = any(%(case)s)))",
}
CASE_FILTERS: Mapping[str, str] = {
    "channel": "false",
    "team": "k.team_id = any(%(team)s)",
    "state": "k.state = any(%(state)s)",
    "customer": "k.customer_id = any(%(customer)s)",
    "case": "k.id = any(%(case)s)",
}
_HAS_FILE = {
    "messages": "exists (select 1 from contacts_attachment a where a.message_id = l.id)",
    "contacts": "exists (select 1 from contacts_message n join contacts_attachment a on a.message_id = n.id where n.contact_id = l.id)",
    "cases": "false",
}


def looked_through(
    kind: str,
    filters: Mapping[str, Any],
    *,
    has_words: bool,
    is_checked: bool,
    only: bool,
    has_file: bool,
    visible: str,
) -> str:
    """
    The newest rows of a stretch of time that have the words, as many as are looked through, with points for those that fit the
    filters too; on every row how many were looked through and how old the last of them is. `is_checked`: some words are looked for in
    the rows the index gives for the others. `only` narrows to given contacts or cases, `visible` is the SQL of those that may be seen.
    """
    of = KINDS[kind]
    conditions = [(CASE_FILTERS if kind == "cases" else CONTACT_FILTERS)[name] for name in filters]
    conditions += [_HAS_FILE[kind]] if has_file else []
    if visible:  # a subquery for each row, which no planner turns into reading all there are
        seen = "l.id" if kind == "cases" else "l.contact_id"
        conditions.append(f"(select true from ({visible}) v where v.id = {seen})")  # noqa: S608
    joins = ""
    if filters:
        joins = (
            "join contacts_case k on k.id = l.id"
            if kind == "cases"
            else "join contacts_contact c on c.id = l.contact_id"
        )
    points = (
        f"ts_rank_cd({_WEIGHTS}, l.words, %(ranked)s::tsquery, 1) / (1 + extract(epoch from %(now)s - l.at) / 15552000)"
    )
    found = ["m.words @@ %(asked)s::tsquery"] if has_words else []
    found += [f"{'m.id' if kind == 'cases' else of.contact} = any(%(only)s)"] if only else []
    return _LOOKED.format(
        columns=f"m.id, {of.contact} as contact_id, m.{of.at} as at, m.words",
        table=of.table,
        found=" and ".join(found),
        checked=" and words @@ %(checked)s::tsquery" if is_checked else "",
        points=points if has_words else "0::float8",
        joins=joins,
        where="where " + " and ".join(conditions) if conditions else "",
    )


NARROWED: Mapping[str, str] = {
    "customer": "select id from contacts_contact where customer_id = any(%(customer)s) limit %(most)s",
    "case": "select id from contacts_contact where case_id = any(%(case)s)"
    " union select contact_id from contacts_casecontact where case_id = any(%(case)s) limit %(most)s",
}
