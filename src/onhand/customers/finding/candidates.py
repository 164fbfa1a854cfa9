"""The customers that may be meant, from the index of words and the tables of numbers, addresses and codes: one statement."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from math import prod
from typing import Any

from django.db import connection

from onhand.customers.finding.meanings import How, Meaning, Meanings
from onhand.customers.finding.typed import Typed, calling_codes, whole_numbers
from onhand.customers.finding.words import CITY, STREET
from onhand.kernel.actor import Actor, Visibility

MOST = 200  # customers looked at
MOST_OF_SOME_WORDS = 30  # among them with one of the words missing
ENOUGH = 60  # expected of a looser question before a stricter one is asked first
LOOKED_THROUGH = 3_000  # rows expected of the index that are looked through for the words it was not asked for
PLENTY = 20 * MOST
LIKELIEST = 3  # meanings of each word, of names in the order of what was typed
AS_LIKELY = 0.5  # farther from what was typed than the nearest is another error
MOST_BEGINNINGS = 18
MOST_ALIKE = 100  # identities looked at for one beginning or end
LEAST_OF_ADDRESS = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing on file, besides words, that fits: an identity (its kind), `reference`, `born_on`."""

    field: str
    value: str
    how: How


@dataclass(slots=True)
class Candidate:
    """A customer that may be meant."""

    id: int
    name: str
    words: Sequence[str]
    address_lines: str
    postal_code: str
    place: str
    hits: list[Hit] = field(default_factory=list)


def visibility_words(actor: Actor, team_ids: Iterable[int]) -> str | None:
    """
    Who may see a customer, as a `tsquery` on its words: the rule of `visible_customers`, for the index. `team_ids` are those of the
    actor's sites. Empty if all may be seen, None if nobody.
    """
    match actor.visibility:
        case Visibility.ALL:
            return ""
        case Visibility.SITE:
            words = [*(f"site={pk}" for pk in sorted(actor.site_ids)), *(f"team={pk}" for pk in sorted(team_ids))]
        case Visibility.TEAM:
            words = [f"team={pk}" for pk in sorted(actor.team_ids)]
        case Visibility.OWN:
            words = [f"owner={actor.id}"]
    return " | ".join(f"'{word}'" for word in words) or None


def find_candidates(typed: Typed, meanings: Meanings, visible: str, *, sees_all: bool) -> list[Candidate]:
    """
    Up to `MOST` customers that may be meant by what was typed, in no order. `sees_all` says that the asker may read contact points
    and dates of birth: else only whole numbers and whole e-mail addresses find anybody.
    """
    given: dict[str, Any] = {"most": MOST, "most_alike": MOST_ALIKE, "visible": visible}
    identities = [_numbered(part, given) for part in _by_identity(typed, visible, sees_all=sees_all)]
    steps = [_numbered(part, given) for part in _by_words(typed, meanings, visible)]
    if not identities and not steps:
        return []
    parts = [f"({part})" for part in identities]
    parts += [f"select w.id, '', '', '' from step{number} w" for number in range(len(steps))]  # noqa: S608  (names of our own)
    with_steps = ", ".join(f"step{number} as materialized ({step})" for number, step in enumerate(steps))
    statement = _STATEMENT.format(steps=f"with {with_steps}" if steps else "", parts=" union all ".join(parts))
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows = cursor.fetchall()
    found: dict[int, Candidate] = {}
    for pk, kind, value, how, name, text, lines, code in rows:
        candidate = found.get(pk)
        if candidate is None:
            candidate = found[pk] = Candidate(pk, name, text.split(), lines, code, text[:100])
        if kind and all((hit.field, hit.value) != (kind, value) for hit in candidate.hits):  # the surest comes first
            candidate.hits.append(Hit(kind, value, How(how)))
    return list(found.values())


def _numbered(part: "Part", given: dict[str, Any]) -> str:
    """The part with names of its own for its values, which are put among those given."""
    sql, values = part
    own = f"value{len(given)}"
    given |= {own + name: value for name, value in values.items()}
    return sql.replace("%(value", f"%({own}")


_STATEMENT = """
{steps} select c.id, h.kind, h.value, h.how, c.name, c.search_text, c.address_lines, c.postal_code
from (select * from ({parts}) a limit %(most)s) h(id, kind, value, how) join customers_customer c on c.id = h.id
"""
_IDENTITY = """
select r.id, i.kind, i.value, '{how}' as how from {source}
join customers_customer m on m.id = i.customer_id join customers_customer r on r.id = coalesce(m.merged_into_id, m.id)
where {condition} i.withdrawn_at is null and r.erased_at is null {visible} limit %(most_alike)s
"""
_BETWEEN = """unnest(%(value_low)s::text[], %(value_high)s::text[]) p(low, high) cross join lateral (
select * from customers_identity j where {side} ~>=~ p.low and {side} ~<~ p.high and j.withdrawn_at is null {kind}
limit %(most_alike)s) i"""
_BORN_ON = """
select c.id, 'born_on', c.born_on::text, 'exact' from customers_customer c
where c.born_on = any(%(value)s) and c.merged_into_id is null and c.erased_at is null {visible} limit %(most_alike)s
"""
_REFERENCE = """
select r.id, 'reference', m.reference, '{how}' from customers_customer m
join customers_customer r on r.id = coalesce(m.merged_into_id, m.id)
where m.reference = any(%(value)s) {erased} {visible} limit %(most_alike)s
"""
_OUTSIDE_ID = """
select r.id, 'outside_id', o.value, 'exact' from customers_outsideid o
join customers_customer m on m.id = o.customer_id join customers_customer r on r.id = coalesce(m.merged_into_id, m.id)
where o.value = any(%(value)s) and r.erased_at is null {visible} limit %(most_alike)s
"""
_LAST = "\U0010ffff"
Part = tuple[str, Mapping[str, Any]]


