"""Tables in the forms of acts: what is typed into their rows becomes arguments; empty rows are none; nonsense does no harm."""

from typing import Any

import pytest
from django.http import QueryDict
from django.utils.http import urlencode

from onhand.kernel.errors import ArgumentsInvalid
from onhand.web.act_forms import given_arguments, typed_values
from tests.web.sample_table import TABLE_ACT, ReturnedRow, WantedRow, table_fields


def given(**boxes: str) -> dict[str, Any]:
    return given_arguments(TABLE_ACT, QueryDict(urlencode(boxes)))


def test_filled_rows_become_arguments_and_empty_ones_are_none() -> None:
    arguments = given(
        wanted__0__what="Lamp",
        wanted__0__pieces="2",
        wanted__0__price="12.50",
        wanted__1__what="",
        wanted__1__pieces="1",
        wanted__3__what="Shade",
        wanted__3__pieces="",
        wanted__3__gift="true",
        returned__0__line="7",
        returned__0__pieces="",
        returned__1__line="9",
        returned__1__pieces="1",
    )
    read = TABLE_ACT.read_arguments(arguments)
    assert read.wanted == [  # type: ignore[attr-defined]
        WantedRow(what="Lamp", pieces=2, price=read.wanted[0].price),  # type: ignore[attr-defined]
        WantedRow(what="Shade", gift=True),
    ]
    assert read.wanted[0].price.minor == 1250  # type: ignore[attr-defined]
    assert read.returned == [ReturnedRow(line=9, pieces=1)]  # type: ignore[attr-defined]


def test_no_rows_are_reported_where_some_are_needed() -> None:
    arguments = given(wanted__0__what="", wanted__0__pieces="1")
    assert arguments == {"wanted": []}
    with pytest.raises(ArgumentsInvalid):
        TABLE_ACT.read_arguments(arguments)


def test_a_row_begun_is_not_dropped() -> None:
    with pytest.raises(ArgumentsInvalid) as refused:
        TABLE_ACT.read_arguments(given(wanted__0__what="", wanted__0__pieces="3"))
    assert refused.value.fields["wanted"] == ["Row 1, What: This is needed."]


def test_nonsense_in_the_names_of_boxes_does_no_harm() -> None:
    boxes = {
        "wanted__999999999999__what": "Far",
        "wanted__-1__what": "Before",
        "wanted__²__what": "High",
        "wanted____what": "Nowhere",
        "wanted__1": "Half",
        "wanted__500__what": "One too many",
    }
    data = QueryDict(urlencode(boxes))
    assert given_arguments(TABLE_ACT, data) == {"wanted": []}
    (table, _returned) = (view.table for view in table_fields())
    assert table is not None
    assert len(table.rows(typed_values(TABLE_ACT, data))) == 3


def test_a_form_shows_what_was_typed_and_one_empty_row_more() -> None:
    wanted, returned = (view.table for view in table_fields())
    assert wanted is not None
    assert returned is not None
    assert len(wanted.rows({})) == 2
    rows = wanted.rows({"wanted__2__what": "Lamp"})
    assert [row.boxes[0].name for row in rows] == [f"wanted__{place}__what" for place in range(4)]
    assert [(row.label, row.fixed) for row in returned.rows({})] == [
        ("Lamp, brass", [("returned__0__line", 7)]),
        ("Shade, linen, 40 cm", [("returned__1__line", 9)]),
    ]
    assert returned.another() is None
