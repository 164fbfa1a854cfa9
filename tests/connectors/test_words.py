"""What a shop's port says is kept as a sentence with what stands in it, and said in the language of who reads it."""

import pytest
from django.utils import translation

from onhand.connectors.words import LONGEST, kept, ours, shown

SENTENCE = "%(count)s rows, and of %(name)s: %(value)s"


@pytest.fixture
def spanish(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of Spanish that has these sentences."""
    from django.utils.translation import trans_real

    catalogue = trans_real.translation("es")
    for english, said in ((SENTENCE, "%(count)s filas, y de %(name)s: %(value)s"), ("A thing", "Una cosa")):
        monkeypatch.setitem(catalogue._catalog._catalogs[0], english, said)


def test_it_is_said_in_the_readers_language(spanish: None) -> None:
    noted = kept(SENTENCE, count=3, name=ours("A thing"), value="A thing")
    with translation.override("en"):
        assert shown(noted) == "3 rows, and of A thing: A thing"
    with translation.override("es"):
        assert shown(noted) == "3 filas, y de Una cosa: A thing"


def test_what_the_shop_or_an_older_version_said_stands() -> None:
    for text in (
        "",
        "answered 500",
        "[500] broken",
        '["half',
        '["%(no)s", {}]',
        '["100 %", {"x": 1}]',
        '["x", 5]',
        '["x"]',
    ):
        assert shown(text) == text


def test_what_is_too_long_is_kept_as_its_english() -> None:
    noted = kept(SENTENCE, count=1, name=ours("A thing"), value="x" * 1_000)
    assert len(noted) == LONGEST
    assert shown(noted).startswith("1 rows, and of A thing: xxx")
