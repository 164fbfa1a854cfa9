"""What the composer shows beside an answer while it is written."""

from typing import Any

import pytest
from django.test import Client

from tests.factories.staff import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask() -> Any:
    client = Client()
    client.force_login(make_person())

    def asked(text: str, **more: str) -> str:
        answer = client.post("/desk/writing-notes/", {"text": text, "language": "en"} | more)
        assert answer.status_code == 200
        return answer.content.decode()

    return asked


def test_what_is_overlooked_is_said_and_what_was_typed_is_shown_as_text(ask: Any) -> None:
    shown = ask("Dear {<b>x</b>}, the the form is attached.", files="")
    assert "“{&lt;b&gt;x&lt;/b&gt;}” is still to be filled in." in shown
    assert "“the the” stands twice." in shown
    assert "It speaks of a file (“attached”), and none goes with it." in shown
    assert "speaks of a file" not in ask("The form is attached.", files="a1b2")
    assert "speaks of a file" not in ask("The form is attached.")


def test_a_good_answer_gets_figures_only(ask: Any) -> None:
    shown = ask("Dear Ana, thank you for the picture. A new lamp goes out today. It will be with you on Tuesday.")
    assert "<li" not in shown
    assert "ease of reading" in shown
    assert ask("").strip() == ""
    assert ask("a\x00b" * 10, language="x" * 900).strip() == ""


def test_what_is_wrong_many_times_does_not_push_the_answer_away(ask: Any) -> None:
    shown = ask("".join(f"Dear {{gap{number}}}. " for number in range(40)) + "word " * 500)
    assert shown.count('class="overlooked"') == 5
