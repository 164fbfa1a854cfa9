"""A draft tried on the past: begun, how far it is, what would have been decided otherwise, act by act, and its cost."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from onhand.guidelines import access
from onhand.guidelines.models import GuidelineTrial, TriedAct
from onhand.guidelines.tasks import try_draft
from onhand.guidelines.trials import start_trial
from onhand.kernel.actor import Actor
from onhand.kernel.acts import find_act
from onhand.kernel.errors import ActError
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.subjects import find_subject_type
from onhand.web.addresses import address_of
from onhand.web.guidelines.pages import guideline_of
from onhand.web.settings.access import for_actor, page_number

PAGE = 50
TONES = {"done": "good", "failed": "bad"}
WAS = {
    "allow": gettext_lazy("done without asking"),
    "ask": gettext_lazy("approved"),
    "refuse": gettext_lazy("refused when it was tried"),
    "tried": gettext_lazy("needed approval, and nobody gave it"),
}
WOULD_BE = {
    "allow": (gettext_lazy("allowed"), "good"),
    "ask": (gettext_lazy("asked for"), "warn"),
    "refuse": (gettext_lazy("refused"), "bad"),
    "unknown": (gettext_lazy("not known"), ""),
}


@require_POST
@for_actor(access.WRITE)
def begin(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Have the draft tried on the acts of so many days."""
    one = guideline_of(actor, pk)
    try:
        trial = start_trial(one, actor=actor, at=timezone.now(), days=page_number(request.POST.get("days")) or 90)
    except ActError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(address_of("guidelines:draft", pk))
    try_draft.defer(trial_id=trial.pk)
    return HttpResponseRedirect(address_of("guidelines:trial", trial.pk))


@require_safe
@for_actor(access.WRITE)
def trial(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One trial, followed live while it runs."""
    found = access.visible_trials(actor).select_related("guideline").filter(pk=pk).first()
    if found is None:
        raise Http404
    would_be = request.GET.get("would_be", "")
    tried = TriedAct.objects.filter(trial=found, pk__gt=page_number(request.GET.get("after")) or 0)
    if would_be in WOULD_BE:
        tried = tried.filter(would_be=would_be)
    page = list(tried.order_by("pk")[: PAGE + 1])
    context = {
        "title": _("%(name)s: tried on the past") % {"name": found.guideline.name},
        "trial": found,
        "state": found.get_state_display(),
        "tone": TONES.get(found.state, "info"),
        "percent": min(100, found.seen * 100 // max(1, found.total)) if found.state != "done" else 100,
        "under_way": found.state in ("waiting", "running"),
        "lines": _lines(found),
        "figures": _figures(found),
        "unknown": sorted(found.unknown.items(), key=lambda pair: -pair[1]),
        "acts": _acts(page[:PAGE], actor),
        "would_be": would_be if would_be in WOULD_BE else "",
        "kinds": [(key, words) for key, (words, _tone) in WOULD_BE.items() if key != "unknown"],
        "next_url": f"?would_be={would_be}&after={page[PAGE - 1].pk}" if len(page) > PAGE else None,
    }
    return render(request, "guidelines/trial.html", context)


def _figures(found: GuidelineTrial) -> list[tuple[str, Any, str]]:
    """(what, how many or how much, tone) for the head of the page."""
    different = sum(
        many
        for was in ("allow", "ask")
        for would, many in found.counts.get(was, {}).items()
        if would not in (was, "unknown")
    )
    refused = found.counts.get("refuse", {})
    said = {"all": f"{sum(refused.values()):,}", "allowed": f"{refused.get('allow', 0):,}"}
    return [
        (_("Acts"), f"{found.total:,}", ""),
        (_("Decided otherwise"), f"{different:,}", ""),
        (_("Refused attempts that would have been allowed"), _("%(allowed)s of %(all)s") % said, ""),
        (_("Given with what would be refused"), _amounts(found.refused, sign=-1), ""),
        (_("Given with what would be asked for"), _amounts(found.asked), ""),
    ]


def _amounts(by_currency: Mapping[str, int], sign: int = 1) -> str:
    return (
        ", ".join(Money(sign * minor, currency).formatted() for currency, minor in sorted(by_currency.items())) or "0"
    )


def _lines(found: GuidelineTrial) -> list[dict[str, Any]]:
    """How it was, how it would be, how many: with the length of its bar in per cent of the longest."""
    rows = [
        (was, would, many) for was in WAS for would in WOULD_BE if (many := found.counts.get(was, {}).get(would, 0))
    ]
    longest = max((many for _was, _would, many in rows), default=0) or 1
    return [
        {
            "was": WAS[was],
            "would": WOULD_BE[would][0],
            "tone": WOULD_BE[would][1],
            "count": many,
            "long": round(many * 100 / longest, 2),
        }
        for was, would, many in rows
    ]


def _acts(page: list[TriedAct], actor: Actor) -> list[dict[str, Any]]:
    """The acts of a page. Whose they were is said where the reader may see them."""
    records = ActRecord.objects.in_bulk([one.record_id for one in page])
    seen = _visible([record for record in records.values() if record.subject_id], actor)
    return [_shown(one, records.get(one.record_id), seen) for one in page]


def _shown(one: TriedAct, record: ActRecord | None, seen: Mapping[tuple[str, int], str]) -> dict[str, Any]:
    act = find_act(record.act) if record else None
    words, tone = WOULD_BE[one.would_be]
    given = record.facts.get(act.gives) if record and act and act.gives else None
    return {
        "id": one.pk,
        "at": record.at if record else None,
        "act": str(act.label) if act else (record.act if record else "–"),
        "by": record.actor_role if record else "",
        "given": Money(given["minor"], given["currency"]).formatted() if given else "",
        "was": _("approved") if one.was == "ask" else _("done without asking"),
        "would": words,
        "tone": tone,
        "reason": one.reason,
        "rows": one.rows,
        "url": seen.get((record.subject_type, record.subject_id or 0)) if record else None,
    }


def _visible(records: list[ActRecord], actor: Actor) -> dict[tuple[str, int], str]:
    """Addresses of the subjects of these records that the actor may see; one statement a type."""
    ids: dict[str, set[int]] = {}
    for record in records:
        ids.setdefault(record.subject_type, set()).add(record.subject_id or 0)
    found = {}
    for name, some in ids.items():
        kind = find_subject_type(name)
        if kind is not None:
            for pk in kind.visible(actor).filter(pk__in=some).values_list("pk", flat=True):
                found[name, pk] = kind.page(pk)
    return found
