"""What changed between two texts, word by word."""

from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.knowledge.comparing import Part, compare

TEXTS = st.text(alphabet="ab \n.é", max_size=200)


def test_changed_words_stand_out_of_what_stayed() -> None:
    assert compare("You have 30 days.\nKeep it.", "You have 14 days.\nKeep it.") == [
        Part("same", "You have "),
        Part("gone", "30 "),
        Part("come", "14 "),
        Part("same", "days.\nKeep it."),
    ]
    assert compare("x", "x") == [Part("same", "x")]
    assert compare("", "") == []


def test_another_sentence_is_not_cut_into_single_words() -> None:
    parts = compare("Send it back to us now.", "Bring it gladly to our shop.")
    assert [part.kind for part in parts] == ["gone", "come"]


def test_long_same_parts_are_left_out_but_kept() -> None:
    long = "word " * 200
    parts = compare(f"a {long} z", f"b {long} y")
    assert [part.kind for part in parts] == ["gone", "come", "same", "left_out", "same", "gone", "come"]
    assert "".join(part.text for part in parts if part.kind != "come") == f"a {long} z"


def test_a_wholly_different_long_text_is_quick() -> None:
    parts = compare(" ".join(f"a{n}" for n in range(5000)), " ".join(f"b{n}" for n in range(5000)))
    assert [part.kind for part in parts] == ["gone", "come"]


@settings(max_examples=80, deadline=None)
@given(TEXTS, TEXTS)
def test_nothing_is_lost(before: str, after: str) -> None:
    parts = compare(before, after)
    assert "".join(part.text for part in parts if part.kind != "come") == before
    assert "".join(part.text for part in parts if part.kind != "gone") == after
