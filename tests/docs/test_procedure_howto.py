"""The example in the page on writing procedures is a procedure, and its test cases come out as written."""

import re
from pathlib import Path

import pytest
from django.utils import timezone

from onhand.guidelines.book import current
from onhand.procedures.reading import _HEADS, _LINES, read_script
from onhand.procedures.tries import try_all

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "write-a-procedure.md").read_text(encoding="utf-8")


@pytest.mark.django_db
def test_the_example_is_a_procedure_whose_test_cases_come_out_right() -> None:
    script = read_script(re.findall(r"```text\n(.+?)```", PAGE, re.DOTALL)[0])
    assert len(script.tries) == 3
    assert [one.tried.name for one in try_all(script, current(), timezone.now()) if not one.is_right] == []


def test_every_line_one_can_write_is_told() -> None:
    for key in _HEADS | _LINES:
        assert re.search(rf"`{key}[:`]", PAGE), key
