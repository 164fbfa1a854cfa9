"""
Arguments of acts: from the annotations of one function to a form field, a JSON schema and a parser.

Supported annotations: `str`, `int`, `bool`, `date`, `time`, `datetime`, `Money`, a `TextChoices`, a `list` of texts or choices, a
`list` of a frozen keyword-only dataclass of such types (rows of a table: the lines of an order), and a `dict[str, Any]` of plain values
whose parts depend on the subject; each may be `| None`. `Annotated[…, Field(...)]` adds the label and, where the type alone does not say
it, the widget and limits.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass, replace
from datetime import UTC, date, datetime, time
from enum import Enum
from inspect import Parameter, signature
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

from django.db.models import Choices
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    create_model,
)
from pydantic import Field as PydanticField
from pydantic_core import PydanticCustomError

from onhand.kernel.card_numbers import mask_card_numbers
from onhand.kernel.money import Money, MoneyError

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

LARGEST_INTEGER = 2**63 - 1
LARGEST_LIST = 500
EARLIEST, LATEST = date(1800, 1, 1), date(2999, 12, 31)
LEAST_WORDS = 150  # characters a text takes in which people write words, not a name or number
MANY_LINES = frozenset({"textarea", "markdown", "response", "signature"})  # widgets of texts of many lines
# Invisible marks that come along when a number or name is copied from a telephone or web page, and that can make text look
# like other text (UAX #9): they are dropped, the text itself is kept.
_BIDI_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"\r\n?|\u2028|\u2029")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*", re.ASCII)
# The stream-safe text format of Unicode (UAX #15) allows 30 marks on one letter. Composing a text takes time quadratic in the
# longest run of marks, so a run beyond any writing is refused before.
_MOST_MARKS = 30
_LONGEST_PART = 1_000


@dataclass(frozen=True, slots=True)
class OfferedRow:
    """A row a form offers to be filled in: what it is about in words, and the values of the columns that stay as they are."""

    label: str
    fixed: "dict[str, Any]"


@dataclass(frozen=True, slots=True)
class Field:
    """
    What the signature does not say about an argument.

    `widget` is one of text, textarea, markdown, response, email, telephone, money, date, time, datetime, choice, choices, boolean,
    number, reference, language, country, time_zone; markdown and response are texts of many lines shown as they will look.
    `reference` names a registered reference type; `currency` fixes that of a money field. `current` reads today's value off the
    subject, so that a form opens filled with it. `options` gives the (value, label) pairs to choose from;
    where it `is_closed`, a list takes no others, and its schema names them. A `secret` text, such as a code, is neither recorded nor
    shown again nor kept as a draft. `clean` changes a text before anything sees it, the record included. `parts(subject id)` gives
    the fields a dict is asked for by; the act reads its values. `is_needed` says whether people are asked for a value as things stand,
    where the act can also do without one. `rows(subject id)` offers the rows of a table, such as the lines of the order; without it a
    form has empty ones. `columns` are the fields of its rows. Numbers of payment cards in texts are masked, except where a text
    `keeps_figures`, such as a number in another system.
    """

    label: "_StrOrPromise" = ""
    help: "_StrOrPromise" = ""
    widget: str = ""
    max_length: int | None = None
    autocomplete: str = "off"
    reference: str = ""
    currency: str = ""
    current: Callable[[Any], Any] | None = None
    options: Callable[[], list[tuple[str, "_StrOrPromise"]]] | None = None
    secret: bool = False
    is_closed: bool = False
    keeps_figures: bool = False
    clean: Callable[[str], str] | None = None
    parts: "Callable[[int | None], list[Field]] | None" = None
    is_needed: Callable[[], bool] | None = None
    rows: "Callable[[int | None], list[OfferedRow]] | None" = None
    columns: "tuple[Field, ...]" = ()
    name: str = ""
    required: bool = True
    default: Any = None
    choices: tuple[tuple[str, "_StrOrPromise"], ...] = ()

    def offered(self) -> list[tuple[str, "_StrOrPromise"]]:
        """The (value, label) pairs to choose from, where there is a fixed set."""
        return self.options() if self.options else list(self.choices)


def clean_text(text: str, *, many_lines: bool) -> str:
    """Text as it may be stored: NFC, no invisible direction marks, trimmed. Raises ValueError on control characters."""
    text = _LINE_BREAKS.sub("\n", _BIDI_MARKS.sub("", text))
    if _CONTROL.search(text) or (not many_lines and ("\n" in text or "\t" in text)):
        raise ValueError("control_characters")
    if text.isascii():
        return text.strip()
    if _longest_run_of_marks(text) > _MOST_MARKS:
        raise ValueError("control_characters")
    return unicodedata.normalize("NFC", text).strip()


def _longest_run_of_marks(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    return longest


def read_fields(function: Callable[..., Any]) -> list[Field]:
    """The fields of an act, in order, read off its keyword-only parameters. Raises TypeError on an annotation without a meaning."""
    hints = get_type_hints(function, include_extras=True)
    parameters = [p for p in signature(function).parameters.values() if p.kind is Parameter.KEYWORD_ONLY]
    return [_read_field(p, hints[p.name]) for p in parameters if p.name != "run"]


def arguments_model(function: Callable[..., Any], name: str) -> type[BaseModel]:
    """A pydantic model of the arguments: refuses unknown names, cleans text, bounds every number and length."""
    hints = get_type_hints(function, include_extras=True)
    definitions: dict[str, Any] = {}
    for field in read_fields(function):
        definitions[field.name] = _definition(field, _bare(hints[field.name])[0])
    return create_model(name, __config__=ConfigDict(extra="forbid", arbitrary_types_allowed=True), **definitions)


def _bare(annotation: Any) -> tuple[Any, Field, bool]:
    """(type without Annotated and None, its Field, whether None is allowed)."""
    extra = Field()
    if get_origin(annotation) is Annotated:
        annotation, *metadata = get_args(annotation)
        extra = next((m for m in metadata if isinstance(m, Field)), extra)
    if get_origin(annotation) in (Union, UnionType):
        rest = [a for a in get_args(annotation) if a is not NoneType]
        if len(rest) != 1:
            raise TypeError(f"an argument has one type, or one type and None: {annotation}")
        inner, inner_extra, _ = _bare(rest[0])
        return inner, (extra if extra != Field() else inner_extra), True
    return annotation, extra, False


def _read_field(parameter: Parameter, annotation: Any) -> Field:
    kind, extra, optional = _bare(annotation)
    has_default = parameter.default is not Parameter.empty
    if extra.secret and kind is not str:
        raise TypeError(f"{parameter.name}: only a text can be secret")
    return replace(
        extra,
        name=parameter.name,
        label=extra.label or parameter.name.replace("_", " ").capitalize(),
        widget=extra.widget or _widget(kind, extra),
        max_length=extra.max_length or (_default_length(extra) if kind is str else None),
        required=not optional and not has_default,
        default=parameter.default if has_default else None,
        choices=_choices(kind),
        columns=tuple(read_fields(row)) if (row := _row_class(kind)) else (),
    )


def _row_class(kind: Any) -> type[Any] | None:
    """The dataclass of a table's rows."""
    inner = get_args(kind)[0] if get_origin(kind) is list else None
    return inner if isinstance(inner, type) and is_dataclass(inner) else None


