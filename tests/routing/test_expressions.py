"""What work asks, as people write it: read, written, and refused with the mend."""

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as some

from onhand.routing.expressions import Names, WrongExpressionError, read_expression, write_expression
from onhand.routing.matching.wanted import ANYBODY, All, Has, Not, OneOf, People, Wanted

NAMES = Names(
    {
        "skill:refunds": "Refunds",
        "skill:life_insurance": "Life insurance",
        "skill:and_more": "This and more",
        "skill:net": "Network 5G",
        "language:es": "Spanish",
        "licence:life": "Life licence",
    },
    {1: "Ana Núñez", 2: "Bo Li", 3: "Bo Li", 4: "John and Co"},
)
REFUNDS, SPANISH = Has("skill:refunds"), Has("language:es")


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", ANYBODY),
        ("anybody", ANYBODY),
        ("refunds", REFUNDS),
        ("Refunds 3", Has("skill:refunds", 3)),
        ("Refunds 3+", Has("skill:refunds", 3)),
        ("refunds >= 3", Has("skill:refunds", 3)),
        ("refunds ≥3", Has("skill:refunds", 3)),
        ("refunds > 3", Has("skill:refunds", 4)),
        ("refunds 2 - 4", Has("skill:refunds", 2, 4)),
        ("refunds =2", Has("skill:refunds", 2, 2)),
        ("life insurance 2+ AND spanish", All((Has("skill:life_insurance", 2), SPANISH))),
        ("refunds and spanish or es", OneOf((All((REFUNDS, SPANISH)), SPANISH))),
        ("refunds and (spanish or not life licence)", All((REFUNDS, OneOf((SPANISH, Not(Has("licence:life"))))))),
        ('"This and more" and "Network 5G" 4+', All((Has("skill:and_more"), Has("skill:net", 4)))),
        ('@ Ana Núñez, "John and Co" or refunds', OneOf((People(frozenset({1, 4})), REFUNDS))),
        ("not anybody", Not(ANYBODY)),
    ],
)
def test_what_people_write_means(text: str, means: Wanted) -> None:
    assert read_expression(text, NAMES) == means
    assert read_expression(write_expression(means, NAMES), NAMES) == means


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("refund", "There are: Refunds"),
        ("refunds and", "A name is missing"),
        ("refunds spanish)", "There is no skill"),
        ("refunds )", "not expected here"),
        ("(refunds", "bracket is not closed"),
        ('"refunds', "quotation mark"),
        ("refunds 4-2", "lower level"),
        ("refunds > 5", "from 1 to 5"),
        ("refunds 7", "There is no skill"),
        ("@ Bo Li", "Several people"),
        ("@ Nobody", "Nobody is called"),
        ("(" * 20 + "refunds" + ")" * 20, "too many brackets"),
        ("not " * 600 + "refunds", "too"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_mend(text: str, said: str) -> None:
    with pytest.raises(WrongExpressionError, match=said):
        read_expression(text, NAMES)


def test_words_are_understood_in_the_readers_language_and_in_english() -> None:
    with override("es"):
        written = write_expression(All((REFUNDS, Not(SPANISH))), NAMES)
        assert read_expression(written, NAMES) == All((REFUNDS, Not(SPANISH)))
        assert read_expression("refunds and not spanish", NAMES) == All((REFUNDS, Not(SPANISH)))


_leaves = some.one_of(
    some.builds(
        lambda name, levels: Has(name, min(levels), max(levels)),
        some.sampled_from(sorted(NAMES.attributes)),
        some.tuples(some.integers(1, 5), some.integers(1, 5)),
    ),
    some.just(ANYBODY),
    some.sampled_from([People(frozenset({1})), People(frozenset({1, 4}))]),
)
_wanted: some.SearchStrategy[Wanted] = some.recursive(
    _leaves,
    lambda parts: some.one_of(
        some.lists(parts, min_size=2, max_size=3).map(lambda found: All(tuple(found))),
        some.lists(parts, min_size=2, max_size=3).map(lambda found: OneOf(tuple(found))),
        parts.map(Not),
    ),
    max_leaves=6,
)


@given(wanted=_wanted)
def test_what_is_written_reads_as_it_was(wanted: Wanted) -> None:
    assert read_expression(write_expression(wanted, NAMES), NAMES) == wanted


@given(text=some.text(max_size=60))
def test_nonsense_is_refused_and_nothing_worse(text: str) -> None:
    try:
        read_expression(text, NAMES)
    except WrongExpressionError as error:
        assert str(error)
