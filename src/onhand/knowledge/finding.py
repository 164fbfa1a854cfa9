"""
Finding articles by what was typed, in one statement.

Each word is looked for in two ways at once: by its stem in the language (“returned” finds “returns”), and folded, without accents, as
it stands. The last word may be the beginning of one, as somebody is still typing it. Words that say nothing in the language, such as
“the”, are left out. Where nothing has all the words, those that stand in no article are taken for slips of words that do; where
that finds nothing either, what has some of the words is found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from onhand.customers.finding.words import folded_words
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.knowledge import access
from onhand.knowledge.enums import Audience
from onhand.knowledge.languages import NO_LANGUAGE, configuration
from onhand.knowledge.vocabulary import meant_by

MOST_FOUND = 50
MOST_WORDS = 8
MOST_RANKED = (
    400  # with the words in title or keywords, and as many with them anywhere: ranking every one is what costs
)
LONGEST_TYPED = 200
LONGEST_LOOKED_THROUGH = 20_000  # letters of a text in which the excerpt is looked for
SHORT = 3  # beginnings shorter than this are looked for in titles and keywords only
_MARK_BEGINS, _MARK_ENDS = "\x02", "\x03"
_DEFAULT_CONFIGURATIONS = ("english", "spanish")
_WEIGHTS = "{0.1, 0.2, 0.5, 1.0}"  # of text, nothing, keywords, title

Pieces = tuple[tuple[str, bool], ...]  # a text in pieces, and whether each is what was looked for


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """
    An article readers may open. `title_pieces`, `excerpt` and `keywords` say where it has what was looked for: without words typed the
    last two are empty. `is_overdue` says that its review is due.
    """

    id: int
    language: str
    audience: str
    category: str
    title: str
    title_pieces: Pieces
    excerpt: Pieces
    text: str
    public_url: str
    is_overdue: bool
    keywords: tuple[str, ...] = ()


_HEAD = """
select p.article_id, p.language, p.audience, p.category, p.title, p.text, a.public_url, a.review_on, a.keywords
"""
_LISTED = (
    _HEAD
    + """, p.title, ''
from knowledge_publishedarticle p join knowledge_article a on a.id = p.article_id
where (%(language)s::text = '' or p.language = %(language)s) and (%(audience)s::text = '' or p.audience = %(audience)s)
order by p.title, p.article_id limit %(limit)s
"""
)
_NAMED = (
    _HEAD
    + """, p.title, ''
from unnest(%(ids)s::bigint[]) with ordinality as asked(id, place) join knowledge_publishedarticle p on p.article_id = asked.id
join knowledge_article a on a.id = p.article_id order by asked.place
"""
)
# Of what the index gives the likeliest are ranked, and the words marked, which is dearer still, in the few that are shown.
_FOUND = """
with asked as (select {query} as query, {in_title} as in_title),
likely as (
  (select p.article_id from knowledge_publishedarticle p, asked where p.words @@ asked.in_title
    and (%(language)s::text = '' or p.language = %(language)s) and (%(audience)s::text = '' or p.audience = %(audience)s)
  limit %(ranked)s)
  union
  (select p.article_id from knowledge_publishedarticle p, asked where p.words @@ asked.query
    and (%(language)s::text = '' or p.language = %(language)s) and (%(audience)s::text = '' or p.audience = %(audience)s)
  limit %(ranked)s)),
ranked as (
  select p.article_id, ts_rank_cd(%(weights)s::real[], p.words, asked.query, 1) as points
  from likely join knowledge_publishedarticle p using (article_id), asked
  order by points desc, p.article_id limit %(limit)s)
{head}, ts_headline({configuration}, p.title, asked.query, %(whole)s),
  ts_headline({configuration}, left(p.text, 20000), asked.query, %(part)s)
