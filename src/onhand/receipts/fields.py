"""The arguments of acts on notices, as forms ask for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext_lazy as _

from onhand.kernel.acts import all_acts
from onhand.kernel.fields import Field
from onhand.kernel.subjects import subject_type
from onhand.receipts.documents import rows_of_questions, rows_of_texts
from onhand.receipts.gate import OWN_ACTS
from onhand.receipts.subjects import ABOUT_ARTICLE, ABOUT_GUIDELINE, REPLACED
from onhand.staff.models import Role
from onhand.staff.queries import team_options

LONGEST_TEXT, LONGEST_QUESTION, LONGEST_ANSWERS = 20_000, 500, 2_500


@dataclass(frozen=True, kw_only=True)
class WordingRow:
    """The text in one language."""

    language: Annotated[str, Field(label=_("Language"), widget="language", max_length=10)]
    title: Annotated[str, Field(label=_("Title"), max_length=200)]
    text: Annotated[str, Field(label=_("Text"), widget="textarea", max_length=LONGEST_TEXT)]


@dataclass(frozen=True, kw_only=True)
class QuestionRow:
    """A question in one language."""

    number: Annotated[int, Field(label=_("Number"))]
    language: Annotated[str, Field(label=_("Language"), widget="language", max_length=10)]
    question: Annotated[str, Field(label=_("Question"), max_length=LONGEST_QUESTION)]
    answers: Annotated[str, Field(label=_("Answers, one on each line"), widget="textarea", max_length=LONGEST_ANSWERS)]
    right: Annotated[int, Field(label=_("Which is right, from 1"))]


def acts_to_withhold() -> list[tuple[str, str]]:
    """The acts a notice can withhold, by what they are done to and label: all but those on notices."""
    acts = (one for one in all_acts() if not one.name.startswith(OWN_ACTS))
    return sorted(
        ((one.name, f"{subject_type(one.subject).label}: {one.label}") for one in acts), key=lambda one: one[1]
    )


def role_options() -> list[tuple[str, str]]:
    """Every role, as (key, name)."""
    return list(Role.objects.order_by("name").values_list("key", "name"))


Texts = Annotated[
    list[WordingRow],
    Field(
        label=_("Text"),
        help=_("As Markdown, a row for each language. Who reads another language is shown English, or the first."),
        current=lambda notice: rows_of_texts(notice.texts),
    ),
]
Questions = Annotated[
    list[QuestionRow],
    Field(
        label=_("Questions"),
        help=_("Whoever reads it passes once all are answered right. Rows of one number are one question."),
        current=lambda notice: rows_of_questions(notice.questions),
    ),
]
Guideline = Annotated[
    int | None,
    Field(label=_("About the guideline"), reference=ABOUT_GUIDELINE, current=lambda notice: notice.guideline_id),
]
GuidelineVersion = Annotated[
    int | None, Field(label=_("Version of the guideline"), current=lambda notice: notice.guideline_version)
]
Article = Annotated[
    int | None,
    Field(label=_("Article to read beside"), reference=ABOUT_ARTICLE, current=lambda notice: notice.article_id),
]
Roles = Annotated[
    list[str],
    Field(
        label=_("Only for people of these roles"),
        help=_("None: of any role."),
        options=role_options,
        current=lambda notice: notice.role_keys,
    ),
]
Teams = Annotated[
    list[int],
    Field(
        label=_("Only for people in these teams"),
        help=_("None: in any team, or in none."),
        options=team_options,
        current=lambda notice: notice.team_ids,
    ),
]
DueAt = Annotated[
    datetime | None,
    Field(
        label=_("Due"),
        help=_("From when on what is chosen below is withheld. Empty: from its publication on."),
        current=lambda notice: notice.due_at,
    ),
]
WithheldActs = Annotated[
    list[str],
    Field(
        label=_("Acts withheld from who has not passed"),
        options=acts_to_withhold,
        current=lambda notice: notice.withheld_acts,
    ),
]
WithholdsWork = Annotated[
    bool,
    Field(
        label=_("Give no new work to who has not passed"),
        current=lambda notice: notice.withholds_work,
    ),
]
Replaces = Annotated[
    int | None,
    Field(
        label=_("Takes the place of"),
        help=_("That notice is withdrawn when this one is published."),
        reference=REPLACED,
        current=lambda notice: notice.replaces_id,
    ),
]
Why = Annotated[str, Field(label=_("Why"), widget="textarea", max_length=1000)]
Answers = Annotated[
    list[int],
    Field(
        label=_("Answers"),
        help=_("For each question in its order the number of the answer, counted from 1. Empty where none is asked."),
    ),
]
