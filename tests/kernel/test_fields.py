"""One annotation gives the widget, the schema and the parser; whatever is typed is read or refused at its field."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import Annotated, Any

import pytest
from django.db import models
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from onhand.kernel.acts import Act, Run, all_acts
from onhand.kernel.errors import ArgumentsInvalid
from onhand.kernel.fields import MANY_LINES, Field, arguments_model, clean_text, holds_words, read_fields
from onhand.kernel.money import Money


class Colour(models.TextChoices):
    RED = "red", "Red"
    BLUE = "blue", "Blue"


def everything(
    thing: object,
    *,
    run: Run,
    text: str,
    long_text: Annotated[str, Field(widget="textarea", max_length=20)],
    number: int,
    other: Annotated[int, Field(reference="customers.email")],
    yes: bool,
    day: date,
    moment: datetime,
    amount: Money,
    euros: Annotated[Money, Field(currency="EUR")],
    colour: Colour,
    colours: list[Colour],
    words: list[str],
    sizes: Annotated[list[str], Field(options=lambda: [("s", "Small"), ("l", "Large")], is_closed=True)],
    clock: time_of_day,
    details: Annotated[dict[str, Any], Field(parts=lambda _subject_id: [Field(name="serial")])],
    maybe_text: str | None = None,
    maybe_number: Annotated[int | None, Field(label="How many")] = None,
    maybe_day: date | None = None,
    maybe_clock: time_of_day | None = None,
    maybe_amount: Annotated[Money, Field(label="Up to")] | None = None,
    maybe_colour: Colour | None = None,
    with_default: str = "as before",
) -> None:
    """Take one of each."""


ACT = Act("tests.everything", "thing", "", "Everything", everything)
GOOD: dict[str, Any] = {
    "text": "  Ána  ",
    "long_text": "one\r\ntwo",
    "number": "12",
    "other": 7,
    "yes": "on",
    "day": "2026-12-31",
    "moment": "2026-12-31T10:00:00+02:00",
    "amount": {"minor": 1250, "currency": "USD"},
    "euros": "12.50",
    "colour": "red",
    "colours": ["red", "blue"],
    "words": ["a", " b "],
    "sizes": ["l"],
    "clock": "17:30",
    "details": {"serial": " A 1 ", "size": 12, "broken": True, "paid": {"minor": 5, "currency": "EUR"}, "none": None},
}


def test_annotations_become_widgets() -> None:
    found = {f.name: (f.widget, f.required) for f in read_fields(everything)}
    assert found == {
        "text": ("text", True),
        "long_text": ("textarea", True),
        "number": ("number", True),
        "other": ("reference", True),
        "yes": ("boolean", True),
        "day": ("date", True),
        "moment": ("datetime", True),
        "amount": ("money", True),
        "euros": ("money", True),
        "colour": ("choice", True),
        "colours": ("choices", True),
        "words": ("choices", True),
        "sizes": ("choices", True),
        "clock": ("time", True),
        "details": ("parts", True),
        "maybe_text": ("text", False),
        "maybe_number": ("number", False),
        "maybe_day": ("date", False),
        "maybe_clock": ("time", False),
        "maybe_amount": ("money", False),
        "maybe_colour": ("choice", False),
        "with_default": ("text", False),
    }
    fields = {f.name: f for f in read_fields(everything)}
    assert fields["colour"].offered() == [("red", "Red"), ("blue", "Blue")]
    assert (fields["maybe_number"].label, fields["maybe_amount"].label, fields["text"].label) == (
        "How many",
        "Up to",
        "Text",
    )


def test_arguments_are_read_and_recorded_without_loss() -> None:
    read: Any = ACT.read_arguments(GOOD)
    assert (read.text, read.long_text, read.number, read.yes) == ("Ána", "one\ntwo", 12, True)
    assert (read.amount, read.euros) == (Money(1250, "USD"), Money(1250, "EUR"))
    assert read.moment == datetime(2026, 12, 31, 8, tzinfo=UTC)
    assert (read.colours, read.words) == ([Colour.RED, Colour.BLUE], ["a", "b"])
    assert (read.sizes, read.clock) == (["l"], time_of_day(17, 30))
    assert read.details == GOOD["details"] | {"serial": "A 1"}
    assert (read.maybe_day, read.with_default) == (None, "as before")
    recorded = read.model_dump(mode="json")
    assert (recorded["amount"], recorded["day"], recorded["colour"]) == (
        {"minor": 1250, "currency": "USD"},
        "2026-12-31",
        "red",
    )
    assert ACT.read_arguments(recorded) == read


def test_the_schema_says_the_same() -> None:
    schema = ACT.json_schema
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(GOOD)
    assert schema["properties"]["text"]["maxLength"] == 200
    assert schema["properties"]["amount"]["properties"]["minor"]["type"] == "integer"
    assert schema["properties"]["day"]["format"] == "date"
    assert schema["properties"]["clock"]["format"] == "time"
    assert schema["properties"]["sizes"]["items"]["enum"] == ["s", "l"]


BAD: dict[str, list[Any]] = {
    "text": ["", "   ", "a\nb", "\x00", "a\ud800", "x" * 201, 5, None, ["a"], {"a": 1}, "a" + "\u0301" * 31],
    "long_text": ["x" * 21, "\x07"],
    "number": ["", "1.5", "1e3", 2**63, -(2**63) - 1, "9" * 5000, True, 1.5, None, [], float("inf"), float("nan")],
    "other": [0, -1, 2**63],
    "yes": ["perhaps", 2, None, ""],
    "day": [
        "2026-02-30",
        "31/12/2026",
        0,
        1_700_000_000,
        "1700000000",
        "0000-01-01",
        "9999-12-31",
        "1799-12-31",
        True,
        "٢٠٢٦-١٢-٣١",
    ],
    "moment": ["2026-12-31T10:00:00", "2026-12-31", 0, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "now"],
    "amount": [
        *(
            "12.50",
            "EUR",
            "EUR 1e9999999",
            "EUR NaN",
            {"minor": 1.5, "currency": "EUR"},
            {"minor": "5", "currency": "EUR"},
        ),
        *(
            {"minor": 5},
            {"minor": 5, "currency": []},
            {"minor": 5, "currency": "EUR", "x": 1},
            {"minor": True, "currency": "EUR"},
        ),
        *({"minor": 2**63, "currency": "EUR"}, {"minor": 1, "currency": "€"}, 12.5, None, []),
    ],
    "euros": [{"minor": 5, "currency": "USD"}, "USD 5", "5.001"],
    "colour": ["green", "RED", "", None, 1, []],
    "colours": ["red", ["red", "green"], None, ["red"] * 501],
    "sizes": [["m"], ["s", "m"], "s", None, [1], ["S"]],
    "clock": ["", "5", "25:00", "17:60", "17:30+02:00", "1730", 1730, None, [], "१७:३०"],
    "words": [["\x00"], ["x" * 201], [1], "abc", {}],
    "details": [
        *([], "abc", None, {"a": 1.5}, {"a": []}, {"a": {}}, {"a": "\x00"}, {"a\ud800": 1}, {"a": "x" * 1_001}),
        *({"a": 2**63}, {"a": {"minor": True, "currency": "EUR"}}, {"a": {"minor": 2**63, "currency": "EUR"}}),
        {str(number): 1 for number in range(501)},
    ],
    "unknown": ["x"],
    "bad\x00name\ud800": ["x"],
    "run": ["x"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_what_cannot_be_read_is_refused_at_its_field_in_words(name: str, value: Any) -> None:
    with pytest.raises(ArgumentsInvalid) as refused:
        ACT.read_arguments(GOOD | {name: value})
    ((field, messages),) = refused.value.fields.items()
    assert field.startswith(name.split("\x00")[0]) or (field == "arguments" and not name.isprintable())
    assert len(messages) >= 1
    for text in (field, *messages):
        assert "\x00" not in text
        text.encode()
    assert messages[0][0].isupper()
    assert messages[0].endswith(".") or "characters" in messages[0], messages


def test_every_field_at_fault_is_named_at_once() -> None:
    with pytest.raises(ArgumentsInvalid) as refused:
        ACT.read_arguments({"text": "", "number": "x", "planet": "Mars"})
    assert {"text", "number", "planet", "day"} <= set(refused.value.fields)


@pytest.mark.parametrize("name", ["maybe_number", "maybe_day", "maybe_clock", "maybe_amount", "maybe_colour"])
@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_optional_field_is_none(name: str, nothing: Any) -> None:
    assert getattr(ACT.read_arguments(GOOD | {name: nothing}), name) is None


@given(st.text(max_size=300), st.booleans())
def test_cleaned_text_can_be_stored_and_is_stable(text: str, many_lines: bool) -> None:
    try:
        cleaned = clean_text(text, many_lines=many_lines)
    except ValueError:
        return
    assert clean_text(cleaned, many_lines=many_lines) == cleaned
    assert "\x00" not in cleaned
    cleaned.encode()


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_json_value_in_any_field_is_read_or_refused(value: Any) -> None:
    for name in GOOD:
        try:
            ACT.read_arguments(GOOD | {name: value})
        except ArgumentsInvalid as refused:
            assert list(refused.fields) == [name]


def test_a_text_made_to_take_long_does_not() -> None:
    """Composing marks takes quadratic time: 100,000 in a row would take eight seconds."""
    began = time.process_time()
    for evil in ("a" + "\u0301\u0316" * 50_000, "a" + "\u0301\u0316" * 400, "x" * 10_000_000):
        with pytest.raises(ArgumentsInvalid):
            ACT.read_arguments(GOOD | {"text": evil})
    assert time.process_time() - began < 1


def test_an_argument_no_form_can_ask_for_is_an_error_at_start() -> None:
    def takes_bytes(*, run: Run, photo: bytes) -> None:
        """Take a photo."""

    def takes_either(*, run: Run, value: int | str) -> None:
        """Take either."""

    for function in (takes_bytes, takes_either):
        with pytest.raises(TypeError):
            read_fields(function)


def test_validation_errors_never_leave_as_they_are() -> None:
    with pytest.raises(ValidationError):
        ACT.arguments_model.model_validate({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A row of a table."""

    thing: Annotated[int, Field(label="Thing", reference="customers.email")]
    pieces: Annotated[int, Field(label="Pieces")] = 1
    price: Money | None = None