from ranked join knowledge_publishedarticle p using (article_id) join knowledge_article a on a.id = p.article_id, asked
order by points desc, p.article_id
"""


def find_articles(
    actor: Actor,
    typed: str,
    language: str = "",
    audience: str = "",
    *,
    limit: int = MOST_FOUND,
    today: date | None = None,
) -> list[FoundArticle]:
    """
    Published articles that fit what was typed, the best first, at most 50; without words the first by title.

    `language` narrows to one language, `audience` to `public` where the text is to be sent to a customer. `today` marks those whose
    review is due. One statement, or two where nothing has all the words.
    """
    if not actor.may(access.READ):
        return []
    typed = typed[:LONGEST_TYPED].replace("\0", " ")
    words = folded_words(typed)[:MOST_WORDS]
    given: dict[str, object] = {
        "language": language,
        "audience": audience if audience in Audience.values else "",
        "limit": max(1, min(limit, MOST_FOUND)),
    }
    if not words:
        return _articles(run_prepared(_LISTED, given), [], "", today)
    given |= {
        "weights": _WEIGHTS,
        "ranked": MOST_RANKED,
        "whole": f'HighlightAll=true,StartSel="{_MARK_BEGINS}",StopSel="{_MARK_ENDS}"',
        "part": f'MaxWords=28,MinWords=12,MaxFragments=1,StartSel="{_MARK_BEGINS}",StopSel="{_MARK_ENDS}"',
    }
    configurations = (configuration(language),) if language else _DEFAULT_CONFIGURATIONS
    asked = typed.split()
    given |= {f"r{place}": word for place, word in enumerate(_as_typed(asked, words))}
    rows: list[tuple[object, ...]] = []
    meant: list[list[str]] = [[word] for word in words]
    for joined in ("&&", "meant", "||") if len(words) > 1 else ("&&", "meant"):
        if joined == "meant":
            slips = meant_by(words)
            if not any(slips.values()):
                continue
            meant = [[word, *slips.get(word, ())] for word in words]
        given |= {f"w{place}": " | ".join(either) for place, either in enumerate(meant)}
        given |= {f"t{place}": _in_title(either, place == len(words) - 1) for place, either in enumerate(meant)}
        both = " || " if joined == "||" else " && "
        sql = _FOUND.format(
            head=_HEAD,
            query=_query(words, configurations, both.strip()),
            in_title=both.join(f"to_tsquery('{NO_LANGUAGE}', %(t{place})s)" for place in range(len(words))),
            configuration=f"'{configurations[0]}'::regconfig",
        )
        rows = list(run_prepared(sql, given))
        if rows:
            break
    return _articles(rows, [word for either in meant for word in either], words[-1], today)


def _in_title(either: Sequence[str], may_begin: bool) -> str:
    """Words as they are looked for in titles and keywords; the last one may be the beginning of one."""
    return " | ".join(f"{word}:{'*' if may_begin else ''}AB" for word in either)


def listed(ids: Sequence[int], today: date | None = None) -> list[FoundArticle]:
    """Published articles by their numbers, in that order. For whoever chose them among what their reader may open."""
    return _articles(run_prepared(_NAMED, {"ids": list(ids)}), [], "", today)


def _as_typed(asked: Sequence[str], words: Sequence[str]) -> list[str]:
    """The words with their accents where they stand one to one, as stems are made of words as they are written."""
    plain = [word.strip(".,;:¿?¡!()\"'«»“”") for word in asked]
    plain = [word for word in plain if word]
    return plain[: len(words)] if len(plain) == len(words) else list(words)


def _query(words: Sequence[str], configurations: Sequence[str], joined: str) -> str:
    """The SQL of the question: only places for the words stand in it, so it is prepared once for each number of words."""
    last = len(words) - 1
    parts = []
    for place, word in enumerate(words):
        stems = [f"plainto_tsquery('{name}', %(r{place})s)" for name in configurations if name != NO_LANGUAGE]
        begins = "" if place != last else ":*" if len(word) >= SHORT else ":*AB"
        folded = f"to_tsquery('{NO_LANGUAGE}', %(w{place})s || '{begins}')"
        either = " || ".join([*stems, folded])
        if place != last and stems:
            says_nothing = " and ".join(f"numnode({stem}) = 0" for stem in stems[:1])
            either = f"case when {says_nothing} then ''::tsquery else {either} end"
        parts.append(f"({either})")
    return f" {joined} ".join(parts)


def _articles(
    rows: Sequence[tuple[object, ...]], words: Sequence[str], begun: str, today: date | None
) -> list[FoundArticle]:
    """The rows as articles. `words` are those looked for, folded; `begun` the one that may be only the beginning of one."""
    fits = _Fits(frozenset(words), begun if len(begun) >= SHORT else "")
    found = []
    for row in rows:
        pk, language, audience, category, title, text, public_url, review_on, keywords, marked_title, excerpt = row
        assert isinstance(pk, int)
        assert isinstance(keywords, list)
        found.append(
            FoundArticle(
                id=pk,
                language=str(language),
                audience=str(audience),
                category=str(category),
                title=str(title),
                title_pieces=_pieces(str(marked_title), fits),
                excerpt=_excerpt(str(excerpt), str(text), fits),
                text=str(text),
                public_url=str(public_url),
                is_overdue=isinstance(review_on, date) and today is not None and review_on <= today,
                keywords=tuple(one for one in keywords if any(map(fits.has, one.split()))),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Fits:
    """Which words of a text are what was looked for, accents and case aside."""

    words: frozenset[str]
    begun: str

    def has(self, written: str) -> bool:
        """Whether one written word is."""
        return any(one in self.words or (self.begun and one.startswith(self.begun)) for one in folded_words(written))


def _excerpt(marked: str, text: str, fits: _Fits) -> Pieces:
    """The part of a text that fits: the database's, or where it marked nothing, as for a missing accent, the first that has a word."""
    pieces = _pieces(marked, fits)
    if not fits.words or any(is_hit for _text, is_hit in pieces):
        return pieces
    written = text[:LONGEST_LOOKED_THROUGH].split()
    first = next((place for place, word in enumerate(written) if fits.has(word)), None)
    if first is None:
        return pieces
    return _pieces(" ".join(written[max(0, first - 6) : first + 22]), fits)


def _pieces(marked: str, fits: _Fits) -> Pieces:
    """A text in pieces by the marks the database set, and those words it could not know of."""
    pieces: list[tuple[str, bool]] = []
    for number, part in enumerate(marked.split(_MARK_BEGINS)):
        hit, _mark, rest = part.partition(_MARK_ENDS) if number else ("", "", part)
        if hit:
            pieces.append((hit, True))
        pieces += _marked_words(rest, fits) if fits.words else [(rest, False)]
    return tuple(piece for piece in pieces if piece[0])


def _marked_words(text: str, fits: _Fits) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    plain = ""
    for number, word in enumerate(text.split(" ")):
        plain += " " if number else ""
        if fits.has(word):
            pieces += [(plain, False), (word, True)]
            plain = ""
        else:
            plain += word
    return [*pieces, (plain, False)]
