"""Callbacks of a customer in words."""

from typing import Any

from django.utils.translation import gettext as _

from onhand.contacts.access import HANDLE
from onhand.customers.panels import Reading
from onhand.routing.callbacks.arranging import open_promises_to_call
from onhand.routing.callbacks.enums import CallbackEnd
from onhand.routing.callbacks.models import Callback
from onhand.routing.callbacks.window_words import window_words
from onhand.web.addresses import address_of
from onhand.web.desk.callback_pages import END_TONES
from onhand.web.templating import show_datetime


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The lines of the panel, and promises to call that may become callbacks."""
    arranged = {one.promise_id for one in content["open"]}
    chooser = address_of("desk:customer_callback", reading.customer_id)
    promises = [
        {"id": one.pk, "text": one.text, "due": show_datetime(one.due_at), "url": f"{chooser}?promise={one.pk}"}
        for one in open_promises_to_call(reading.customer_id)
        if one.pk not in arranged and reading.actor.may(HANDLE)
    ]
    return {"rows": [_row(one) for one in (*content["open"], *content["ended"])], "promises": promises}


def _row(one: Callback) -> dict[str, Any]:
    why = CallbackEnd(one.ended_why) if one.ended_why else None
    return {
        "id": one.pk,
        "url": address_of("desk:callback", one.pk),
        "matter": one.matter,
        "words": str(why.label) if why else _("open"),
        "tone": END_TONES.get(why, "warn") if why else "info",
        "line": show_datetime(one.ended_at) if one.ended_at else window_words(one),
        "tries": one.tries,
    }
