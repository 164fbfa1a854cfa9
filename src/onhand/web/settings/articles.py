"""Articles: writing them, what waits for somebody's approval, what is overdue for review, and what each version said."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.customers.finding.words import fold
from onhand.kernel.actor import Actor
from onhand.kernel.models import ActRecord
from onhand.knowledge import access
from onhand.knowledge.comparing import compare
from onhand.knowledge.enums import ArticleState, Audience
from onhand.knowledge.languages import language_name
from onhand.knowledge.markdown import render as render_markdown
from onhand.knowledge.models import Article, ArticleVersion
from onhand.knowledge.queries import overdue_articles, waiting_articles
from onhand.knowledge.subjects import ARTICLE
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history
from onhand.web.templating import show_date, show_datetime

PAGE = 50
MOST_WAITING = 100
DUE = "due"  # among the states one may filter by
_TONES = {ArticleState.DRAFT: "", ArticleState.TO_APPROVE: "info", ArticleState.PUBLISHED: "good"}
# What cannot be done in a state, and is not offered.
_IMPOSSIBLE: dict[str, frozenset[str]] = {
    ArticleState.DRAFT: frozenset({"approve_article", "return_article", "take_up_article"}),
    ArticleState.TO_APPROVE: frozenset({"submit_article", "take_up_article"}),
    ArticleState.PUBLISHED: frozenset({"submit_article", "approve_article", "return_article", "take_up_article"}),
    ArticleState.WITHDRAWN: frozenset(
        {
            *("submit_article", "approve_article", "return_article", "change_article", "restore_version"),
            *("withdraw_article", "confirm_article"),
        }
    ),
}


def _require_writer(actor: Actor) -> None:
    if not access.sees_drafts(actor):
        raise PermissionDenied(access.WRITE)


@require_safe
@for_actor()
def articles(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every article, those changed last first; by words of the title, state, language and audience."""
    _require_writer(actor)
    asked = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:100]
        for name in ("q", "state", "language", "audience")
    }
    today = timezone.localdate()
    found = _filtered(access.visible_articles(actor), asked, today)
    before = page_number(request.GET.get("before"))
    last = Article.objects.filter(pk=before or 0).values_list("changed_at", "pk").first()
    if last:
        found = found.filter(Q(changed_at__lt=last[0]) | Q(changed_at=last[0], pk__lt=last[1]))
    page = list(found.select_related("owner").order_by("-changed_at", "-pk")[: PAGE + 1])
    following = request.GET.copy()
    if len(page) > PAGE:
        following["before"] = str(page[PAGE - 1].pk)
    codes = Article.objects.order_by("language").values_list("language", flat=True).distinct()
    context = {
        "title": _("Articles"),
        "lead": _("What colleagues look up and customers read. What one wrote, somebody else approves."),
        "columns": _columns(),
        "rows": [_row(one, today) for one in page[:PAGE]],
        "filters": {
            "url": address_of("settings:articles"),
            "query": asked["q"],
            "label": _("Words of the title, keywords or category"),
            "choices": [
                _choice("state", _("State"), asked, [*ArticleState.choices, (DUE, _("Review overdue"))]),
                _choice("language", _("Language"), asked, [(code, language_name(code)) for code in codes]),
                _choice("audience", _("Audience"), asked, [("internal", _("Internal")), ("public", _("Public"))]),
            ],
        },
        "next_url": f"?{following.urlencode()}" if len(page) > PAGE else None,
        "shown": "",
        "new": next(iter(creating_links(actor, ARTICLE)), None),
        "empty": {
            "title": _("No article is here"),
            "words": _("Write the first one, or look for other words."),
            "icon": "page",
        },
    }
    return render(request, "settings/list.html", context)


def _choice(name: str, label: str, asked: dict[str, str], options: list[Any]) -> dict[str, Any]:
    return {"name": name, "label": label, "value": asked[name], "options": [("", f"{label}: {_('any')}"), *options]}


