"""
What people can and may, read for many at once: skills, languages and licences that are valid at a moment, as attributes with levels.

The attributes are ``skill:<key>``, ``language:<code>``, ``licence:<kind>:<jurisdiction>`` and ``licence:<kind>`` for whoever has one
anywhere. A licence counts as level 5.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from onhand.kernel.database import run_prepared
from onhand.kernel.hints import send_after_commit

LOWEST, HIGHEST = 1, 5

_VALID = "(begins_at is null or begins_at <= %(at)s) and (ends_at is null or ends_at > %(at)s)"
# By attribute and level, not by person: a few hundred rows with many people each are read several times as fast as many people.
_ATTRIBUTES = f"""
select name, level, array_agg(representative_id) from (
  select l.representative_id, 'skill:' || s.key as name, l.level
  from staff_skilllevel l join staff_skill s on s.id = l.skill_id and s.is_active
  where l.representative_id = any(%(people)s) and {_VALID}
  union all
  select representative_id, 'language:' || language, level from staff_languagelevel
  where representative_id = any(%(people)s) and {_VALID}
  union all
  select l.representative_id, n.name, {HIGHEST}
  from staff_licence l join staff_licencekind k on k.id = l.kind_id and k.is_active
  cross join lateral (values ('licence:' || k.key), ('licence:' || k.key || ':' || l.jurisdiction)) n (name)
  where l.representative_id = any(%(people)s) and {_VALID}
) a group by 1, 2"""  # noqa: S608  (our own text)

_TABLES = ("staff_skilllevel", "staff_languagelevel", "staff_licence")
_NEXT = "select least({})".format(
    ", ".join(
        f"(select min({moment}) from {table} where {moment} > %(at)s)"  # noqa: S608  (our own text)
        for table in _TABLES
        for moment in ("begins_at", "ends_at")
    )
)
_WHOSE = " union ".join(
    f"select representative_id from {table} where {moment} > %(after)s and {moment} <= %(until)s"  # noqa: S608  (our own text)
    for table in _TABLES
    for moment in ("begins_at", "ends_at")
)


def validity(first: date | None, last: date | None, zone: ZoneInfo) -> dict[str, Any]:
    """The fields of an ability that is valid on these days: the days, and the moments they begin and end in a time zone."""
    return {
        "valid_from": first,
        "valid_until": last,
        "begins_at": datetime.combine(first, time(), zone) if first else None,
        "ends_at": datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
    }


def tell_router(people: Iterable[int]) -> None:
    """After the commit, let the router read anew what these people can and may."""
    send_after_commit(*(f"route:seat:{person}" for person in people))


def attributes_of(people: Collection[int], at: datetime) -> dict[int, dict[str, int]]:
    """
    What each of these people can and may at a moment: attribute → level. Whoever can nothing has an empty entry. One statement,
    whatever their number.
    """
    found: dict[int, dict[str, int]] = {person: {} for person in people}
    if found:
        for name, level, having in run_prepared(_ATTRIBUTES, {"people": list(found), "at": at}):
            for person in having:
                found[person][name] = level
    return found


def next_change(at: datetime) -> datetime | None:
    """The next moment after this one at which a validity begins or ends, whoever's; None if there is none."""
    ((moment,),) = run_prepared(_NEXT, {"at": at})
    return moment if isinstance(moment, datetime) else None


def whose_changed(after: datetime, until: datetime) -> list[int]:
    """The people for whom a validity begins or ends after the first moment and not after the second."""
    return sorted(person for (person,) in run_prepared(_WHOSE, {"after": after, "until": until}))
