"""How callbacks are tried: the rules of all queues, and of those that have their own."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onhand.contacts.hours import write_spans
from onhand.kernel.actor import Actor
from onhand.routing.access import SET_UP
from onhand.routing.callbacks.access import visible_callback_rules
from onhand.routing.callbacks.enums import UNREACHED
from onhand.routing.callbacks.models import CallbackRules
from onhand.routing.callbacks.rules import pause_after
from onhand.routing.callbacks.subjects import CALLBACK_RULES, rules_title
from onhand.routing.decided import lasting
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history


@require_safe
@for_actor(SET_UP)
def callback_rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Each set of rules with what it does, what can be changed, and how those of all queues became so."""
    found = list(visible_callback_rules(actor).select_related("queue"))
    found.sort(key=lambda one: (one.queue is not None, one.queue.name if one.queue else ""))
    context = {
        "title": _("Callbacks"),
        "lead": _("When customers are called who asked for it, how often it is tried, and what each outcome does."),
        "sets": [_told(actor, one) for one in found],
        "new": creating_links(actor, CALLBACK_RULES),
        "history": history(actor, CALLBACK_RULES, found[0].pk) if found else [],
    }
    return render(request, "settings/callbacks.html", context)


def _told(actor: Actor, rules: CallbackRules) -> dict[str, Any]:
    tries = ngettext("%(count)s try", "%(count)s tries", rules.most_tries) % {"count": rules.most_tries}
    return {
        "id": rules.pk,
        "title": rules_title(rules),
        "facts": [
            (_("At most"), tries),
            *((str(outcome.label), _pauses(rules, outcome)) for outcome in UNREACHED),
            (_("As soon as possible"), _("for %(time)s of calling time") % {"time": lasting(rules.soon_minutes * 60)}),
            (_("A window ends within"), _("%(count)s days") % {"count": rules.longest_days}),
        ],
        "week": [
            (day, write_spans(spans) or _("nobody is called")) for day, spans in zip(_days(), rules.week, strict=False)
        ],
        "acts": act_links(actor, CALLBACK_RULES, rules.pk),
    }


def _pauses(rules: CallbackRules, outcome: Any) -> str:
    """After how long each further try comes, as it would be done."""
    pauses = [pause_after(rules, outcome, tries) for tries in range(1, rules.most_tries)]
    named = [lasting(pause.total_seconds()) for pause in pauses[:5] if pause is not None]
    if not named:
        return _("not tried again")
    return _("again after %(pauses)s") % {"pauses": ", ".join(named)}


def _days() -> list[str]:
    return [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]