def _by_identity(typed: Typed, visible: str, *, sees_all: bool) -> Iterator[Part]:
    """Exact first: the statement ends when it has enough."""
    rule = "and customers_words('', {0}.site_id, {0}.team_id, {0}.owner_id) @@ %(visible)s::tsquery" if visible else ""
    on_root = rule.format("r")
    # The code of an erased customer is all that stays of them: it says that there was one.
    codes = ((typed.references, How.EXACT, ""), (typed.near, How.SIMILAR, "and r.erased_at is null"))
    for references, how, erased in codes:
        if references:
            yield _REFERENCE.format(how=how, erased=erased, visible=on_root), {"": list(references)}
    exact = [*typed.exact, *(number for figures in typed.figures for number in whole_numbers(figures))]
    if exact:
        whole = "i.match_key = any(%(value)s) and"
        yield (
            _IDENTITY.format(how=How.EXACT, source="customers_identity i", condition=whole, visible=on_root),
            {"": exact},
        )
        yield _OUTSIDE_ID.format(visible=on_root), {"": list(typed.exact)}
    if not sees_all:
        return
    if typed.born_on:
        yield _BORN_ON.format(visible=rule.format("c")), {"": list(typed.born_on)}
    for ends, low in ((True, _ends(typed)), (False, _beginnings(typed))):
        for kind, values in low.items():
            if values:
                side = "reverse(j.match_key)" if ends else "j.match_key"
                source = _BETWEEN.format(side=side, kind=f"and j.kind = '{kind}'")
                how = How.ENDS if ends else How.BEGINS
                given = {"_low": values, "_high": [value + _LAST for value in values]}
                yield _IDENTITY.format(how=how, source=source, condition="", visible=on_root), given


def _ends(typed: Typed) -> dict[str, list[str]]:
    """Last figures of numbers, and hosts of e-mail addresses, backwards."""
    hosts = [
        address if address.startswith("@") else f"@{address}" for address in typed.addresses if "@" not in address[1:]
    ]
    return {"telephone": [figures[::-1] for figures in typed.figures], "email": [host[::-1] for host in hosts]}


def _beginnings(typed: Typed) -> dict[str, list[str]]:
    """First figures, with or without the country's code, and first letters of e-mail addresses."""
    numbers = [f"+{code}{figures.removeprefix('0')}" for figures in typed.figures for code in ("", *calling_codes())]
    numbers += [f"+{figures.removeprefix('00')}" for figures in typed.figures]
    addresses = [address for address in typed.addresses if not address.startswith("@")]
    # Where the host is wrong, the part before it may be right.
    addresses += [
        f"{address.rpartition('@')[0]}@" for address in addresses if len(address.rpartition("@")[0]) >= LEAST_OF_ADDRESS
    ]
    return {"telephone": [*dict.fromkeys(n for n in numbers if len(n) > 2)], "email": [*dict.fromkeys(addresses)]}


_STEP = """
select c.id from customers_customer c where {fits} and c.merged_into_id is null and c.erased_at is null {unless} limit %(value_most)s
"""
_WORDS = "customers_words(c.search_text, c.site_id, c.team_id, c.owner_id) @@ %(value_{name})s::tsquery"
_HAS_ONE = "string_to_array(c.search_text, ' ') && %(value_{name})s::text[]"


_IN_ORDER = """
select c.id from unnest(%(value_low)s::text[], %(value_high)s::text[]) p(low, high) cross join lateral (
  select * from customers_customer k where left(k.search_text, 100) ~>=~ p.low and left(k.search_text, 100) ~<~ p.high
    and k.merged_into_id is null and k.erased_at is null limit %(value_most)s) c {visible} limit %(value_most)s
"""


