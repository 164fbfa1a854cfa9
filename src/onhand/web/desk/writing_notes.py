"""What the composer shows beside an answer while it is written: how it reads, and what is easily overlooked. Nothing is kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from onhand.contacts.writing.notes import Note, NoteKind, read_answer
from onhand.contacts.writing.own_words import MOST_CHARACTERS
from onhand.kernel.actor import Actor
from onhand.knowledge.writing.reading import EASY
from onhand.web.desk.access import desk_view
from onhand.web.desk.text_previews import MOST_HINTS, hint_words

MOST_NOTES = 5  # more would push away what is written


@require_POST
@desk_view
def writing_notes(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """The notes on `text` in `language`; `files` names those that go with it, if the form knows of any."""
    text = request.POST.get("text", "").replace("\0", "")[:MOST_CHARACTERS]
    found = read_answer(text, request.POST.get("language", "")[:10], has_files=request.POST.get("files") != "")
    ease = found.writing.ease
    context = {
        "notes": list(dict.fromkeys(_words(one) for one in found.notes))[:MOST_NOTES],
        "hints": list(dict.fromkeys(hint_words(one) for one in found.writing.hints))[:MOST_HINTS],
        "is_hard": ease is not None and ease < EASY,
        "ease": ease,
        "words": found.writing.words,
        "average": found.writing.average,
    }
    return render(request, "desk/writing_notes.html", context)


def _words(one: Note) -> str:
    said = {"said": one.said if len(one.said) <= 60 else f"{one.said[:60]}…"}
    match one.kind:
        case NoteKind.NOT_FILLED_IN:
            return _("“%(said)s” is still to be filled in.") % said
        case NoteKind.TWICE:
            return _("“%(said)s” stands twice.") % said
    return _("It speaks of a file (“%(said)s”), and none goes with it.") % said
