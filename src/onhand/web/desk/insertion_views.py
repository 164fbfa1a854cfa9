"""What the composer can put into a text: standard responses and articles, found by typing, filled for the contact written on."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from onhand.contacts.text_circumstances import TextCircumstances, circumstances_of
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, get_act
from onhand.knowledge import access
from onhand.knowledge.attached_acts import OfferedAct, offered_acts
from onhand.knowledge.enums import Audience
from onhand.knowledge.languages import language_name
from onhand.knowledge.markdown import plain_text
from onhand.knowledge.markdown import render as render_markdown
from onhand.knowledge.operations import note_use
from onhand.knowledge.queries import (
    FoundArticle,
    FoundResponse,
    fill_response,
    find_articles,
    find_responses,
    read_article,
    read_response,
)
from onhand.knowledge.response_fields import field_labels
from onhand.web.act_forms import CURRENCY
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of
from onhand.web.desk.act_views import act_address
from onhand.web.filled_text import as_html

LONGEST_TYPED = 200
MOST_OF_EACH = 8
LONGEST_GREETING = 60
ARTICLE_SIGN, RESPONSE_SIGN = "#", "/"  # what may be typed before the words to have only the one or the other


@require_safe
@desk_view
def insertions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Responses and articles that fit what was typed, as a listbox."""
    actor.require(access.READ)
    about = circumstances_asked(request, actor)
    typed = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_TYPED]
    only, words = typed[:1], typed.lstrip(RESPONSE_SIGN + ARTICLE_SIGN).strip()
    today = timezone.localdate()
    language = about.language or get_language() or "en"
    responses, articles = [], []
    if only != ARTICLE_SIGN:
        responses = find_responses(
            actor,
            words,
            language=language,
            channel=about.channel,
            team_ids=about.team_ids,
            today=today,
            limit=MOST_OF_EACH,
        )
    if only == ARTICLE_SIGN or (words and only != RESPONSE_SIGN):
        articles = find_articles(actor, words, language, limit=MOST_OF_EACH, today=today)
        articles = articles or find_articles(actor, words, limit=MOST_OF_EACH, today=today)
    context = {
        "responses": [_response_option(one, about) for one in responses],
        "articles": [_article_option(one, about) for one in articles],
        "typed": words,
    }
    return render(request, "desk/insertions/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def insert_response(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """A response filled for the contact, with the acts that come with it. GET is to look at it; POST takes it, and is counted."""
    about = circumstances_asked(request, actor)
    response = read_response(actor, pk, about.language or get_language() or "en")
    now = timezone.now()
    filled = fill_response(response, about.values(now, response.language))
    labels = field_labels()
    acts = [_proposed(one, about) for one in offered_acts(response.acts, actor, at=now)]
    if request.method == "POST":
        note_use(response.id, language=response.language, day=timezone.localdate(now))
    answer = {
        "kind": "response",
        "id": response.id,
        "name": response.name,
        "language": response.language,
        "text": filled.text,
        "html": as_html(filled.text),
        "gaps": [{"field": name, "label": labels.get(name, name)} for name in filled.gaps],
        "acts": acts,
        "acts_html": render_to_string("desk/insertions/acts.html", {"acts": acts}, request) if acts else "",
    }
    return JsonResponse(answer)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def insert_article(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """A public article as text, or with `as=link` as a link to where customers read it. What is internal is not given out."""
    article = read_article(actor, pk)
    if article.audience != Audience.PUBLIC:
        words = _("This article is for colleagues only. It cannot be put into a message to a customer.")
        return JsonResponse({"code": "internal", "message": words}, status=422)
    text, html = plain_text(article.body), render_markdown(article.body)
    if request.GET.get("as") == "link":
        if not article.public_url:
            words = _("This article has no page on the company's website yet.")
            return JsonResponse({"code": "no_page", "message": words}, status=422)
        text = f"{article.title}: {article.public_url}"
        html = render_to_string("desk/insertions/link.html", {"article": article}, request).strip()
    answer = {"kind": "article", "id": article.id, "name": article.title, "language": article.language}
    return JsonResponse(answer | {"text": text, "html": html, "gaps": [], "acts": [], "acts_html": ""})


def circumstances_asked(request: HttpRequest, actor: Actor) -> TextCircumstances:
    """On what a text is written, as the address says: `contact` or `customer`, and `language`."""
    return circumstances_of(
        actor,
        contact_id=number_of(request.GET.get("contact")),
        customer_id=number_of(request.GET.get("customer")),
        language=request.GET.get("language", "").replace("\0", "")[:10],
    )


def asked_of(about: TextCircumstances, **more: str) -> str:
    """The part of an address after `?` that says on what a text is written."""
    customer = about.customer.pk if about.customer and about.contact_id is None else None
    given = {"contact": about.contact_id, "customer": customer, "language": about.language} | more
    return urlencode({name: value for name, value in given.items() if value})


def _response_option(one: FoundResponse, about: TextCircumstances) -> dict[str, Any]:
    asked = asked_of(about)
    return {
        "id": f"insertion-response-{one.id}",
        "url": f"{address_of('desk:insert_response', one.id)}?{asked}",
        "name": one.name,
        "shortcut": one.shortcut,
        "language": language_name(one.language) if one.language != about.language else "",
        "text": _gist(one.text),
        "acts": len(one.acts),
    }


def _gist(text: str) -> str:
    """What a response says, without the greeting most begin with."""
    greeting, _blank, rest = text.partition("\n\n")
    return " ".join((rest if rest and len(greeting) < LONGEST_GREETING else text).split())[:200]


def _article_option(one: FoundArticle, about: TextCircumstances) -> dict[str, Any]:
    asked = asked_of(about)
    url, is_public = f"{address_of('desk:insert_article', one.id)}?{asked}", one.audience == Audience.PUBLIC
    return {
        "id": f"insertion-article-{one.id}",
        "url": url if is_public else "",
        "link_url": f"{url}&as=link" if is_public and one.public_url else "",
        "open_url": f"{address_of('desk:article', one.id)}?{asked}",
        "title_pieces": one.title_pieces,
        "excerpt": one.excerpt,
        "is_internal": not is_public,
        "is_overdue": one.is_overdue,
    }


def _proposed(one: OfferedAct, about: TextCircumstances) -> dict[str, Any]:
    """An act that comes with a response, with its form's address; without one where there is nothing to do it on."""
    act, subject_id = get_act(one.name), about.subjects.get(one.subject)
    url = f"{act_address(act, subject_id)}?{_boxes(act, one)}" if subject_id is not None and one.may else ""
    return {
        "name": one.name,
        "label": one.label,
        "subject": one.subject,
        "subject_id": subject_id,
        "arguments": dict(one.arguments),
        "missing": list(one.missing),
        "may": bool(url),
        "why_not": "" if url else _why_not(one, subject_id),
        "url": url,
    }


def _why_not(one: OfferedAct, subject_id: int | None) -> str:
    if not one.may:
        return _("Your role does not allow it.")
    assert subject_id is None
    return {"customer": _("It is not known who the customer is."), "case": _("There is no case.")}.get(
        one.subject, _("There is no contact.")
    )


def _boxes(act: Act, one: OfferedAct) -> str:
    """The arguments as the boxes of the act's form take them from its address."""
    boxes: dict[str, Any] = {}
    for field in act.fields:
        value = one.arguments.get(field.name)
        if value is None:
            continue
        if field.widget == "money" and not field.currency and " " in str(value):
            boxes[field.name + CURRENCY], _space, boxes[field.name] = str(value).partition(" ")
        elif field.widget == "datetime":
            boxes[field.name] = str(value)[:16]
        else:
            boxes[field.name] = value
    return urlencode(boxes, doseq=True)
