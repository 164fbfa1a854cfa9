"""What was typed into the search is understood as people mean it."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.contacts.searching.asked import Asked, Term, read_asked, read_day
from onhand.contacts.searching.excerpts import Sought, excerpt, marked


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("parcel", [Term("parcel", is_begun=True)]),
        ("parcel ", [Term("parcel")]),
        ("pa", [Term("pa")]),
        ("green parcel", [Term("green"), Term("parcel", is_begun=True)]),
        ('"green parcel"', [Term("green parcel")]),
        ('"green parcel', [Term("green parcel")]),
        ("parcel -green", [Term("parcel"), Term("green", is_not=True)]),
        ('parcel -"very green"', [Term("parcel"), Term("very green", is_not=True)]),
        ("from:anna x ", [Term("anna", "B"), Term("x")]),
        ('subject:"late again" ', [Term("late again", "A")]),
        ("to:service@shop.example ", [Term("service@shop.example", "C")]),
        ("-from:anna x ", [Term("anna", "B", is_not=True), Term("x")]),
        ("at 10:30 ", [Term("at"), Term("10:30")]),
        ("http://shop.example ", [Term("http //shop.example")]),
        ("note:this ", [Term("note this")]),
        ("O'Connor ", [Term("O'Connor")]),
        ("--- ... ", []),
        ("", []),
    ],
)
def test_words(typed: str, terms: list[Term]) -> None:
    assert list(read_asked(typed).terms) == terms


def test_filters() -> None:
    asked = read_asked(
        'parcel team:"Second line" state:open channel:email case:K-12 has:file after:2026-02 before:2026-03-05'
    )
    assert asked.named == {"team": ("Second line",), "state": ("open",), "channel": ("email",), "case": ("K-12",)}
    assert (asked.after, asked.before, asked.has_file) == (date(2026, 2, 1), date(2026, 3, 5), True)
    assert asked.has_filters
    assert asked.plain_words == "parcel"


def test_what_says_nothing_is_told() -> None:
    asked = read_asked("parcel after:yesterday has:wings")
    assert asked.not_understood == ("after:yesterday", "has:wings")
    assert read_asked("after:2026 ").is_nothing
    assert read_asked("-green").is_nothing
    assert not read_asked("case:K-1").is_nothing


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("2026", (date(2026, 1, 1), date(2027, 1, 1))),
        ("2026-12", (date(2026, 12, 1), date(2027, 1, 1))),
        ("2026-02-28", (date(2026, 2, 28), date(2026, 3, 1))),
        ("28.2.2026", (date(2026, 2, 28), date(2026, 3, 1))),
        ("31/12/2026", (date(2026, 12, 31), date(2027, 1, 1))),
        ("2026-02-31", None),
        ("9999-12-31", None),
        ("soon", None),
    ],
)
def test_days(said: str, span: tuple[date, date] | None) -> None:
    assert read_day(said) == span


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_anything_typed_is_understood_somehow(typed: str) -> None:
    asked = read_asked(typed)
    assert isinstance(asked, Asked)
    assert len(asked.terms) <= 12
    text = "Some text, with Größe and words. " * 30 + typed
    assert "".join(piece for piece, _hit in marked(text, Sought.of(asked))) == text
    excerpt(text, Sought.of(asked))


def test_an_excerpt_shows_where_the_words_are() -> None:
    text = "word " * 100 + "die schöne grüne Lampe flackert " + "word " * 100
    shown = excerpt(text, Sought.of(read_asked("grune lam")))
    assert shown[0] == ("… ", False)
    assert [piece for piece, is_hit in shown if is_hit] == ["grüne", "Lampe"]
    assert shown[-1] == (" …", False)
    assert excerpt("", Sought.of(read_asked("x"))) == ()
    assert excerpt("no hit here", Sought.of(read_asked("lamp"))) == (("no hit here", False),)
