"""Surveys: the company's rules with the mail they make, and what customers answered."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onhand.contacts.surveys import access
from onhand.contacts.surveys.enums import Score
from onhand.contacts.surveys.figures import Line, count_decisions, read_figures
from onhand.contacts.surveys.letter import example_letter
from onhand.contacts.surveys.rules import survey_rules
from onhand.contacts.surveys.statistics import FEWEST, Interval
from onhand.contacts.surveys.subjects import RULE_LABELS, SURVEY_RULES
from onhand.kernel.actor import Actor
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links
from onhand.web.settings.records import history
from onhand.web.settings.survey_drawing import draw_rows, draw_weeks

DAYS = 30
PERIODS = (4, 12, 26, 52)  # weeks
LANGUAGES = (("en", "English"), ("es", "Español"))


@require_safe
@for_actor(access.SET_UP)
def surveys(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The rules, the mail and the question as customers get them, and whom the rules asked lately."""
    rules, now = survey_rules(), timezone.now()
    language = request.GET.get("in", "")
    language = language if language in dict(LANGUAGES) else translation.get_language() or "en"
    with translation.override(language):
        scores = [(score.value, str(score.label)) for score in Score]
    context = {
        "title": _("Surveys"),
        "lead": _("After a contact in writing was wrapped up, customers are asked by mail how satisfied they are."),
        "rules": rules,
        "facts": [(str(label), _shown(getattr(rules, name))) for name, label in RULE_LABELS.items()],
        "acts": act_links(actor, SURVEY_RULES, rules.pk),
        "history": history(actor, SURVEY_RULES, rules.pk),
        "decisions": count_decisions(now, DAYS),
        "days": DAYS,
        "letter": example_letter(rules, language, at=now),
        "example_language": language,
        "example_languages": LANGUAGES,
        "scores": scores,
        "may_see_figures": actor.may(access.VIEW_FIGURES),
    }
    return render(request, "settings/surveys.html", context)


def _shown(value: Any) -> Any:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else value


@require_safe
@for_actor(access.VIEW_FIGURES)
def figures(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How satisfied customers are: by week drawn and as a table, then by team, representative and reason."""
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked in {str(one) for one in PERIODS} else 12
    found = read_figures(actor, weeks=weeks, at=timezone.now())
    tables = [
        (_("Teams"), _("Team"), _("No team"), found.teams),
        (_("Representatives"), _("Representative"), _("Nobody"), found.representatives),
        (_("Reasons"), _("Reason"), _("No reason given"), found.reasons),
    ]
    context = {
        "title": _("Satisfaction"),
        "lead": _("What customers answered who were asked in these weeks; only the work you may see."),
        "periods": [
            (one, ngettext("%(num)s week", "%(num)s weeks", one) % {"num": one}, one == weeks) for one in PERIODS
        ],
        "all": _row(found.all, ""),
        "weeks": [_row(one, "") | {"day": one.key} for one in found.weeks],
        "drawing": draw_weeks(found.weeks),
        "tables": [
            {
                "title": title,
                "column": column,
                "rows": [
                    _row(line, nothing) | {"drawn": drawn} for line, drawn in zip(lines, draw_rows(lines), strict=True)
                ],
            }
            for title, column, nothing, lines in tables
        ],
        "fewest": FEWEST,
    }
    return render(request, "settings/survey_figures.html", context)


def _row(line: Line, nothing: str) -> dict[str, Any]:
    """A line in the reader's words and figures."""
    return {
        "name": line.name or nothing,
        "asked": line.asked,
        "answered": line.answered,
        "share": _interval(line.share, 100, 0, " %"),
        "mean": _interval(line.mean, 1, 1, ""),
        "spread": [(score.value, str(score.label), line.spread.get(score.value, 0)) for score in Score],
        "is_few": line.mean is None and line.answered > 0,
        "is_open": line.is_open,
    }


def _interval(found: Interval | None, scale: int, places: int, unit: str) -> dict[str, str] | None:
    if found is None:
        return None
    value, low, high = (
        number_format(round(one * scale, places), places) for one in (found.value, found.low, found.high)
    )
    return {"value": f"{value}{unit}", "range": f"{low}–{high}{unit}"}
