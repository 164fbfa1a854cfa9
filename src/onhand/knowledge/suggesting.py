"""
Articles that may answer what somebody wrote, by its words.

Of a message only the words that say something are asked for: those that stand in few articles. An article's weight is the sum of what
its words say (the rarer the more), so that one rare word outweighs three that are everywhere.
"""

from collections import Counter
from datetime import date
from math import log

from onhand.customers.finding.words import folded_words, is_ordinary
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.knowledge import access
from onhand.knowledge.finding import FoundArticle, listed
from onhand.knowledge.vocabulary import counts_of

MOST_ASKED = 12  # words
MOST_READ = 400
LEAST_LETTERS = 3
TOO_COMMON = 0.3  # of the articles: a word in more of them says nothing
LEAST_TO_JUDGE = 20  # articles there must be before any word is too common
LEAST_WORDS = 2  # an article must have so many of the words, where so many are asked for

_SUGGESTED = """
with asked as (select word, weight, (quote_literal(word))::tsquery as query, (quote_literal(word) || ':A')::tsquery as in_title
  from unnest(%(words)s::text[], %(weights)s::float8[]) a(word, weight)),
hits as (
  select p.article_id, sum(a.weight * case when p.words @@ a.in_title then 2 else 1 end) as points, count(*) as many
  from asked a join knowledge_publishedarticle p on p.words @@ a.query
  where (%(language)s::text = '' or p.language = %(language)s)
  group by p.article_id)
select article_id from hits where many >= %(least)s order by points desc, article_id limit %(limit)s
"""
_MANY = "select count(*) from knowledge_publishedarticle"


def suggest_articles(actor: Actor, written: str, *, language: str, today: date, limit: int) -> list[FoundArticle]:
    """
    Published articles that may answer what was written, the likeliest first; in `language` where there are any, else in any. Three
    statements, four where the language has none.
    """
    if not actor.may(access.READ):
        return []
    weights = _weights(written)
    if not weights:
        return []
    given: dict[str, object] = {
        "words": list(weights),
        "weights": list(weights.values()),
        "least": min(LEAST_WORDS, len(weights)),
        "limit": limit,
    }
    for narrowed in dict.fromkeys((language, "")):
        rows = run_prepared(_SUGGESTED, given | {"language": narrowed})
        if rows:
            return listed([pk for (pk,) in rows], today)
    return []


def _weights(written: str) -> dict[str, float]:
    """The words that say most, with how much: those in few articles, and more where they are said more than once."""
    read = [word for word in folded_words(written)[:MOST_READ] if len(word) >= LEAST_LETTERS and is_ordinary(word)]
    times = Counter(read)
    counts = counts_of(list(times))
    ((many,),) = run_prepared(_MANY)
    weights = {
        word: log(1 + many / count) * (1 + log(times[word]))
        for word, count in counts.items()
        if many < LEAST_TO_JUDGE or count <= many * TOO_COMMON
    }
    best = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_ASKED]
    return dict(best)
