"""Notices for who writes them: the list, one with who has read it, and beginning one about a guideline."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.guidelines.models import Guideline
from onhand.kernel.actor import Actor
from onhand.knowledge.languages import language_name
from onhand.knowledge.markdown import render as render_markdown
from onhand.receipts import access
from onhand.receipts.documents import Questions
from onhand.receipts.enums import NoticeState
from onhand.receipts.models import Notice
from onhand.receipts.queries import Standing, many_without_permission, not_passed, receipts_of, standing_by_team
from onhand.receipts.subjects import NOTICE
from onhand.staff.models import Representative, Role, Team
from onhand.web.addresses import address_of
from onhand.web.guidelines.words import act_label, acts_in_words
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history

PAGE = 50
TONES = {NoticeState.DRAFT: "info", NoticeState.PUBLISHED: "good", NoticeState.WITHDRAWN: ""}
BEGIN = "receipts.begin_notice"


@require_safe
@for_actor(access.WRITE)
def notices(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The notices, the newest first: how each stands, when it is due, and how many passed."""
    found = access.visible_notices(actor).order_by("-pk")
    before = page_number(request.GET.get("before"))
    if before:
        found = found.filter(pk__lt=before)
    passed = Count("receipts", filter=Q(receipts__passed_at__isnull=False))
    page = list(found.defer("questions").annotate(passed=passed)[: PAGE + 1])
    now = timezone.now()
    context = {
        "title": _("Notices"),
        "lead": _(
            "What everybody concerned has to read and understand. What a notice withholds waits until they have."
        ),
        "columns": [
            *(
                (_("Title"), ""),
                (_("State"), ""),
                (_("Due"), "soft"),
                (_("Withholds"), "soft"),
                (_("Passed"), "number"),
            ),
        ],
        "rows": [_row(one, now) for one in page[:PAGE]],
        "next_url": f"?before={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        "new": creating_links(actor, NOTICE),
    }
    return render(request, "guidelines/notices.html", context)


def _row(one: Any, now: datetime) -> dict[str, Any]:
    state = NoticeState(one.state)
    return {
        "notice": one,
        "url": address_of("guidelines:notice", one.pk),
        "state": state.label,
        "tone": TONES[state],
        "is_due": one.is_published and one.due_at <= now,
        "withholds": ", ".join(_withheld(one)),
        "passed": one.passed,
    }


def _withheld(one: Notice) -> list[str]:
    said = [acts_in_words(tuple(one.withheld_acts))] if one.withheld_acts else []
    return [*said, _("new work")] if one.withholds_work else said