def take_rows(thing: object, *, run: Run, lines: list[Wanted], more: list[Wanted] | None = None) -> None:
    """Take the rows of a table."""


ROWS = Act("tests.take_rows", "thing", "", "Rows", take_rows)


def test_rows_of_a_table_are_read_into_their_dataclass_and_recorded_as_plain_values() -> None:
    given = ROWS.read_arguments({"lines": [{"thing": "4", "pieces": 2, "price": "EUR 1.50"}, {"thing": 9}]})
    assert given.lines == [  # type: ignore[attr-defined]
        Wanted(thing=4, pieces=2, price=Money(150, "EUR")),
        Wanted(thing=9),
    ]
    assert given.model_dump(mode="json") == {
        "lines": [
            {"thing": 4, "pieces": 2, "price": {"minor": 150, "currency": "EUR"}},
            {"thing": 9, "pieces": 1, "price": None},
        ],
        "more": None,
    }
    assert ROWS.read_arguments({"lines": [Wanted(thing=9)]}) == ROWS.read_arguments({"lines": [{"thing": 9}]})
    (lines, more) = ROWS.fields
    assert (lines.widget, more.widget) == ("rows", "rows")
    assert [(column.name, column.widget, column.required) for column in lines.columns] == [
        ("thing", "reference", True),
        ("pieces", "number", False),
        ("price", "money", False),
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "Give at least one entry."),
        ([{"thing": 1}, {"pieces": 2}], "Row 2, Thing: This is needed."),
        ([{"thing": 1, "pieces": "many"}], "Row 1, Pieces: Give a whole number within the allowed range."),
        ([{"thing": 1, "colour": "red"}], "Row 1, colour: There is no such argument. Take it out."),
        ([{"thing": 1, "price": "EUR 0.001"}], "Row 1, Price: This currency has no unit as small as that."),
        ({"thing": 1}, "Give a list."),
        ([{"thing": 1}] * 501, "At most 500 entries."),
    ],
)
def test_a_wrong_row_is_named_with_its_column(lines: Any, said: str) -> None:
    with pytest.raises(ArgumentsInvalid) as refused:
        ROWS.read_arguments({"lines": lines})
    assert refused.value.fields["lines"][0].startswith(said)