def _filtered(found: QuerySet[Article], asked: dict[str, str], today: date) -> QuerySet[Article]:
    for word in fold(asked["q"]).split()[:8]:
        found = found.filter(
            Q(title__icontains=word)
            | Q(category__icontains=word)
            | Q(keywords__icontains=word)
            | Q(out__folded__contains=[word])
        )
    if asked["state"] == DUE:
        found = found.filter(published__isnull=False, review_on__lte=today)
    elif asked["state"]:
        found = found.filter(state=asked["state"])
    for name in ("language", "audience"):
        if asked[name]:
            found = found.filter(**{name: asked[name]})
    return found


def _columns() -> list[tuple[str, str]]:
    return [
        (_("Title"), ""),
        (_("Language"), "soft"),
        (_("Audience"), "soft"),
        (_("State"), ""),
        (_("Review"), "nowrap"),
        (_("Owner"), "soft"),
    ]


def _row(one: Article, today: date) -> dict[str, Any]:
    return {
        "id": one.pk,
        "url": address_of("settings:article", one.pk),
        "cells": [
            one.title,
            language_name(one.language),
            _("Public") if one.audience == Audience.PUBLIC else _("Internal"),
            _state(one),
            _review(one, today),
            one.owner.name if one.owner else "",
        ],
    }


def _state(one: Article) -> dict[str, str]:
    words = one.get_state_display()
    if one.published_id and one.state != ArticleState.PUBLISHED:
        words = _("Published, and %(state)s") % {"state": words.lower()}
    return {"text": words, "tone": _TONES.get(ArticleState(one.state), "warn")}


def _review(one: Article, today: date) -> Any:
    if one.review_on is None:
        return ""
    if one.published_id and one.review_on <= today:
        return {"text": _("%(day)s, overdue") % {"day": show_date(one.review_on)}, "tone": "bad"}
    return show_date(one.review_on)


