"""
What the apps hold about a person: each registers its holdings in its `personal_data` module. Export, preview, erasure and the test
that nothing is forgotten go by them, so a new table with personal data is one `TableHolding`.

Erasing is the rule: of a table that is anonymised, every column goes that is not named as kept.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from django.db.models import Field, Model, Q, QuerySet
from django.db.models.fields.json import JSONField

from onhand.kernel.redaction import ValueChange

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Row = Mapping[str, Any]
Members = Sequence[int]
SLICE = 1_000  # rows read, or erased in one transaction


class Treatment(Enum):
    """What an erasure does with the rows of a table."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an export: `name` for programs, `label` for people; `choices` put its values into words."""

    name: str
    label: "_StrOrPromise"
    choices: "Mapping[Any, _StrOrPromise]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom an erasure is about: the ids of the merged file, the act's record, and the time."""

    members: tuple[int, ...]
    record_id: int | None
    at: datetime


class Holding(Protocol):
    """
    One section of what is held about a person.

    `models` are the tables it answers for. `subject` names the type under which acts on its rows are recorded, if any: those records
    are redacted too. `is_quick` says that there are few rows, which are erased in the act itself. `why_kept` says, of rows that are
    kept without what is personal, what for.
    """

    @property
    def name(self) -> str:
        """The section's name, for programs."""

    @property
    def label(self) -> "_StrOrPromise":
        """The section's name, for people."""

    @property
    def models(self) -> Sequence[type[Model]]:
        """The tables."""

    @property
    def columns(self) -> Sequence[Column]:
        """What is exported; nothing for what repeats another section."""

    @property
    def subject(self) -> str:
        """The type under which acts on the rows are recorded; empty if none."""

    @property
    def is_quick(self) -> bool:
        """Whether the rows are erased in the act itself."""

    @property
    def why_kept(self) -> "_StrOrPromise":
        """What rows are kept for, without what is personal; empty if none is kept."""

    def count(self, members: Members) -> int:
        """How many rows there are about these customers."""

    def rows(self, members: Members) -> Iterator[Row]:
        """The rows for an export, oldest first, read in slices."""

    def erase(self, scope: Scope, limit: int) -> int:
        """Erase at most `limit` rows in the current transaction, and return how many; 0 when nothing is left to erase."""

    def subject_ids(self, members: Members, after: int, limit: int) -> list[int]:
        """Ids, in order and above `after`, of the subjects whose records are about these customers."""

    def rewrite(self, members: Members, change: ValueChange, after: int, limit: int) -> tuple[int, int]:
        """
        Put what `change` makes of them in place of the texts in the next `limit` rows above the id `after`; the last id looked at (0
        at the end), and how many rows changed. For what is written on others' files about somebody erased.
        """


@runtime_checkable
class NestedHolding(Protocol):
    """A holding whose rows hang on rows of other tables, so that what is about one contact, say, can be erased alone."""

    @property
    def subject(self) -> str:
        """The type under which acts on the rows are recorded; empty if none."""

    def below(self, model: type[Model], ids: Sequence[int]) -> QuerySet[Any] | None:
        """The rows that hang on these rows of another table; None if none do."""

    def erase_rows(self, rows: QuerySet[Any], limit: int) -> int:
        """Do to at most `limit` of these rows what an erasure does to the table's; 0 when nothing is left to do."""


@dataclass(frozen=True, kw_only=True)
class TableHolding:
    """
    A table whose rows lead to a customer by one of `paths` (Django lookups such as `customer_id`).

    `shown` lists the exported columns as (name, label); a name may be a lookup. `kept` are the columns that stay when the table is
    anonymised; every other one is emptied. `beside` are tables of the same fate that go with these rows.
    """

    name: str
    label: "_StrOrPromise"
    model: type[Model]
    shown: "Sequence[tuple[str, _StrOrPromise]]"
    paths: tuple[str, ...] = ("customer_id",)
    treatment: Treatment = Treatment.DELETE
    kept: frozenset[str] = frozenset()
    subject: str = ""
    is_quick: bool = False
    why_kept: "_StrOrPromise" = ""
    beside: tuple[type[Model], ...] = ()

    @property
    def models(self) -> Sequence[type[Model]]:
        """The table, and those beside it."""
        return (self.model, *self.beside)

    @property
    def columns(self) -> list[Column]:
        """The exported columns, choices in words."""
        return [Column(name.replace("__", "_"), label, _choices(self.model, name)) for name, label in self.shown]

    def about(self, members: Members) -> QuerySet[Any]:
        """The rows about these customers."""
        condition = Q()
        for path in self.paths:
            condition |= Q(**{f"{path}__in": members})
        return self.model._default_manager.filter(condition)

    def count(self, members: Members) -> int:
        """How many rows there are about these customers."""
        return self.about(members).count()

    def rows(self, members: Members) -> Iterator[Row]:
        """The rows for an export, oldest first, read in slices."""
        names = [name for name, _label in self.shown]
        for _pk, *values in in_slices(self.about(members), "pk", *names):
            yield {name.replace("__", "_"): value for name, value in zip(names, values, strict=True)}

    def below(self, model: type[Model], ids: Sequence[int]) -> QuerySet[Any] | None:
        """The rows that lead to a customer by these rows of another table, such as the messages of a contact; None if none do so."""
        if self.model is model:
            return self.model._default_manager.filter(pk__in=ids)
        condition = Q()
        for path in self.paths:
            reached: type[Model] = self.model
            steps = path.split("__")
            for number, step in enumerate(steps[:-1], start=1):
                reached = cast("type[Model]", reached._meta.get_field(step).related_model)
                if reached is model:
                    condition |= Q(**{f"{'__'.join(steps[:number])}__in": ids})
                    break
        return self.model._default_manager.filter(condition) if condition else None

    def subject_ids(self, members: Members, after: int, limit: int) -> list[int]:
        """Ids of the rows themselves, which acts are recorded under."""
        rows = self.about(members).filter(pk__gt=after).order_by("pk")
        return list(rows.values_list("pk", flat=True)[:limit])

    def erase(self, scope: Scope, limit: int) -> int:
        """Delete or empty at most `limit` rows."""
        return self.erase_rows(self.about(scope.members), limit)

    def erase_rows(self, rows: QuerySet[Any], limit: int) -> int:
        """Do to at most `limit` of these rows what an erasure does to the table's; 0 when nothing is left to do."""
        if self.treatment is Treatment.KEEP:
            return 0
        if self.treatment is Treatment.ANONYMISE:
            rows = rows.filter(self._filled())
        chosen = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
        if not chosen:
            return 0
        found = self.model._default_manager.filter(pk__in=chosen)
        if self.treatment is Treatment.DELETE:
            found.delete()
        else:
            found.update(**self.blanks)
        return len(chosen)

    def rewrite(self, members: Members, change: ValueChange, after: int, limit: int) -> tuple[int, int]:
        """Change the texts of the rows themselves."""
        texts = [] if self.treatment is Treatment.KEEP else _written_texts(self.model, self.kept)
        if not texts:
            return 0, 0
        rows = self.about(members).filter(pk__gt=after).order_by("pk")
        looked_at = list(rows.select_for_update(of=("self",), no_key=True).only("pk", *texts)[:limit])
        changed = 0
        for row in looked_at:
            new = {name: change(getattr(row, name)) for name in texts}
            if any(getattr(row, name) != value for name, value in new.items()):
                self.model._default_manager.filter(pk=row.pk).update(**new)
                changed += 1
        return (looked_at[-1].pk if len(looked_at) == limit else 0), changed

    @property
    def blanks(self) -> dict[str, Any]:
        """What each column that is not kept is set to."""
        return blank_values(self.model, self.kept)

    def _filled(self) -> Q:
        condition = Q()
        for name, blank in self.blanks.items():
            condition |= Q(**{f"{name}__isnull": False}) if blank is None else ~Q(**{name: blank})
        return condition


