"""Notices on the desk: what somebody has to read, the page of one with its questions, and saying that it is understood."""

import secrets
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onhand.customers.access import VIEW
from onhand.guidelines.access import visible_guidelines
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, NotPermitted, SubjectNotFound
from onhand.kernel.perform import Outcome, perform
from onhand.knowledge.access import visible_articles
from onhand.knowledge.languages import language_name
from onhand.knowledge.markdown import render as render_markdown
from onhand.receipts.access import READ, WRITE, visible_notices
from onhand.receipts.documents import questions_in, text_in, title_in
from onhand.receipts.models import Notice, Receipt
from onhand.receipts.operations import note_opened
from onhand.receipts.queries import MOST_COUNTED, Unread, concerns, count_unread, receipt_of, to_read, was_read
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of
from onhand.web.desk.customer_pages import work_sections
from onhand.web.desk.request_keys import key_of
from onhand.web.guidelines.words import acts_in_words

PASS_ACT = "receipts.pass_notice"  # noqa: S105  (no password)
PAGE = 25
ANSWER = "answer-"  # and the place of the question, from 1 on


def unread_view(actor: Actor) -> dict[str, Any]:
    """What the bar and the desk say of notices that are to be read: nothing where none is, or somebody may not read them."""
    found = count_unread(actor, timezone.now()) if actor.may(READ) else Unread(0, 0)
    many = f"{MOST_COUNTED - 1}+" if found.all >= MOST_COUNTED else str(found.all)
    return {
        "many": found.all,
        "due": found.due,
        "words": _("%(count)s to read") % {"count": many},
        "sentence": ngettext("%(count)s notice is to be read.", "%(count)s notices are to be read.", found.all)
        % {"count": many},
        "due_words": _("It is due.")
        if found.all == 1
        else ngettext("%(count)s of them is due.", "%(count)s of them are due.", found.due) % {"count": found.due},
        "url": address_of("desk:notices"),
    }


