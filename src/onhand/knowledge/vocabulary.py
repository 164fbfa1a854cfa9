"""
The words of published articles, each once with how many articles have it: what mistyped words may mean, and which words say most.

Two words within an error or two of each other share one of their `keys` (see `customers.finding.vocabulary`), so that the words
like a typed one are one look-up. The counts are exact: they change with what is published, in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection
from rapidfuzz.distance import OSA

from onhand.customers.finding.vocabulary import LEAST_FOR_ONE, LEAST_FOR_TWO, keys_of
from onhand.customers.finding.words import is_ordinary

MOST_NEAR = 5  # words a typed one may mean
_LOCK = "select word from knowledge_articleword where word = any(%s) order by word for update"
_MORE = "update knowledge_articleword set articles = articles + 1 where word = any(%s)"
_LESS = "update knowledge_articleword set articles = articles - 1 where word = any(%s)"
_FORGET = "delete from knowledge_articleword where word = any(%s) and articles < 1"
_LEARN = """
insert into knowledge_articleword as w (word, keys, articles) values {rows} on conflict (word) do update set articles = w.articles + 1
"""
_KNOWN = "select word, articles from knowledge_articleword where word = any(%s)"
_NEAR = """
select distinct w.word, w.articles from knowledge_articleword w where w.keys && %s and length(w.word) between %s and %s
"""


def recount(before: Iterable[str], after: Iterable[str]) -> None:
    """Count the words of an article anew: it had those before, and has these now. Within the transaction that publishes it."""
    old, new = ({word for word in words if is_ordinary(word)} for words in (before, after))
    gone, come = sorted(old - new), sorted(new - old)
    if not gone and not come:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(old ^ new)])  # in order, so that two doing so never wait for each other
        known = {word for (word,) in cursor.fetchall()}
        if gone:
            cursor.execute(_LESS, [gone])
            cursor.execute(_FORGET, [gone])
        if met := [word for word in come if word in known]:
            cursor.execute(_MORE, [met])
        if unmet := [word for word in come if word not in known]:
            rows = ", ".join(["(%s, %s::int[], 1)"] * len(unmet))
            cursor.execute(_LEARN.format(rows=rows), [part for word in unmet for part in (word, keys_of(word))])


def counts_of(words: Sequence[str]) -> dict[str, int]:
    """In how many articles each of these words stands; those in none are missing."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [list(words)])
        return dict(cursor.fetchall())


def meant_by(words: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """For each word that stands in no article, the words it may be a slip of, the likeliest first. One statement, and one a word."""
    known = counts_of(words)
    found: dict[str, Sequence[str]] = {}
    for word in dict.fromkeys(words):
        if word not in known and len(word) >= LEAST_FOR_ONE and is_ordinary(word):
            found[word] = _near(word)
    return found


def _near(word: str) -> list[str]:
    most = 2 if len(word) >= LEAST_FOR_TWO else 1
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, [keys_of(word), len(word) - most, len(word) + most])
        rows = cursor.fetchall()
    near = [(OSA.distance(word, other, score_cutoff=most), -many, other) for other, many in rows]
    return [other for distance, _many, other in sorted(near) if distance <= most][:MOST_NEAR]
