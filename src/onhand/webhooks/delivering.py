"""
Delivering: taken by one statement, sent outside of any transaction, noted by another. Whoever is killed in between leaves a delivery
that somebody takes again when its time as taken is over: a message may come twice, under one id, and none is lost.

Messages on one subject go to an endpoint in order: a later one waits until the earlier was delivered or given up. An endpoint that fails
several times in a row is asked more rarely, one message at a time; one that fails for days is switched off, and says so.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

from onhand.kernel.actor import system_actor
from onhand.kernel.errors import ActError
from onhand.kernel.hints import send_after_commit
from onhand.kernel.locked_texts import CannotUnlock, unlock_text
from onhand.kernel.outside import Answer, Limits, NotAllowed, Unreachable, request
from onhand.kernel.perform import perform
from onhand.webhooks.enums import DeliveryState, EndpointState
from onhand.webhooks.models import Attempt, Delivery, Endpoint, EndpointHealth
from onhand.webhooks.payloads import EventIsGone, message_body, message_id
from onhand.webhooks.signing import headers_for

Clock = Callable[[], datetime]
SECRET = "webhooks.secret"  # noqa: S105  (what the secret is locked for)
LIMITS = Limits(seconds=15, connect_seconds=5, most_bytes=1_000)
TAKEN = timedelta(seconds=60)  # longer than a try can take
AT_ONCE = 4  # tries at one endpoint
PROBING_AFTER = 5  # failures in a row
LONGEST_PROBE_PAUSE = timedelta(minutes=5)
# After the first try fails, then the second …: three days in all. Each is lengthened or shortened by up to a fifth.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 50_400, 50_400, 50_400)
)
JITTER = 0.2
GIVEN_UP_AFTER = timedelta(
    days=4
)  # the pauses and what an endpoint that fails holds up; also in the trigger that makes deliveries
SWITCHED_OFF_AFTER = timedelta(days=3)
log = structlog.get_logger("onhand.webhooks")

_WITH_WORK = """
select e.id, coalesce(h.failures, 0) from webhooks_endpoint e left join webhooks_endpointhealth h on h.endpoint_id = e.id
where e.state = 'on' and (h.not_before is null or h.not_before <= %(now)s) and exists (
  select from webhooks_delivery d where d.endpoint_id = e.id and d.state = 'waiting' and d.due_at <= %(now)s)
order by e.id
"""
_TAKE = """
update webhooks_delivery t set taken_until = %(until)s, attempts = t.attempts + 1
from (
  select d.id from webhooks_delivery d
  where d.endpoint_id = %(endpoint)s and d.state = 'waiting' and d.due_at <= %(now)s
    and (d.taken_until is null or d.taken_until <= %(now)s)
    and not exists (
      select from webhooks_delivery p
      where p.endpoint_id = d.endpoint_id and p.order_key = d.order_key and p.state = 'waiting' and p.id < d.id)
  order by d.due_at, d.id limit %(most)s for no key update skip locked) h
