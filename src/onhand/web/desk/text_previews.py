"""How a text somebody is writing will look: an article in Markdown; a standard response or a signature, filled with examples."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from onhand.contacts.conversations.signatures import example_signature
from onhand.kernel.actor import Actor
from onhand.knowledge.filling import fields_in, fill
from onhand.knowledge.markdown import plain_text
from onhand.knowledge.markdown import render as render_markdown
from onhand.knowledge.models import LONGEST_BODY
from onhand.knowledge.response_fields import example_values, field_labels, response_fields
from onhand.knowledge.writing.reading import EASY, Hint, HintKind, read_writing
from onhand.web.desk.access import desk_view
from onhand.web.filled_text import as_html

MOST_HINTS = 6


@require_POST
@desk_view
def preview_text(request: HttpRequest, actor: Actor, kind: str) -> HttpResponse:
    """What was typed into the field named by the address, as its readers will see it. Nothing is kept."""
    text = request.POST.get(request.GET.get("field", ""), "").replace("\0", "")[:LONGEST_BODY]
    language = request.POST.get("language", "")  # empty: hints that need no words of a language
    if kind == "markdown":
        context: dict[str, Any] = {"html": render_markdown(text), "plain": plain_text(text), "unknown": []}
    elif kind == "response":
        context = _with_fields(text, fill(text, example_values(), field_labels()).text)
    elif kind == "signature":
        said_in = language or get_language() or "en"
        context = _with_fields(text, example_signature(text, actor, said_in, at=timezone.now()))
    else:
        raise Http404
    context["hints"] = _hints(context["plain"], language)
    return render(request, "desk/text_preview.html", context)


def _with_fields(text: str, filled: str) -> dict[str, Any]:
    known = field_labels()
    unknown = [name for name in fields_in(text) if name not in known]
    return {"html": as_html(filled), "plain": filled, "unknown": unknown, "fields": response_fields()}


def _hints(text: str, language: str) -> list[str]:
    writing = read_writing(text, language)
    said = (
        [] if writing.ease is None or writing.ease >= EASY else [_("Hard to read: shorter sentences and words help.")]
    )
    return [*said, *dict.fromkeys(hint_words(hint) for hint in writing.hints)][:MOST_HINTS]


def hint_words(hint: Hint) -> str:
    """A hint as a sentence."""
    said: dict[str, Any] = {
        "said": hint.said if len(hint.said) <= 60 else f"{hint.said[:60]}…",
        "instead": hint.instead,
    }
    match hint.kind:
        case HintKind.LONG_SENTENCE:
            return _("A sentence of %(words)s words: “%(said)s”") % (said | {"words": hint.words})
        case HintKind.HARD_WORD:
            return _("“%(said)s”: plainer is “%(instead)s”") % said
        case HintKind.COLD:
            return _("“%(said)s” sounds cold: %(instead)s") % said
    return _("“%(said)s” sounds loud") % said