def test_a_row_that_is_no_row_is_refused() -> None:
    for nonsense in (None, "x", 3, [1], {"thing": [1]}, {"thing": True}, {"thing": 0}):
        with pytest.raises(ArgumentsInvalid) as refused:
            ROWS.read_arguments({"lines": [nonsense]})
        assert refused.value.fields["lines"]


CARD = "4242 4242 4242 4242"


@pytest.mark.parametrize(
    ("field", "stored"),
    [
        (Field(widget="textarea"), "my card •••• •••• •••• 4242"),
        (Field(max_length=300), "my card •••• •••• •••• 4242"),
        (Field(), "my card •••• •••• •••• 4242"),
        (Field(max_length=60), f"my card {CARD}"),
        (Field(keeps_figures=True), f"my card {CARD}"),
        (Field(secret=True), f"my card {CARD}"),
    ],
)
def test_numbers_of_cards_in_words_are_masked_before_anything_sees_them(field: Field, stored: str) -> None:
    def function(*, text: str) -> None: ...

    function.__annotations__["text"] = Annotated[str, field]
    read = arguments_model(function, "Test").model_validate({"text": f"my card {CARD}"})
    assert read.text == stored  # type: ignore[attr-defined]


def test_every_act_that_takes_words_masks_numbers_of_cards() -> None:
    keeping = {
        (act.name, one.name)
        for act in all_acts()
        for one in act.fields
        if one.widget in MANY_LINES and not holds_words(one) and not one.secret
    }
    assert keeping == set(), "texts of many lines in which a number of a card would be stored"
