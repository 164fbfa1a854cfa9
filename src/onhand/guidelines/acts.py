"""The life of a guideline: a draft is written, tried, reviewed by somebody else, published, and one day retired."""

import json
from typing import Annotated, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onhand.guidelines import access, life
from onhand.guidelines.book import turn_page
from onhand.guidelines.cases import try_cases
from onhand.guidelines.documents import Document, as_json, from_json, read
from onhand.guidelines.graphs import Graph, GraphError, ReadGraph
from onhand.guidelines.life import InForceFrom, Name, NewName, Note, Number
from onhand.guidelines.models import Guideline, GuidelineVersion
from onhand.guidelines.subjects import GUIDELINE
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

LONGEST_DOCUMENT = 4_000_000  # characters of JSON: about 10,000 rows
GUIDELINES = life.Kind(
    Guideline, GuidelineVersion, "guideline", gettext_lazy("There is a guideline of this name already.")
)
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
    draft = _parsed(document) if document else Document((), Graph(name, (), ()), "")
    turn_page()
    return cast("Guideline", life.begin(GUIDELINES, name, as_json(draft), run))


@act(subject=GUIDELINE, permission=access.WRITE, label=gettext_lazy("Rename the guideline"), row_only=True)
def rename_guideline(guideline: Guideline, *, run: Run, name: NewName) -> None:
    """Give a guideline another name, in force at once."""
    life.require_free(GUIDELINES, name, guideline.pk)
    guideline.name = name
    turn_page()


@act(subject=GUIDELINE, permission=access.WRITE, label=gettext_lazy("Write the draft"), row_only=True)
def write_draft(guideline: Guideline, *, run: Run, document: Written) -> None:
    """
    Put down the draft of the next version. What is in review is being written again. A draft may be unfinished; what cannot be read at all
    is refused, and nothing that is wrong can be published.
    """
    _set_draft(guideline, _parsed(document), run)


@act(
    subject=GUIDELINE,
    permission=access.WRITE,
    label=gettext_lazy("Begin the draft again from a version"),
    row_only=True,
)
def begin_again_from(guideline: Guideline, *, run: Run, number: Number) -> None:
    """Make the draft what a published version says."""
    _set_draft(guideline, from_json(life.version_of(GUIDELINES, guideline, number).document), run)
    run.changed("version", after=number)


@act(subject=GUIDELINE, permission=access.WRITE, label=gettext_lazy("Give up the draft"), row_only=True)
def give_up_draft(guideline: Guideline, *, run: Run) -> None:
    """Throw the draft away. What is published stays as it is."""
    life.give_up(guideline)


@act(subject=GUIDELINE, permission=access.WRITE, label=gettext_lazy("Ask for review"), row_only=True)
def submit_guideline(guideline: Guideline, *, run: Run, note: Note = "") -> None:
    """Ask somebody else to look at the draft. It must be readable, and its test cases must come out right."""
    _ready(guideline)
    life.submit(guideline, note, run)


@act(subject=GUIDELINE, permission=access.PUBLISH, label=gettext_lazy("Send the draft back"), row_only=True)
def return_guideline(guideline: Guideline, *, run: Run, note: Note) -> None:
    """Send a draft in review back to who wrote it, and say why."""
    life.send_back(guideline, note, run)


@act(subject=GUIDELINE, permission=access.PUBLISH, label=gettext_lazy("Publish the guideline"), row_only=True)
def publish_guideline(guideline: Guideline, *, run: Run, effective_from: InForceFrom = None, note: Note = "") -> None:
    """Put a draft in review into force, at once or from a moment on. Nobody publishes what they wrote themselves."""
    _ready(guideline)
    life.publish(GUIDELINES, guideline, run, effective_from, note)
    turn_page()


@act(
    subject=GUIDELINE,
    permission=access.PUBLISH,
    label=gettext_lazy("Withdraw a version that is to come"),
    row_only=True,
)
def withdraw_version(guideline: Guideline, *, run: Run, number: Number) -> None:
    """Take back a version before it is in force. The one before it goes on."""
    life.withdraw(GUIDELINES, guideline, number, run)
    turn_page()


@act(subject=GUIDELINE, permission=access.PUBLISH, label=gettext_lazy("Retire the guideline"), row_only=True)
def retire_guideline(guideline: Guideline, *, run: Run, note: Note) -> None:
    """Put a guideline out of force for good. What it decided keeps naming it."""
    life.retire(guideline, note, run)
    turn_page()


def _set_draft(guideline: Guideline, document: Document, run: Run) -> None:
    life.write(guideline, as_json(document), run)
    turn_page()  # the facts it looks at are kept from now on


def _ready(guideline: Guideline) -> ReadGraph:
    """The draft, if nothing is wrong with it."""
    document = from_json(life.require_draft(guideline))
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