def blank_values(model: type[Model], kept: Iterable[str]) -> dict[str, Any]:
    """
    What the columns of a model that are not kept are emptied to: nothing, or the column's default.

    :raises TypeError: a column is neither kept nor can be empty; name it as kept, or delete the rows.
    """
    blanks: dict[str, Any] = {}
    for one in model._meta.concrete_fields:
        if one.primary_key or one.attname in kept or one.name in kept or one.generated:
            continue
        blanks[one.attname] = _blank(one)
    return blanks


def _written_texts(model: type[Model], kept: Iterable[str]) -> list[str]:
    """The columns in which somebody writes what they want."""
    columns = (one for one in model._meta.concrete_fields if not one.choices and not one.generated)
    return [c.name for c in columns if c.get_internal_type() in ("CharField", "TextField") and c.name not in kept]


def _blank(one: "Field[Any, Any]") -> Any:
    if one.null:
        return None
    if one.has_default():
        return one.get_default()
    if isinstance(one, JSONField) or one.get_internal_type() in ("CharField", "TextField"):
        return ""
    raise TypeError(f"{one.model.__name__}.{one.name} cannot be emptied: name it as kept")


def in_slices(rows: QuerySet[Any], *names: str) -> Iterator[tuple[Any, ...]]:
    """Rows as tuples of these columns, by their id (the first column), a slice at a time: memory does not grow with their number."""
    after = 0
    while True:
        found = list(rows.filter(pk__gt=after).order_by("pk").values_list(*names)[:SLICE])
        yield from found
        if len(found) < SLICE:
            return
        after = found[-1][0]


def _choices(model: type[Model], name: str) -> "Mapping[Any, _StrOrPromise]":
    fields = {one.name: one for one in model._meta.concrete_fields}
    return dict(getattr(fields.get(name), "flatchoices", ()))


Activity = str  # SQL of one value: when there last was something with customer `c`, or null
Hindrance = Callable[[Members], "list[str]"]

_holdings: dict[str, Holding] = {}
_hindrances: list[Hindrance] = []
_activities: list[Activity] = []
_settlements: list[Callable[[Scope], None]] = []


def hold(holding: Holding) -> None:
    """Register a holding; its name is that of the section in exports and proofs."""
    if holding.name in _holdings:
        raise TypeError(f"two holdings are called {holding.name}")
    _holdings[holding.name] = holding


def all_holdings() -> list[Holding]:
    """Every holding, in the order registered: from the customer upwards."""
    return list(_holdings.values())


def hinders_erasure(hindrance: Hindrance) -> Hindrance:
    """Register a function that says, in sentences, what is still open with these customers."""
    _hindrances.append(hindrance)
    return hindrance


def what_hinders(members: Members) -> list[str]:
    """Everything that is still open with these customers, in sentences."""
    return [sentence for hindrance in _hindrances for sentence in hindrance(members)]


def settles_before_erasure(settlement: Callable[[Scope], None]) -> Callable[[Scope], None]:
    """Register a function that ends whatever is open, where erasure is demanded all the same."""
    _settlements.append(settlement)
    return settlement


def settle(scope: Scope) -> None:
    """End whatever is open with these customers."""
    for settlement in _settlements:
        settlement(scope)


def shows_activity(sql: Activity) -> None:
    """Register an SQL expression of when there last was something with customer `c` (a row of customers_customer)."""
    _activities.append(sql)


def last_activity() -> str:
    """SQL of the time of the last thing there was with customer `c`; never null."""
    return f"greatest(c.created_at, {', '.join(_activities)})"
