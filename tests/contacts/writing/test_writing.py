"""What is easily overlooked in an answer, and how it reads without what is not its writer's."""

import time

import pytest

from onhand.contacts.writing.notes import read_answer
from onhand.contacts.writing.own_words import own_words


def kinds(text: str, language: str = "en", *, has_files: bool = True) -> list[str]:
    return [str(one.kind) for one in read_answer(text, language, has_files=has_files).notes]


def test_a_good_answer_gets_no_note() -> None:
    text = """Dear Ana,

    thank you for the picture of the lamp. We are sorry that it came broken.
    A new one goes out today and will be with you on Tuesday. You need not send the old one back.

    If anything is not right with it, just answer this mail.
    """
    found = read_answer(text, "en")
    assert found.notes == []
    assert found.writing.hints == ()
    assert found.writing.ease is not None
    assert found.writing.ease > 70


def test_what_is_not_the_writers_own_does_not_count() -> None:
    text = "Yes, see https://lamps.example/a{b}.\n> You MUST READ {name} this this!!!\n-- \nEva, LAMPS AND MORE LTD"
    assert len(own_words(text)) == len(text)
    found = read_answer(text, "en")
    assert (found.writing.words, found.writing.hints, found.notes) == (2, (), [])


@pytest.mark.parametrize(
    ("text", "language", "note"),
    [
        ("Dear {name}, yes.", "en", "not_filled_in"),
        ("Dear [NAME], yes.", "en", "not_filled_in"),
        ("It costs XXX euros.", "en", "not_filled_in"),
        ("We sent sent it.", "en", "twice"),
        ("Wir haben haben es.", "de", "twice"),
        ("The form is attached.", "en-GB", "file_forgotten"),
        ("Das Formular finden Sie im Anhang.", "de", "file_forgotten"),
        ("Le adjuntamos la factura.", "es", "file_forgotten"),
        ("Vous trouverez ci-joint la facture.", "fr", "file_forgotten"),
    ],
)
def test_what_is_easily_overlooked_is_noted(text: str, language: str, note: str) -> None:
    (found,) = read_answer(text, language, has_files=False).notes
    assert str(found.kind) == note
    assert text[found.begins : found.ends] == found.said


def test_what_is_right_is_not_noted() -> None:
    assert kinds("The form is attached.", "en", has_files=True) == []
    assert kinds("I knew that that was it. She had had it.") == []
    assert kinds("Die, die die Lampe haben.", "de") == []
    assert kinds("Your VAT and IBAN, please.") == []


@pytest.mark.parametrize("piece", ["a", "a. ", "{", "the the ", "A ", "-\n", "!", "a@", "[A ", "a'"])
def test_no_text_takes_long(piece: str) -> None:
    began = time.process_time()
    read_answer(piece * 100_000, "en", has_files=False)
    assert time.process_time() - began < 3
