"""
Files that may be the same customer's: found when a file changes and by a sweep over all, never merged by themselves.

Each file has a few keys; only files that share a key or an identity are compared, and a key or identity too many have says
nothing. So a round over all files costs as many steps as there are files.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from onhand.customers.access import visible_customers
from onhand.customers.merging.likeness import REASONS, Compared, IdentityOf, Likeness, blocking_keys, compare
from onhand.customers.models import Customer, DuplicateKey, DuplicateSuggestion
from onhand.kernel.actor import Actor

MOST_WITH_KEY = 30  # files with one key; more is a nursing home or a name like John Smith with a default date
MOST_WITH_IDENTITY = 10
SWEPT_AT_ONCE = 500
Pair = tuple[int, int]

_ROOTS = "select distinct coalesce(c.merged_into_id, c.id) from customers_customer c where c.id = any(%s)"
_IDENTITIES = """
select coalesce(c.merged_into_id, c.id), i.kind, i.network, i.match_key from customers_customer c
join customers_identity i on i.customer_id = c.id
where (c.id = any(%(ids)s) or c.merged_into_id = any(%(ids)s)) and i.withdrawn_at is null and not i.is_shared
"""
_SHARING_KEY = f"""
select mine.customer_id, held.ids from customers_duplicatekey mine cross join lateral (
  select array_agg(k.customer_id) as ids from (
    select o.customer_id from customers_duplicatekey o where o.key = mine.key limit {MOST_WITH_KEY + 1}) k) held
where mine.customer_id = any(%s) and cardinality(held.ids) between 2 and {MOST_WITH_KEY}
"""  # noqa: S608  (numbers of ours)
_SHARING_IDENTITY = f"""
select mine.root, held.ids
from unnest(%(roots)s::bigint[], %(kinds)s::text[], %(networks)s::text[], %(keys)s::text[]) as mine(root, kind, network, key)
cross join lateral (
  select array_agg(distinct k.root) as ids, bool_or(k.is_shared) as is_shared, count(*) as many from (
    select coalesce(c.merged_into_id, c.id) as root, i.is_shared from customers_identity i
    join customers_customer c on c.id = i.customer_id
    where i.match_key = mine.key and i.kind = mine.kind and i.network = mine.network and i.withdrawn_at is null
    limit {MOST_WITH_IDENTITY + 1}) k) held
where cardinality(held.ids) > 1 and not held.is_shared and held.many <= {MOST_WITH_IDENTITY}
"""  # noqa: S608  (numbers of ours)
_SPEAKING = """
select r.customer_id, r.other_id from customers_relation r
where r.ended_at is null and r.customer_id = any(%(ids)s) and r.other_id = any(%(ids)s)
"""


@transaction.atomic
def look_again(customer_ids: Collection[int], *, at: datetime) -> int:
    """
    Bring keys and suggestions of these customers' files in line with what the files hold now, and return how many open suggestions
    they have. A pair called different comes back only for something new.
    """
    ids = sorted(set(customer_ids))
    files = {one.id: one for one in _read_compared(_column(_ROOTS, [ids]))}
    closed = [pk for pk in ids if pk not in files]
    DuplicateKey.objects.filter(customer__in=closed).delete()
    of_closed = DuplicateSuggestion.objects.filter(Q(first__in=closed) | Q(second__in=closed))
    of_closed.filter(dismissed_at__isnull=True).delete()  # what was called different counts again after an unmerge
    of_closed.filter(Q(first__erased_at__isnull=False) | Q(second__erased_at__isnull=False)).delete()
    _write_keys(files.values())
    alike = _find_alike(files)
    return _store(alike, files.keys(), at=at)


def sweep(*, after: int, at: datetime, size: int = SWEPT_AT_ONCE) -> int | None:
    """Look again at the next files in order of id; gives the last one's id, or None at the end. One transaction."""
    rows = Customer.objects.filter(pk__gt=after, merged_into__isnull=True, erased_at__isnull=True).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:size])
    if ids:
        look_again(ids, at=at)
    return ids[-1] if len(ids) == size else None


