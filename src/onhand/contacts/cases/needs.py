"""
Why cases need somebody: something is late or about to be, a promise was broken, a reminder came up, the customer waits for an answer,
or nobody looks after it. What `work` lists for one person, this says of cases, whoever's they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onhand.kernel.database import run_prepared

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class Why(StrEnum):
    """What a case needs somebody for, the gravest first."""

    PROMISE = "promise"
    HANDED_UP = "handed_up"
    LATE = "late"
    REMINDER = "reminder"
    ANSWER = "answer"
    NOBODY = "nobody"
    DUE = "due"


WORDS: "dict[Why, _StrOrPromise]" = {
    Why.PROMISE: _("A promise was broken"),
    Why.HANDED_UP: _("Handed up, since it is late"),
    Why.LATE: _("Late"),
    Why.REMINDER: _("A reminder came up"),
    Why.ANSWER: _("The customer waits for an answer"),
    Why.NOBODY: _("Nobody looks after it"),
    Why.DUE: _("Due soon"),
}
_RUNS = "d.met_at is null and d.stopped_at is null"
# The contacts in writing of the case whose clock this is.
_WRITTEN = """select from contacts_contact x where x.last_message_at is not null and x.id in (
  select y.contact_id from contacts_casecontact y where y.case_id = d.case_id
  union all select z.id from contacts_contact z where z.case_id = d.case_id)"""
# Of each reason: the case, since when, and where it is found. Where a contact of the case is to be answered, that one is the work.
_SOURCES = {
    Why.PROMISE: (
        "p.case_id",
        "p.broken_at",
        """contacts_promise p
      where p.kept_at is null and p.called_off_at is null and p.broken_at is not null and p.case_id is not null""",
    ),
    Why.LATE: ("d.case_id", "d.due_at", f"contacts_caseclock d where {_RUNS} and d.broken_at is not null"),
    Why.REMINDER: ("n.case_id", "n.due_at", "contacts_reminder n where n.done_at is null and n.came_up_at is not null"),
    Why.ANSWER: (
        "d.case_id",
        "d.started_at",
        f"""contacts_caseclock d where {_RUNS} and d.kind in ('first_reply', 'next_reply')
        and (d.kind = 'next_reply' or exists ({_WRITTEN} and x.direction = 'inbound'))
        and not exists ({_WRITTEN} and x.ended_at is null and x.needs_answer and x.waiting_until is null)""",
    ),
    Why.NOBODY: (
        "k.id",
        "k.opened_at",
        "contacts_case k where k.closed_at is null and k.owner_id is null and k.state = 'open'",
    ),
    Why.DUE: (
        "d.case_id",
        "d.warned_at",
        f"contacts_caseclock d where {_RUNS} and d.broken_at is null and d.paused_at is null and d.warned_at is not null",
    ),
}
_NEEDS = " union all ".join(
    f"select {case} as id, '{why}' as why, {since} as since from {source} and {case} = any(%(cases)s)"  # noqa: S608
    for why, (case, since, source) in _SOURCES.items()
)
_OPEN_NEEDS = f"""
select n.id, case when n.why = 'late' and k.owner_id is not null and exists (select from contacts_caseescalation e
    where e.case_id = k.id and e.clock_id is not null and e.to_id = k.owner_id) then 'handed_up' else n.why end, min(n.since)
from ({_NEEDS}) n join contacts_case k on k.id = n.id and k.closed_at is null group by 1, 2
"""  # noqa: S608  (texts of our own)
# The next so many by number, of each source from its own index.
_EACH = " union all ".join(
    f"(select {case} as id from {source} and {case} > %(after)s order by 1 limit %(most)s)"  # noqa: S608
    for case, _since, source in _SOURCES.values()
)
NEXT = f"select distinct id from ({_EACH}) n order by id limit %(most)s"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Need:
    """One reason, and since when."""

    why: Why
    since: datetime


def read_needs(case_ids: Sequence[int]) -> dict[int, list[Need]]:
    """Why each of these cases needs somebody now, the gravest reason first; nothing for those that do not, or are closed."""
    found: dict[int, list[Need]] = {}
    for case_id, why, since in run_prepared(_OPEN_NEEDS, {"cases": list(case_ids)}) if case_ids else ():
        found.setdefault(case_id, []).append(Need(Why(why), since))
    order = list(Why)
    return {case_id: sorted(needs, key=lambda one: order.index(one.why)) for case_id, needs in found.items()}


def next_needing(after: int, most: int) -> list[int]:
    """Numbers of the next cases, above this one, that may need somebody; of a closed one, that something of it was left open."""
    return [row[0] for row in run_prepared(NEXT, {"after": after, "most": most})]


def words(needs: Sequence[Need]) -> str:
    """The reasons for people, at most two."""
    return " · ".join(str(WORDS[one.why]) for one in needs[:2])
