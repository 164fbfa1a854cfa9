"""Articles for whoever answers: found by typing and read beside the contact, without leaving it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.contacts.article_panels import suggested_for
from onhand.contacts.text_circumstances import TextCircumstances
from onhand.customers.access import VIEW
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import subject_type
from onhand.knowledge import access
from onhand.knowledge.enums import Audience
from onhand.knowledge.languages import language_name
from onhand.knowledge.markdown import plain_text
from onhand.knowledge.markdown import render as render_markdown
from onhand.knowledge.queries import FoundArticle, ReadableArticle, find_articles, read_article, written_languages
from onhand.knowledge.subjects import ARTICLE
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, wants_fragment
from onhand.web.desk.customer_pages import work_sections
from onhand.web.desk.insertion_views import LONGEST_TYPED, asked_of, circumstances_asked

MOST_LISTED = 50


@require_safe
@desk_view
def articles(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Find an article: beside what is going on, or on a page of its own."""
    actor.require(access.READ)
    about = circumstances_asked(request, actor)
    typed = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_TYPED]
    codes = written_languages(actor)
    language = about.language if about.language in codes else ""
    found = find_articles(actor, typed, language, limit=MOST_LISTED, today=timezone.localdate())
    is_elsewhere = bool(typed and language and not found)
    if is_elsewhere:  # better in another language than not at all
        found = find_articles(actor, typed, limit=MOST_LISTED, today=timezone.localdate())
    context = {
        "typed": typed,
        "articles": [article_row(one, about) for one in found],
        "not_in": language_name(language) if is_elsewhere and found else "",
        "is_full": len(found) == MOST_LISTED,
        "language_chosen": language,
        "article_languages": [("", _("Every language")), *((code, language_name(code)) for code in codes)],
        "about": _kept(about),
        "suggestions": _suggestions(actor, about) if not typed else [],
        "close_url": address_of("desk:home"),
    }
    return _page(request, actor, context, "desk/articles/finder.html", "desk/articles/finder_page.html")


def _suggestions(actor: Actor, about: TextCircumstances) -> list[dict[str, Any]]:
    if about.contact_id is None:
        return []
    return [article_row(one, about) for one in suggested_for(actor, about.contact_id, timezone.localdate())]


@require_safe
@desk_view
def article(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Read an article: beside what is going on, or on a page of its own."""
    found = read_article(actor, pk)
    about = circumstances_asked(request, actor)
    asked = asked_of(about)
    is_public = found.audience == Audience.PUBLIC
    insert = f"{address_of('desk:insert_article', found.id)}?{asked}" if is_public else ""
    context = {
        "article": found,
        "html": render_markdown(found.body),
        "plain": plain_text(found.body),
        "language_label": language_name(found.language),
        "is_public": is_public,
        "is_overdue": found.review_on is not None and found.review_on <= timezone.localdate(),
        "insert_url": insert if about.contact_id or about.customer else "",
        "link_url": f"{insert}&as=link" if found.public_url and insert else "",
        "translations": _translations(found, about),
        "finder_url": f"{address_of('desk:articles')}?{asked}",
        "edit_url": subject_type(ARTICLE).page(found.id) if access.sees_drafts(actor) else "",
        "close_url": address_of("desk:articles"),
    }
    return _page(request, actor, context, "desk/articles/reader.html", "desk/articles/reader_page.html")


def _translations(found: ReadableArticle, about: TextCircumstances) -> list[dict[str, str]]:
    asked = asked_of(about)
    return [
        {
            "url": f"{address_of('desk:article', pk)}?{asked}",
            "language": language_name(code),
            "title": title,
            "code": code,
        }
        for pk, code, title in found.translations
    ]


def _kept(about: TextCircumstances) -> dict[str, int]:
    """On what the reader works, for the finder's form to say again."""
    if about.contact_id is not None:
        return {"contact": about.contact_id}
    return {CUSTOMER: about.customer.pk} if about.customer else {}


def _page(request: HttpRequest, actor: Actor, context: dict[str, Any], fragment: str, whole: str) -> HttpResponse:
    if wants_fragment(request):
        return render(request, fragment, context)
    sections = work_sections(actor) if actor.may(VIEW) else []
    return render(
        request, whole, context | {"work_sections": sections, "column": "stream", "has_file": False, "alone": True}
    )


def article_row(one: FoundArticle, about: TextCircumstances) -> dict[str, Any]:
    """An article as a list shows it."""
    return {
        "id": one.id,
        "url": f"{address_of('desk:article', one.id)}?{asked_of(about)}",
        "title_pieces": one.title_pieces,
        "excerpt": one.excerpt,
        "language": language_name(one.language) if one.language != (get_language() or "") else "",
        "code": one.language,
        "category": one.category,
        "keywords": one.keywords,
        "is_internal": one.audience != Audience.PUBLIC,
        "is_overdue": one.is_overdue,
    }


@require_safe
@desk_view
def suggested(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Articles that may answer the last message of a contact."""
    actor.require(access.READ)
    about = circumstances_asked(request, actor)
    context = {"articles": _suggestions(actor, about), "finder_url": f"{address_of('desk:articles')}?{asked_of(about)}"}
    return render(request, "desk/articles/suggested.html", context)
