"""
Tables in the forms of acts: one row an entry, such as the lines of an order. Offered rows are those that can be filled in; without any
there are empty ones, and more on request. A row in which nobody typed anything is none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from onhand.kernel.fields import LARGEST_LIST, Field, OfferedRow

if TYPE_CHECKING:
    from onhand.web.act_forms import FieldView, FormValue

PART = "__"  # between the name of a field, the number of a row, and the name of a column
HIDDEN = "hidden"  # the widget of columns that an offered row fixes
FEWEST = 2  # empty rows a form opens with
ANOTHER = "ROW"  # stands for the number of a row that is added in the browser


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as the templates draw it: its words if it was offered, its boxes, and what it sends along."""

    label: str
    boxes: "Sequence[FieldView]"
    fixed: Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class TableView:
    """The rows of one field. `columns` are its boxes under the names of their columns."""

    name: str
    columns: "Sequence[FieldView]"
    offered: Sequence[OfferedRow] | None

    def rows(self, values: "Mapping[str, FormValue]") -> list[RowView]:
        """What is offered; or what was typed, with an empty row after it."""
        if self.offered is not None:
            return [self._row(place, one.label, one.fixed) for place, one in enumerate(self.offered)]
        typed = [place for place, _column in map(_place, _boxes_of(self.name, values))]
        return [self._row(place, "", {}) for place in range(max(FEWEST, max(typed, default=-1) + 2))]

    def another(self) -> RowView | None:
        """An empty row for the browser to add; none where rows are offered."""
        return None if self.offered is not None else self._row(ANOTHER, "", {})

    def _row(self, place: int | str, label: str, fixed: Mapping[str, Any]) -> RowView:
        start = f"{self.name}{PART}{place}{PART}"
        return RowView(
            label,
            # What a row needs it needs only where it is filled in, which the act sees.
            [replace(column, name=start + column.name, required=False) for column in self.columns],
            [(start + name, value) for name, value in fixed.items()],
        )


def table_of(field: Field, subject_id: int | None, view: "Callable[[Field], FieldView]") -> TableView | None:
    """The table a field is asked for by; None for a field that is no table."""
    if field.widget != "rows":
        return None
    columns = [view(column) for column in field.columns if column.widget != HIDDEN]
    return TableView(field.name, columns, None if field.rows is None else field.rows(subject_id))


def values_of_rows(
    field: Field, rows: Sequence[Mapping[str, Any]], values_of: "Callable[[Field, Any], dict[str, FormValue]]"
) -> "dict[str, FormValue]":
    """What the boxes of a table hold that opens with rows there are; `values_of` says it of one box."""
    return {
        f"{field.name}{PART}{place}{PART}{name}": value
        for place, row in enumerate(rows)
        for column in field.columns
        for name, value in values_of(column, row.get(column.name)).items()
    }


def boxes_of_rows(field: Field, values: "Mapping[str, FormValue]") -> list[tuple[str, Field]]:
    """The boxes of a table that hold something, with the column each belongs to."""
    columns = {column.name: column for column in field.columns}
    found = [(name, _place(name)[1]) for name in _boxes_of(field.name, values)] if columns else []
    return [(f"{field.name}{PART}{name}", columns[column]) for name, column in found if column in columns]


def given_rows(
    field: Field,
    typed: "Mapping[str, FormValue]",
    read: "Callable[[Field, FormValue, Mapping[str, FormValue]], Any]",
) -> list[dict[str, Any]]:
    """The rows somebody filled in, as the act reads them; `read` makes an argument of one box, None of an empty one."""
    rows: dict[int, dict[str, FormValue]] = {}
    for name in _boxes_of(field.name, typed):
        place, column = _place(name)
        rows.setdefault(place, {})[column] = typed[f"{field.name}{PART}{name}"]
    given = []
    for _at, boxes in sorted(rows.items()):
        if any(_is_filled(column, boxes.get(column.name, "")) for column in field.columns):
            read_row = {column.name: read(column, boxes.get(column.name, ""), boxes) for column in field.columns}
            given.append({name: value for name, value in read_row.items() if value is not None})
    return given


def _is_filled(column: Field, value: "FormValue") -> bool:
    usual = "" if column.default is None else str(column.default)
    return column.widget != HIDDEN and bool(value) and str(value).strip() not in ("", usual)


def _boxes_of(name: str, values: "Mapping[str, FormValue]") -> Iterator[str]:
    """The names of a table's boxes, without the name of the table."""
    start = name + PART
    for box in values:
        place = box.removeprefix(start).partition(PART)[0]
        if (
            box.startswith(start)
            and place.isascii()
            and place.isdecimal()
            and len(place) < 4
            and int(place) < LARGEST_LIST
        ):
            yield box.removeprefix(start)


def _place(name: str) -> tuple[int, str]:
    place, _sign, column = name.partition(PART)
    return int(place), column
