"""Writing what the demo company knows, by its own people: each article written by one and approved by another."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from onhand.kernel.actor import Actor
from onhand.kernel.perform import perform
from onhand.knowledge.attached_acts import attachable_acts
from onhand.knowledge.models import Article, StandardResponse
from onhand.staff.demo import DOMAIN
from onhand.staff.queries import actor_for, representatives_with_places

AUTHOR, APPROVER = "senior", "supervisor"
AGO = timedelta(days=20)
LANGUAGES = ("en", "es", "de", "fr")
# What is put around every response.
LETTERS = {
    "en": ("Dear {customer.name},", "Kind regards\n{representative.name}"),
    "es": ("Hola, {customer.name}:", "Un saludo,\n{representative.name}"),
    "de": ("Guten Tag {customer.name},", "Freundliche Grüße\n{representative.name}"),
    "fr": ("Bonjour {customer.name},", "Bien à vous\n{representative.name}"),
}
_HERE = Path(__file__).parent


def demo_articles() -> list[dict[str, Any]]:
    """The demo's articles as they are written down, each with its languages."""
    return list(tomllib.loads((_HERE / "articles.toml").read_text())["article"])


def demo_responses() -> list[dict[str, Any]]:
    """The demo's standard responses as they are written down, each with its languages."""
    return list(tomllib.loads((_HERE / "responses.toml").read_text())["response"])


@transaction.atomic
def create_demo_knowledge(*, at: datetime, most: int | None = None) -> int:
    """
    Write the demo's articles and standard responses, or the first `most` of each, unless there are any; how many were written.
    All of them or none.
    """
    if Article.objects.exists() or StandardResponse.objects.exists():
        return 0
    author, approver = _person(AUTHOR), _person(APPROVER)
    if author is None or approver is None:
        return 0
    written = [
        pk
        for number, article in enumerate(demo_articles()[:most])
        for pk in _write_all(article, number, author, approver, at)
    ]
    _one_to_approve(author, written[0], at)
    _one_draft(author, at)
    return len(written) + 1 + _responses(author, at, most)


def _person(name: str) -> Actor | None:
    found = representatives_with_places().filter(email=f"{name}@{DOMAIN}", is_active=True).first()
    return actor_for(found) if found else None


def _write_all(article: Mapping[str, Any], number: int, author: Actor, approver: Actor, at: datetime) -> list[int]:
    """One article in all its languages, published."""
    when = at - AGO + timedelta(hours=number)
    written: list[int] = []
    for language in LANGUAGES:
        if language in article:
            written.append(_write(article, language, written[0] if written else None, author, when, at))
    for pk in written:
        _do("submit_article", author, pk, when + timedelta(days=1))
        _do("approve_article", approver, pk, when + timedelta(days=2))
    return written


def _write(
    article: Mapping[str, Any], language: str, original: int | None, author: Actor, when: datetime, at: datetime
) -> int:
    said, due = article[language], at + timedelta(days=article["review_in"])
    filed = {
        "category": article["category"],
        "keywords": said["keywords"],
        "owner": author.id,
        "review_on": due.date().isoformat(),
    }
    arguments = filed | {
        "title": said["title"],
        "language": language,
        "body": said["text"].strip(),
        "audience": article["audience"],
        "translation_of": original,
    }
    pk = _do("write_article", author, None, when, **arguments)
    if "public_url" in article:
        address = article["public_url"] if language == "en" else f"{article['public_url']}?language={language}"
        _do("describe_article", author, pk, when, public_url=address, **filed)
    return pk


def _one_to_approve(author: Actor, pk: int, at: datetime) -> None:
    """A change that waits for somebody: the first thing a supervisor finds."""
    article = Article.objects.get(pk=pk)
    given = {"title": article.title, "audience": article.audience, "note": "faster since November"}
    body = article.body.replace("within five days", "within three days")
    _do("change_article", author, pk, at - timedelta(hours=3), body=body, **given)
    _do("submit_article", author, pk, at - timedelta(hours=2))


def _one_draft(author: Actor, at: datetime) -> None:
    """Something not finished yet."""
    body = "From **1 December** to 24 December, orders before noon leave the same day.\n\n- gift wrapping: 3 euros\n- last day for"
    given = {"title": "Before Christmas: what is different", "language": "en", "category": "Delivery"}
    _do("write_article", author, None, at - timedelta(days=1), body=body, keywords="christmas, gift wrapping", **given)


def _responses(author: Actor, at: datetime, most: int | None) -> int:
    known, written = {act.name for act in attachable_acts()}, demo_responses()[:most]
    for number, response in enumerate(written):
        when = at - AGO + timedelta(minutes=number)
        acts = [line for line in response.get("acts", "").splitlines() if line and line.split()[0] in known]
        given = {"name": response["name"], "shortcut": response["shortcut"], "channels": response.get("channels", [])}
        english = letter("en", response["en"])
        pk = _do("add_response", author, None, when, language="en", text=english, acts="\n".join(acts), **given)
        for language in LANGUAGES[1:]:
            _do("write_response_text", author, pk, when, language=language, text=letter(language, response[language]))
    return len(written)


def letter(language: str, text: str) -> str:
    """A response's text with greeting and close."""
    greeting, close = LETTERS[language]
    return f"{greeting}\n\n{text.strip()}\n\n{close}"


def _do(act: str, actor: Actor, subject_id: int | None, at: datetime, **arguments: Any) -> int:
    done = perform(f"knowledge.{act}", actor=actor, subject_id=subject_id, arguments=arguments, at=at, as_part=True)
    assert done.subject_id is not None
    return done.subject_id
