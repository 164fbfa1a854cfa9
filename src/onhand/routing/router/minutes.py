"""What each minute was like in each queue: written once, when it is over, from what is stored."""

from datetime import datetime, timedelta

from onhand.kernel.database import run_prepared
from onhand.routing.router.picture import Picture

MOST_MISSING = 60  # minutes written afterwards, when nobody led for a while
_WRITE = """
with q as (select * from unnest(%(queues)s::bigint[], %(answers)s::int[], %(free)s::int[], %(present)s::int[])
    as q(id, answer, free, present)),
came as (select queue_id, count(*) as came from routing_workitem
    where created_at >= %(from)s and created_at < %(until)s group by 1),
taken as (select d.queue_id, count(*) as taken, count(*) filter (where i.waited_seconds <= q.answer) as in_time
    from q join routing_routingdecision d on d.queue_id = q.id and d.at >= %(from)s and d.at < %(until)s
      and d.what in ('accepted', 'given', 'taken', 'assigned', 'resumed', 'ended')
    join routing_workitem i on i.id = d.item_id and i.first_taken_at = d.at group by 1),
ended as (select i.queue_id, count(*) as ended, count(*) filter (where i.ended_why = 'abandoned') as given_up,
    count(*) filter (where i.ended_why = 'abandoned' and i.ended_at - i.created_at <= make_interval(secs => q.answer)) as in_time
    from q join routing_workitem i on i.queue_id = q.id and i.state = 'ended' and i.ended_at >= %(from)s and i.ended_at < %(until)s
    group by 1),
waits as (select i.queue_id, count(*) as waiting, min(i.since) as oldest from q
    join routing_workitem i on i.queue_id = q.id and i.state = 'waiting' and (i.opens_at is null or i.opens_at <= %(until)s) group by 1)
insert into routing_queueminute (queue_id, at, came, taken, taken_in_time, given_up, given_up_in_time, ended, waiting, oldest_seconds,
  free, present)
select q.id, %(from)s, coalesce(c.came, 0), coalesce(t.taken, 0), coalesce(t.in_time, 0), coalesce(e.given_up, 0),
  coalesce(e.in_time, 0), coalesce(e.ended, 0), coalesce(w.waiting, 0),
  greatest(0, coalesce(extract(epoch from %(until)s::timestamptz - w.oldest), 0))::int, q.free, q.present
from q left join came c on c.queue_id = q.id left join taken t on t.queue_id = q.id left join ended e on e.queue_id = q.id
left join waits w on w.queue_id = q.id
on conflict do nothing
"""
_LAST = "select max(at) from routing_queueminute"


class Minutes:
    """Writes the figures of each minute that is over. After a pause, when nobody led, the minutes missed are written as far as is known."""

    def __init__(self) -> None:
        self._next: datetime | None = None

    def write_due(self, picture: Picture, at: datetime) -> int:
        """Write the minutes that are over and not written; how many there were."""
        this = at.replace(second=0, microsecond=0)
        if self._next is None:
            ((last,),) = run_prepared(_LAST)
            begins = this if last is None else last + timedelta(minutes=1)
            self._next = max(begins, this - timedelta(minutes=MOST_MISSING))
        count = 0
        present, free = picture.presence() if self._next < this else ({}, {})
        rows = [row for row in picture.queues.values() if row.is_active]
        while self._next < this:
            begins, self._next = self._next, self._next + timedelta(minutes=1)
            parameters = {
                "queues": [row.id for row in rows],
                "answers": [row.plan.answer_seconds for row in rows],
                "free": [free.get(row.id, 0) for row in rows],
                "present": [present.get(row.id, 0) for row in rows],
                "from": begins,
                "until": self._next,
            }
            run_prepared(_WRITE, parameters)
            count += 1
        return count