def holds_words(field: Field) -> bool:
    """Whether people write what they want into a text, so that numbers of cards in it are masked before anything sees it."""
    if field.secret or field.options or field.keeps_figures:
        return False
    most = field.max_length or _default_length(field)
    return field.widget in MANY_LINES or (field.widget == "text" and most >= LEAST_WORDS)


def _default_length(extra: Field) -> int:
    return 10_000 if extra.widget in MANY_LINES else 200


def _widget(kind: Any, extra: Field) -> str:
    if extra.reference:
        return "reference"
    if get_origin(kind) is list:
        return "rows" if _row_class(kind) else "choices"
    if get_origin(kind) is dict and extra.parts is not None:
        return "parts"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "choice"
    widgets = {
        str: "text",
        bool: "boolean",
        int: "number",
        date: "date",
        time: "time",
        datetime: "datetime",
        Money: "money",
    }
    if kind not in widgets:
        raise TypeError(f"an act cannot take an argument of type {kind!r}")
    return widgets[kind]


def _choices(kind: Any) -> tuple[tuple[str, "_StrOrPromise"], ...]:
    if get_origin(kind) is list:
        return _choices(get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, Choices):
        return tuple((str(value), label) for value, label in kind.choices)
    return ()


def _definition(field: Field, kind: Any) -> tuple[Any, Any]:
    typed = _typed(field, kind)
    if not field.required and field.default is None:
        typed = Annotated[typed | None, BeforeValidator(_empty_is_none)] if kind is not str else typed | None
    return (
        typed,
        PydanticField(
            default=... if field.required else field.default,
            title=str(field.label),
            description=str(field.help) or None,
        ),
    )


