"""The life of a guideline: a draft is written, tried, reviewed by somebody else, published, and one day retired."""

import json
from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onhand.guidelines import access
from onhand.guidelines.book import turn_page
from onhand.guidelines.cases import try_cases
from onhand.guidelines.documents import Document, as_json, from_json, read
from onhand.guidelines.enums import DraftState
from onhand.guidelines.graphs import Graph, GraphError, ReadGraph
from onhand.guidelines.models import Guideline, GuidelineVersion
from onhand.guidelines.subjects import GUIDELINE
from onhand.kernel.actor import Actor, ActorKind
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

LONGEST_DOCUMENT = 4_000_000  # characters of JSON: about 10,000 rows
Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=120)]
Note = Annotated[str, Field(label=gettext_lazy("Note"), widget="textarea", max_length=1000)]
Number = Annotated[int, Field(label=gettext_lazy("Version"))]
Written = Annotated[
    str,
    Field(
        label=gettext_lazy("Guideline, as JSON"),
        help=gettext_lazy("Its acts, tables, words and test cases."),
        widget="textarea",
        max_length=LONGEST_DOCUMENT,
    ),
]


@act(subject=GUIDELINE, permission=access.WRITE, label=gettext_lazy("Begin a guideline"), creates=True)
def add_guideline(*, run: Run, name: Name, document: Written = "") -> Guideline:
    """Begin a guideline with a draft. It decides nothing before somebody else published it."""
    _require_free(name, None)
    draft = _parsed(document) if document else Document((), Graph(name, (), ()), "")
    turn_page()
    return Guideline.objects.create(
        name=name,
        created_at=run.at,
        draft=as_json(draft),
        draft_state=DraftState.WRITING,
        draft_number=1,
        draft_at=run.at,
        draft_by_id=_person(run.actor),
    )


@act(subject=GUIDELINE, permission=access.WRITE, label=gettext_lazy("Rename the guideline"), row_only=True)
def rename_guideline(
    guideline: Guideline,
    *,
    run: Run,
    name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=120, current=lambda guideline: guideline.name)],
) -> None:
    """Give a guideline another name, in force at once."""
    _require_free(name, guideline.pk)
    guideline.name = name
    turn_page()


@act(subject=GUIDELINE, permission=access.WRITE, label=gettext_lazy("Write the draft"), row_only=True)
def write_draft(guideline: Guideline, *, run: Run, document: Written) -> None:
    """
    Put down the draft of the next version. What is in review is being written again. A draft may be unfinished; what cannot be read at all
    is refused, and nothing that is wrong can be published.
    """
    _require_kept(guideline)
    _set_draft(guideline, _parsed(document), run)


@act(
    subject=GUIDELINE,
    permission=access.WRITE,
    label=gettext_lazy("Begin the draft again from a version"),
    row_only=True,
)
def begin_again_from(guideline: Guideline, *, run: Run, number: Number) -> None:
    """Make the draft what a published version says."""
    _require_kept(guideline)
    _set_draft(guideline, from_json(_version(guideline, number).document), run)
    run.changed("version", after=number)


@act(subject=GUIDELINE, permission=access.WRITE, label=gettext_lazy("Give up the draft"), row_only=True)
def give_up_draft(guideline: Guideline, *, run: Run) -> None:
    """Throw the draft away. What is published stays as it is."""
    if guideline.draft is None:
        raise NotPossible(_("There is no draft."))
    guideline.draft, guideline.draft_state, guideline.review_note = None, DraftState.NONE, ""
    guideline.draft_number += 1


@act(subject=GUIDELINE, permission=access.WRITE, label=gettext_lazy("Ask for review"), row_only=True)
def submit_guideline(guideline: Guideline, *, run: Run, note: Note = "") -> None:
    """Ask somebody else to look at the draft. It must be readable, and its test cases must come out right."""
    _ready(guideline)
    if guideline.draft_state == DraftState.IN_REVIEW:
        raise NotPossible(_("The draft is in review already."))
    guideline.draft_state, guideline.review_note = DraftState.IN_REVIEW, note
    run.changed("note", after=note or None)


@act(subject=GUIDELINE, permission=access.PUBLISH, label=gettext_lazy("Send the draft back"), row_only=True)
def return_guideline(guideline: Guideline, *, run: Run, note: Note) -> None:
    """Send a draft in review back to who wrote it, and say why."""
    if guideline.draft_state != DraftState.IN_REVIEW:
        raise NotPossible(_("The draft is not in review."))
    guideline.draft_state, guideline.review_note = DraftState.WRITING, note
    run.changed("note", after=note)


