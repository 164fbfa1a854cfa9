"""The context of a callback's pages: choosing its time, and the page from which it is called."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from onhand.customers.contact_points import show_telephone
from onhand.customers.masks import mask_telephone
from onhand.kernel.actor import Actor
from onhand.kernel.acts import acts_on
from onhand.routing.access import visible_items
from onhand.routing.callbacks.access import KIND, WORK
from onhand.routing.callbacks.enums import CallbackEnd, TryOutcome
from onhand.routing.callbacks.models import Callback, CallbackTry
from onhand.routing.callbacks.subjects import CALLBACK
from onhand.routing.callbacks.window_words import span_words, window_words
from onhand.routing.callbacks.windows import Offer
from onhand.routing.callbacks.work import why_not_called
from onhand.routing.decided import lasting, why_mine
from onhand.routing.enums import ItemState
from onhand.routing.models import WorkItem
from onhand.staff.languages import language_name
from onhand.web.addresses import address_of
from onhand.web.desk.choosers import chooser_of

OUTCOME_SIGNS = {
    TryOutcome.REACHED: ("good", "check"),
    TryOutcome.WRONG_NUMBER: ("warn", "warn"),
    TryOutcome.REFUSED: ("warn", "stop"),
    TryOutcome.DO_NOT_CALL: ("bad", "stop"),
}
END_TONES = {CallbackEnd.REACHED: "good", CallbackEnd.CANCELLED: ""}


def chooser_context(offer: Offer, form: str, close_url: str, **boxes: str) -> dict[str, Any]:
    """The windows as links to the act's form at this address, filled in, with the key of each; and boxes filled in with all of them."""
    choices = []
    for place, one in enumerate(offer.windows, start=1):
        times = dict(zip(("window_from", "window_until"), map(_in_box, one.span), strict=True)) if one.span else {}
        choices.append({"label": one.label, "hint": one.hint, "url": _filled(form, times | boxes), "key": str(place)})
    return {
        "choices": choices,
        "other_url": _filled(form, boxes),
        "queue": offer.queue.name,
        "has_number": offer.has_number,
        "close_url": close_url,
        "title": _("When shall they be called?"),
    }


def _in_box(moment: datetime) -> str:
    """As a box for times takes it: by the reader's clock."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def _filled(form: str, boxes: dict[str, str]) -> str:
    return f"{form}?{urlencode(boxes)}" if boxes else form


def callback_page(actor: Actor, callback: Callback, now: datetime) -> dict[str, Any]:
    """The page of a callback: whom to call, what about, what was tried, and what can be noted now."""
    item = _work_of(callback)
    is_mine = item is not None and item.holder_id == actor.id and item.state == ItemState.IN_WORK
    why_not = why_not_called(callback, now) if callback.is_open else ""
    number = callback.telephone if is_mine else mask_telephone(callback.telephone)
    return {
        "callback": {
            "id": callback.pk,
            "url": address_of("desk:callback", callback.pk),
            "matter": callback.matter,
            "number": show_telephone(number),
            "tel_url": f"tel:{callback.telephone}" if is_mine and not why_not else "",
            "is_mine": is_mine,
            "why_not": why_not,
            "standing": _standing(callback, item),
            "facts": _facts(callback, item, now),
            "tries": [_try(one) for one in callback.attempts.order_by("-number")],
            "offer": _offer(actor, item),
            "item_url": _item_url(actor, item),
        },
        "outcomes": _outcomes() if is_mine and actor.may(WORK) else [],
        "try_url": address_of("desk:callback_try", callback.pk),
        "new_key": secrets.token_hex(16),
        "told": why_mine(actor, KIND, callback.pk) if is_mine else None,
        "acts": _acts(actor, callback),
        "live": f"callback:{callback.pk} work:{actor.id}",
        "column": "stream",
    }


def _work_of(callback: Callback) -> WorkItem | None:
    found = WorkItem.objects.filter(kind=KIND, subject_id=callback.pk).select_related("holder", "queue")
    return found.exclude(state=ItemState.ENDED).first()


def _standing(callback: Callback, item: WorkItem | None) -> dict[str, str]:
    if not callback.is_open:
        why = CallbackEnd(callback.ended_why)
        tone = END_TONES.get(why, "warn")
        return {"words": str(why.label), "tone": tone, "icon": "check" if tone == "good" else "stop"}
    state = ItemState(item.state) if item is not None else ItemState.WAITING
    with_whom = f": {item.holder.name}" if item is not None and item.holder else ""
    return {"words": f"{state.label}{with_whom}", "tone": "info", "icon": "clock"}


def _facts(callback: Callback, item: WorkItem | None, now: datetime) -> list[tuple[str, str]]:
    facts = [(_("Wanted"), window_words(callback))]
    if item is not None and item.opens_at is not None and item.closes_at is not None and item.opens_at > now:
        facts.append((_("Next"), span_words((item.opens_at, item.closes_at), callback.time_zone)))
    if callback.is_open:
        facts.append((_("Waits since"), lasting((now - callback.since).total_seconds())))
    facts.append((_("Tries"), _("%(done)s of %(most)s") % {"done": callback.tries, "most": callback.most_tries}))
    if callback.language:
        facts.append((_("Language"), language_name(callback.language)))
    facts += [(_("Queue"), callback.queue.name), (_("Arranged by"), callback.arranged_by_name)]
    if callback.promise is not None:
        facts.append((_("Keeps the promise"), callback.promise.text))
    if callback.ended_note:
        facts.append((_("Why"), callback.ended_note))
    return facts


def _try(one: CallbackTry) -> dict[str, Any]:
    tone, icon = OUTCOME_SIGNS.get(TryOutcome(one.outcome), ("", "clock"))
    return {
        "number": one.number,
        "at": one.at,
        "by": one.representative_name,
        "outcome": str(TryOutcome(one.outcome).label),
        "tone": tone,
        "icon": icon,
        "note": one.note,
    }


def _outcomes() -> list[dict[str, str]]:
    return [
        {"value": one.value, "label": str(one.label), "key": str(place), "kind": "primary" if place == 1 else ""}
        for place, one in enumerate(TryOutcome, start=1)
    ]


def _offer(actor: Actor, item: WorkItem | None) -> dict[str, str]:
    """Accepting it from here, where it is offered to whoever reads."""
    if item is None or item.holder_id != actor.id or item.state != ItemState.OFFERED:
        return {}
    return {"url": address_of("desk:work_answer", item.pk, "accept_work")}


def _item_url(actor: Actor, item: WorkItem | None) -> str:
    seen = item is not None and actor.may("routing.watch") and visible_items(actor).filter(pk=item.pk).exists()
    return address_of("floor:work", item.pk) if seen and item is not None else ""


def _acts(actor: Actor, callback: Callback) -> Sequence[dict[str, str]]:
    if not callback.is_open:
        return ()
    keys = {"callbacks.move_callback": "m", "callbacks.cancel_callback": "o"}
    return [
        {
            "label": str(act.label),
            "url": chooser_of(act.name, callback.pk) or address_of("desk:act", act.name, callback.pk),
            "key": keys[act.name],
        }
        for act in acts_on(CALLBACK, actor)
        if act.name in keys
    ]
