"""Hints on how a text reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.knowledge.writing.reading import EASY, HintKind, Writing, read_writing

PLAIN = "Hello Ana. Your kettle is on its way. It should be with you on Friday. Tell us if it is not."
STIFF = (
    "Pursuant to your communication regarding the reimbursement of the aforementioned merchandise, we hereby inform you that, in the "
    "event that supplementary documentation should be forthcoming, additional administrative consideration will subsequently commence."
)
LLANO = "Hola, Ana. Su hervidor ya va de camino. Le llega el viernes. Si no llega, nos lo dice."
TIESO = (
    "De conformidad con lo anteriormente mencionado, le comunicamos que procederemos a la tramitación administrativa correspondiente a la "
    "mayor brevedad posible, no obstante deberá cumplimentar previamente la documentación complementaria requerida por el departamento."
)


def kinds(writing: Writing) -> set[HintKind]:
    return {hint.kind for hint in writing.hints}


@pytest.mark.parametrize(("plain", "stiff", "language"), [(PLAIN, STIFF, "en"), (LLANO, TIESO, "es-MX")])
def test_plain_and_stiff_texts_are_told_apart(plain: str, stiff: str, language: str) -> None:
    good, bad = read_writing(plain, language), read_writing(stiff, language)
    assert good.hints == ()
    assert good.ease is not None and bad.ease is not None
    assert good.ease > EASY > bad.ease
    assert kinds(bad) == {HintKind.LONG_SENTENCE, HintKind.HARD_WORD}
    assert (good.sentences, bad.sentences) == (4, 1)
    assert bad.longest == bad.words > 25


def test_hints_say_where_and_what_instead() -> None:
    text = "You must send it back!!!\nPLEASE READ THIS. We commence prior  to noon."
    hints = read_writing(text, "en").hints
    assert [(hint.kind, text[hint.begins : hint.ends], hint.instead) for hint in hints] == [
        (HintKind.COLD, "You must", "please"),
        (HintKind.EXCLAIMED, "!!!", ""),
        (HintKind.SHOUTED, "PLEASE READ THIS", ""),
        (HintKind.HARD_WORD, "commence", "begin"),
        (HintKind.HARD_WORD, "prior  to", "before"),
    ]


def test_short_forms_end_no_sentence() -> None:
    assert read_writing("Dear Mr. Finch, see no. 7 of it.", "en").sentences == 1
    assert read_writing("Estimada Sra. Prieto:\n\nHola", "es").sentences == 2


def test_other_languages_and_little_text() -> None:
    assert read_writing("Wir fangen an. Bald!!", "de").ease is None
    assert kinds(read_writing("Wir fangen an. Bald!!", "de")) == {HintKind.EXCLAIMED}
    assert read_writing("", "en") == Writing(0, 0, 0.0, 0, None, ())


@given(st.text(max_size=400), st.sampled_from(["en", "es", "de", ""]))
def test_every_hint_stands_in_the_text(text: str, language: str) -> None:
    writing = read_writing(text, language)
    for hint in writing.hints:
        assert text[hint.begins : hint.ends] == hint.said != ""
    assert writing.longest <= writing.words
