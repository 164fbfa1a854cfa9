"""What contacts are wrapped up with and signed with: the reasons to choose from, and the signatures of teams with examples."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.contacts.access import SET_UP
from onhand.contacts.contact_subject import reason_name
from onhand.contacts.conversations.signatures import example_signature
from onhand.contacts.models import ContactReason, TeamSignature
from onhand.contacts.wrap_up_subjects import CONTACT_REASON, TEAM_SIGNATURE, visible_reasons, visible_signatures
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import subject_type
from onhand.knowledge.languages import language_name
from onhand.knowledge.response_fields import response_fields
from onhand.staff.access import visible_teams
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history


@require_safe
@for_actor(SET_UP)
def contact_setup(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The tree of reasons, and every team with what it signs with, filled as for an answer of the reader."""
    reasons, teams = _tree(visible_reasons(actor)), _teams(actor)
    context = {
        "title": _("Wrap-up and signatures"),
        "lead": _("Why customers got in touch, chosen when a contact is wrapped up, and what answers are signed with."),
        "reasons": reasons,
        "reason_count": sum(1 + len(one["below"]) for one in reasons),
        "new_reason": next(iter(creating_links(actor, CONTACT_REASON)), None),
        "teams": teams,
        "any_signature": any(team["signatures"] for team in teams),
        "fields": _fields(),
    }
    return render(request, "settings/contact_setup.html", context)


@require_safe
@for_actor(SET_UP)
def reason(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One reason: where it stands, whether it is offered, what can be changed, and how it became so."""
    found = visible_reasons(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    below = list(found.children.order_by("position", "name"))
    is_offered, words = _offered(found, below)
    context = {
        "title": found.name,
        "is_offered": is_offered,
        "facts": [
            (_("Below"), found.parent.name if found.parent else _("nothing: it stands by itself")),
            (_("Place in the list"), str(found.position)),
            (_("When a contact is wrapped up"), words),
        ],
        "below": [_entry(one, *_offered(one, [])) for one in below],
        "may_have_below": found.parent is None and found.is_active,
        "new_below": _asking(creating_links(actor, CONTACT_REASON), "above", pk),
        "acts": act_links(actor, CONTACT_REASON, pk),
        "history": history(actor, CONTACT_REASON, pk),
    }
    return render(request, "settings/contact_reason.html", context)


@require_safe
@for_actor(SET_UP)
def signature(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One signature: its text, how it looks below an answer, what can be changed, and how it became so."""
    found = visible_signatures(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    context = {
        "title": subject_type(TEAM_SIGNATURE).title(found),
        "signature": _signature(found, actor),
        "fields": _fields(),
        "acts": act_links(actor, TEAM_SIGNATURE, pk),
        "history": history(actor, TEAM_SIGNATURE, pk),
    }
    return render(request, "settings/signature.html", context)


def _tree(found: Iterable[ContactReason]) -> list[dict[str, Any]]:
    """The reasons that stand by themselves, each with those below it, in the order they are offered in."""
    placed = sorted(found, key=lambda one: (one.position, one.name.casefold()))
    below: dict[int, list[ContactReason]] = {}
    for one in placed:
        if one.parent_id is not None:
            below.setdefault(one.parent_id, []).append(one)
    return [
        _entry(one, *_offered(one, below.get(one.pk, [])))
        | {
            "is_heading": bool(below.get(one.pk)),
            "below": [_entry(lower, *_offered(lower, [])) for lower in below.get(one.pk, [])],
        }
        for one in placed
        if one.parent_id is None
    ]


def _entry(one: ContactReason, is_offered: bool, words: str) -> dict[str, Any]:
    url = address_of("settings:contact_reason", one.pk)
    return {"id": one.pk, "name": one.name, "url": url, "is_offered": is_offered, "words": words}


def _offered(one: ContactReason, below: Iterable[ContactReason]) -> tuple[bool, str]:
    """Whether a reason leads to something that can be chosen, and in words which."""
    if not one.is_active:
        return False, _("not offered any more; contacts that have it keep it")
    if one.parent and not one.parent.is_active:
        return False, _("not offered, as the reason above it is not")
    if any(lower.is_active for lower in below):
        return True, _("one of those below it is chosen")
    return True, _("offered as “%(name)s”") % {"name": reason_name(one)}


def _teams(actor: Actor) -> list[dict[str, Any]]:
    signatures: dict[int, list[dict[str, Any]]] = {}
    for one in visible_signatures(actor).order_by("language"):
        signatures.setdefault(one.team_id, []).append(_signature(one, actor))
    new = creating_links(actor, TEAM_SIGNATURE)
    return [
        {"id": pk, "name": name, "signatures": signatures.get(pk, []), "new": _asking(new, "team", pk)}
        for pk, name in visible_teams(actor).order_by("name", "pk").values_list("pk", "name")
    ]


def _signature(one: TeamSignature, actor: Actor) -> dict[str, Any]:
    """A signature as it is shown, filled for a customer and, where that reads otherwise, for somebody who is not known."""
    language, now = one.language or get_language() or "en", timezone.now()
    known = example_signature(one.text, actor, language, at=now)
    unknown = example_signature(one.text, actor, language, at=now, is_known=False)
    return {
        "id": one.pk,
        "url": address_of("settings:signature", one.pk),
        "code": one.language,
        "language": language_name(one.language) if one.language else _("Every other language"),
        "text": one.text,
        "known": known,
        "unknown": unknown,
        "differs": known != unknown,
    }


def _asking(links: list[dict[str, Any]], name: str, value: int) -> dict[str, Any] | None:
    """The first link, with one box of its form filled."""
    return next(({**one, "url": f"{one['url']}?{name}={value}"} for one in links), None)


def _fields() -> list[tuple[str, str]]:
    return [(f"{{{one.name}}}", f"{one.label}: {one.example}") for one in response_fields()]