def _typed(field: Field, kind: Any) -> Any:
    if kind is str:
        many_lines = field.widget in MANY_LINES
        most = field.max_length or _default_length(field)
        constraint = StringConstraints(max_length=most, min_length=1 if field.required else 0)
        typed: Any = Annotated[str, constraint, BeforeValidator(_cleaner(many_lines, most))]
        if holds_words(field):
            typed = Annotated[typed, AfterValidator(mask_card_numbers)]
        return Annotated[typed, AfterValidator(field.clean)] if field.clean else typed
    if kind is bool:
        return Annotated[bool, BeforeValidator(_strip)]
    if kind is int:
        least = 1 if field.reference else -LARGEST_INTEGER
        return Annotated[int, BeforeValidator(_no_boolean), PydanticField(ge=least, le=LARGEST_INTEGER)]
    if kind is date:
        return Annotated[date, BeforeValidator(_written_like(_DATE)), AfterValidator(_within_reach)]
    if kind is time:
        return Annotated[time, BeforeValidator(_written_like(_TIME, "time_expected"))]
    if kind is datetime:
        return Annotated[AwareDatetime, BeforeValidator(_written_like(_DATETIME)), AfterValidator(_within_reach)]
    if kind is Money:
        return Annotated[
            Money,
            BeforeValidator(_money_reader(field.currency)),
            PlainSerializer(Money.as_json),
            WithJsonSchema(_MONEY_SCHEMA),
        ]
    if get_origin(kind) is dict:
        bounded = PydanticField(max_length=LARGEST_LIST)
        checks = (bounded, BeforeValidator(_only_dicts), AfterValidator(_plain_values))
        return Annotated[kind, *checks, WithJsonSchema(_PLAIN_VALUES_SCHEMA)]
    if row := _row_class(kind):
        least = PydanticField(min_length=1 if field.required else 0, max_length=LARGEST_LIST)
        return Annotated[list[_row_type(row)], least, BeforeValidator(_only_lists)]  # type: ignore[misc]
    if get_origin(kind) is list:
        each = replace(field, required=True, max_length=field.max_length or _default_length(field))
        inner: Any = _typed(each, get_args(kind)[0])
        if field.options and field.is_closed:
            inner = _one_of(inner, [value for value, _label in field.options()])
        return Annotated[list[inner], PydanticField(max_length=LARGEST_LIST), BeforeValidator(_only_lists)]
    return kind


