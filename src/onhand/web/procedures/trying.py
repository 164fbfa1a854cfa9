"""A procedure gone through by hand, with facts one makes up: nothing is kept, nothing is done."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from onhand.guidelines.answers import in_language
from onhand.guidelines.book import current
from onhand.guidelines.cases import read_value
from onhand.guidelines.facts import find_fact
from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.values import Value, written
from onhand.kernel.actor import Actor
from onhand.procedures import access
from onhand.procedures.enums import Source
from onhand.procedures.knowing import Remedies, facts_asked
from onhand.procedures.reading import read_as_far
from onhand.procedures.script import AnswerType, Script, Step, StepKind
from onhand.procedures.tries import STRONG
from onhand.procedures.walking import Passed, Status, Taken, Walk, walk
from onhand.web.procedures.drawing import prepared_words
from onhand.web.procedures.pages import procedure_of, text_of
from onhand.web.settings.access import for_actor

if TYPE_CHECKING:
    from django.http import QueryDict

MOST_FACTS = 200
LONGEST = 2_000


@require_http_methods(["GET", "HEAD", "POST"])
@for_actor(access.VIEW)
def walk_by_hand(request: HttpRequest, actor: Actor, pk: int, which: str) -> HttpResponse:
    """The draft or a version, gone through with made-up facts. What was answered so far comes with each request."""
    one = procedure_of(actor, pk)
    text = text_of(one, which)
    if text is None:
        raise Http404
    script, faults = read_as_far(text)
    context: dict[str, Any] = {
        "title": _("%(name)s, tried by hand") % {"name": one.name},
        "lead": _("With facts you make up. Nothing is kept and nothing is done."),
        "procedure": one,
        "which": which,
        "faults": faults,
    }
    if not faults:
        context |= _tried(request.POST, script)
    return render(request, "procedures/try.html", context)


def _tried(data: "QueryDict", script: Script) -> dict[str, Any]:
    names = sorted(facts_asked(script, timezone.now()))[:MOST_FACTS]
    typed = {name: data.get(f"f{at}", "").strip()[:LONGEST] for at, name in enumerate(names)}
    facts, wrong = _read(typed)
    taken, error = _taken(data, script)
    way = walk(script, taken, facts, level=STRONG, remedies=Remedies(script, current(), timezone.now(), facts))
    boxes = [
        {**_box(name), "box": f"f{at}", "name": name, "value": typed[name], "error": wrong.get(name, "")}
        for at, name in enumerate(names)
    ]
    return {
        "boxes": boxes,
        "path": [_line(one, script, taken) for one in way.path if one.status not in (Status.NOW, Status.STOPS)],
        "step": _step(way, script),
        "stops": way.stops,
        "taken": [
            (f"s{script.steps.index(step)}", taken[step.key].answer) for step in script.steps if step.key in taken
        ],
        "error": error,
        "case": _case(script, way, typed, taken),
    }


def _box(name: str) -> dict[str, Any]:
    fact = find_fact(name)
    options: list[tuple[str, Any]] = []
    if fact is not None and fact.values:
        options = [(f'"{one}"', str(words)) for one, words in fact.values.items()]
    elif fact is not None and fact.type == "boolean":
        options = [("true", _("yes")), ("false", _("no"))]
    return {"options": options, "help": str(fact.help) if fact else "", "type": fact.type if fact else ""}


def _read(typed: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, str]]:
    """(the facts, what is wrong with those that cannot be read)."""
    facts: dict[str, Value] = {}
    wrong: dict[str, str] = {}
    for name, text in typed.items():
        if text:
            try:
                facts[name] = read_value(text)
            except CellError as error:
                fact = find_fact(name)
                if fact is not None and fact.type == "string":
                    facts[name] = text
                else:
                    wrong[name] = error.message
    return facts, wrong


def _taken(data: "QueryDict", script: Script) -> tuple[dict[str, Taken], str]:
    """(what was answered so far and now, what is wrong with what was answered now). What comes after a step taken back is forgotten."""
    back = data.get("back", "")
    taken: dict[str, Taken] = {}
    for at, step in enumerate(script.steps):
        if back == f"s{at}":
            return taken, ""
        name = f"s{at}"
        if name in data:
            taken[step.key] = _as_taken(step, data.get(name, "")[:LONGEST])
    number = data.get("step", "")
    now = (
        script.steps[int(number)] if number.isascii() and number.isdigit() and int(number) < len(script.steps) else None
    )
    if now is None or "answer" not in data or "facts" in data:
        return taken, ""
    answer = data.get("answer", "").strip()[:LONGEST]
    if now.kind is StepKind.ASK:
        try:
            now.read(answer)
        except ValueError:
            return taken, _("This is no answer to the question.")
    taken[now.key] = _as_taken(now, answer)
    return taken, ""


def _as_taken(step: Step, answer: str) -> Taken:
    source = Source.SAID if step.kind is StepKind.ASK else Source.DONE
    return Taken(str(source), answer, 0)


def _line(one: Passed, script: Script, taken: Mapping[str, Taken]) -> dict[str, Any]:
    return {
        "key": one.step.key,
        "back": f"s{script.steps.index(one.step)}" if one.step.key in taken else "",
        "status": str(one.status),
        "words": _value_words(one),
    }


def _value_words(one: Passed) -> str:
    """What a step gave, in the reader's words."""
    if isinstance(one.value, bool):
        return _("Yes") if one.value else _("No")
    option = one.step.option(str(one.value)) if one.value is not None else None
    if option is not None:
        return in_language(option.words, get_language() or "") or option.key
    return "" if one.value is None else written(one.value)


def _step(way: Walk, script: Script) -> dict[str, Any] | None:
    """The step that is reached, in the reader's language; None at the end."""
    step, language = way.now, get_language() or ""
    if step is None:
        return None
    options: list[tuple[str, str]] = []
    if step.kind is StepKind.OFFER:
        options = [(one.option.key, in_language(one.option.words, language) or one.option.key) for one in way.offered]
    elif step.type is AnswerType.YES_NO:
        options = [("yes", _("Yes")), ("no", _("No"))]
    elif step.kind is StepKind.ASK:
        options = [(one.key, in_language(one.words, language) or one.key) for one in step.options]
    return {
        "key": step.key,
        "number": script.steps.index(step),
        "kind": str(step.kind),
        "must": step.must,
        "words": in_language(step.words, language),
        "hint": in_language(step.hints, language),
        "options": options,
        "input": {AnswerType.DATE: "date"}.get(step.type, "text") if step.kind is StepKind.ASK else "",
        "prepared": prepared_words(way.prepared),
        "level": step.level,
    }


def _case(script: Script, way: Walk, typed: Mapping[str, str], taken: Mapping[str, Taken]) -> str:
    """What was gone through as the text of a test case, once it has come to an offer or an end."""
    step = way.now
    is_offer = step is not None and step.kind is StepKind.OFFER
    if not (way.stops or is_offer or step is None):
        return ""
    given = [f"{name} = {text}" for name, text in typed.items() if text and name in script.facts]
    given += [
        f"{one.variable} = {written(way.values.get(one.variable))}"
        for one in script.steps
        if one.kind is StepKind.ASK and one.key in taken and way.values.get(one.variable) is not None
    ]
    lines = ["## " + _("A name for it"), *([f"given: {'; '.join(given)}"] if given else [])]
    if step is not None and way.stops:
        lines.append(f"stops: {step.key}")
    elif is_offer:
        lines.append(f"offers: {', '.join(one.option.key for one in way.offered) or 'nothing'}")
    return "\n".join(lines)
