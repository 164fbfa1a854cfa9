"""Articles and responses for tests."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from onhand.kernel.actor import Actor
from onhand.kernel.perform import perform
from onhand.knowledge.models import Article, StandardResponse
from tests.factories import NOON, make_actor

AUTHOR = make_actor(id=1, name="Ana Prieto")
APPROVER = make_actor(id=2, name="Marta Ibáñez")


def reader(**changes: Any) -> Actor:
    """Somebody who may only read."""
    return make_actor(id=3, name="Oliver Finch", permissions=frozenset({"knowledge.read"}), **changes)


def make_article(
    title: str = "Returning a kettle", body: str = "Send it back within **30 days**.", **given: Any
) -> Article:
    """A draft of AUTHOR's."""
    arguments = {"title": title, "body": body, "language": "en"} | given
    done = perform("knowledge.write_article", actor=AUTHOR, arguments=arguments, at=NOON)
    return Article.objects.get(pk=done.subject_id or 0)


def act_on(article: Article, name: str, *, actor: Actor = AUTHOR, **arguments: Any) -> Article:
    """Do an act on an article, and read it again."""
    perform(f"knowledge.{name}", actor=actor, subject_id=article.pk, arguments=arguments, at=NOON + timedelta(hours=1))
    return Article.objects.get(pk=article.pk)


def make_published(
    title: str = "Returning a kettle", body: str = "Send it back within **30 days**.", **given: Any
) -> Article:
    """An article that is out: written by AUTHOR, approved by APPROVER."""
    article = act_on(make_article(title, body, **given), "submit_article")
    return act_on(article, "approve_article", actor=APPROVER)


def make_response(
    name: str = "Return label", shortcut: str = "label", text: str = "Hello {customer.name}", **given: Any
) -> StandardResponse:
    """A standard response of AUTHOR's, in English."""
    arguments = {"name": name, "shortcut": shortcut, "language": "en", "text": text} | given
    done = perform("knowledge.add_response", actor=AUTHOR, arguments=arguments, at=NOON)
    return StandardResponse.objects.get(pk=done.subject_id or 0)


def without(actor: Actor, permission: str) -> Actor:
    """The actor without one permission."""
    return replace(actor, permissions=actor.permissions - {permission})
