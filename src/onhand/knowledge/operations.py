"""Writes on articles and standard responses that are part of acts: versions, what readers find, and counts of use."""

from datetime import date, datetime

from django.db import connection

from onhand.customers.finding.words import fold, folded_words
from onhand.kernel.actor import Actor
from onhand.knowledge.languages import NO_LANGUAGE, configuration
from onhand.knowledge.markdown import plain_text
from onhand.knowledge.models import Article, ArticleVersion, PublishedArticle, ResponseVersion, StandardResponse
from onhand.knowledge.vocabulary import recount

_PUBLISH = """
insert into knowledge_publishedarticle
  (article_id, article_version_id, language, audience, category, title, text, folded, words)
values (%(article)s, %(version)s, %(language)s, %(audience)s, %(category)s, %(title)s, %(text)s, %(folded)s,
  setweight(to_tsvector(%(configuration)s::regconfig, %(title)s), 'A')
  || setweight(to_tsvector(%(simple)s::regconfig, %(title_words)s), 'A')
  || setweight(to_tsvector(%(configuration)s::regconfig, %(keywords)s), 'B')
  || setweight(to_tsvector(%(simple)s::regconfig, %(keyword_words)s), 'B')
  || to_tsvector(%(configuration)s::regconfig, %(text)s)
  || to_tsvector(%(simple)s::regconfig, %(text_words)s))
on conflict (article_id) do update set article_version_id = excluded.article_version_id, language = excluded.language,
  audience = excluded.audience, category = excluded.category, title = excluded.title, text = excluded.text,
  folded = excluded.folded, words = excluded.words
"""
_COUNT_USE = """
insert into knowledge_responseuse (response_id, day, language, uses) values (%s, %s, %s, 1)
on conflict (response_id, day, language) do update set uses = knowledge_responseuse.uses + 1
"""


def add_version(article: Article, *, actor: Actor, at: datetime, note: str = "") -> ArticleVersion:
    """Keep what the article says now as its newest version."""
    return ArticleVersion.objects.create(
        article=article,
        number=article.newest,
        title=article.title,
        body=article.body,
        audience=article.audience,
        author_id=actor.id,
        author_name=actor.name,
        written_at=at,
        note=note,
    )


def put_out(article: Article, version: ArticleVersion) -> None:
    """Let readers find this version of the article."""
    text, keywords = plain_text(version.body), " ".join(article.keywords)
    folded = sorted(set(folded_words(f"{version.title} {keywords} {text}")))
    recount(_counted(article), folded)
    with connection.cursor() as cursor:
        cursor.execute(
            _PUBLISH,
            {
                "article": article.pk,
                "version": version.pk,
                "language": article.language,
                "audience": version.audience,
                "category": article.category,
                "title": version.title,
                "text": text,
                "folded": folded,
                "keywords": keywords,
                "configuration": configuration(article.language),
                "simple": NO_LANGUAGE,
                "title_words": " ".join(folded_words(version.title)),
                "keyword_words": " ".join(folded_words(keywords)),
                "text_words": " ".join(folded_words(text)),
            },
        )


def take_in(article: Article) -> None:
    """Let nobody find the article any more."""
    recount(_counted(article), [])
    PublishedArticle.objects.filter(article=article).delete()


def _counted(article: Article) -> list[str]:
    """The words the article is counted under now."""
    return PublishedArticle.objects.filter(article=article).values_list("folded", flat=True).first() or []


def add_response_version(response: StandardResponse, *, actor: Actor, at: datetime) -> ResponseVersion:
    """Keep what the response is now as its newest version."""
    return ResponseVersion.objects.create(
        response=response,
        number=response.newest,
        name=response.name,
        shortcut=response.shortcut,
        texts=response.texts,
        channels=response.channels,
        team_names=list(response.teams.order_by("name").values_list("name", flat=True)),
        acts=response.acts,
        author_id=actor.id,
        author_name=actor.name,
        written_at=at,
    )


def response_search_text(response: StandardResponse) -> str:
    """What a response is found by: its name and texts, folded, each word after a space."""
    return " " + fold(" ".join([response.name, *response.texts.values()]))


def note_use(response_id: int, *, language: str, day: date) -> None:
    """Count that a standard response was used. For whoever sends an answer, in its transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_USE, [response_id, day, language[:10]])