where t.id = h.id returning t.id
"""
_OLD = """
select d.id from webhooks_endpoint e join webhooks_delivery d on d.endpoint_id = e.id
where d.ended_at < %s - make_interval(days => e.log_days) limit %s for update of d skip locked
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one try. `problem` is empty if the message was taken; `wait` is what the receiver asked for."""

    url: str
    body: str
    milliseconds: int
    status: int | None = None
    answer: str = ""
    problem: str = ""
    wait: timedelta | None = None


def take(now: datetime, room: Callable[[int], int], most: int) -> list[int]:
    """Take up to `most` deliveries whose turn it is, at an endpoint no more than `room(endpoint)`."""
    found: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute(_WITH_WORK, {"now": now})
        endpoints = cursor.fetchall()
    random.shuffle(endpoints)  # none of them always comes first
    for endpoint, failures in endpoints:
        free = min(room(endpoint), most - len(found))
        if failures >= PROBING_AFTER:
            free = min(free, 1 - (AT_ONCE - room(endpoint)))
        if free > 0:
            with connection.cursor() as cursor:
                cursor.execute(_TAKE, {"now": now, "until": now + TAKEN, "endpoint": endpoint, "most": free})
                found += [pk for (pk,) in cursor.fetchall()]
        if len(found) >= most:
            break
    return found


def deliver(delivery_id: int, clock: Clock) -> None:
    """Try one delivery that was taken, and note what became of it."""
    delivery = Delivery.objects.select_related("endpoint").filter(pk=delivery_id, state=DeliveryState.WAITING).first()
    if delivery is None or delivery.endpoint.state != EndpointState.ON:
        return
    at = clock()
    tried = _try(delivery, at)
    _note(delivery, tried, at, clock())


def _try(delivery: Delivery, at: datetime) -> Tried:
    endpoint, began = delivery.endpoint, time.monotonic()
    try:
        body = message_body(delivery)
        headers = headers_for(message_id(delivery), at, body, secrets_of(endpoint, at))
    except EventIsGone:
        return Tried(endpoint.url, "", 0, problem="the event is gone")
    except CannotUnlock:
        return Tried(endpoint.url, "", 0, problem="the secret cannot be unlocked with this installation's key")
    headers |= {"Content-Type": "application/json", "User-Agent": "Onhand-Webhooks/1"}
    try:
        answer = request("POST", endpoint.url, headers=headers, content=body, limits=LIMITS)
    except Unreachable as error:
        kind = "not allowed" if isinstance(error, NotAllowed) else "not reached"
        return Tried(endpoint.url, body.decode(), _since(began), problem=f"{kind}: {error}"[:300])
    said = answer.content.decode("utf-8", "replace").replace("\x00", "�")
    problem = "" if 200 <= answer.status < 300 else _refused(answer)
    return Tried(endpoint.url, body.decode(), _since(began), answer.status, said, problem, _asked_to_wait(answer))


def _refused(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"answered {answer.status}: redirects are not followed"
    return "answered 410: the receiver is gone for good" if answer.status == 410 else f"answered {answer.status}"


def _asked_to_wait(answer: Answer) -> timedelta | None:
    said = answer.headers.get("retry-after", "")
    return timedelta(seconds=min(int(said), 3_600)) if said.isascii() and said.isdigit() and len(said) < 8 else None


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1_000)


def secrets_of(endpoint: Endpoint, at: datetime) -> list[str]:
    """The secrets valid now, the newer first. Raises CannotUnlock."""
    valid = [unlock_text(endpoint.secret, SECRET)]
    if endpoint.old_secret and endpoint.old_secret_until and endpoint.old_secret_until > at:
        valid.append(unlock_text(endpoint.old_secret, SECRET))
    return valid


def _note(delivery: Delivery, tried: Tried, at: datetime, now: datetime) -> None:
    """Write down what was tried, when it is tried again, and how the endpoint is."""
    endpoint = delivery.endpoint
    with transaction.atomic():
        # As it stands now: it may have been let go, or taken by somebody else after our time was over.
        one = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
        Attempt.objects.create(
            delivery=one, at=at, url=tried.url, body=tried.body, status=tried.status, answer=tried.answer,
            problem=tried.problem, milliseconds=tried.milliseconds,
        )  # fmt: skip
        if one.state == DeliveryState.WAITING:
            one.last_status, one.last_problem, one.taken_until = tried.status, tried.problem, None
            _stand(one, tried, now)
            one.save(update_fields=["last_status", "last_problem", "taken_until", "state", "ended_at", "due_at"])
        health = _note_health(endpoint, tried, now)
        send_after_commit(f"webhook_log:{endpoint.pk}")
    if tried.status == 410:
        _switch_off(endpoint, "The receiver answered 410: it is gone for good.", now)
    elif health.failing_since is not None and now - health.failing_since >= SWITCHED_OFF_AFTER and one.attempts > 1:
        _switch_off(endpoint, f"Nothing was delivered for days. The last problem: {tried.problem}", now)


def _stand(one: Delivery, tried: Tried, now: datetime) -> None:
    if not tried.problem:
        one.state, one.ended_at = DeliveryState.DELIVERED, now
        return
    again = now + pause_after(one.attempts, tried.wait)
    if (
        one.event_id is None
        or again > one.give_up_at
        or one.attempts > len(PAUSES)
        or tried.problem == "the event is gone"
    ):
        one.state, one.ended_at = DeliveryState.FAILED, now
    else:
        one.due_at = again


def pause_after(attempts: int, asked: timedelta | None = None) -> timedelta:
    """How long to wait after so many tries: longer each time, never exactly as long, and no shorter than the receiver asked."""
    pause = PAUSES[min(attempts, len(PAUSES)) - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  (no secret)
    return max(pause, asked or pause)


def _note_health(endpoint: Endpoint, tried: Tried, now: datetime) -> EndpointHealth:
    health, _made = EndpointHealth.objects.select_for_update(no_key=True).get_or_create(endpoint=endpoint)
    if not tried.problem:
        health.failing_since, health.failures, health.not_before = None, 0, None
        health.last_success_at, health.last_problem = now, ""
    else:
        health.failing_since = health.failing_since or now
        health.failures += 1
        health.last_problem = tried.problem
        over = health.failures - PROBING_AFTER
        if over >= 0:
            health.not_before = now + min(timedelta(seconds=2 ** min(over, 12)), LONGEST_PROBE_PAUSE)
    health.save()
    return health


def _switch_off(endpoint: Endpoint, why: str, now: datetime) -> None:
    """By an act of the product's own: it stands in the endpoint's history with the reason."""
    try:
        perform(
            "webhooks.give_up_endpoint",
            actor=system_actor("webhooks"),
            subject_id=endpoint.pk,
            arguments={"reason": why[:300]},
            at=now,
        )
    except ActError as error:
        log.info("endpoint was switched off by somebody else", endpoint=endpoint.pk, error=str(error))


def let_go(endpoint_id: int, now: datetime, why: str) -> int:
    """What waits for an endpoint that is switched off is not delivered; it can be replayed. How many."""
    return Delivery.objects.filter(endpoint=endpoint_id, state=DeliveryState.WAITING).update(
        state=DeliveryState.FAILED, ended_at=now, taken_until=None, last_problem=why[:300]
    )


def wait_again(deliveries: Sequence[int], now: datetime) -> int:
    """Have these deliveries of one endpoint delivered as if they were new, under their old ids. How many waited no more."""
    return (
        Delivery.objects.filter(pk__in=deliveries)
        .exclude(state=DeliveryState.WAITING)
        .update(
            state=DeliveryState.WAITING, attempts=0, due_at=now, ended_at=None, taken_until=None,
            give_up_at=now + GIVEN_UP_AFTER, last_problem="",
        )
    )  # fmt: skip


def forget_old(now: datetime, most: int = 5_000) -> int:
    """Take out deliveries that ended longer ago than their endpoint's log is kept, with their tries; how many, at most `most`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_OLD, [now, most])
        old = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("delete from webhooks_attempt where delivery_id = any(%s)", [old])
        cursor.execute("delete from webhooks_delivery where id = any(%s)", [old])
    return len(old)