@require_safe
@desk_view
def unread(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The mark in the bar by itself, for live updates."""
    actor.require(READ)
    return render(request, "desk/notices/unread.html", {"unread_notices": unread_view(actor)})


@require_safe
@desk_view
def notices(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What is to be read, what is due first on top; and what was read, the last first."""
    actor.require(READ)
    now = timezone.now()
    waiting, read = to_read(actor), was_read(actor)
    after = Notice.objects.filter(pk=number_of(request.GET.get("after")) or 0).first()
    if after is not None:
        waiting = waiting.filter(Q(due_at__gt=after.due_at) | Q(due_at=after.due_at, pk__gt=after.pk))
    before = Receipt.objects.filter(pk=number_of(request.GET.get("before")) or 0, representative=actor.id).first()
    if before is not None:
        read = read.filter(Q(passed_at__lt=before.passed_at) | Q(passed_at=before.passed_at, pk__lt=before.pk))
    first, then = list(waiting[: PAGE + 1]), list(read[: PAGE + 1])
    context = {
        "to_read": [_line(one, now) for one in first[:PAGE]],
        "to_read_next": f"?after={first[PAGE - 1].pk}" if len(first) > PAGE else None,
        "was_read": [_line(one.notice, now) | {"at": one.passed_at} for one in then[:PAGE]],
        "was_read_next": f"?before={then[PAGE - 1].pk}" if len(then) > PAGE else None,
        "manage_url": address_of("guidelines:notices") if actor.may(WRITE) else "",
        "column": "stream",
        "has_file": False,
        "work_sections": work_sections(actor) if actor.may(VIEW) else [],
    }
    return render(request, "desk/notices/list.html", context)


def _line(one: Notice, now: datetime) -> dict[str, Any]:
    return {
        "id": one.pk,
        "url": address_of("desk:notice", one.pk),
        "title": title_in(one.texts, get_language() or ""),
        "due_at": one.due_at,
        "is_due": one.due_at is not None and one.due_at <= now,
        "questions": len(one.questions),
        "withholds": _withholds(one),
    }


def _withholds(one: Notice) -> list[str]:
    """What is withheld from who has not passed, in words."""
    said = [acts_in_words(tuple(one.withheld_acts))] if one.withheld_acts else []
    return [*said, _("new work")] if one.withholds_work else said


@require_safe
@desk_view
def notice(request: HttpRequest, actor: Actor, notice_id: int) -> HttpResponse:
    """One notice in the reader's language, with its questions. Keeps when somebody first opened it."""
    one, now = _read(actor, notice_id), timezone.now()
    note_opened(actor=actor, notice=one, at=now)
    return render(request, "desk/notices/notice.html", _page(actor, one, now))


@require_POST
@desk_view
def understood(request: HttpRequest, actor: Actor, notice_id: int) -> HttpResponse:
    """Say that it is read and understood, with the answers; what came of it is said on the page."""
    one, now = _read(actor, notice_id), timezone.now()
    chosen = [number_of(request.POST.get(f"{ANSWER}{place}")) for place in range(1, len(one.questions) + 1)]
    missing = [place for place, answer in enumerate(chosen, 1) if answer is None]
    if missing:
        return _again(request, actor, one, chosen, problem=_("Answer every question."), wrong=missing)
    try:
        outcome = perform(
            PASS_ACT,
            actor=actor,
            subject_id=one.pk,
            arguments={"answers": chosen},
            at=now,
            idempotency_key=key_of(request),
        )
    except (SubjectNotFound, NotPermitted):
        raise
    except ActError as error:
        problem = " ".join([error.message, *(said for given in error.fields.values() for said in given)])
        return _again(request, actor, one, chosen, problem=problem)
    return _told(request, actor, one, chosen, outcome)


def _told(request: HttpRequest, actor: Actor, one: Notice, chosen: list[int | None], outcome: Outcome) -> HttpResponse:
    wrong = outcome.after.get("wrong")
    if wrong:
        return _again(request, actor, one, chosen, wrong=[int(place) for place in wrong], tried=True)
    return HttpResponseRedirect(address_of("desk:notice", one.pk))


def _again(
    request: HttpRequest,
    actor: Actor,
    one: Notice,
    chosen: list[int | None],
    *,
    problem: str = "",
    wrong: list[int] | None = None,
    tried: bool = False,
) -> HttpResponse:
    more = {"problem": problem, "wrong": wrong or [], "was_tried": tried, "chosen": chosen}
    context = _page(actor, one, timezone.now()) | more
    return render(request, "desk/notices/notice.html", context, status=200 if tried else 422)


def _read(actor: Actor, notice_id: int) -> Notice:
    found = visible_notices(actor).filter(pk=notice_id).first() if actor.may(READ) else None
    if found is None:
        raise SubjectNotFound
    return found


def _page(actor: Actor, one: Notice, now: datetime) -> dict[str, Any]:
    language = get_language() or ""
    code, text = text_in(one.texts, language)
    receipt = receipt_of(actor, one)
    is_passed = receipt is not None and receipt.passed_at is not None
    return {
        "notice": _line(one, now),
        "state": one,
        "code": code,
        "other_language": language_name(code) if code != language else "",
        "html": render_markdown(text),
        "questions": questions_in(one.questions, language),
        "receipt": receipt,
        "is_passed": is_passed,
        "may_pass": one.is_published and not is_passed and concerns(actor, one),
        "about": _about(actor, one),
        "answer": ANSWER,
        "problem": "",
        "wrong": [],
        "was_tried": False,
        "chosen": [],
        "new_key": secrets.token_hex(16),
        "standing_url": address_of("guidelines:notice", one.pk) if actor.may(WRITE) else "",
        "replaced_by": _replacement(actor, one),
        "column": "stream",
        "has_file": False,
        "work_sections": work_sections(actor) if actor.may(VIEW) else [],
    }


def _replacement(actor: Actor, one: Notice) -> dict[str, Any] | None:
    found = visible_notices(actor).filter(replaces=one, published_at__isnull=False).order_by("-pk").first()
    return _line(found, timezone.now()) if found else None


def _about(actor: Actor, one: Notice) -> list[dict[str, str]]:
    """The guideline and the article it is about, as links for who may open them."""
    found = []
    if one.guideline_id is not None:
        name = visible_guidelines(actor).filter(pk=one.guideline_id).values_list("name", flat=True).first()
        if name and one.guideline_version:
            url = address_of("guidelines:version", one.guideline_id, one.guideline_version)
            label = _("%(name)s, version %(number)s") % {"name": name, "number": one.guideline_version}
            found.append({"url": url, "label": label})
        elif name:
            found.append({"url": address_of("guidelines:guideline", one.guideline_id), "label": name})
    if one.article_id is not None:
        title = visible_articles(actor).filter(pk=one.article_id).values_list("title", flat=True).first()
        if title:
            found.append({"url": address_of("desk:article", one.article_id), "label": title})
    return found
