"""Callbacks and their rules as subjects of acts."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.contact_subject import LABELS as CONTACT_LABELS
from onhand.contacts.hours import write_spans
from onhand.customers.access import visible_customers
from onhand.customers.merging.file_parts import FilePart, register_part
from onhand.customers.protection import open_to_all
from onhand.customers.subjects import CHANGE_LABELS as CUSTOMER_LABELS
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.routing.callbacks.access import visible_callback_rules, visible_callbacks
from onhand.routing.callbacks.arranging import open_promises_to_call
from onhand.routing.callbacks.enums import CallbackEnd, TryOutcome
from onhand.routing.callbacks.models import Callback, CallbackRules

CALLBACK, CALLBACK_RULES = "callback", "callback_rules"
PROMISE_TO_CALL = "callbacks.promise_to_call"

LABELS = {
    "telephone": gettext_lazy("Number to call"),
    "matter": gettext_lazy("About"),
    "window": gettext_lazy("When"),
    "next": gettext_lazy("Not before"),
    "tries": gettext_lazy("Tries"),
    "ended": gettext_lazy("Ended"),
    "ended_note": gettext_lazy("Why"),
    "callback": gettext_lazy("Callback"),
    "expected_wait": gettext_lazy("Expected wait"),
    "try": gettext_lazy("Try"),
    "outcome": gettext_lazy("Outcome"),
    "promise_kept": gettext_lazy("Promise kept"),
}
RULE_LABELS = {
    "most_tries": gettext_lazy("Tries at most"),
    "no_answer_minutes": gettext_lazy("Minutes after no answer"),
    "busy_minutes": gettext_lazy("Minutes after a busy line"),
    "voicemail_minutes": gettext_lazy("Minutes after voicemail"),
    "growth_percent": gettext_lazy("Each further pause, in per cent of the one before"),
    "soon_minutes": gettext_lazy("“As soon as possible” holds for so many minutes of calling time"),
    "longest_days": gettext_lazy("Days ahead a window may end"),
}
WEEK_LABEL = gettext_lazy("Hours in which customers are called")
open_to_all("callback", "expected_wait", "matter", "window", "next", "tries", "ended", "ended_note", "try", "outcome")
open_to_all("window_from", "window_until", "queue", "waiting_since", "promise", "promise_kept", "all_the_same", "why")


def snapshot(callback: Callback) -> dict[str, Any]:
    """What acts change on a callback; its number cannot be changed."""
    return {
        "window": f"{callback.window_from.isoformat()}/{callback.window_until.isoformat()}",
        "next": callback.next_at.isoformat(),
        "tries": callback.tries,
        "ended": str(callback.ended_why),
        "ended_note": callback.ended_note,
    }


def snapshot_rules(rules: CallbackRules) -> dict[str, Any]:
    """How callbacks are tried."""
    return {name: getattr(rules, name) for name in RULE_LABELS} | {"week": [write_spans(one) for one in rules.week]}


def rules_title(rules: CallbackRules) -> str:
    """Whose rules they are."""
    return _("Callbacks of %(queue)s") % {"queue": rules.queue.name} if rules.queue else _("Callbacks of all queues")


register_subject(
    SubjectType(
        name=CALLBACK,
        label=gettext_lazy("Callback"),
        model=Callback,
        visible=visible_callbacks,
        snapshot=snapshot,
        snapshot_row=snapshot,
        title=lambda callback: callback.matter,
        page=lambda pk: f"/desk/callbacks/{pk}/",
        change_labels=LABELS,
        value_labels={"ended": dict(CallbackEnd.choices), "outcome": dict(TryOutcome.choices)},
    )
)
register_subject(
    SubjectType(
        name=CALLBACK_RULES,
        label=gettext_lazy("Rules of callbacks"),
        model=CallbackRules,
        visible=visible_callback_rules,
        snapshot=snapshot_rules,
        title=rules_title,
        page=lambda pk: f"/settings/callbacks/#rules-{pk}",
        change_labels=RULE_LABELS | {"week": WEEK_LABEL},
    )
)
register_part(FilePart("callbacks", gettext_lazy("Callbacks"), "callbacks_callback"))
for _name in ("callback", "expected_wait"):
    CUSTOMER_LABELS.setdefault(_name, LABELS[_name])
    CONTACT_LABELS.setdefault(_name, LABELS[_name])


def _promises(actor: Actor, customer_id: int | None, typed: str) -> list[Option]:
    if customer_id is None or not visible_customers(actor).filter(pk=customer_id).exists():
        return []
    found = open_promises_to_call(customer_id)
    return [Option(one.pk, one.text) for one in found if typed.casefold() in one.text.casefold()][:20]


register_reference(ReferenceType(name=PROMISE_TO_CALL, options=_promises, is_short=True))
