"""
The timeline of a customer's file: what happened, newest first, from as many sources as there are apps that know of something.

A `Source` says where the rows of one kind are; everything else (merged customers, order, pages, filters, search) follows from it.
Each source gives at most a page for each member of the file, from its own index, so the length of the file does not matter.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from onhand.customers.finding.words import fold
from onhand.customers.identification.level import NOBODY, Reached
from onhand.customers.membership import MEMBERS
from onhand.customers.protection import protect_entry
from onhand.kernel.acts import all_acts
from onhand.kernel.database import run_prepared
from onhand.kernel.fields import LARGEST_INTEGER

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PAGE = 20
LOOKED_AT = 2_000  # entries of each kind and member that one search by words looks at
MOST_WORDS = 6
LONGEST_WORDS = 200  # characters


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `said` is text as somebody wrote it; `data` is what else its source gives."""

    kind: str
    id: int
    at: datetime
    by: str
    said: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """Where the next page goes on."""
        return write_mark(self.at, self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Telling:
    """An entry in words. `facts` are (term, value) lines; `badges` (words, tone) with tone good, warn, bad, info or nothing."""

    headline: str
    said: str = ""
    icon: str = ""
    facts: Sequence[tuple[str, str]] = ()
    badges: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """
    Entries of one kind. `rows` is a table with its alias; the other texts are SQL expressions over that alias, and `of` is the
    condition that binds a row to `m.id`, a member of the file. There must be an index on what `of` compares, then at, then id.

    `searched` is the text in which words are looked for: nothing that needs an identified customer may be in it. `instead_of`
    names acts whose record this source tells of better; their records are left out.
    """

    kind: str
    label: "_StrOrPromise"
    order: int
    rows: str
    of: str
    at: str
    id: str
    by: str
    said: str
    data: str
    searched: str
    tell: Callable[[Entry], Telling]
    instead_of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a timeline: of these kinds (none: all), from `since` up to but without `until`, with all these words."""

    kinds: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Entries, and the mark where the next page goes on ("" at the end). `looked_back_to`: a search looked no further than this."""

    entries: Sequence[Entry]
    next: str = ""
    looked_back_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """
    A query that gives one page as JSON, over a relation `members` with the column id, and its named parameters. Their names begin with
    `timeline_`, so that it can be a part of a larger statement.
    """

    sql: str
    parameters: Mapping[str, Any]


_sources: dict[str, Source] = {}


def register_source(source: Source) -> Source:
    """Make a kind of entries part of every timeline."""
    _sources[source.kind] = source
    return source


def forget_source(kind: str) -> None:
    """Take a kind out again: for tests that define their own."""
    _sources.pop(kind, None)


def all_sources() -> list[Source]:
    """Every source, in the order of their filters."""
    return sorted(_sources.values(), key=lambda source: (source.order, source.kind))


def tell(entry: Entry) -> Telling:
    """An entry in the reader's words."""
    return _sources[entry.kind].tell(entry)


def write_mark(at: datetime, kind: str, entry_id: int) -> str:
    """The place of an entry in the order of the timeline, as text for an address."""
    return f"{at.astimezone(UTC).isoformat()}~{kind}~{entry_id}"


def read_mark(text: str) -> tuple[datetime, str, int] | None:
    """The parts of a mark; None for anything else."""
    parts = text.split("~")
    if len(parts) != 3 or parts[1] not in _sources or not (parts[2].isascii() and parts[2].isdigit()):
        return None
    try:
        at = datetime.fromisoformat(parts[0])
    except ValueError:
        return None
    number = int(parts[2][:19])
    return (at, parts[1], number) if at.tzinfo is not None and number <= LARGEST_INTEGER else None


def read_timeline(
    customer_id: int, *, reader: Reached = NOBODY, wanted: Wanted = EVERYTHING, before: str = "", limit: int = PAGE
) -> TimelinePage:
    """
    One page of the timeline of a customer that is not merged into another, in one statement. `before` is the mark of the last
    entry already shown, or `next` of the page before. Whoever calls has read the file before, which checks that it may be seen,
    and gives what the file says was reached as `reader`.
    """
    statement = timeline_statement(wanted, before=before, limit=limit)
    if statement is None:
        return TimelinePage([])
    sql = f"with members as materialized ({MEMBERS}) select ({statement.sql})"
    ((found,),) = run_prepared(sql, {"customer": customer_id, **statement.parameters})
    return page_of(found, limit, reader)


def timeline_statement(wanted: Wanted = EVERYTHING, *, before: str = "", limit: int = PAGE) -> Statement | None:
    """The statement behind one page, for statements that read more with it. None if no kind is wanted that there is."""
    mark = read_mark(before)
    words = fold(wanted.words.replace("\0", "")[:LONGEST_WORDS]).split()[:MOST_WORDS]
    sources = [source for source in all_sources() if not wanted.kinds or source.kind in wanted.kinds]
    if not sources:
        return None
    parameters: dict[str, Any] = {"timeline_limit": limit + 1}
    if mark:
        parameters |= {"timeline_at": mark[0], "timeline_id": mark[2]}
    if wanted.since:
        parameters["timeline_since"] = wanted.since
    if wanted.until:
        parameters["timeline_until"] = wanted.until
    if words:
        parameters |= {"timeline_words": [f"%{_literally(word)}%" for word in words], "timeline_look": LOOKED_AT}
    if any(source.kind == "act" for source in sources):
        parameters["timeline_told"] = sorted({act for source in _sources.values() for act in source.instead_of})
        if words:
            parameters["timeline_labels"] = json.dumps({act.name: str(act.label) for act in all_acts()})
    parts = [_part(source, mark, wanted, bool(words)) for source in sources]
    joined = " union all ".join(f"({part})" for part in parts)
    return Statement((_FOUND if words else _NEWEST).format(parts=joined), parameters)


def page_of(found: Any, limit: int, reader: Reached = NOBODY) -> TimelinePage:
    """The page that a statement's JSON holds, made with the same limit, as this reader may see it."""
    given = json.loads(found) if isinstance(found, str) else found
    entries = [
        protect_entry(Entry(kind, number, datetime.fromisoformat(at), by, said, data), reader)
        for kind, number, at, by, said, data in given["entries"]
    ]
    if len(entries) > limit:
        return TimelinePage(entries[:limit], entries[limit - 1].mark)
    if given["horizon"]:
        at, kind, number = given["horizon"]
        reached = datetime.fromisoformat(at)
        return TimelinePage(entries, write_mark(reached, kind, number), reached)
    return TimelinePage(entries)


_COLUMNS = "json_build_array(t.kind, t.id, t.at, t.by, t.said, t.data)"
_ORDER = "t.at desc, t.kind desc, t.id desc"
_NEWEST = f"""select json_build_object('horizon', null, 'entries', coalesce(json_agg({_COLUMNS} order by {_ORDER}), '[]'))
from (select * from ({{parts}}) t order by {_ORDER} limit %(timeline_limit)s) t"""  # noqa: S608  (texts of our own)

# A search looks at so many entries of each kind. Below the first of these ends it cannot know what it left out, so it stops there.
_FOUND = f"""with looked as materialized ({{parts}}),
horizon as (select t.at, t.kind, t.id from looked t where t.n = %(timeline_look)s order by {_ORDER} limit 1)
select json_build_object(
  'horizon', (select json_build_array(h.at, h.kind, h.id) from horizon h),
  'entries', (select coalesce(json_agg({_COLUMNS} order by {_ORDER}), '[]') from (
    select t.* from looked t left join horizon h on true
    where t.fits and (h.at is null or (t.at, t.kind, t.id) >= (h.at, h.kind, h.id))
    order by {_ORDER} limit %(timeline_limit)s) t))"""  # noqa: S608

_ACCENTED = "áàâäãåāçéèêëēíìîïīñóòôöõōøúùûüūýÿ"
_PLAIN = "aaaaaaaceeeeeiiiiinooooooouuuuuyy"


def _part(source: Source, mark: tuple[datetime, str, int] | None, wanted: Wanted, by_words: bool) -> str:
    """The newest rows of one source for each member, from its index."""
    conditions = [source.of, *_earlier(source, mark)]
    if wanted.since:
        conditions.append(f"{source.at} >= %(timeline_since)s")
    if wanted.until:
        conditions.append(f"{source.at} < %(timeline_until)s")
    columns = (
        f"""'{source.kind}'::text collate "C" as kind, {source.id} as id, {source.at} as at, {source.by} as by, """
        f"{source.said} as said, {source.data} as data"
    )
    order = f"order by {source.at} desc, {source.id} desc"
    limit = "%(timeline_limit)s"
    if by_words:
        folded = f"translate(lower({source.searched}), '{_ACCENTED}', '{_PLAIN}')"
        columns += f", {folded} like all(%(timeline_words)s) as fits, row_number() over ({order}) as n"
        limit = "%(timeline_look)s"
    inner = f"select {columns} from {source.rows} where {' and '.join(conditions)} {order} limit {limit}"  # noqa: S608  (texts of our own)
    return f"select e.* from members m cross join lateral ({inner}) e"  # noqa: S608


def _earlier(source: Source, mark: tuple[datetime, str, int] | None) -> Iterable[str]:
    """What comes after the mark in the order (at, kind, id), newest first, said so that the index serves it."""
    if mark is None:
        return
    if source.kind < mark[1]:
        yield f"{source.at} <= %(timeline_at)s"
    elif source.kind > mark[1]:
        yield f"{source.at} < %(timeline_at)s"
    else:
        yield f"({source.at}, {source.id}) < (%(timeline_at)s, %(timeline_id)s)"


def _literally(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _tell_note(entry: Entry) -> Telling:
    return Telling(str(_("Note")), said=entry.said, icon="note")


def _tell_act(_entry: Entry) -> Telling:
    return Telling("", icon="act")  # the page says what acts are called and what they changed


register_source(
    Source(
        kind="note",
        label=_("Notes"),
        order=40,
        rows="customers_note n",
        of="n.customer_id = m.id",
        at="n.created_at",
        id="n.id",
        by="n.author_name",
        said="n.text",
        data="jsonb_build_object('contact', n.contact_id)",
        searched="n.text || ' ' || n.author_name",
        tell=_tell_note,
        instead_of=frozenset({"customers.add_note"}),
    )
)
register_source(
    Source(
        kind="act",
        label=_("Acts"),
        order=50,
        rows="kernel_actrecord r",
        of="r.subject_type = 'customer' and r.subject_id = m.id and r.act <> all(%(timeline_told)s)",
        at="r.at",
        id="r.id",
        by="r.actor_name",
        said="''::text",
        data="jsonb_build_object('act', r.act, 'before', r.before, 'after', r.after, 'decision', r.decision)",
        # Not what was changed: whoever may not see a number could else find it by guessing.
        searched="coalesce(%(timeline_labels)s::jsonb ->> r.act, r.act) || ' ' || r.actor_name",
        tell=_tell_act,
    )
)