@require_safe
@for_actor()
def reviews(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What waits for this person's approval, what they submitted themselves, and what is overdue for review."""
    _require_writer(actor)
    today = timezone.localdate()
    waiting = list(waiting_articles(actor).select_related("owner")[:MOST_WAITING])
    others = Article.objects.filter(state=ArticleState.TO_APPROVE).exclude(pk__in=[one.pk for one in waiting])
    overdue = overdue_articles(actor, today).select_related("owner")
    context = {
        "title": _("To approve and review"),
        "columns": _columns(),
        "waiting": [_row(one, today) for one in waiting],
        "others": [
            _row(one, today) for one in others.select_related("owner").order_by("changed_at", "pk")[:MOST_WAITING]
        ],
        "overdue": [_row(one, today) for one in overdue[:MOST_WAITING]],
    }
    return render(request, "settings/knowledge/reviews.html", context)


@require_safe
@for_actor()
def article(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One article: what its newest version says, what can be done, its versions and translations."""
    _require_writer(actor)
    found = access.visible_articles(actor).select_related("owner", "original", "published").filter(pk=pk).first()
    if found is None:
        raise Http404
    today = timezone.localdate()
    versions = list(found.versions.order_by("-number")[:PAGE])
    hidden = {f"knowledge.{name}" for name in _IMPOSSIBLE[found.state]}
    if found.published_id is None:
        hidden.add("knowledge.confirm_article")
    is_own = found.state == ArticleState.TO_APPROVE and not waiting_articles(actor).filter(pk=pk).exists()
    if is_own:
        hidden.add("knowledge.approve_article")
    published = found.published.number if found.published else None
    context = {
        "title": found.title,
        "article": found,
        "language_label": language_name(found.language),
        "state": _state(found),
        "html": render_markdown(found.body),
        "facts": _facts(found, today),
        "acts": act_links(actor, ARTICLE, found.pk, but=tuple(hidden)),
        "is_own": is_own and actor.may(access.APPROVE),
        "returned": _returned(found),
        "versions": [
            {
                "number": one.number,
                "at": one.written_at,
                "who": one.author_name,
                "note": one.note,
                "is_published": one.number == published,
                "url": f"{address_of('settings:article_compare', found.pk)}?from={one.number - 1}&to={one.number}"
                if one.number > 1
                else "",
            }
            for one in versions
        ],
        "changes_url": f"{address_of('settings:article_compare', found.pk)}?from={published}&to={found.newest}"
        if published and published != found.newest
        else "",
        "translations": _translations(found),
        "translate": _translate(actor, found),
        "read_url": address_of("desk:article", found.pk) if published and actor.may(access.READ) else "",
        "history": history(actor, ARTICLE, found.pk),
    }
    return render(request, "settings/knowledge/article.html", context)


def _facts(found: Article, today: date) -> list[tuple[str, Any]]:
    review = _review(found, today)
    out = ""
    if found.published and found.published_at:
        out = _("version %(number)s, approved by %(who)s, %(at)s") % {
            "number": found.published.number,
            "who": found.published_by,
            "at": show_datetime(found.published_at),
        }
    return [
        (_("Published"), out),
        (_("Audience"), found.get_audience_display()),
        (_("Category"), found.category),
        (_("Keywords"), ", ".join(found.keywords)),
        (_("Owner"), found.owner.name if found.owner else ""),
        (_("Review on"), review["text"] if isinstance(review, dict) else review),
        (_("Where customers read it"), found.public_url),
    ]


def _returned(found: Article) -> str:
    """Why the newest version was sent back, as long as nothing was done about it."""
    last = ActRecord.objects.filter(subject_type=ARTICLE, subject_id=found.pk).order_by("-pk").first()
    if last is None or last.act != "knowledge.return_article":
        return ""
    return f"{last.actor_name}: {last.after.get('reason', '')}"


def _translations(found: Article) -> list[dict[str, Any]]:
    root = found.original or found
    family = [root, *root.translations.order_by("language")]
    return [
        {
            "url": address_of("settings:article", one.pk),
            "title": one.title,
            "language": language_name(one.language),
            "state": _state(one),
            "code": one.language,
            "is_older": _is_older(one, root),
        }
        for one in family
        if one.pk != found.pk
    ]


def _is_older(translation: Article, root: Article) -> bool:
    """Whether the original was written anew after this translation was."""
    written = dict(
        ArticleVersion.objects.filter(article__in=[translation.pk, root.pk])
        .order_by("number")
        .values_list("article_id", "written_at")
    )
    return translation.pk != root.pk and written[translation.pk] < written[root.pk]


def _translate(actor: Actor, found: Article) -> dict[str, Any] | None:
    link = next(iter(creating_links(actor, ARTICLE)), None)
    if link is None:
        return None
    root = found.original or found
    asked = f"?translation_of={root.pk}&audience={root.audience}&category={root.category}"
    return {"label": _("Translate it"), "url": f"{link['url']}{asked}"}


@require_safe
@for_actor()
def article_compare(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """What changed from one version to another, word by word; without numbers, in the newest."""
    _require_writer(actor)
    found = access.visible_articles(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    numbers = [page_number(request.GET.get(name)) for name in ("from", "to")]
    old, new = (numbers[0] or max(found.newest - 1, 1)), (numbers[1] or found.newest)
    by_number = {one.number: one for one in found.versions.filter(number__in=[old, new])}
    if old not in by_number or new not in by_number:
        raise Http404
    before, after = by_number[old], by_number[new]
    context = {
        "title": _("%(title)s: what changed") % {"title": found.title},
        "back_url": address_of("settings:article", pk),
        "versions": [before, after],
        "code": found.language,
        "title_parts": compare(before.title, after.title) if before.title != after.title else [],
        "audience": (before, after) if before.audience != after.audience else None,
        "parts": compare(before.body, after.body),
        "numbers": [(one, _("Version %(number)s") % {"number": one}) for one in range(1, found.newest + 1)],
    }
    return render(request, "settings/knowledge/compare.html", context)
