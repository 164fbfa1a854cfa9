"""The mail that asks, in the language the contact was in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from onhand.contacts.surveys.enums import Score
from onhand.contacts.surveys.models import Survey, SurveyRules
from onhand.contacts.surveys.tokens import HIDDEN, link

_KNOWN = frozenset(code for code, _name in settings.LANGUAGES)
LONGEST_SUBJECT = 120  # characters of the contact's own subject


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject and both its bodies."""

    subject: str
    text: str
    html: str


def language_of(survey: Survey) -> str:
    """The language to ask in: the survey's, if this product speaks it, else the company's own."""
    short = survey.language.lower().replace("_", "-").partition("-")[0]
    return short if short in _KNOWN else settings.LANGUAGE_CODE


def score_link(token: str, score: int) -> str:
    """What a click on a score opens: the page with that score chosen. Nothing is recorded by it."""
    return link(token, f"?score={score}")


def write_letter(survey: Survey, about: str, rules: SurveyRules, *, token: str) -> Letter:
    """The mail, with links for that token. `about` is the contact's subject."""
    with translation.override(language_of(survey)):
        opened = _until(survey.open_until)
        about = " ".join(about.split())[:LONGEST_SUBJECT]
        words = {
            "subject": _("How did we do?"),
            "hello": _("Hello,"),
            "question": _question(about),
            "how": _(
                "Choose an answer. A page opens where you can say more; nothing is sent before you confirm it there."
            ),
            "until": _("You can answer, and change your answer, until %(day)s.") % {"day": opened},
            "no_more": _("You do not want to be asked? Say so here:"),
            "no_more_link": _("Do not ask me again"),
            "company": rules.company,
        }
        scores = [(score_link(token, score), f"{score.value} – {score.label}") for score in Score]
        return Letter(words["subject"], _as_text(words, scores, token), _as_html(words, scores, token))


def example_letter(rules: SurveyRules, language: str, *, at: datetime) -> Letter:
    """What a customer would get whose contact in that language was wrapped up now."""
    asked_at = at + timedelta(hours=rules.delay_hours)
    survey = Survey(language=language, asked_at=asked_at, open_until=asked_at + timedelta(days=rules.open_days))
    with translation.override(language):
        about = _("Where is my parcel?")
    return write_letter(survey, about, rules, token=HIDDEN)


def _until(moment: datetime | None) -> str:
    return date_format(moment, "DATE_FORMAT") if moment else ""


def _question(about: str) -> str:
    if about:
        return _("How satisfied are you with how we dealt with “%(about)s”?") % {"about": about}
    return _("How satisfied are you with how we dealt with what you wrote to us about?")


def _as_text(words: dict[str, str], scores: list[tuple[str, str]], token: str) -> str:
    parts = [
        words["hello"],
        words["question"],
        words["how"],
        "\n".join(f"{label}:\n{address}\n" for address, label in scores).rstrip(),
        words["until"],
        f"{words['no_more']}\n{link(token, 'no-more/')}",
        words["company"],
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _as_html(words: dict[str, str], scores: list[tuple[str, str]], token: str) -> str:
    rows = format_html_join("", '<li><a href="{}">{}</a></li>', scores)
    return format_html(
        '<div lang="{}"><p>{}</p><p><strong>{}</strong></p><p>{}</p><ul>{}</ul><p>{}</p><p>{} <a href="{}">{}</a></p><p>{}</p></div>',
        translation.get_language(),
        words["hello"],
        words["question"],
        words["how"],
        rows,
        words["until"],
        words["no_more"],
        link(token, "no-more/"),
        words["no_more_link"],
        words["company"],
    )