def _column(statement: str, parameters: Sequence[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [pk for (pk,) in cursor.fetchall()]


def _rows(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _read_compared(ids: Collection[int]) -> list[Compared]:
    """The open files among these, with their identities, in two statements."""
    columns = ("pk", "kind", "name", "born_on", "tax_number", "country", "postal_code", "address_lines")
    rows = Customer.objects.filter(pk__in=ids, merged_into__isnull=True, erased_at__isnull=True).values_list(*columns)
    files = [Compared(*row) for row in rows]
    held: dict[int, set[IdentityOf]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITIES, {"ids": [one.id for one in files]})
        for root, kind, network, key in cursor.fetchall():
            held[root].add((kind, network, key))
    return [replace(one, identities=frozenset(held[one.id])) for one in files]


def _write_keys(files: Iterable[Compared]) -> None:
    wanted = {(one.id, key) for one in files for key in blocking_keys(one)}
    stored = {
        (customer, key): pk
        for pk, customer, key in DuplicateKey.objects.filter(customer__in=[one.id for one in files]).values_list(
            "pk", "customer_id", "key"
        )
    }
    DuplicateKey.objects.filter(pk__in=[pk for pair, pk in stored.items() if pair not in wanted]).delete()
    new = [DuplicateKey(customer_id=customer, key=key) for customer, key in sorted(wanted - stored.keys())]
    DuplicateKey.objects.bulk_create(new, ignore_conflicts=True)


def _find_alike(files: dict[int, Compared]) -> dict[Pair, Likeness]:
    asked = [(one.id, *identity) for one in files.values() for identity in sorted(one.identities)]
    columns = [list(column) for column in zip(*asked, strict=True)] or [[], [], [], []]
    given = dict(zip(("roots", "kinds", "networks", "keys"), columns, strict=True))
    sharing = _rows(_SHARING_KEY, [list(files)]) + _rows(_SHARING_IDENTITY, given)
    pairs = {(min(mine, other), max(mine, other)) for mine, ids in sharing for other in ids if other != mine}
    others = {pk for pair in pairs for pk in pair} - files.keys()
    known = files | {one.id: one for one in _read_compared(others)}
    speaking = _speaking(known)
    alike = {}
    for first, second in sorted(pairs):
        both_open = first in known and second in known
        likeness = compare(known[first], known[second]) if both_open and (first, second) not in speaking else None
        if likeness:
            alike[first, second] = likeness
    return alike


def _speaking(ids: Collection[int]) -> set[Pair]:
    """Pairs of which one speaks for the other: two by that."""
    return {(min(one, other), max(one, other)) for one, other in _rows(_SPEAKING, {"ids": list(ids)})}


def _store(alike: dict[Pair, Likeness], looked_at: Collection[int], *, at: datetime) -> int:
    involved = Q(first__in=looked_at) | Q(second__in=looked_at)
    stored = {(one.first_id, one.second_id): one for one in DuplicateSuggestion.objects.filter(involved)}
    gone = [one.pk for pair, one in stored.items() if pair not in alike and one.dismissed_at is None]
    DuplicateSuggestion.objects.filter(pk__in=gone).delete()
    count = 0
    for (first, second), likeness in alike.items():
        old = stored.get((first, second))
        if old is not None and old.dismissed_at is not None and set(likeness.evidence) <= set(old.evidence):
            continue
        count += 1
        if old is not None and old.dismissed_at is None and old.evidence == list(likeness.evidence):
            continue
        DuplicateSuggestion.objects.update_or_create(
            first_id=first, second_id=second, defaults=_values(likeness) | {"found_at": at, "dismissed_at": None}
        )
    return count


def _values(likeness: Likeness) -> dict[str, object]:
    return {"score": likeness.score, "reasons": list(likeness.reasons), "evidence": list(likeness.evidence)}


def call_different(first: int, second: int, *, actor: Actor, at: datetime) -> None:
    """Remember that two files are not one customer's. Part of an act: runs in its transaction."""
    pair = {"first_id": min(first, second), "second_id": max(first, second)}
    known = DuplicateSuggestion.objects.filter(**pair).first()
    files = {one.id: one for one in _read_compared(pair.values())}
    likeness = compare(files[first], files[second]) if len(files) == 2 else None
    values = _values(likeness) if likeness else {"score": 0, "reasons": [], "evidence": []}
    if known is not None:  # what was called different before stays so
        values["evidence"] = sorted({*known.evidence, *(likeness.evidence if likeness else ())})
    said = {"dismissed_at": at, "dismissed_by_id": actor.id, "dismissed_by_name": actor.name}
    DuplicateSuggestion.objects.update_or_create(
        **pair, defaults=values | said, create_defaults=values | said | pair | {"found_at": at}
    )


@dataclass(frozen=True, slots=True)
class Side:
    """One of two files that may be the same, with what may be shown of it before anybody is identified."""

    id: int
    name: str
    reference: str
    kind: str
    language: str
    city: str
    country: str
    customer_since: date


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two files that may be one customer's, and why, in words."""

    id: int
    score: int
    reasons: tuple[str, ...]
    found_at: datetime
    first: Side
    second: Side


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another file that may be the same customer's as one that is open. `id` is the suggestion's."""

    id: int
    customer_id: int
    name: str
    reference: str
    city: str
    country: str
    score: int
    reasons: tuple[str, ...]


def open_suggestions(actor: Actor, *, after: tuple[int, int] | None = None, limit: int = 50) -> list[Suggestion]:
    """Suggestions between files this actor sees, the likeliest first. `after` is (score, id) of the last one shown."""
    rows = DuplicateSuggestion.objects.filter(
        dismissed_at__isnull=True, first__in=_files(actor), second__in=_files(actor)
    )
    if after is not None:
        rows = rows.filter(Q(score__lt=after[0]) | Q(score=after[0], pk__lt=after[1]))
    return [
        Suggestion(one.pk, one.score, words_of(one.reasons), one.found_at, _side(one.first), _side(one.second))
        for one in rows.select_related("first", "second").order_by("-score", "-pk")[:limit]
    ]


def duplicates_of(actor: Actor, customer_id: int, *, limit: int = 5) -> list[Duplicate]:
    """The open files this actor sees that may be the same customer's as this one, the likeliest first. One statement."""
    rows = DuplicateSuggestion.objects.filter(
        Q(first=customer_id, second__in=_files(actor), first__in=_files(actor))
        | Q(second=customer_id, first__in=_files(actor), second__in=_files(actor)),
        dismissed_at__isnull=True,
    )
    found = []
    for one in rows.select_related("first", "second").order_by("-score", "-pk")[:limit]:
        other = one.second if one.first_id == customer_id else one.first
        shown = (other.pk, other.name, other.reference, other.city, other.country)
        found.append(Duplicate(one.pk, *shown, one.score, words_of(one.reasons)))
    return found


def words_of(reasons: Iterable[str]) -> tuple[str, ...]:
    """Reasons in the reader's language; one this version of the product does not know is left out."""
    return tuple(str(REASONS[reason][1]) for reason in reasons if reason in REASONS)


def _files(actor: Actor) -> QuerySet[Customer]:
    return visible_customers(actor).filter(merged_into__isnull=True, erased_at__isnull=True)


def _side(one: Customer) -> Side:
    return Side(one.pk, one.name, one.reference, one.kind, one.language, one.city, one.country, one.customer_since)
