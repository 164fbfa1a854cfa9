"""Articles and standard responses as subjects of acts, and what arguments may refer to."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.knowledge import access
from onhand.knowledge.attached_acts import written_acts
from onhand.knowledge.enums import ArticleState, Audience, ResponseChannel
from onhand.knowledge.models import Article, StandardResponse
from onhand.staff.access import visible_representatives

ARTICLE, RESPONSE = "article", "standard_response"
OWNER, ORIGINAL = "knowledge.owner", "knowledge.original"
MOST_OFFERED = 20
_BESIDE = """
select (select number from knowledge_articleversion where id = %s), (select name from staff_representative where id = %s)
"""


def snapshot_article(article: Article) -> dict[str, Any]:
    """What acts change on an article. Its text is in its versions."""
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE, [article.published_id, article.owner_id])
        published, owner = cursor.fetchone()
    return {
        "title": article.title,
        "audience": article.audience,
        "state": article.state,
        "newest": article.newest,
        "published": published,
        "category": article.category,
        "keywords": article.keywords,
        "owner": owner,
        "review_on": article.review_on and article.review_on.isoformat(),
        "public_url": article.public_url,
    }


def snapshot_response(response: StandardResponse) -> dict[str, Any]:
    """What acts change on a standard response. Its texts are in its versions."""
    return {
        "name": response.name,
        "shortcut": response.shortcut,
        "languages": sorted(response.texts),
        "channels": response.channels,
        "teams": list(response.teams.order_by("name").values_list("name", flat=True)),
        "acts": written_acts(response.acts).splitlines(),
        "is_withdrawn": response.is_withdrawn,
        "newest": response.newest,
    }


register_subject(
    SubjectType(
        name=ARTICLE,
        label=_("Article"),
        model=Article,
        visible=access.visible_articles,
        snapshot=snapshot_article,
        title=lambda article: article.title,
        page=lambda pk: f"/settings/articles/{pk}/",
        change_labels={
            "title": _("Title"),
            "audience": _("Audience"),
            "state": _("State"),
            "newest": _("Newest version"),
            "published": _("Published version"),
            "category": _("Category"),
            "keywords": _("Keywords"),
            "owner": _("Owner"),
            "review_on": _("Review on"),
            "public_url": _("Where customers read it"),
            "note": _("What was changed"),
        },
        value_labels={"state": dict(ArticleState.choices), "audience": dict(Audience.choices)},
    )
)
register_subject(
    SubjectType(
        name=RESPONSE,
        label=_("Standard response"),
        model=StandardResponse,
        visible=access.visible_responses,
        snapshot=snapshot_response,
        title=lambda response: response.name,
        page=lambda pk: f"/settings/responses/{pk}/",
        change_labels={
            "name": _("Name"),
            "shortcut": _("Shortcut"),
            "languages": _("Languages"),
            "channels": _("Channels"),
            "teams": _("Teams"),
            "acts": _("Acts"),
            "is_withdrawn": _("Withdrawn"),
            "newest": _("Newest version"),
        },
        value_labels={"channels": dict(ResponseChannel.choices)},
    )
)


def _owners(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_representatives(actor).filter(is_active=True, name__icontains=typed).order_by("name", "pk")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST_OFFERED]]


def _owner_name(actor: Actor, pk: int) -> str:
    return visible_representatives(actor).filter(pk=pk).values_list("name", flat=True).first() or ""


def _originals(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = access.visible_articles(actor).filter(original=None, title__icontains=typed).order_by("title", "pk")
    return [
        Option(pk, f"{title} ({language})")
        for pk, title, language in found.values_list("pk", "title", "language")[:MOST_OFFERED]
    ]


def _original_title(actor: Actor, pk: int) -> str:
    return access.visible_articles(actor).filter(pk=pk).values_list("title", flat=True).first() or ""


register_reference(ReferenceType(name=OWNER, options=_owners, label=_owner_name))
register_reference(ReferenceType(name=ORIGINAL, options=_originals, label=_original_title))
