"""
Finding articles and standard responses by what is typed, among 20,000 articles and 2,000 responses.

Articles of 60 to 240 words as unevenly frequent as in a language, a few hundred written by the product's own operation and the rest like
them by the database. Typed: one word, two, three, the beginning of one, a slip, a word that stands nowhere; and a letter of 40 words
for which articles are suggested.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from onhand_bench import place
from onhand_bench.search_messages import _actor, _sentences, _share, _word

ARTICLES = {False: 20_000, True: 2_000}
RESPONSES = {False: 2_000, True: 200}
WRITTEN = {False: 400, True: 100}
ASKED = {False: 60, True: 20}  # of each kind
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_LIKE = """
with more as (
  insert into knowledge_article (version, language, title, body, audience, state, newest, category, keywords, public_url, changed_at,
    published_by, published_id)
  select 1, 'en', a.title, '', a.audience, a.state, 1, '', a.keywords, '', a.changed_at, '', a.published_id
  from knowledge_article a, generate_series(2, %(times)s) g
  returning id, published_id)
insert into knowledge_publishedarticle (article_id, article_version_id, language, audience, category, title, text, words, folded)
select m.id, p.article_version_id, p.language, p.audience, p.category, p.title, p.text, p.words, p.folded
from more m join knowledge_publishedarticle p on p.article_version_id = m.published_id
"""


def measure(quick: bool = False) -> dict[str, Any]:
    """Measure, print the table, and return `p50_ms`, `p99_ms`, and the same of suggestions and responses."""
    with place.database():
        from onhand.kernel.discovery import load_apps

        load_apps()
        _write(ARTICLES[quick], WRITTEN[quick], RESPONSES[quick])
        figures: dict[str, Any] = {"articles": ARTICLES[quick]}
        for name, times in _ask(ASKED[quick]).items():
            every = [one for kind in times.values() for one in kind]
            for kind, taken in times.items():
                print(f"{name:<10}{kind:<16} p50 {_share(taken, 0.5):6.1f} ms  p99 {_share(taken, 0.99):6.1f} ms")
            prefix = "" if name == "articles" else f"{name}_"
            figures |= {
                f"{prefix}p50_ms": round(_share(every, 0.5), 1),
                f"{prefix}p99_ms": round(_share(every, 0.99), 1),
            }
    return figures


def _write(articles: int, written: int, responses: int) -> None:
    from django.db import connection, transaction

    from onhand.kernel.actor import system_actor
    from onhand.knowledge.models import Article, StandardResponse
    from onhand.knowledge.operations import add_version, put_out, response_search_text

    chance, sentences, actor = random.Random(3), _sentences(), system_actor("bench")
    with transaction.atomic():
        for _number in range(written):
            lines = [chance.choice(sentences) for _ in range(chance.randrange(5, 20))]
            article = Article.objects.create(
                language="en", title=lines[0][:60], body=". ".join(lines), audience="public", changed_at=NOW
            )
            version = add_version(article, actor=actor, at=NOW)
            put_out(article, version)
            Article.objects.filter(pk=article.pk).update(published=version, state="published")
        made = [
            StandardResponse(
                name=chance.choice(sentences)[:60],
                shortcut=f"{_word(number)}{number}",
                texts={"en": " ".join(chance.choice(sentences) for _ in range(6))},
                changed_at=NOW,
            )
            for number in range(responses)
        ]
        for one in made:
            one.search_text = response_search_text(one)
        StandardResponse.objects.bulk_create(made)
    with connection.cursor() as cursor:
        cursor.execute(_LIKE, {"times": articles // written})
        cursor.execute("update knowledge_articleword set articles = articles * %s", [articles // written])
        cursor.execute("vacuum analyze")


def _ask(many: int) -> dict[str, dict[str, list[float]]]:
    from onhand.knowledge.queries import find_articles, find_responses
    from onhand.knowledge.suggesting import suggest_articles

    chance, sentences, actor = random.Random(9), _sentences(), _actor("all")
    taken: dict[str, dict[str, list[float]]] = {"articles": {}, "suggest": {}, "responses": {}}
    today = NOW.date()
    for number in range(many + 5):
        words = chance.choice(sentences).split()
        one, two, three = chance.sample(words, 3)
        slip = one[:2] + one[3:] if len(one) > 4 else f"{one}x"
        asked = {
            "common word": _word(chance.randrange(20)),
            "any word": one,
            "two words": f"{one} {two}",
            "three words": f"{one} {two} {three}",
            "beginning": one[:3],
            "slip": slip,
            "nowhere": "qqxxyyzz",
        }
        letter = ". ".join(chance.choice(sentences) for _ in range(4))
        questions: list[tuple[str, str, Callable[[], object]]] = []
        for kind, typed in asked.items():
            questions.append(("articles", kind, partial(find_articles, actor, typed, "en")))
            given: dict[str, Any] = {"language": "en", "channel": "email", "team_ids": [1], "today": today}
            questions.append(("responses", kind, partial(find_responses, actor, typed, **given)))
        suggested = partial(suggest_articles, actor, letter, language="en", today=today, limit=5)
        questions.append(("suggest", "letter", suggested))
        for name, kind, question in questions:
            begun = time.perf_counter()
            question()
            if number >= 5:  # the first are to warm up
                taken[name].setdefault(kind, []).append((time.perf_counter() - begun) * 1000)
    return taken
