"""Rates: how often somebody may ask, counted in one place for all processes and machines."""

import math
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

_TAKE = """
insert into kernel_ratebucket as b (key, level, filled_at) values (%(key)s, %(burst)s - 1, clock_timestamp())
on conflict (key) do update set
  level = least(%(burst)s, b.level + %(per_second)s * extract(epoch from (clock_timestamp() - b.filled_at))) - 1,
  filled_at = clock_timestamp()
where least(%(burst)s, b.level + %(per_second)s * extract(epoch from (clock_timestamp() - b.filled_at))) >= 1
returning 1
"""
_WAIT = """
select (1 - level) / %(per_second)s - extract(epoch from (clock_timestamp() - filled_at))
from kernel_ratebucket where key = %(key)s
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `burst` at once, and `per_second` on average over time."""

    burst: int
    per_second: float

    @classmethod
    def per_minute(cls, count: int) -> "Rate":
        """`count` a minute on average, all of them at once if need be."""
        return cls(burst=count, per_second=count / 60)


def take(key: str, rate: Rate) -> int:
    """
    Count one request of `key` and return 0, or return the whole seconds to wait where the rate is used up. A refused request
    counts nothing. Atomic: many processes asking at the same instant never get more than the rate.
    """
    given: dict[str, str | float] = {"key": key, "burst": rate.burst, "per_second": rate.per_second}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, given)
        if cursor.fetchone():
            return 0
        cursor.execute(_WAIT, given)
        row = cursor.fetchone()
    return max(1, math.ceil(row[0])) if row else 1


def forget_unused(older_than: timedelta = timedelta(days=1)) -> int:
    """Remove buckets nobody has drawn from for so long that they are full again; returns how many."""
    with connection.cursor() as cursor:
        seconds = older_than.total_seconds()
        cursor.execute(
            "delete from kernel_ratebucket where filled_at < clock_timestamp() - make_interval(secs => %s)", [seconds]
        )
        return int(cursor.rowcount)
