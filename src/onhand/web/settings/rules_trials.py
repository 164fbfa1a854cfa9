"""A trial of the draft: how far it is, what each rule would have done, and every message it is different for."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.contacts.access import visible_contacts
from onhand.kernel.actor import Actor
from onhand.rules import access
from onhand.rules.actions import find_action
from onhand.rules.models import Trial, TriedMessage
from onhand.rules.queries import tried_messages
from onhand.rules.wording import Wording
from onhand.web.settings.access import for_actor, page_number

PAGE = 50
TONES = {"done": "good", "failed": "bad"}


@require_safe
@for_actor(access.SET_UP)
def trial(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One trial."""
    found = access.visible_trials(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    rule_key, only_different = request.GET.get("rule", "")[:20], request.GET.get("different") == "1"
    after = page_number(request.GET.get("after")) or 0
    page = tried_messages(pk, rule_key=rule_key, only_different=only_different, after=after, limit=PAGE + 1)
    wording = Wording(actor)
    query = f"rule={rule_key}&different={'1' if only_different else ''}"
    context = {
        "title": _("Trial of the draft"),
        "trial": found,
        "state": found.get_state_display(),
        "tone": TONES.get(found.state, "info"),
        "percent": min(100, found.seen * 100 // max(1, found.total)) if found.state != "done" else 100,
        "under_way": found.state in ("waiting", "running"),
        "bars": _bars(found),
        "actions": _action_lines(found),
        "messages_tried": [_shown(one, actor, wording) for one in _visible(page[:PAGE], actor)],
        "rule_key": rule_key,
        "only_different": only_different,
        "next_url": f"?{query}&after={page[PAGE - 1].pk}" if len(page) > PAGE else None,
    }
    return render(request, "settings/rules/trial.html", context)


def _bars(found: Trial) -> list[dict[str, Any]]:
    """One line a rule, with the lengths of its bars in per cent of the longest; rules of the draft in their order, others after."""
    counted: Mapping[str, Any] = found.counts.get("rules", {})
    order = [one["key"] for one in found.rules]
    names = {one["key"]: one["name"] for one in found.rules}
    keys = [*order, *(key for key in counted if key not in order)]
    lines = [(key, counted.get(key, {"name": names.get(key, ""), "draft": 0, "published": 0})) for key in keys]
    longest = max((max(one["draft"], one["published"]) for _key, one in lines), default=0) or 1
    return [
        {
            "key": key,
            "name": one["name"],
            "in_draft": key in names,
            "draft": one["draft"],
            "published": one["published"],
            "draft_long": round(one["draft"] * 100 / longest, 2),
            "published_long": round(one["published"] * 100 / longest, 2),
        }
        for key, one in lines
    ]


def _action_lines(found: Trial) -> list[tuple[str, int, int]]:
    lines = []
    for do, one in found.counts.get("actions", {}).items():
        kind = find_action(do)
        lines.append((str(kind.label) if kind else do, one["draft"], one["published"]))
    return lines


def _visible(page: list[TriedMessage], actor: Actor) -> list[TriedMessage]:
    """Those of contacts the reader may see: a trial counts all, and shows nobody what they may not read."""
    allowed = set(
        visible_contacts(actor).filter(pk__in=[one.message.contact_id for one in page]).values_list("pk", flat=True)
    )
    return [one for one in page if one.message.contact_id in allowed]


def _shown(one: TriedMessage, actor: Actor, wording: Wording) -> dict[str, Any]:  # noqa: ARG001
    return {
        "id": one.pk,
        "at": one.message.at,
        "sender": one.message.sender_name or one.message.sender_address,
        "subject": one.message.subject,
        "contact_id": one.message.contact_id,
        "is_different": one.is_different,
        "by_draft": _told(one.by_draft, wording),
        "by_published": _told(one.by_published, wording),
    }


def _told(matches: list[Mapping[str, Any]], wording: Wording) -> list[tuple[str, list[str]]]:
    return [(match["name"], [wording.step(step) for step in match["steps"]]) for match in matches]
