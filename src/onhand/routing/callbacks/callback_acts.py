"""What is done with a callback: another time, calling it off, and what came of a try."""

from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.models import Promise
from onhand.contacts.promises.checking import check_promise
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.routing import items
from onhand.routing.callbacks import access
from onhand.routing.callbacks.arranging import Asked, open_promises_to_call, read_window
from onhand.routing.callbacks.enums import UNREACHED, CallbackEnd, TryOutcome
from onhand.routing.callbacks.models import Callback, CallbackTry
from onhand.routing.callbacks.rules import pause_after, rules_for
from onhand.routing.callbacks.subjects import CALLBACK
from onhand.routing.callbacks.times import next_time
from onhand.routing.callbacks.window_words import window_words
from onhand.routing.callbacks.work import end, end_call, give_later, tell
from onhand.routing.enums import ItemState
from onhand.routing.models import WorkItem

Until = Annotated[datetime | None, Field(label=gettext_lazy("Not after"))]
From = Annotated[
    datetime | None,
    Field(label=gettext_lazy("Not before"), help=gettext_lazy("Empty, with the end empty too: as soon as possible.")),
]


@act(subject=CALLBACK, permission=access.HANDLE, label=gettext_lazy("Another time"))
def move_callback(callback: Callback, *, run: Run, window_from: From = None, window_until: Until = None) -> None:
    """Move a callback to another time, or make it as soon as possible. It keeps its place in the order and its tries."""
    item = _require_open(callback, run)
    rules = rules_for(callback.queue_id)
    asked = Asked(callback.telephone, callback.matter, window_from=window_from, window_until=window_until)
    window = read_window(asked, callback.queue, callback.customer, callback.time_zone, rules, run.at)
    callback.window_from, callback.window_until, callback.is_soon = window.begins, window.ends, window.is_soon
    end_call(callback, run.at, said=_("Another time was agreed"))
    give_later(callback, item, window.first, run.at, by_name=run.actor.name)
    run.changed("callback", after={"id": callback.pk, "window": window_words(callback)})
    tell(callback)


@act(subject=CALLBACK, permission=access.HANDLE, label=gettext_lazy("Call it off"))
def cancel_callback(
    callback: Callback,
    *,
    run: Run,
    why: Annotated[str, Field(label=gettext_lazy("Why"), max_length=300)],
) -> None:
    """Call a callback off: the customer does not need it any more. A promise it was for stays open."""
    _require_open(callback, run)
    end_call(callback, run.at, said=why)
    end(callback, CallbackEnd.CANCELLED, run.at, by_name=run.actor.name, note=why)
    tell(callback)


@act(subject=CALLBACK, permission=access.WORK, label=gettext_lazy("Note what came of it"), only_adds=True)
def note_try(
    callback: Callback,
    *,
    run: Run,
    outcome: Annotated[TryOutcome, Field(label=gettext_lazy("Outcome"))],
    note: Annotated[str, Field(label=gettext_lazy("What was said"), widget="textarea", max_length=1000)] = "",
) -> None:
    """
    Note what came of calling. Reached, it is done; where nobody answered it comes back by the rules, if its window has time left; what
    the customer does not want, or a wrong number, ends it.
    """
    item = _require_mine(callback, run)
    number, said = callback.tries + 1, note or str(outcome.label)
    was_reached = outcome == TryOutcome.REACHED
    call = callback.call
    CallbackTry.objects.create(
        callback=callback,
        number=number,
        at=run.at,
        representative_id=run.actor.id or 0,
        representative_name=run.actor.name,
        outcome=outcome,
        note=note,
        contact=call,
    )
    callback.tries = number
    end_call(callback, run.at, said=said, was_reached=was_reached)
    run.changed("try", after={"number": number, "outcome": outcome.value})
    if was_reached:
        _keep_promises(callback, run)
    if outcome not in UNREACHED:
        end(callback, CallbackEnd(outcome.value), run.at, by_name=run.actor.name, note=note)
    else:
        _try_again(callback, item, outcome, run)
    tell(callback)


def _try_again(callback: Callback, item: WorkItem, outcome: TryOutcome, run: Run) -> None:
    rules = rules_for(callback.queue_id)
    pause = pause_after(rules, outcome, callback.tries)
    span = None
    if pause is not None and callback.tries < callback.most_tries:
        span = next_time(callback, run.at + pause, rules)
    if span is None:
        end(callback, CallbackEnd.NOT_REACHED, run.at, by_name=run.actor.name)
    else:
        give_later(callback, item, span, run.at, by_name=run.actor.name)


def _keep_promises(callback: Callback, run: Run) -> None:
    """Who was reached was called: the promise it was for is kept, and any other whose test on the books now holds."""
    if callback.promise_id is not None:
        open_one = Promise.objects.select_for_update(of=("self",)).filter(
            pk=callback.promise_id, kept_at__isnull=True, called_off_at__isnull=True
        )
        if open_one.update(kept_at=run.at):
            run.changed("promise_kept", after={"id": callback.promise_id})
    if callback.customer_id is not None:
        for promise in open_promises_to_call(callback.customer_id):
            check_promise(promise.pk, run.at)


def _require_open(callback: Callback, run: Run) -> WorkItem:
    """The work of an open callback, which nobody else is busy with."""
    item = items.current_item(access.KIND, callback.pk) if callback.is_open else None
    if item is None:
        raise NotPossible(_("This callback has ended."))
    if item.state == ItemState.IN_WORK and item.holder_id != run.actor.id and not run.actor.may(access.STEER):
        name = item.holder.name if item.holder else ""
        raise NotPossible(_("%(name)s is calling just now.") % {"name": name})
    return item


def _require_mine(callback: Callback, run: Run) -> WorkItem:
    """The work of a callback the actor has in work: nobody else can have called."""
    item = items.current_item(access.KIND, callback.pk) if callback.is_open else None
    if item is None:
        raise NotPossible(_("This callback has ended."))
    if run.actor.id is None or item.holder_id != run.actor.id or item.state != ItemState.IN_WORK:
        raise NotPossible(_("This is not with you: accept it first, so that nobody else calls at the same time."))
    return item
