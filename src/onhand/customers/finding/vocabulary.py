"""
The vocabulary: every different word of customers' names and addresses, and finding those that were meant by what was typed.

Words within two errors of each other (a letter wrong, missing, too many, or two swapped) have a remainder in common when up to
two letters are taken out of each. Those remainders, of a word's first letters, are kept as numbers under an inverted index, so
that the words like a typed one are a single look-up, whatever the number of customers.
"""

import zlib
from collections.abc import Iterable
from itertools import combinations

from django.db import connection, transaction

from onhand.customers.finding.words import CITY, STREET, is_ordinary, vocabulary_of
from onhand.kernel.database import run_prepared

KEYED_LETTERS = 7  # of a word; errors behind them are seen by comparing
LEAST_FOR_ONE = 3  # letters a word must have for one error to be understood
LEAST_FOR_TWO = 6  # and for two


def keys_of(word: str) -> list[int]:
    """The keys of a word, marked or not."""
    bare = word.lstrip(CITY + STREET)
    return sorted({_number(rest) for rest in _remainders(bare[:KEYED_LETTERS], 2 if len(bare) >= LEAST_FOR_TWO else 1)})


def _remainders(letters: str, errors: int) -> set[str]:
    rests = {letters}
    for taken in range(1, min(errors, len(letters) - 1) + 1):
        rests |= {"".join(kept) for kept in combinations(letters, len(letters) - taken)}
    return rests


def _number(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) - 2**31


_LEARN = """
insert into customers_word as w (word, keys, customers) values {rows}
on conflict (word) do update set customers = 1 where w.customers = 0
"""


_KNOWN = "select word from customers_word where word = any(%s) and customers > 0"


def learn_words(before: str, after: str) -> None:
    """Take the new words of a search text into the vocabulary. At most two statements, none if nothing is new in it."""
    learn(vocabulary_of([after]) - vocabulary_of([before]))


def learn(words: Iterable[str]) -> None:
    """Take words into the vocabulary, in the running transaction; in order, so that two doing so never wait for each other."""
    wanted = sorted(words)
    if not wanted:
        return
    known = {word for (word,) in run_prepared(_KNOWN, [wanted])}
    unknown = [word for word in wanted if word not in known]
    if unknown:
        rows = ", ".join(["(%s, %s::int[], 1)"] * len(unknown))
        with connection.cursor() as cursor:
            cursor.execute(_LEARN.format(rows=rows), [part for word in unknown for part in (word, keys_of(word))])


_FORGET_NOW = """
delete from customers_word w where w.word = any(%s) and w.customers < %s and not exists (
  select 1 from customers_customer c
  where customers_words(c.search_text, c.site_id, c.team_id, c.owner_id) @@ quote_literal(w.word)::tsquery)
"""
RARE = 1_000  # customers who have a word: such a one cannot have been one person's


def forget_words(texts: Iterable[str]) -> None:
    """
    Take the words of former search texts out of the vocabulary that nobody has any more, such as the name of somebody erased. Runs in
    the transaction that emptied those texts.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_NOW, [sorted(vocabulary_of(texts)), RARE])


_COUNT = """
select word, count(*) from customers_customer c, unnest(string_to_array(c.search_text, ' ')) word
where c.merged_into_id is null and c.erased_at is null and word <> '' group by 1
"""
_TABLE = "create temporary table counted (word text primary key, keys int[], customers int) on commit drop"
_FORGET = (
    "delete from customers_word w where customers = 0 and not exists (select 1 from counted c where c.word = w.word)"
)
_LEFT = """
update customers_word w set customers = 0 where customers > 0 and not exists (select 1 from counted c where c.word = w.word)
"""
_TAKE = """
insert into customers_word as w (word, keys, customers) select word, keys, customers from counted order by word
on conflict (word) do update set customers = excluded.customers, keys = excluded.keys
where (w.customers, w.keys) is distinct from (excluded.customers, excluded.keys)
"""


@transaction.atomic
def rebuild_vocabulary() -> int:
    """
    Count all words anew: after many customers were loaded at once, and every night. A word that nobody has any more is forgotten
    by the second count, so that an act that met it meanwhile can still keep it. Gives how many words there are.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        counted = {word: count for word, count in cursor.fetchall() if is_ordinary(word)}
        cursor.execute(_TABLE)
        with cursor.copy("copy counted (word, keys, customers) from stdin") as copy:
            for word, count in counted.items():
                copy.write_row((word, keys_of(word), count))
        for statement in (_FORGET, _LEFT, _TAKE, "drop table counted"):
            cursor.execute(statement)
    return len(counted)
