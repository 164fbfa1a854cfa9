"""Somebody found on the floor by a part of their name, whatever their team: at most a page."""

from datetime import datetime

from onhand.kernel.actor import Actor
from onhand.routing.access import WATCH, visible_seats
from onhand.routing.floor import HELD, PERSON, Somebody, condition, like, read_json, somebody
from onhand.routing.withholding import why_withheld

MOST_FOUND = 60
_FOUND = f"""
select coalesce(json_agg({PERSON} order by s.name, s.id), '[]')::text
from (select r.id, r.name, s.state, s.reason_id, s.state_since, s.state_until, s.load, s.capacity, s.idle_since
  from routing_seat s join staff_representative r on r.id = s.representative_id and r.is_active
  where {{seen}} and r.name ilike %s order by r.name, r.id limit %s) s {HELD}
"""  # noqa: S608  (texts of our own)


def find_people(actor: Actor, at: datetime, typed: str) -> list[Somebody]:
    """Those this actor watches whose name has what was typed in it, by name; nobody where nothing was."""
    if not actor.may(WATCH) or not typed.strip():
        return []
    seen, given = condition(visible_seats(actor), "s.representative_id")
    found = read_json(_FOUND.replace("{seen}", seen), [*given, like(typed), MOST_FOUND])
    withheld = why_withheld([one["id"] for one in found], at)
    return [somebody(one, withheld) for one in found]
