"""Cells in words, as people say them: `(20..100]` is "more than 20, at most 100"."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from onhand.guidelines.facts import find_fact
from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.reading import (
    Between,
    Calculation,
    Comparison,
    Expression,
    Literal,
    Minus,
    Name,
    Reader,
    UnaryTest,
)
from onhand.guidelines.feel.values import Value, written
from onhand.guidelines.tables import Rule, Table
from onhand.staff.queries import role_names, roles_in_words

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class RowWords:
    """A row in words: what must hold (empty: any case), and what it says, each with the name of its column."""

    conditions: tuple[str, ...]
    results: tuple[tuple[str, str], ...]


class Wording:
    """Cells in words, where these names may stand in them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.reader = Reader(names)
        self._texts: dict[str, Mapping[str, str]] = {}

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """What the roles are called, by key; read where a row names one."""
        return role_names()

    def texts(self, fact: str) -> Mapping[str, str]:
        """What people call the texts a fact can be; read once."""
        if fact not in self._texts:
            found = find_fact(fact)
            self._texts[fact] = found.words() if found else {}
        return self._texts[fact]

    def test(self, text: str, of: str = "") -> str:
        """
        A cell of tests of a fact in words; empty for one that lets everything pass, as it stands where it cannot be read.
        """
        try:
            read = self.reader.tests(text)
        except CellError:
            return text
        texts = self.texts(of)
        said = _(" or ").join(_said(one, texts) for one in read.tests)
        return _("not %(what)s") % {"what": said} if read.negated else said

    def value(self, text: str) -> str:
        """A cell of a value in words; empty for none, as it stands where it cannot be read."""
        if text.strip() in ("", "null"):
            return ""
        try:
            return _expression(self.reader.expression(text))
        except CellError:
            return text

    def case(self, table: Table, tests: Sequence[str]) -> str:
        """A case, one test a column, in words."""
        told = [(label_of(table, at), self.test(test, table.inputs[at].expression)) for at, test in enumerate(tests)]
        return "; ".join(f"{label}: {words}" for label, words in told if words) or _("any case")

    def _result(self, name: str, cell: str) -> str:
        words = self.value(cell)
        return approvers_in_words(words, self.roles) if name == APPROVER and words else words

    def row(self, table: Table, rule: Rule) -> RowWords:
        """A row in words."""
        tests = [
            (label_of(table, at), self.test(test, column.expression))
            for at, (column, test) in enumerate(zip(table.inputs, rule.tests, strict=False))
        ]
        values = [
            (one.name, one.label, self._result(one.name, cell))
            for one, cell in zip(table.outputs, rule.outputs, strict=False)
        ]
        return RowWords(
            tuple(f"{label}: {words}" for label, words in tests if words),
            tuple((name, result_words(name, label, words)) for name, label, words in values if words),
        )


def label_of(table: Table, column: int) -> str:
    """What a column of tests is called."""
    one = table.inputs[column]
    return one.label or one.expression


APPROVER = "approver"
# What the known outputs of an answer are called.
OUTPUT_LABELS: "dict[str, _StrOrPromise]" = {
    "answer": gettext_lazy("Answer"),
    APPROVER: gettext_lazy("Who may approve"),
    "most": gettext_lazy("Most"),
    "words": gettext_lazy("Words"),
    "clause": gettext_lazy("Clause"),
    "identification": gettext_lazy("Identification"),
    "second person": gettext_lazy("Second person"),
}


def approvers_in_words(keys: str, names: Mapping[str, str] | None = None) -> str:
    """Keys of roles with commas between, as people call them."""
    return roles_in_words([key for part in keys.split(",") if (key := part.strip())], names)


def result_words(name: str, label: str, words: str) -> str:
    """A value a row gives, with what it is called; an answer alone."""
    if name == "answer":
        return {"allow": _("Allowed"), "ask": _("Somebody else is asked"), "refuse": _("Refused")}.get(words, words)
    return f"{label or OUTPUT_LABELS.get(name, name)}: {words}"


def _said(test: UnaryTest, texts: Mapping[str, str]) -> str:
    if isinstance(test, Between):
        return _between(test)
    is_text = isinstance(test.to, Literal) and isinstance(test.to.value, str)
    said = _expression(test.to)
    value = {"v": texts.get(said, said) if is_text else said}
    return {
        "=": "%(v)s",
        "!=": _("not %(v)s"),
        "<": _("less than %(v)s"),
        "<=": _("at most %(v)s"),
        ">": _("more than %(v)s"),
        ">=": _("at least %(v)s"),
    }[test.sign] % value


def _between(test: Between) -> str:
    ends = {"low": _expression(test.low), "high": _expression(test.high)}
    if test.with_low and test.with_high:
        return _("from %(low)s to %(high)s") % ends
    if test.with_low:
        return _("at least %(low)s and less than %(high)s") % ends
    if test.with_high:
        return _("more than %(low)s and at most %(high)s") % ends
    return _("more than %(low)s and less than %(high)s") % ends


def _expression(tree: Expression) -> str:
    if isinstance(tree, Literal):
        return value_words(tree.value)
    if isinstance(tree, Name):
        return ".".join(tree.path)
    if isinstance(tree, Minus):
        return f"−{_expression(tree.of)}"
    if isinstance(tree, Calculation | Comparison):
        return f"{_expression(tree.left)} {tree.sign} {_expression(tree.right)}"
    raise TypeError(tree)


def value_words(value: Value) -> str:
    """A value as people read it."""
    locale = to_locale(get_language() or "en")
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return format_decimal(value, locale=locale, decimal_quantization=False)
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return format_datetime(value, "medium", locale=locale)
    if isinstance(value, date):
        return format_date(value, "medium", locale=locale)
    if isinstance(value, time):
        return format_time(value, "short", locale=locale)
    return written(value)
