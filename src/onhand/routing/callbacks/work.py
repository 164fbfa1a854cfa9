"""
Callbacks as work of the router: an open callback has one open item, given only in its time. Who calls has the callback locked; items
come after it, then seats.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.cases import states
from onhand.contacts.cases.belonging import cases_of
from onhand.contacts.enums import Direction
from onhand.contacts.models import CaseContact, Contact
from onhand.customers.care_queries import may_contact
from onhand.customers.enums import ChannelKind
from onhand.customers.membership import of_file
from onhand.kernel.database import run_prepared
from onhand.kernel.hints import send_after_commit
from onhand.routing import items
from onhand.routing.callbacks.access import KIND
from onhand.routing.callbacks.dialling import Dial, dial_after_commit
from onhand.routing.callbacks.enums import CallbackEnd
from onhand.routing.callbacks.models import Callback
from onhand.routing.callbacks.rules import rules_for
from onhand.routing.callbacks.times import Span, next_time
from onhand.routing.enums import DecisionKind, EndedWhy, ItemState
from onhand.routing.expected import foretell_of
from onhand.routing.kinds import Holder, WorkKind, current_kind, register
from onhand.routing.models import WorkItem
from onhand.routing.queues import plan_of
from onhand.routing.seats import lock_seats

UNITS, MINUTES = 10, 8
BUSY_WITH_IT = (ItemState.IN_WORK, ItemState.WRAP_UP)
_LOCK = "select id from callbacks_callback where id = any(%s) order by id for no key update"
# Of what ended: what the customer or the clock ended is called off, all else was done by somebody.
_CALLED_OFF = (CallbackEnd.EXPIRED, CallbackEnd.CANCELLED)


def connect() -> None:
    """Register the kind of work."""
    register(
        WorkKind(
            key=KIND,
            label=gettext_lazy("Callback"),
            units=UNITS,
            minutes=MINUTES,
            takes_all=True,
            is_live=True,
            interrupts=frozenset({"contact.email", "contact.letter", "contact.fax"}),
            taken=_taken,
            given_back=_given_back,
            lock=lock_callbacks,
            shut=shut,
            address=lambda callback: f"/desk/callbacks/{callback}/",
        )
    )


def lock_callbacks(callback_ids: Sequence[int], skip: bool) -> set[int]:
    """Lock callbacks in order of id; those that are locked now."""
    return {row[0] for row in run_prepared(f"{_LOCK} skip locked" if skip else _LOCK, [list(callback_ids)])}


def read_callback(callback_id: int) -> Callback | None:
    """A callback with what is asked of it again and again."""
    return Callback.objects.select_related("queue", "customer", "contact", "call").filter(pk=callback_id).first()


def store(callback: Callback, *names: str) -> None:
    """Store what was assigned outside of an act on the callback, as its next version."""
    callback.version += 1
    callback.save(update_fields=[*names, "version"])
    tell(callback)


def tell(callback: Callback) -> None:
    """After the commit, let the pages that show it look."""
    about = (f"customer:{callback.customer_id}",) if callback.customer_id is not None else ()
    send_after_commit(f"callback:{callback.pk}", *about, "floor")


# Its item.


def begin_item(callback: Callback, at: datetime, span: Span, *, prefers: int | None = None) -> WorkItem:
    """The work of a new callback, in its place of the order, to be given from when its time begins."""
    kind, queue = current_kind(KIND), callback.queue
    item = WorkItem(
        kind=KIND,
        subject_id=callback.pk,
        queue=queue,
        is_queue_chosen=True,
        state_since=at,
        weight=kind.units,
        title=callback.matter[:200],
        customer_id=callback.customer_id,
        created_at=at,
        since=callback.since,
        due_at=callback.window_until,
        language=callback.language,
        minutes=kind.minutes,
        preferred=[prefers] if prefers is not None else [],
        **_times(span, at),
    )
    item.order_at = items.ordered_at(item, plan_of(queue))
    if item.opens_at is None:
        foretell_of(item, at)
    item.save(force_insert=True)
    items.tell_item(item)
    return item


def _times(span: Span, at: datetime) -> dict[str, Any]:
    opens, closes = span
    return {"opens_at": opens if opens > at else None, "closes_at": closes, "step": 0, "step_since": max(opens, at)}


def give_later(callback: Callback, item: WorkItem, span: Span, at: datetime, *, by_name: str = "") -> None:
    """Let the item wait until its next time, whoever had it; it keeps its place in the order."""
    callback.next_at = span[0]
    changes = _times(span, at) | {"due_at": callback.window_until, "title": callback.matter[:200]}
    for name, value in changes.items():
        setattr(item, name, value)
    changes["order_at"] = items.ordered_at(item, plan_of(item.queue))
    if item.state == ItemState.WAITING:
        items.write(item, **changes)
        return
    was = item.holder_id
    lock_seats([was] if was is not None else [], at)
    items.move(item, ItemState.WAITING, at, **changes)
    items.decide(item, DecisionKind.AGAIN, at, who=was, by_name=by_name)


def end(callback: Callback, why: CallbackEnd, at: datetime, *, by_name: str = "", note: str = "") -> None:
    """Assign the end of a callback, and end its item. What somebody is busy with goes on to the wrap-up, where the queue has one."""
    callback.ended_at, callback.ended_why, callback.ended_note = at, why, note[:300]
    item = items.current_item(KIND, callback.pk)
    if item is not None:
        ended = EndedWhy.CALLED_OFF if why in _CALLED_OFF else EndedWhy.DONE
        items.finish(item, ended, at, by_name=by_name)


def shut(callback_id: int, at: datetime) -> None:
    """Its time is over for now, or for good: it waits for the next, or ends because its window did."""
    callback, item = read_callback(callback_id), items.current_item(KIND, callback_id)
    if callback is None or item is None or item.state in BUSY_WITH_IT:
        return
    if not callback.is_open:
        items.finish(item, EndedWhy.CALLED_OFF, at)
        return
    names = _let_go_of_call(callback, at, "")
    span = next_time(callback, at, rules_for(callback.queue_id))
    if span is None:
        end(callback, CallbackEnd.EXPIRED, at)
        store(callback, "ended_at", "ended_why", "ended_note", *names)
        return
    give_later(callback, item, span, at)
    store(callback, "next_at", *names)


def reckon_again(callback_id: int, at: datetime) -> bool:
    """Work out anew when an open callback may be given, since hours or the customer changed; whether that changed anything."""
    callback, item = read_callback(callback_id), items.current_item(KIND, callback_id)
    if callback is None or not callback.is_open or item is None or item.state in BUSY_WITH_IT:
        return False
    span = next_time(callback, max(at, callback.next_at) if callback.tries else at, rules_for(callback.queue_id))
    if span is None:
        names = _let_go_of_call(callback, at, "")
        end(callback, CallbackEnd.EXPIRED, at)
        store(callback, "ended_at", "ended_why", "ended_note", *names)
        return True
    opens = span[0] if span[0] > at else None
    is_same = (item.opens_at or at) <= at if opens is None else item.opens_at == opens
    if item.closes_at == span[1] and is_same:
        return False
    give_later(callback, item, span, at)
    store(callback, "next_at")
    return True


# The call.


def why_not_called(callback: Callback, at: datetime) -> str:
    """Why the customer may not be called now; empty if they may."""
    if not callback.is_open:
        return _("This callback has ended.")
    if callback.customer_id is None:
        return ""
    answer = may_contact(callback.customer_id, None, ChannelKind.TELEPHONE, at)
    return "" if answer.allowed else str(answer.why)


def _taken(callback_id: int, holder: Holder, at: datetime) -> None:
    """It is somebody's: a contact by telephone begins, on which all that follows is recorded, and it may be dialled."""
    callback = read_callback(callback_id)
    if callback is None or why_not_called(callback, at):
        return
    callback.call = _going_on(callback, holder.id) or _open_call(callback, holder, at)
    store(callback, "call")
    dial_after_commit(Dial(callback.pk, callback.telephone, holder.id, callback.call.pk, at))


