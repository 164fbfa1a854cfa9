"""
Finding customers by whatever was typed into the one box, ranked and with why each was found; or all of them, in order of their
names.

Three statements, however many customers there are: what the words may mean, who may be meant, what is shown of the best.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from onhand.customers.access import VIEW, visible_customers
from onhand.customers.finding.candidates import find_candidates, visibility_words
from onhand.customers.finding.meanings import MARKS, How, Meanings, look_up
from onhand.customers.finding.protection import sees_contact_points, show_identity
from onhand.customers.finding.ranking import Ranked, rank
from onhand.customers.finding.typed import Typed, read_typed
from onhand.customers.finding.why import Why, reasons
from onhand.customers.finding.words import STREET
from onhand.customers.models import Customer
from onhand.kernel.actor import Actor, Visibility

PAGE = 50
MOST_RANKED = 50  # who is not among the best fifty is found by typing more

# The expressions of the indexes customer_by_words and customer_in_order, to the letter.
WORDS = "customers_words(search_text, site_id, team_id, owner_id)"
IN_ORDER = "left(search_text, 100)"


@dataclass(frozen=True, slots=True)
class Found:
    """
    A customer in a list. `place` in the list is where the next page goes on. `email` and `telephone` are shown as this reader may see
    them. `why` is empty where nothing was typed.
    """

    id: int
    name: str
    reference: str
    kind: str
    version: int
    city: str
    country: str
    language: str
    email: str
    telephone: str
    place: str
    why: Sequence[Why] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """
    What a search gave, best first. `reference_is_wrong` says that a reference code was typed whose check character does not fit;
    customers one character away from it are among those found.
    """

    customers: Sequence[Found]
    reference_is_wrong: bool = False


_FIRST_POINTS = """
coalesce((select json_object_agg(f.kind, f.value) from (
  select distinct on (i.kind) i.kind, i.value from customers_identity i
  where i.customer_id = any(array(select customers_customer.id
      union all select m.id from customers_customer m where m.merged_into_id = customers_customer.id))
    and i.kind in ('email', 'telephone') and i.withdrawn_at is null
  order by i.kind, i.customer_id <> customers_customer.id, i.customer_id, i.id) f), '{}'::json)::text
"""
_OTHER_NAMES = (
    "coalesce((select json_agg(m.name order by m.id) from customers_customer m"
    " where m.merged_into_id = customers_customer.id and m.erased_at is null), '[]'::json)::text"
)
_PLAIN = ("pk", "name", "reference", "kind", "version", "city", "country", "language")
_ASKED = ("first_points", "place", "other_names", "address_lines", "postal_code")


def list_customers(actor: Actor, *, after: tuple[str, int] | None = None, limit: int = PAGE) -> list[Found]:
    """The visible customers in order of their folded names. `after` is the (place, id) of the last one already shown. One statement."""
    rows = visible_customers(actor).filter(merged_into=None, erased_at=None).annotate(place=RawSQL(IN_ORDER, []))  # noqa: S611
    if after is not None:
        rows = rows.annotate(later=RawSQL(f"({IN_ORDER}, customers_customer.id) > (%s, %s)", after)).filter(later=True)  # noqa: S611
    return [found for found, _row in _shown(actor, rows.order_by("place", "pk"), limit)]


def find_customers(actor: Actor, typed: str, *, limit: int = MOST_RANKED) -> Findings:
    """
    The visible customers that fit what was typed, best first, at most `limit` and never more than `MOST_RANKED`. Merged customers are
    found as their root; erased ones by their whole reference only. Whoever may not read contact points finds by whole ones only.
    """
    read = read_typed(typed)
    if read.is_nothing or not actor.may(VIEW):
        return Findings(())
    sees_all = sees_contact_points(actor)
    sites = actor.site_ids if actor.visibility is Visibility.SITE else ()
    meanings = look_up(read.words, is_open=read.last_is_open, site_ids=sites)
    if not sees_all:
        _close_streets(meanings)
    visible = visibility_words(actor, meanings.team_ids)
    if visible is None:
        return Findings(())
    candidates = find_candidates(read, meanings, visible, sees_all=sees_all)
    best = rank(candidates, read, meanings, sees_all=sees_all)[: min(limit, MOST_RANKED)]
    near = any(hit.field == "reference" and hit.how is How.SIMILAR for one in best for hit in one.hits)
    return Findings(_with_reasons(actor, best, read, sees_all=sees_all), near)


def search_customers(
    actor: Actor, typed: str = "", *, after: tuple[str, int] | None = None, limit: int = PAGE
) -> list[Found]:
    """All customers in order of their names (`list_customers`) if nothing was typed, else the best that fit (`find_customers`)."""
    if typed.strip():
        return [] if after else list(find_customers(actor, typed, limit=limit).customers)
    return list_customers(actor, after=after, limit=limit)


def customers_with(actor: Actor, typed: str) -> QuerySet[Customer]:
    """
    All visible customers who have, for every typed word, one that begins so in name or city (or in the address, where this actor may
    read those): for lists that are taken out whole. Not ranked, and without regard to typing errors.
    """
    rows = visible_customers(actor).filter(merged_into=None, erased_at=None)
    if not typed.strip():
        return rows
    marks = MARKS if sees_contact_points(actor) else MARKS[:-1]
    groups = [[f"'{mark}{word}':*" for word in spelled for mark in marks] for spelled in read_typed(typed).words]
    if not groups:
        return rows.none()
    query = " & ".join(f"({' | '.join(group)})" for group in groups)
    return rows.annotate(fits=RawSQL(f"{WORDS} @@ %s::tsquery", [query])).filter(fits=True)  # noqa: S611


def _close_streets(meanings: Meanings) -> None:
    """Leave of streets and postal codes only words typed whole."""
    for place, options in enumerate(meanings.words):
        kept = {
            word: replace(meaning, is_open=False) if word[0] == STREET else meaning
            for word, meaning in options.items()
            if word[0] != STREET or meaning.how is How.EXACT
        }
        meanings.words[place] = kept


def _with_reasons(actor: Actor, best: Sequence[Ranked], read: Typed, *, sees_all: bool) -> list[Found]:
    if not best:
        return []
    rows = visible_customers(actor).filter(pk__in=[one.candidate.id for one in best])
    rows = rows.annotate(place=RawSQL(IN_ORDER, []))  # noqa: S611
    found = {one.id: (one, row) for one, row in _shown(actor, rows, len(best))}
    return [
        replace(found[one.candidate.id][0], why=tuple(reasons(one, read, found[one.candidate.id][1], openly=sees_all)))
        for one in best
        if one.candidate.id in found
    ]


def _shown(actor: Actor, rows: QuerySet[Customer], limit: int) -> list[tuple[Found, dict[str, Any]]]:
    openly = sees_contact_points(actor)
    asked = rows.annotate(
        first_points=RawSQL(_FIRST_POINTS, []),  # noqa: S611
        other_names=RawSQL(_OTHER_NAMES, []),  # noqa: S611
    ).values_list(*_PLAIN, *_ASKED)[:limit]
    shown = []
    for row in asked:
        given, place, other_names, lines, code = row[len(_PLAIN) :]
        first = json.loads(given)
        points = [show_identity(kind, first.get(kind, ""), openly=openly) for kind in ("email", "telephone")]
        plain: tuple[Any, ...] = (*row[: len(_PLAIN)], *points, place)
        found = Found(*plain)
        street = ", ".join(part for part in (" ".join(lines.split()), code) if part)
        shown.append(
            (found, {"name": found.name, "city": found.city, "street": street, "other_names": json.loads(other_names)})
        )
    return shown
