"""Texts and questions as people write them: read from the rows of a form, and shown in a reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from onhand.guidelines.answers import in_language
from onhand.kernel.errors import NotPossible

MOST_LANGUAGES, MOST_QUESTIONS = 10, 10
FEWEST_ANSWERS, MOST_ANSWERS, LONGEST_ANSWER = 2, 8, 300

Texts = dict[str, dict[str, str]]
Questions = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of a notice in one language, as a row of the form."""

    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in one language, as a row of the form. Rows of the same `number` are one question; `right` is a place from 1 on."""

    number: int
    language: str
    question: str
    answers: str
    right: int


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question in the reader's language, without which answer is right."""

    question: str
    answers: tuple[str, ...]


def read_texts(rows: Sequence[Wording]) -> Texts:
    """Texts by language. Raises NotPossible."""
    found: Texts = {}
    for row in rows:
        if row.language in found:
            raise NotPossible(_("Give one text for each language."), field="texts")
        found[row.language] = {"title": row.title, "text": row.text}
    if not 0 < len(found) <= MOST_LANGUAGES:
        raise NotPossible(_("Give the text in 1 to %(most)s languages.") % {"most": MOST_LANGUAGES}, field="texts")
    return found


def read_questions(rows: Sequence[Asked]) -> Questions:
    """Questions in order of their numbers. Raises NotPossible where rows of one number do not fit together."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        answers = [line.strip() for line in row.answers.splitlines() if line.strip()]
        _require_answerable(row, answers)
        question = found.setdefault(row.number, {"words": {}, "right": row.right - 1, "many": len(answers)})
        if (question["right"], question["many"]) != (row.right - 1, len(answers)):
            said = _("Question %(number)s: give as many answers in each language, the right one in the same place.")
            raise NotPossible(said % {"number": row.number}, field="questions")
        if row.language in question["words"]:
            said = _("Question %(number)s stands there twice in one language.")
            raise NotPossible(said % {"number": row.number}, field="questions")
        question["words"][row.language] = {"question": row.question, "answers": answers}
    if len(found) > MOST_QUESTIONS:
        raise NotPossible(_("Ask at most %(most)s questions.") % {"most": MOST_QUESTIONS}, field="questions")
    return [{"words": one["words"], "right": one["right"]} for _number, one in sorted(found.items())]


def _require_answerable(row: Asked, answers: Sequence[str]) -> None:
    said = ""
    if not FEWEST_ANSWERS <= len(answers) <= MOST_ANSWERS:
        said = _("Question %(number)s: give %(fewest)s to %(most)s answers, each on a line of its own.")
    elif len(set(answers)) < len(answers):
        said = _("Question %(number)s: two answers are the same.")
    elif max(map(len, answers)) > LONGEST_ANSWER:
        said = _("Question %(number)s: an answer is longer than %(longest)s characters.")
    elif not 1 <= row.right <= len(answers):
        said = _("Question %(number)s: say which of its answers is right, counted from 1.")
    if said:
        bounds = {"fewest": FEWEST_ANSWERS, "most": MOST_ANSWERS, "longest": LONGEST_ANSWER}
        raise NotPossible(said % {"number": row.number, **bounds}, field="questions")


def rows_of_texts(texts: Texts) -> list[dict[str, str]]:
    """The texts as the form shows them again."""
    return [{"language": language, **words} for language, words in texts.items()]


def rows_of_questions(questions: Questions) -> list[dict[str, Any]]:
    """The questions as the form shows them again."""
    return [
        {
            "number": place,
            "language": language,
            "question": words["question"],
            "answers": "\n".join(words["answers"]),
            "right": one["right"] + 1,
        }
        for place, one in enumerate(questions, 1)
        for language, words in one["words"].items()
    ]


def title_in(texts: Mapping[str, Mapping[str, str]], language: str) -> str:
    """The title in this language, else in English, else in any."""
    return in_language({code: words["title"] for code, words in texts.items()}, language)


def text_in(texts: Mapping[str, Mapping[str, str]], language: str) -> tuple[str, str]:
    """(the language that was found, the text in it as Markdown): this one, else English, else any."""
    code = language_found(texts, language)
    return code, texts[code]["text"] if code in texts else ""


def language_found(texts: Mapping[str, Any], language: str) -> str:
    """Which of the languages somebody reads it in; empty where there is none."""
    return in_language({code: code for code in texts}, language)


def questions_in(questions: Questions, language: str) -> list[ShownQuestion]:
    """The questions in this language, each else in English, else in any."""
    found = []
    for one in questions:
        words = one["words"][language_found(one["words"], language)]
        found.append(ShownQuestion(words["question"], tuple(words["answers"])))
    return found


def wrong_ones(questions: Questions, answers: Sequence[int]) -> list[int]:
    """The places of the questions, from 1 on, whose answer is not the right one; `answers` are places from 1 on."""
    return [
        place
        for place, (one, answer) in enumerate(zip(questions, answers, strict=True), 1)
        if one["right"] != answer - 1
    ]