@require_safe
@for_actor()
def notice(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One notice for who writes them: its text in each language, and who has read it. Others are shown it on the desk."""
    one = access.visible_notices(actor).select_related("guideline", "article", "replaces").filter(pk=pk).first()
    if one is None:
        raise Http404
    if not actor.may(access.WRITE):
        return HttpResponseRedirect(address_of("desk:notice", one.pk))
    now = timezone.now()
    context = {
        "title": one.title,
        "notice": one,
        "state": NoticeState(one.state).label,
        "tone": TONES[NoticeState(one.state)],
        "is_due": one.is_published and one.due_at is not None and one.due_at <= now,
        "facts": _facts(one),
        "texts": [
            {
                "code": code,
                "language": language_name(code),
                "title": words["title"],
                "html": render_markdown(words["text"]),
            }
            for code, words in one.texts.items()
        ],
        "questions": _questions(one.questions),
        "acts": act_links(actor, NOTICE, one.pk, _but(one)),
        "history": history(actor, NOTICE, one.pk),
        **(_who_has_read(request, actor, one) if one.published_at else {"whole": None}),
    }
    return render(request, "guidelines/notice.html", context)


def _but(one: Notice) -> tuple[str, ...]:
    """The acts that make no sense for it as it stands, or have a page of their own."""
    if one.state == NoticeState.DRAFT:
        return ("receipts.pass_notice",)
    published = ("receipts.pass_notice", "receipts.write_notice", "receipts.publish_notice")
    return published if one.is_published else (*published, "receipts.withdraw_notice")


def _facts(one: Notice) -> list[tuple[str, str]]:
    roles = dict(Role.objects.filter(key__in=one.role_keys).values_list("key", "name"))
    teams = dict(Team.objects.filter(pk__in=one.team_ids).values_list("pk", "name"))
    facts = [
        (_("For people of these roles"), ", ".join(_(roles.get(key, key)) for key in one.role_keys) or _("any role")),
        (_("In these teams"), ", ".join(teams.get(pk, "–") for pk in one.team_ids) or _("any team, or none")),
        (_("Withheld acts"), ", ".join(act_label(name) for name in one.withheld_acts) or _("none")),
        (_("New work"), _("withheld") if one.withholds_work else _("given all the same")),
        (_("Written by"), one.written_by_name),
    ]
    if one.guideline is not None:
        version = _("version %(number)s") % {"number": one.guideline_version} if one.guideline_version else ""
        facts.append((_("Guideline"), ", ".join(part for part in (one.guideline.name, version) if part)))
    if one.article is not None:
        facts.append((_("Article"), one.article.title))
    if one.replaces is not None:
        facts.append((_("Takes the place of"), one.replaces.title))
    if one.published_by_name:
        facts.append((_("Published by"), one.published_by_name))
    if one.why_withdrawn:
        facts.append((_("Withdrawn by"), f"{one.withdrawn_by_name}: {one.why_withdrawn}"))
    return facts


def _questions(questions: Questions) -> list[list[dict[str, Any]]]:
    """Each question in each language, its answers with whether they are right."""
    return [
        [
            {
                "code": code,
                "language": language_name(code),
                "question": words["question"],
                "answers": [(text, place == one["right"]) for place, text in enumerate(words["answers"])],
            }
            for code, words in one["words"].items()
        ]
        for one in questions
    ]


def _who_has_read(request: HttpRequest, actor: Actor, one: Notice) -> dict[str, Any]:
    whole, teams = standing_by_team(actor, one)
    waiting = not_passed(actor, one)
    after = Representative.objects.filter(pk=page_number(request.GET.get("after")) or 0).first()
    if after is not None:
        waiting = waiting.filter(Q(name__gt=after.name) | Q(name=after.name, pk__gt=after.pk))
    page = list(waiting.select_related("role")[: PAGE + 1])
    receipts = receipts_of(one, [person.pk for person in page])
    return {
        "whole": _drawn(whole),
        "teams": [_drawn(team) for team in teams],
        "waiting": [{"person": person, "receipt": receipts.get(person.pk)} for person in page[:PAGE]],
        "next_url": f"?after={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        "cannot": many_without_permission(one, actor, access.READ) if one.is_published else 0,
    }


def _drawn(one: Standing) -> dict[str, Any]:
    """A line of the table with its bar: of each hundred those who passed, and those who only opened it."""
    many = max(one.concerned, 1)
    passed, opened = one.passed * 100 / many, max(0, one.opened - one.passed) * 100 / many
    return {
        "name": one.name or _("In no team"),
        "concerned": one.concerned,
        "passed": one.passed,
        "opened": max(0, one.opened - one.passed),
        "not_opened": max(0, one.concerned - max(one.opened, one.passed)),
        "passed_long": round(passed, 1),
        "opened_from": round(passed, 1),
        "opened_long": round(opened, 1),
    }


def announce_address(guideline: Guideline, number: int | None, acts: tuple[str, ...]) -> str:
    """The form of a notice with what is known of a guideline filled in."""
    title = _("%(name)s, version %(number)s") % {"name": guideline.name, "number": number} if number else guideline.name
    asked = [("guideline", str(guideline.pk)), ("title", title), *(("acts", name) for name in acts)]
    if number:
        asked.append(("guideline_version", str(number)))
    return f"{address_of('settings:new', NOTICE, BEGIN)}?{urlencode(asked)}"
