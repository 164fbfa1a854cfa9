"""A procedure as pages show it for reading: its steps as they are met at the desk, and where each answer leads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from onhand.contacts.models import ContactReason
from onhand.guidelines.book import current
from onhand.guidelines.differences import act_label
from onhand.guidelines.feel.values import Value
from onhand.guidelines.models import Guideline
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import find_subject_type
from onhand.knowledge.access import READ, visible_articles
from onhand.procedures.differences import KINDS, expected_words
from onhand.procedures.leading import Lead, leads
from onhand.procedures.reading import read_as_far
from onhand.procedures.script import AnswerType, Option, Prepared, Script, ScriptFault, Step, StepKind
from onhand.procedures.tries import Tried, try_all
from onhand.web.addresses import address_of

MOST_FAULTS = 50
MOST_LED = 300  # answers of which it is told where they lead
MOST_WALKED = 400_000  # steps looked at for test cases while a page is drawn
ANSWERS = {
    AnswerType.YES_NO: lambda: _("yes or no"),
    AnswerType.NUMBER: lambda: _("a number"),
    AnswerType.DATE: lambda: _("a day"),
    AnswerType.TEXT: lambda: _("a text"),
    AnswerType.CHOICE: lambda: _("one of these"),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A procedure for reading. `faults` say what is wrong with it, `odd` what may be; `tests` are empty where it cannot be read."""

    script: Script
    faults: Sequence[ScriptFault]
    steps: Sequence[Mapping[str, Any]]
    odd: Sequence[tuple[int, str]]
    tests: Sequence[Mapping[str, Any]]
    about: str
    binds: Sequence[tuple[str, str]]
    languages: Sequence[str]
    more_faults: int = 0
    more_tests: int = 0

    @property
    def wrong_tests(self) -> int:
        """How many test cases come out otherwise."""
        return sum(not one["is_right"] for one in self.tests)

    @property
    def wrong(self) -> int:
        """How much has to be mended before somebody can be asked to look at it."""
        return len(self.faults) + self.more_faults + self.wrong_tests


def drawn(text: str, actor: Actor, at: datetime) -> Drawn:
    """The text as the pages show it, whatever is wrong with it."""
    script, faults = read_as_far(text)
    known = _Known.of(script, actor, at)
    tried = [] if faults else tries_of(script, at)
    about = find_subject_type(script.about)
    return Drawn(
        script,
        faults[:MOST_FAULTS],
        [] if script.title == "" and not script.steps else _Steps(script, known).all(),
        [] if not script.steps else list(_odd(script, known)),
        [_test(one) for one in tried],
        str(about.label) if about else script.about,
        [(act_label(one.act), one.when.text if one.when else "") for one in script.binds],
        script.languages,
        max(0, len(faults) - MOST_FAULTS),
        0 if faults else len(script.tries) - len(tried),
    )


