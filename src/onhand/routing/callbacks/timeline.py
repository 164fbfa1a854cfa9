"""Callbacks as entries of a customer's timeline: what was arranged, and what became of it."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onhand.customers.timeline import Entry, Source, Telling, register_source
from onhand.routing.callbacks.enums import CallbackEnd
from onhand.routing.callbacks.window_words import span_words

TONES = {CallbackEnd.REACHED: "good", CallbackEnd.CANCELLED: ""}


def tell_callback(entry: Entry) -> Telling:
    """A callback, when it was arranged: for when, how often it was tried, how it ended."""
    data = entry.data
    if data["ended"]:
        why = CallbackEnd(data["ended"])
        badges = [(str(why.label), TONES.get(why, "warn"))]
    else:
        badges = [(_("open"), "info")]
    span = (datetime.fromisoformat(data["from"]), datetime.fromisoformat(data["until"]))
    facts = [(_("When"), _("as soon as possible") if data["soon"] else span_words(span, data["zone"]))]
    if data["tries"]:
        tries = ngettext("%(count)s time", "%(count)s times", data["tries"]) % {"count": data["tries"]}
        facts.append((_("Tried"), tries))
    if data["note"]:
        facts.append((_("Why"), data["note"]))
    return Telling(_("Callback arranged"), said=entry.said, icon="telephone", facts=facts, badges=badges)


register_source(
    Source(
        kind="callback",
        label=gettext_lazy("Callbacks"),
        order=12,
        rows="callbacks_callback b",
        of="b.customer_id = m.id",
        at="b.created_at",
        id="b.id",
        by="b.arranged_by_name",
        said="b.matter",
        data="""jsonb_build_object('from', b.window_from, 'until', b.window_until, 'zone', b.time_zone, 'soon', b.is_soon,
          'tries', b.tries, 'ended', b.ended_why, 'note', b.ended_note)""",
        searched="b.matter || ' ' || b.arranged_by_name",
        tell=tell_callback,
        instead_of=frozenset({"callbacks.arrange_callback"}),
    )
)