def _row_type(row: type[Any]) -> Any:
    """A row as a dict of its columns on the way in and in the record, and as the dataclass in between."""
    model = arguments_model(row, f"{row.__name__}Row")

    def values(given: Any) -> dict[str, Any]:
        return {name: getattr(given, name) for name in model.model_fields}

    def read(given: Any) -> Any:
        return values(given) if isinstance(given, row) else given

    def write(given: Any) -> dict[str, Any]:
        return model.model_validate(values(given)).model_dump(mode="json")

    return Annotated[
        model,
        BeforeValidator(read),
        AfterValidator(lambda given: row(**values(given))),
        PlainSerializer(write),
    ]


def _one_of(kind: Any, values: list[str]) -> Any:
    """The type, taking these values only; the schema lists them."""

    def check(value: Any) -> Any:
        if value not in values:
            raise ValueError("choice_expected")
        return value

    return Annotated[kind, AfterValidator(check), PydanticField(json_schema_extra={"enum": list(values)})]


_MONEY_SCHEMA = {
    "type": "object",
    "properties": {
        "minor": {"type": "integer", "description": "Amount in minor units (cents)"},
        "currency": {"type": "string", "minLength": 3, "maxLength": 3},
    },
    "required": ["minor", "currency"],
    "additionalProperties": False,
}

_PLAIN_VALUES_SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            {"type": "string", "maxLength": _LONGEST_PART},
            {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER},
            {"type": "boolean"},
            {"type": "null"},
            _MONEY_SCHEMA,
        ]
    },
    "maxProperties": LARGEST_LIST,
}


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


def _cleaner(many_lines: bool, most: int) -> Callable[[Any], Any]:
    def clean(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if len(value) > 4 * most + 1_000:  # too long by far is not worked on
            raise PydanticCustomError("string_too_long", "too long", {"max_length": most})
        return clean_text(value, many_lines=many_lines)

    return clean


def _only_lists(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise ValueError("list_expected")
    return value


def _only_dicts(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError("plain_values_expected")
    return value


def _plain_values(values: dict[str, Any]) -> dict[str, Any]:
    """Texts that can be stored, numbers, yes or no, nothing, and amounts of money; of bounded size."""
    return {clean_text(name[:_LONGEST_PART], many_lines=False): _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case int() if abs(value) <= LARGEST_INTEGER:
            return value
        case str() if len(value) <= _LONGEST_PART:
            return clean_text(value, many_lines=False)
        case {"minor": int(minor), "currency": str(currency), **rest}:
            if not rest and len(currency) == 3 and not isinstance(minor, bool) and abs(minor) <= LARGEST_INTEGER:
                return {"minor": minor, "currency": clean_text(currency, many_lines=False)}
    raise ValueError("plain_values_expected")


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("number_expected")
    return value


def _written_like(pattern: re.Pattern[str], problem: str = "date_expected") -> Callable[[Any], Any]:
    """Dates and times as ISO 8601 only: a bare number would otherwise be taken for seconds since 1970."""

    def read(value: Any) -> Any:
        if isinstance(value, date | time):
            return value
        if not isinstance(value, str) or not pattern.fullmatch(value.strip()):
            raise ValueError(problem)
        return value.strip()

    return read


def _within_reach(value: Any) -> Any:
    try:
        day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
    except OverflowError:
        raise ValueError("date_expected") from None
    if not EARLIEST <= day <= LATEST:
        raise ValueError("date_expected")
    return value


def _money_reader(currency: str) -> Callable[[Any, ValidationInfo], Money]:
    def read(value: Any, _info: ValidationInfo) -> Money:
        try:
            if isinstance(value, Money):
                money = value
            elif isinstance(value, str):  # a form: "EUR 12.50", or only the figures where the currency is fixed
                code, _, text = value.strip().partition(" ") if not currency else (currency, "", value)
                money = Money.parse(text, code.upper())
            elif isinstance(value, dict) and value.keys() == {"minor", "currency"}:
                money = Money(value["minor"], value["currency"])
            else:
                raise ValueError("money_expected")
        except MoneyError as error:
            raise ValueError(error.code) from error
        if currency and money.currency != currency:
            raise ValueError("money_expected")
        return money

    return read
