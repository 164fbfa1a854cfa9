"""
Orders of shops taken in: told by messages, found by asking every few minutes with an overlap, each kept once by its number there. A
message says only which order; what it is now is read from the shop, so that repeated, late and swapped messages do no harm.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import Error as DatabaseError
from django.db import OperationalError, transaction
from django.utils.translation import gettext_noop as _

from onhand.connectors import keeping
from onhand.connectors.customers import customer_of
from onhand.connectors.enums import OutsideState, ShopState
from onhand.connectors.models import OutsideOrder, OutsideShop, ShopHealth
from onhand.connectors.port import Misread, NotSuch, NotYet, ReadsOrders, ShopDown, ShopOrder, ShopRefused, Unreadable
from onhand.connectors.shops import open_shop
from onhand.connectors.words import kept
from onhand.customers.intake.matching import MovedMeanwhile
from onhand.kernel.actor import system_actor
from onhand.kernel.errors import ActError, SubjectBusy
from onhand.kernel.hints import send_after_commit
from onhand.kernel.locked_texts import CannotUnlock
from onhand.kernel.perform import perform

Clock = Callable[[], datetime]
POLL_EVERY = timedelta(minutes=5)
OVERLAP = timedelta(minutes=10)  # an order may be written at the shop after one that changed later
TAKEN = timedelta(minutes=2)  # longer than reading one order can take
LONGEST_POLL = timedelta(minutes=30)  # after which another may begin: whatever both take, they take once
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
ACTOR = "Outside shops"
TOPIC = "outside_shop"
log = structlog.get_logger("onhand.connectors")


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries: 30 seconds, a minute, two … up to an hour."""
    return min(FIRST_PAUSE * (1 << min(max(tries, 1) - 1, 20)), LONGEST_PAUSE)


def due_polls(at: datetime) -> list[int]:
    """The shops whose orders are to be asked for."""
    found = ShopHealth.objects.filter(shop__state=ShopState.ON).exclude(next_poll_at__gt=at)
    return list(found.values_list("pk", flat=True))


def due_orders(at: datetime, most: int) -> list[int]:
    """The orders to be read again, those that wait longest first."""
    found = OutsideOrder.objects.filter(next_read_at__lte=at, shop__state=ShopState.ON)
    return list(found.order_by("next_read_at").values_list("pk", flat=True)[:most])


def poll(shop_id: int, clock: Clock) -> int:
    """Take in what changed at a shop since it was last asked; how many orders were read. The mark moves when all were."""
    begun = _begin_poll(shop_id, clock())
    if begun is None:
        return 0
    shop, health = begun
    mark = max(shop.since, health.mark - OVERLAP) if health.mark else shop.since
    latest, count = health.mark, 0
    try:
        port = open_shop(shop)
        if not isinstance(port, ReadsOrders):
            return 0
        for said in port.changed_since(mark):
            take(shop, said, clock())
            count += 1
            latest = max(filter(None, (latest, said.changed_at)), default=None)
    except (ShopDown, ShopRefused, Misread, CannotUnlock) as error:
        note_failure(shop_id, error, clock())
        return count
    _end_poll(shop_id, latest, clock())
    return count


def _begin_poll(shop_id: int, at: datetime) -> tuple[OutsideShop, ShopHealth] | None:
    with transaction.atomic():
        rows = ShopHealth.objects.select_related("shop").select_for_update(of=("self",), no_key=True)
        health = rows.filter(pk=shop_id, shop__state=ShopState.ON).first()
        if health is None or (health.next_poll_at and health.next_poll_at > at):
            return None
        ShopHealth.objects.filter(pk=shop_id).update(next_poll_at=at + LONGEST_POLL)
    return health.shop, health


def _end_poll(shop_id: int, latest: datetime | None, at: datetime) -> None:
    with transaction.atomic():
        health = ShopHealth.objects.select_for_update(no_key=True).get(pk=shop_id)
        marks = [one for one in (health.mark, latest) if one is not None]
        # What a shop says of the time to come must not hide what happens until then.
        health.mark = min(max(marks), at) if marks else None
        health.polled_at, health.next_poll_at = at, at + POLL_EVERY
        health.failing_since, health.failures, health.problem = None, 0, ""
        health.save()
        send_after_commit(f"{TOPIC}:{shop_id}")


def note_failure(shop_id: int, error: Exception, at: datetime) -> None:
    """Write down that a shop did not answer as it should; it is asked again later, and later each time."""
    with transaction.atomic():
        health = ShopHealth.objects.select_for_update(no_key=True).get(pk=shop_id)
        health.failing_since = health.failing_since or at
        health.failures += 1
        locked = kept(_("Its secrets cannot be unlocked with this installation's key."))
        health.problem = locked if isinstance(error, CannotUnlock) else str(error)[:300]
        asked = getattr(error, "wait", None) or timedelta(0)
        health.next_poll_at = at + max(asked, pause_after(health.failures))
        health.save()
        send_after_commit(f"{TOPIC}:{shop_id}")


