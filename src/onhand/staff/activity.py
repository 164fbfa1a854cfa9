"""What people did lately, for who leads them: counted from the newest records backwards, so that a long history costs nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models.expressions import RawSQL

from onhand.kernel.actor import Actor
from onhand.staff import access

MOST_COUNTED = 200  # records looked at for each person; who did more did "200 or more"
MOST_PEOPLE = 60

_NEWEST = """(select {what} from (
  select a.at from kernel_actrecord a
  where a.actor_kind = staff_representative.kind and a.actor_id = staff_representative.id order by a.id desc limit %s) newest
where newest.at >= %s)"""


@dataclass(frozen=True, slots=True)
class Activity:
    """How many acts somebody did since a time (at most MOST_COUNTED), and when the last was."""

    id: int
    name: str
    acts: int
    last_at: datetime | None


def colleagues_since(actor: Actor, since: datetime) -> list[Activity]:
    """The active colleagues this actor may read records of, the busiest first; empty without that permission. One statement."""
    if not (actor.may(access.VIEW_RECORDS) and actor.may(access.VIEW)):
        return []
    given = [MOST_COUNTED, since]
    people = (
        access.visible_representatives(actor)
        .filter(is_active=True)
        .exclude(pk=actor.id or 0)
        .annotate(
            acts=RawSQL(_NEWEST.format(what="count(*)"), given),  # noqa: S611  (our own text)
            last_at=RawSQL(_NEWEST.format(what="max(newest.at)"), given),  # noqa: S611
        )
        .order_by("-acts", "name", "pk")
    )
    return [Activity(*row) for row in people.values_list("pk", "name", "acts", "last_at")[:MOST_PEOPLE]]
