"""The life of a procedure: written, tried on its test cases, reviewed by somebody else, published, and one day retired."""

from typing import Annotated, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onhand.guidelines import life
from onhand.guidelines.book import current, turn_page
from onhand.guidelines.life import InForceFrom, Name, NewName, Note, Number
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.procedures import access
from onhand.procedures.models import Procedure, ProcedureVersion
from onhand.procedures.reading import LONGEST_TEXT, read_script
from onhand.procedures.script import ScriptError
from onhand.procedures.subjects import PROCEDURE
from onhand.procedures.tries import try_all

PROCEDURES = life.Kind(
    Procedure, ProcedureVersion, "procedure", gettext_lazy("There is a procedure of this name already.")
)
Written = Annotated[
    str,
    Field(
        label=gettext_lazy("Text of the procedure"),
        help=gettext_lazy("Its title, then a heading for each step."),
        widget="textarea",
        max_length=LONGEST_TEXT,
    ),
]


@act(subject=PROCEDURE, permission=access.WRITE, label=gettext_lazy("Write a procedure"), creates=True)
def add_procedure(*, run: Run, name: Name, text: Written = "") -> Procedure:
    """Begin a procedure with a draft. Nobody goes through it before somebody else published it."""
    return cast("Procedure", life.begin(PROCEDURES, name, text or f"# {name}\n", run))


@act(subject=PROCEDURE, permission=access.WRITE, label=gettext_lazy("Rename the procedure"), row_only=True)
def rename_procedure(procedure: Procedure, *, run: Run, name: NewName) -> None:
    """Give a procedure another name, at once."""
    life.require_free(PROCEDURES, name, procedure.pk)
    procedure.name = name
    turn_page()


@act(subject=PROCEDURE, permission=access.WRITE, label=gettext_lazy("Write the draft of the procedure"), row_only=True)
def write_procedure(procedure: Procedure, *, run: Run, text: Written) -> None:
    """Put down the draft of the next version. It may be unfinished; nothing that is wrong can be published."""
    life.write(procedure, text, run)


@act(
    subject=PROCEDURE,
    permission=access.WRITE,
    label=gettext_lazy("Begin the draft again from a version"),
    row_only=True,
)
def begin_procedure_again_from(procedure: Procedure, *, run: Run, number: Number) -> None:
    """Make the draft what a published version says."""
    life.write(procedure, life.version_of(PROCEDURES, procedure, number).document, run)
    run.changed("version", after=number)


@act(subject=PROCEDURE, permission=access.WRITE, label=gettext_lazy("Give up the draft"), row_only=True)
def give_up_procedure_draft(procedure: Procedure, *, run: Run) -> None:
    """Throw the draft away. What is published stays as it is."""
    life.give_up(procedure)


@act(subject=PROCEDURE, permission=access.WRITE, label=gettext_lazy("Ask for review"), row_only=True)
def submit_procedure(procedure: Procedure, *, run: Run, note: Note = "") -> None:
    """Ask somebody else to look at the draft. It must be readable, and its test cases must come out right."""
    _require_right(procedure, run)
    life.submit(procedure, note, run)


@act(subject=PROCEDURE, permission=access.PUBLISH, label=gettext_lazy("Send the draft back"), row_only=True)
def return_procedure(procedure: Procedure, *, run: Run, note: Note) -> None:
    """Send a draft in review back to who wrote it, and say why."""
    life.send_back(procedure, note, run)


@act(subject=PROCEDURE, permission=access.PUBLISH, label=gettext_lazy("Publish the procedure"), row_only=True)
def publish_procedure(procedure: Procedure, *, run: Run, effective_from: InForceFrom = None, note: Note = "") -> None:
    """
    Put a draft in review into force, at once or from a moment on. Nobody publishes what they wrote themselves. Who goes through an
    earlier version ends by that one.
    """
    _require_right(procedure, run)
    life.publish(PROCEDURES, procedure, run, effective_from, note)
    turn_page()


@act(
    subject=PROCEDURE,
    permission=access.PUBLISH,
    label=gettext_lazy("Withdraw a version that is to come"),
    row_only=True,
)
def withdraw_procedure_version(procedure: Procedure, *, run: Run, number: Number) -> None:
    """Take back a version before it is in force. The one before it goes on."""
    life.withdraw(PROCEDURES, procedure, number, run)
    turn_page()


@act(subject=PROCEDURE, permission=access.PUBLISH, label=gettext_lazy("Retire the procedure"), row_only=True)
def retire_procedure(procedure: Procedure, *, run: Run, note: Note) -> None:
    """Put a procedure out of force for good. Runs of it that go on end by it."""
    life.retire(procedure, note, run)
    turn_page()


def _require_right(procedure: Procedure, run: Run) -> None:
    """Raises NotPossible where the draft cannot be read, names a guideline there is not, or a test case comes out otherwise."""
    try:
        script = read_script(life.require_draft(procedure))
    except ScriptError as error:
        first = error.faults[0]
        said = {"line": first.line, "why": first.message, "many": len(error.faults)}
        raise NotPossible(_("Line %(line)s: %(why)s (%(many)s in all)") % said) from None
    book = current()
    for step in script.steps:
        if step.guideline and not book.called(step.guideline, run.at):
            raise NotPossible(_("No guideline called “%(name)s” is in force.") % {"name": step.guideline[:120]})
    wrong = [one.tried.name for one in try_all(script, book, run.at) if not one.is_right]
    if wrong:
        said_of = {"cases": "; ".join(wrong[:5])}
        message = ngettext(
            "This test case comes out otherwise: %(cases)s", "These come out otherwise: %(cases)s", len(wrong)
        )
        raise NotPossible(message % said_of)
