"""How needs guides are kept."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.catalogue import access, subjects
from onhand.catalogue.enums import Comparison
from onhand.catalogue.guiding import problem_of
from onhand.catalogue.models import Attribute, Category, Guide
from onhand.catalogue.rows import GuideRow
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

MOST_ROWS = 200
Name = Annotated[
    str, Field(label=gettext_lazy("Name"), max_length=60, current=lambda guide: guide.name if guide else "")
]
OfCategory = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Category"),
        reference=subjects.REF_CATEGORY,
        current=lambda guide: guide.category_id if guide else None,
        help=gettext_lazy("What is proposed comes from here; without it from all products."),
    ),
]
Rows = Annotated[
    list[GuideRow],
    Field(
        label=gettext_lazy("Questions"),
        current=lambda guide: subjects.guide_rows(guide) if guide else [],
        help=gettext_lazy(
            "A row an answer, and one more for each further thing it asks of a product. Without a value it asks for nothing."
        ),
    ),
]


@act(subject=subjects.GUIDE, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a needs guide"))
def add_guide(*, run: Run, guide_name: Name, category: OfCategory = None, rows: Rows) -> Guide:
    """Add a guide: questions whose answers lead to products that suit."""
    return Guide.objects.create(name=_free_name(guide_name, None), category_id=_category(category), rows=_checked(rows))


@act(subject=subjects.GUIDE, permission=access.MANAGE, label=gettext_lazy("Change the needs guide"))
def change_guide(guide: Guide, *, run: Run, guide_name: Name, category: OfCategory = None, rows: Rows) -> None:
    """Change a guide's questions, their answers, and what those ask of a product."""
    guide.name, guide.category_id = _free_name(guide_name, guide), _category(category)
    guide.rows = _checked(rows)


@act(subject=subjects.GUIDE, permission=access.MANAGE, label=gettext_lazy("Use it or not"))
def use_guide(
    guide: Guide,
    *,
    run: Run,
    in_use: Annotated[bool, Field(label=gettext_lazy("Is used on the desk"), current=lambda guide: guide.is_active)],
) -> None:
    """Take a guide out of use, or into use again."""
    guide.is_active = in_use


def _free_name(name: str, guide: Guide | None) -> str:
    if Guide.objects.filter(name=name).exclude(pk=guide.pk if guide else 0).exists():
        raise NotPossible(_("There is a guide of this name."), field="guide_name")
    return name


def _category(category: int | None) -> int | None:
    if category is not None and not Category.objects.filter(pk=category).exists():
        raise NotPossible(_("Choose one of the list."), field="category")
    return category


def _checked(rows: list[GuideRow]) -> list[dict[str, Any]]:
    if not 1 <= len(rows) <= MOST_ROWS:
        raise NotPossible(_("Give %(least)s to %(most)s rows.") % {"least": 1, "most": MOST_ROWS}, field="rows")
    known = {one.pk: one for one in Attribute.objects.all()}
    return [_checked_row(number, row, known) for number, row in enumerate(rows, 1)]


def _checked_row(number: int, row: GuideRow, known: Mapping[int, Attribute]) -> dict[str, Any]:
    """The row as it is kept: an attribute by its key for the guide, and by its id for the form."""
    of_price = row.comparison == Comparison.COSTS_AT_MOST
    attribute = known.get(row.attribute or 0)
    if row.attribute and (of_price or attribute is None):
        words = _("Row %(number)s: leave the attribute empty where the price is meant; else choose one of the list.")
        raise NotPossible(words % {"number": number}, field="rows")
    if row.value and not (of_price or attribute):
        raise NotPossible(
            _("Row %(number)s: say of what attribute this is the value.") % {"number": number}, field="rows"
        )
    if (of_price or attribute) and problem_of(attribute, row.comparison, row.value):
        words = _("Row %(number)s: “%(value)s” cannot be compared like this with what the attribute holds.")
        raise NotPossible(words % {"number": number, "value": row.value}, field="rows")
    return {
        "question": row.question,
        "answer": row.answer,
        "attribute": attribute.key if attribute else "",
        "attribute_id": attribute.pk if attribute else None,
        "comparison": str(row.comparison),
        "value": row.value,
        "weight": str(row.weight),
    }