@act(subject=GUIDELINE, permission=access.PUBLISH, label=gettext_lazy("Publish the guideline"), row_only=True)
def publish_guideline(
    guideline: Guideline,
    *,
    run: Run,
    effective_from: Annotated[
        datetime | None,
        Field(label=gettext_lazy("In force from"), help=gettext_lazy("Empty: from now on.")),
    ] = None,
    note: Note = "",
) -> None:
    """Put a draft in review into force, at once or from a moment on. Nobody publishes what they wrote themselves."""
    _ready(guideline)
    if guideline.draft_state != DraftState.IN_REVIEW:
        raise NotPossible(_("Ask for review first."))
    if run.actor.kind is not ActorKind.SYSTEM and guideline.draft_by_id == _person(run.actor):
        raise NotPossible(_("You wrote this draft; somebody else must publish it."))
    begins = effective_from or run.at
    if begins < run.at:
        raise NotPossible(_("This moment is over."), field="effective_from")
    newest = guideline.versions.order_by("-number").values_list("number", flat=True).first() or 0
    GuidelineVersion.objects.create(
        guideline=guideline,
        number=newest + 1,
        document=guideline.draft,
        effective_from=begins,
        published_at=run.at,
        published_by_name=run.actor.name,
        written_by_name=guideline.draft_by.name if guideline.draft_by else run.actor.name,
        note=note,
    )
    guideline.draft, guideline.draft_state, guideline.review_note = None, DraftState.NONE, ""
    run.changed("version", after=newest + 1)
    run.changed("effective_from", after=begins.isoformat())
    run.changed("note", after=note or None)
    turn_page()


@act(
    subject=GUIDELINE,
    permission=access.PUBLISH,
    label=gettext_lazy("Withdraw a version that is to come"),
    row_only=True,
)
def withdraw_version(guideline: Guideline, *, run: Run, number: Number) -> None:
    """Take back a version before it is in force. The one before it goes on."""
    version = _version(guideline, number)
    if version.effective_from <= run.at or version.withdrawn_at:
        raise NotPossible(_("Only a version that is still to come can be withdrawn."), field="number")
    GuidelineVersion.objects.filter(pk=version.pk).update(withdrawn_at=run.at)
    run.changed("version", before=number)
    turn_page()


@act(subject=GUIDELINE, permission=access.PUBLISH, label=gettext_lazy("Retire the guideline"), row_only=True)
def retire_guideline(guideline: Guideline, *, run: Run, note: Note) -> None:
    """Put a guideline out of force for good. What it decided keeps naming it."""
    _require_kept(guideline)
    guideline.retired_at = run.at
    guideline.draft, guideline.draft_state = None, DraftState.NONE
    run.changed("note", after=note)
    turn_page()


def _set_draft(guideline: Guideline, document: Document, run: Run) -> None:
    guideline.draft, guideline.draft_state = as_json(document), DraftState.WRITING
    guideline.draft_number += 1
    guideline.draft_at, guideline.draft_by_id = run.at, _person(run.actor)
    turn_page()  # the facts it looks at are kept from now on


def _ready(guideline: Guideline) -> ReadGraph:
    """The draft, if nothing is wrong with it."""
    _require_kept(guideline)
    if guideline.draft is None:
        raise NotPossible(_("There is no draft."))
    document = from_json(guideline.draft)
    try:
        graph = read(document)
    except GraphError as error:
        raise NotPossible(_("This draft cannot be applied: %(why)s") % {"why": str(error)[:1000]}) from None
    wrong = [tried for tried in try_cases(document, graph) if not tried.is_right]
    if wrong:
        said = {"cases": "; ".join(tried.case.name for tried in wrong[:5])}
        message = ngettext(
            "This test case comes out otherwise: %(cases)s", "These come out otherwise: %(cases)s", len(wrong)
        )
        raise NotPossible(message % said)
    return graph


def _parsed(text: str) -> Document:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise NotPossible(_("This is no JSON object."), field="document")
    return from_json(given)


def _version(guideline: Guideline, number: int) -> GuidelineVersion:
    found = guideline.versions.filter(number=number).first() if 0 < number < 2**31 else None
    if found is None:
        raise NotPossible(_("There is no such version."), field="number")
    return found


def _require_free(name: str, but: int | None) -> None:
    if Guideline.objects.filter(name__iexact=name).exclude(pk=but or 0).exists():
        raise NotPossible(_("There is a guideline of this name already."), field="name")


def _require_kept(guideline: Guideline) -> None:
    if guideline.retired_at is not None:
        raise NotPossible(_("This guideline is retired."))


def _person(actor: Actor) -> int | None:
    return actor.id if actor.kind is not ActorKind.SYSTEM else None