def _by_words(typed: Typed, meanings: Meanings, visible: str) -> Iterator[Part]:
    """
    From the strictest question to the loosest, leaving out those a looser one answers as well. Each is asked only if those before
    it found too few. The last leaves out a word, and is asked only if nobody has them all.
    """
    words = [list(one.values()) for one in meanings.words]
    if not words:
        return
    beginnings = _names_in_order(typed, meanings)
    first = 1 if beginnings else 0
    if beginnings:
        rule = "where customers_words('', c.site_id, c.team_id, c.owner_id) @@ %(visible)s::tsquery" if visible else ""
        given = {"_low": beginnings, "_high": [one + _LAST for one in beginnings], "_most": ENOUGH}
        yield _IN_ORDER.format(visible=rule), given
    levels = [
        [[m for m in one if m.distance == 0] for one in words],
        [[m for m in one if m.how is How.EXACT] for one in words],
        [[m for m in one if m.distance < 1.5] for one in words],
        [[m for m in one if m.distance < 2.5] for one in words],
        words,
    ]
    asked = [level for place, level in enumerate(levels) if all(level) and level not in levels[:place]]
    asked = [
        groups
        for place, groups in enumerate(asked)
        if groups is asked[-1] or _expected(asked[place + 1], meanings.customers) >= ENOUGH
    ]
    for place, groups in enumerate(asked):
        yield _step(groups, meanings.customers, visible, after=place + first, enough=ENOUGH)
    if len(words) > 1 and not typed.addresses:
        gaps = [[*words[:gap], *words[gap + 1 :]] for gap in range(len(words))]
        question = " | ".join(f"({_question(groups, visible)})" for groups in gaps if all(groups))
        if question:
            sql = _STEP.format(fits=_WORDS.format(name="some"), unless=_unless(len(asked) + first, 1))
            yield sql, {"_some": question, "_most": MOST_OF_SOME_WORDS}


def _names_in_order(typed: Typed, meanings: Meanings) -> list[str]:
    """How the names begin that are likeliest meant, their words in the order in which they were typed."""
    chosen: list[list[str]] = []
    for spelled, options in zip(typed.words, meanings.words, strict=True):
        named = [one for word, one in options.items() if word[0] not in CITY + STREET and one.how is not How.BEGINS]
        nearest = sorted(named, key=lambda one: (one.distance, -one.customers))[:LIKELIEST]
        words = [one.word for one in nearest if one.distance < nearest[0].distance + AS_LIKELY]
        is_last = len(chosen) == len(typed.words) - 1
        chosen.append(words or ([*spelled] if is_last and typed.last_is_open else []))
    # A word that is twice in a name stands once among the words it is found by.
    return [" ".join(dict.fromkeys(words)) for words in islice(product(*chosen), MOST_BEGINNINGS)]


def _step(groups: Sequence[Sequence[Meaning]], customers: int, visible: str, *, after: int, enough: int) -> Part:
    """
    Who has one word of each group. The index is asked for the rarest, until few rows need be looked through for the others before
    there are enough: reading its long lists of common words is what takes time.
    """
    fits: list[str] = []
    values: dict[str, Any] = {"_most": MOST}
    rarest_first = sorted(map(_plenty, groups) if len(groups) == 1 else groups, key=_size)
    shares = [min(1.0, _size(group) / customers) for group in rarest_first]
    for number, group in enumerate(rarest_first):
        looked_through = min(customers * prod(shares[:number]), MOST / prod(shares[number:]))
        if number == 0 or looked_through > LOOKED_THROUGH or any(one.is_open for one in group):
            fits.append(_WORDS.format(name=number))
            values[f"_{number}"] = " | ".join(map(_asked, group))
        else:
            fits.append(_HAS_ONE.format(name=number))
            values[f"_{number}"] = [one.word for one in group]
    if visible:
        fits.append(_WORDS.format(name="visible"))
        values["_visible"] = visible
    return _STEP.format(fits=" and ".join(fits), unless=_unless(after, enough)), values


def _plenty(group: Sequence[Meaning]) -> list[Meaning]:
    """Of one word typed alone, as many of its meanings, nearest first, as many more customers have than are looked at."""
    kept: list[Meaning] = []
    for one in sorted(group, key=lambda one: (one.distance, -one.customers)):
        if _size(kept) >= PLENTY:
            break
        kept.append(one)
    return kept


def _unless(steps: int, enough: int) -> str:
    """Ask only if the steps before found fewer than enough."""
    found = " + ".join(f"(select count(*) from step{number})" for number in range(steps))  # noqa: S608
    return f"and {found} < {enough}" if found else ""


def _size(group: Sequence[Meaning]) -> int:
    return sum(one.customers for one in group)


def _expected(groups: Sequence[Sequence[Meaning]], customers: int) -> float:
    """How many customers a question will find, were their words independent."""
    return customers * prod(min(1.0, _size(group) / customers) for group in groups)


def _question(groups: Sequence[Sequence[Meaning]], visible: str) -> str:
    """All groups, one meaning of each, as a `tsquery`. Words hold letters and figures only, and their marks."""
    asked = [" | ".join(map(_asked, group)) for group in groups]
    return " & ".join(f"({one})" for one in (*asked, *([visible] if visible else [])))


def _asked(one: Meaning) -> str:
    return f"'{one.word}'" + (":*" if one.is_open else "")