def _going_on(callback: Callback, representative_id: int) -> Contact | None:
    """The call or visit the representative has with this customer already: there is one at most."""
    if callback.customer_id is None:
        return None
    mine = Contact.objects.filter(of_file(callback.customer_id), representative_id=representative_id)
    return mine.filter(ended_at__isnull=True, last_message_at__isnull=True).first()


def _open_call(callback: Callback, holder: Holder, at: datetime) -> Contact:
    case = _case_of(callback)
    contact = Contact.objects.create(
        customer_id=callback.customer_id,
        case_id=case,
        channel=ChannelKind.TELEPHONE,
        direction=Direction.OUTBOUND,
        outside_address=callback.telephone,
        subject=callback.matter[:200],
        language=callback.language,
        started_at=at,
        representative_id=holder.id,
        representative_name=holder.name,
    )
    if case is not None:
        CaseContact.objects.create(case_id=case, contact=contact, at=at, by_name=holder.name)
    return contact


def _case_of(callback: Callback) -> int | None:
    if callback.promise is not None and callback.promise.case_id is not None:
        return callback.promise.case_id
    return callback.contact.case_id if callback.contact is not None else None


def _given_back(callback_id: int, at: datetime) -> None:
    callback = read_callback(callback_id)
    if callback is not None and (names := _let_go_of_call(callback, at, _("Not called"))):
        store(callback, *names)


def _let_go_of_call(callback: Callback, at: datetime, said: str) -> tuple[str, ...]:
    """End the call that went on, if there is one; what was assigned to the callback."""
    if callback.call is None:
        return ()
    end_call(callback, at, said=said)
    return ("call",)


def end_call(callback: Callback, at: datetime, *, said: str, was_reached: bool = False) -> Contact | None:
    """
    End the contact of the call, with what is said about it, and assign that there is none. One that was not begun for the callback goes
    on. Who was reached is answered.
    """
    contact, callback.call = callback.call, None
    if contact is None:
        return None
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if was_reached and contact.direction == Direction.OUTBOUND and contact.connected_at is None:
        contact.connected_at = at
    if contact.direction == Direction.OUTBOUND and contact.ended_at is None:
        contact.ended_at = at
    contact.summary = "\n".join(part for part in (contact.summary, said) if part)
    contact.version += 1
    contact.save(update_fields=["connected_at", "ended_at", "summary", "version"])
    if was_reached:
        states.case_answered(cases_of(contact.pk), at)
    return contact