def tries_of(script: Script, at: datetime) -> list[Tried]:
    """The test cases and what came of them, as many as can be gone through while somebody waits."""
    most = max(1, MOST_WALKED // max(1, len(script.steps)) ** 2)
    return try_all(replace(script, tries=script.tries[:most]), current(), at)


def _test(one: Tried) -> dict[str, Any]:
    came = _("goes through to the end")
    if one.stops:
        came = _("ends at “%(step)s”") % {"step": one.stops}
    elif one.offers is not None:
        came = _("offers %(remedies)s") % {"remedies": ", ".join(one.offers) or _("nothing")}
    return {
        "name": one.tried.name,
        "line": one.tried.line,
        "given": one.tried.known,
        "expected": expected_words(one.tried),
        "came": "" if one.problem else came,
        "problem": one.problem,
        "is_right": one.is_right,
    }


@dataclass(frozen=True, slots=True)
class _Known:
    """What the procedure names and there is: articles, guidelines in force, contact reasons."""

    articles: Mapping[str, int]
    guidelines: Mapping[str, int]
    reasons: frozenset[str]

    @classmethod
    def of(cls, script: Script, actor: Actor, at: datetime) -> "_Known":
        titles = {title for step in script.steps for title in step.articles}
        articles: dict[str, int] = {}
        if titles and actor.may(READ):
            rows = visible_articles(actor).filter(published__isnull=False, title__in=titles)
            articles = dict(rows.values_list("title", "pk"))
        named = {step.guideline for step in script.steps if step.guideline}
        book = current() if named else None
        held = {name for name in named if book is not None and book.called(name, at)}
        guidelines = dict(Guideline.objects.filter(name__in=held).values_list("name", "pk")) if held else {}
        folded = [one.lower() for one in script.reasons]
        found = ContactReason.objects.annotate(folded=Lower("name")).filter(folded__in=folded) if folded else ()
        return cls(articles, guidelines, frozenset(one.name.lower() for one in found))


def _odd(script: Script, known: _Known) -> Iterable[tuple[int, str]]:
    """(line, what is odd): nothing that keeps anybody from publishing it, but for a guideline that is not in force."""
    for reason in script.reasons:
        if reason.lower() not in known.reasons:
            yield 0, _("There is no contact reason “%(name)s”.") % {"name": reason[:100]}
    for step in script.steps:
        said = {"step": step.key}
        if step.guideline and step.guideline not in known.guidelines:
            yield step.line, _("No guideline called “%(name)s” is in force.") % {"name": step.guideline[:120]}
        for title in step.articles:
            if title not in known.articles:
                yield step.line, _("No published article is called “%(title)s”.") % {"title": title[:200]}
        missing = [one for one in script.languages if step.words and not step.words.get(one)]
        missing += [
            one
            for one in script.languages
            if one not in missing and any(option.words and not option.words.get(one) for option in step.options)
        ]
        if missing:
            words = _("“%(step)s” is not worded in: %(languages)s.")
            yield step.line, words % {**said, "languages": ", ".join(missing)}
    if script.steps and not script.tries:
        yield 0, _("It has no test case yet.")


class _Steps:
    """Draws the steps of one procedure."""

    def __init__(self, script: Script, known: _Known) -> None:
        self.script, self.known = script, known
        self.numbers = {step.key: number for number, step in enumerate(script.steps, 1)}
        self.led = 0

    def all(self) -> list[dict[str, Any]]:
        return [self.step(number, one) for number, one in enumerate(self.script.steps, 1)]

    def step(self, number: int, one: Step) -> dict[str, Any]:
        return {
            "number": number,
            "key": one.key,
            "line": one.line,
            "kind": KINDS[one.kind](),
            "is_stop": one.kind is StepKind.STOP,
            "must": one.must,
            "when": one.when.text if one.when else "",
            "ends_when": one.ends_when.text if one.ends_when else "",
            "words": list(one.words.items()),
            "hints": list(one.hints.items()),
            "articles": [(title, self.article(title)) for title in one.articles],
            "fact": one.fact,
            "variable": one.variable,
            "answer": ANSWERS[one.type]() if one.kind is StepKind.ASK else "",
            "options": self.options(one),
            "level": one.level,
            "guideline": one.guideline,
            "guideline_url": self.guideline(one.guideline),
            "prepared": prepared_words(one.prepared),
        }

    def article(self, title: str) -> str:
        pk = self.known.articles.get(title)
        return address_of("desk:article", pk) if pk else ""

    def guideline(self, name: str) -> str:
        pk = self.known.guidelines.get(name)
        return address_of("guidelines:guideline", pk) if pk else ""

    def options(self, one: Step) -> list[dict[str, Any]]:
        if one.kind is StepKind.OFFER:
            return [self.option(one, each, {"remedy": each.key}) for each in one.options]
        if one.kind is StepKind.ASK and one.type is AnswerType.YES_NO:
            return [
                self.option(one, Option("yes", {"": _("Yes")}), {one.variable: True}),
                self.option(one, Option("no", {"": _("No")}), {one.variable: False}),
            ]
        return [self.option(one, each, {one.variable: each.key}) for each in one.options]

    def option(self, step: Step, one: Option, answer: Mapping[str, Value]) -> dict[str, Any]:
        self.led += 1
        found = leads(self.script, step, answer) if self.led <= MOST_LED else ()
        return {
            "key": one.key,
            "words": list(one.words.items()) or [("", one.key)],
            "when": one.when.text if one.when else "",
            "prepared": prepared_words(one.prepared),
            "leads": [self.lead(each) for each in found],
        }

    def lead(self, one: Lead) -> dict[str, Any]:
        key = one.step.key if one.step else ""
        return {"key": key, "number": self.numbers.get(key, 0), "is_sure": one.is_sure, "ends": one.ends}


def prepared_words(one: Prepared | None) -> dict[str, Any] | None:
    """An act as a step prepares it, in words."""
    if one is None:
        return None
    return {"label": act_label(one.act), "given": [(name, formula.text) for name, formula in one.arguments]}
