"""Reads on what the company knows, for pages and for whoever answers."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Protocol

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from onhand.customers.finding.words import fold
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.knowledge import access
from onhand.knowledge.enums import ArticleState
from onhand.knowledge.filling import Filled, fill
from onhand.knowledge.finding import FoundArticle, find_articles
from onhand.knowledge.models import Article, ArticleVersion, PublishedArticle
from onhand.knowledge.response_fields import field_labels

__all__ = [
    "Filled",
    "FoundArticle",
    "FoundResponse",
    "fill_response",
    "find_articles",
    "find_responses",
    "read_article",
    "read_response",
]

MOST_RESPONSES = 12
LONGEST_TYPED = 100
COUNTED_DAYS = 90

# By the shortcut first, then the name, then any word; among equals what is used most.
_RESPONSES = """
select r.id, r.name, r.shortcut, r.texts::text, r.acts::text, r.is_asked
from (
  select r.id, r.name, r.shortcut, r.texts, r.acts, jsonb_exists(r.texts, %(language)s) as is_asked,
    case when %(typed)s = '' then 0 when r.shortcut = %(typed)s then 5 when starts_with(r.shortcut, %(typed)s) then 4
      when starts_with(r.search_text, ' ' || %(typed)s) then 3 else 2 end as fit,
    coalesce((select sum(u.uses) from knowledge_responseuse u where u.response_id = r.id and u.day > %(since)s), 0) as uses
  from knowledge_standardresponse r
  where not r.is_withdrawn
    and (r.channels = '{}' or %(channel)s = '' or %(channel)s = any(r.channels))
    and (not exists (select 1 from knowledge_standardresponse_teams t where t.standardresponse_id = r.id)
      or exists (select 1 from knowledge_standardresponse_teams t
        where t.standardresponse_id = r.id and t.team_id = any(%(teams)s)))
    and (starts_with(r.shortcut, %(typed)s)
      or not exists (select 1 from unnest(%(words)s::text[]) w where strpos(r.search_text, ' ' || w) = 0))
) r
order by r.is_asked desc, r.fit desc, r.uses desc, r.name, r.id limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class FoundResponse:
    """
    A standard response that fits. `text` is that of `language`, the one asked for where there is a text in it. `acts` as they are
    kept: see :mod:`onhand.knowledge.attached_acts`.
    """

    id: int
    name: str
    shortcut: str
    language: str
    text: str
    acts: Sequence[Mapping[str, Any]]


class HasText(Protocol):
    """Whatever has a text with fields."""

    @property
    def text(self) -> str:
        """The text, its fields not filled."""


def find_responses(
    actor: Actor,
    typed: str,
    *,
    language: str,
    channel: str,
    team_ids: Collection[int],
    today: date,
    limit: int = MOST_RESPONSES,
) -> list[FoundResponse]:
    """
    The standard responses to offer for what was typed: those for this channel (empty: any) and these teams, those with a text in the
    language first, then by shortcut, name and words, then by how often they were used in the 90 days before `today`. One statement.
    """
    if not actor.may(access.READ):
        return []
    folded = fold(typed[:LONGEST_TYPED].replace("\0", ""))
    given: dict[str, Any] = {
        "typed": folded,
        "words": folded.split()[:8],
        "language": language,
        "channel": channel,
        "teams": sorted(team_ids),
        "since": today - timedelta(days=COUNTED_DAYS),
        "limit": max(1, min(limit, 50)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_RESPONSES, given)
        rows = cursor.fetchall()
    return [_found(row, language) for row in rows]


def _found(row: tuple[Any, ...], language: str) -> FoundResponse:
    pk, name, shortcut, written, acts, is_asked = row
    texts: dict[str, str] = json.loads(written)
    chosen = language if is_asked else sorted(texts)[0]
    return FoundResponse(pk, name, shortcut, chosen, texts[chosen], json.loads(acts))


def read_response(actor: Actor, response_id: int, language: str) -> FoundResponse:
    """A standard response in use, in that language where it has it. Raises SubjectNotFound where there is none the actor may use."""
    response = access.visible_responses(actor).filter(pk=response_id, is_withdrawn=False).first()
    if response is None:
        raise SubjectNotFound
    chosen = language if language in response.texts else sorted(response.texts)[0]
    return FoundResponse(response.pk, response.name, response.shortcut, chosen, response.texts[chosen], response.acts)


def fill_response(response: HasText, values: Mapping[str, str]) -> Filled:
    """The response's text with its fields filled from `values` (see `response_fields.values_for`); fields without one are gaps."""
    return fill(response.text, values, field_labels())


@dataclass(frozen=True, slots=True)
class ReadableArticle:
    """A published article as readers see it. `body` is Markdown. `translations` are (id, language, title) of the same in others."""

    id: int
    title: str
    body: str
    language: str
    audience: str
    category: str
    keywords: tuple[str, ...]
    owner: str
    number: int
    published_at: Any
    published_by: str
    review_on: date | None
    public_url: str
    translations: tuple[tuple[int, str, str], ...]


_READ_NAMES = tuple(field.name for field in fields(ReadableArticle))[:-1]
_READ = """
select a.id, v.title, v.body, a.language, v.audience, a.category, a.keywords, coalesce(o.name, ''), v.number, a.published_at,
  a.published_by, a.review_on, a.public_url,
  coalesce((select jsonb_agg(jsonb_build_array(p.article_id, p.language, p.title) order by p.language)
    from knowledge_publishedarticle p join knowledge_article t on t.id = p.article_id
    where p.article_id <> a.id and coalesce(t.original_id, t.id) = coalesce(a.original_id, a.id)), '[]')::text
from knowledge_article a join knowledge_articleversion v on v.id = a.published_id
  left join staff_representative o on o.id = a.owner_id
where a.id = %s
"""


def read_article(actor: Actor, article_id: int) -> ReadableArticle:
    """A published article as it is read, in one statement. Raises SubjectNotFound where there is none, or the actor may not read."""
    if not actor.may(access.READ):
        raise SubjectNotFound
    with connection.cursor() as cursor:
        cursor.execute(_READ, [article_id])
        row = cursor.fetchone()
    if row is None:
        raise SubjectNotFound
    translations = tuple((pk, language, title) for pk, language, title in json.loads(row[-1]))
    values = dict(zip(_READ_NAMES, row[:-1], strict=True))
    return ReadableArticle(**values | {"keywords": tuple(values["keywords"]), "translations": translations})


def written_languages(actor: Actor) -> list[str]:
    """The languages there are published articles in."""
    if not actor.may(access.READ):
        return []
    return list(PublishedArticle.objects.order_by("language").values_list("language", flat=True).distinct())


def overdue_articles(actor: Actor, today: date) -> QuerySet[Article]:
    """Published articles whose day of review has come, the longest overdue first."""
    found = access.visible_articles(actor).filter(published__isnull=False, review_on__lte=today)
    return found.order_by("review_on", "pk")


def waiting_articles(actor: Actor) -> QuerySet[Article]:
    """Articles somebody submitted and this actor may approve: not those with something new they wrote themselves."""
    if not actor.may(access.APPROVE):
        return Article.objects.none()
    new_of_own = ArticleVersion.objects.filter(
        Q(article__published=None) | Q(pk__gt=F("article__published")), article=OuterRef("pk"), author_id=actor.id
    )
    waiting = Article.objects.filter(~Exists(new_of_own), state=ArticleState.TO_APPROVE)
    return waiting.order_by("changed_at", "pk")
