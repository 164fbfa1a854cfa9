"""What callbacks hold about a person. That one was asked for and how it ended stays for the figures, without number and words."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.privacy.holdings import Scope, TableHolding, Treatment, hold, settles_before_erasure
from onhand.routing.callbacks.enums import CallbackEnd
from onhand.routing.callbacks.models import Callback, CallbackTry
from onhand.routing.callbacks.work import end, lock_callbacks, store

hold(
    TableHolding(
        name="callbacks",
        label=_("Callbacks"),
        model=Callback,
        paths=("customer_id", "contact__customer_id"),
        shown=(
            ("created_at", _("Arranged")),
            ("telephone", _("Number to call")),
            ("matter", _("About")),
            ("window_from", _("Not before")),
            ("window_until", _("Not after")),
            ("ended_at", _("Ended")),
            ("ended_why", _("How")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(field.name for field in Callback._meta.concrete_fields)
        - {"telephone", "matter", "language", "ended_note", "time_zone"},
        subject="callback",
        why_kept=_("Figures stay right: that a call was asked for, when, and how it ended."),
    )
)
hold(
    TableHolding(
        name="callback_tries",
        label=_("Tries to call"),
        model=CallbackTry,
        paths=("callback__customer_id", "callback__contact__customer_id"),
        shown=(("at", _("When")), ("representative_name", _("By")), ("outcome", _("Outcome")), ("note", _("Note"))),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(field.name for field in CallbackTry._meta.concrete_fields) - {"note"},
        why_kept=_("Figures stay right: how often it was tried, and what came of it."),
    )
)


@settles_before_erasure
def call_off(scope: Scope) -> None:
    """Call nobody who is being erased."""
    found = Callback.objects.filter(customer__in=scope.members, ended_at__isnull=True)
    lock_callbacks(sorted(found.values_list("pk", flat=True)), False)
    for callback in found.select_related("queue").order_by("pk"):
        callback.call = None
        end(callback, CallbackEnd.CANCELLED, scope.at)
        store(callback, "call", "ended_at", "ended_why", "ended_note")