def want(shop: OutsideShop, outside_id: str, at: datetime) -> int:
    """Have an order read that the shop told of; our number of it. Told again before it was read, it is read once."""
    one, is_new = OutsideOrder.objects.get_or_create(
        shop=shop, outside_id=outside_id, defaults={"seen_at": at, "next_read_at": at}
    )
    if not is_new:
        OutsideOrder.objects.filter(pk=one.pk).update(next_read_at=at, tries=0)
    return one.pk


def read_again(outside_order_id: int, clock: Clock) -> None:
    """Read one order from its shop and keep it as it is now. While the shop is down it waits."""
    at = clock()
    with transaction.atomic():
        rows = OutsideOrder.objects.select_related("shop").select_for_update(of=("self",), no_key=True)
        one = rows.filter(pk=outside_order_id, next_read_at__lte=at, shop__state=ShopState.ON).first()
        if one is None:
            return
        one.tries += 1
        one.next_read_at = until = at + max(TAKEN, pause_after(one.tries))
        one.save(update_fields=["tries", "next_read_at"])
    if read_now(one.shop, one.outside_id, clock):
        # What was wanted meanwhile is still to be read.
        OutsideOrder.objects.filter(pk=one.pk, next_read_at=until).update(next_read_at=None, tries=0)


def read_now(shop: OutsideShop, outside_id: str, clock: Clock) -> bool:
    """Read one order and keep it; False where it could not be read and is to be tried again."""
    try:
        port = open_shop(shop)
        if not isinstance(port, ReadsOrders):
            return True
        said = port.read(outside_id)
    except NotYet:
        OutsideOrder.objects.filter(shop=shop, outside_id=outside_id, order=None).delete()
        return True
    except NotSuch:
        said = Unreadable(outside_id, "", "", None, kept(_("The shop has no such order any more.")))
    except (ShopDown, ShopRefused, Misread, CannotUnlock) as error:
        note_failure(shop.pk, error, clock())
        return False
    return take(shop, said, clock())


def take(shop: OutsideShop, said: ShopOrder | Unreadable, at: datetime) -> bool:
    """
    Keep an order as it was read, unless something newer was read meanwhile. What cannot be kept stays, with why. False where somebody
    else was in the way.
    """
    try:
        with transaction.atomic():
            OutsideOrder.objects.get_or_create(shop=shop, outside_id=said.outside_id, defaults={"seen_at": at})
            rows = OutsideOrder.objects.select_for_update(no_key=True)
            one = rows.get(shop=shop, outside_id=said.outside_id)
            if not (one.changed_at and said.changed_at and said.changed_at < one.changed_at):
                _take(one, shop, said, at)
            send_after_commit(f"{TOPIC}:{shop.pk}")
    except (MovedMeanwhile, SubjectBusy):
        want(shop, said.outside_id, at + FIRST_PAUSE)
        return False
    return True


def _take(one: OutsideOrder, shop: OutsideShop, said: ShopOrder | Unreadable, at: datetime) -> None:
    one.seen_at, one.status, one.number = at, said.status or one.status, said.number or one.number
    one.changed_at = said.changed_at or one.changed_at
    if isinstance(said, Unreadable):
        _refuse(one, said.why)
        return
    print_of = keeping.fingerprint(said)
    if one.state == OutsideState.KEPT and one.fingerprint == print_of:
        one.save()
        return
    one.said = keeping.packed(said)
    one.save()
    try:
        with transaction.atomic():
            _perform(one, shop, said, at)
    except SubjectBusy:
        raise
    except OperationalError as error:
        raise SubjectBusy from error
    except ActError as error:
        one.refresh_from_db()
        _refuse(one, _words(error))
        return
    except DatabaseError:
        log.exception("an order of an outside shop could not be stored", outside_order=one.pk)
        one.refresh_from_db()
        _refuse(one, kept(_("It could not be stored.")))
        return
    one.refresh_from_db()
    one.said, one.state, one.problem, one.fingerprint = None, OutsideState.KEPT, "", print_of
    one.save()


def _perform(one: OutsideOrder, shop: OutsideShop, said: ShopOrder, at: datetime) -> None:
    actor = system_actor(ACTOR)
    if one.order_id is not None:
        perform("connectors.follow_order", actor=actor, subject_id=one.order_id, arguments={}, at=at, as_part=True)
        return
    arguments = {"outside_order": one.pk, "customer": customer_of(said, shop, actor=actor, at=at)}
    perform("connectors.keep_order", actor=actor, arguments=arguments, at=at, as_part=True)


def _refuse(one: OutsideOrder, why: str) -> None:
    one.state, one.problem, one.said = OutsideState.REFUSED, why[:300], None
    one.save()


def _words(error: ActError) -> str:
    """What an act said, with what its fields say."""
    return " ".join(dict.fromkeys([error.message, *(words for many in error.fields.values() for words in many)]))
