"""Answering a survey, and not wanting any more of them."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from onhand.contacts.surveys import answering
from onhand.contacts.surveys.answering import LONGEST_COMMENT, NoSuchSurvey, SurveyOver
from onhand.contacts.surveys.enums import Score
from onhand.contacts.surveys.letter import language_of
from onhand.contacts.surveys.models import Survey
from onhand.contacts.surveys.rules import survey_rules
from onhand.contacts.surveys.tokens import digest
from onhand.kernel.fields import clean_text
from onhand.kernel.rates import Rate, take
from onhand.kernel.signing import canonical, keyed_hash
from onhand.web.addresses import address_of

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LOOKING = Rate.per_minute(60)  # of one address
SAYING = Rate.per_minute(20)  # of one link
LARGEST_BODY = 32 * 1024  # bytes
View = Callable[[HttpRequest, str], HttpResponse]


def for_customers(view: View) -> View:
    """
    A page for whoever has the link: kept by nobody, searched by nobody, telling no other site where it was. It takes no cookie, so a
    forged form could do no more than the token in it allows.
    """

    @csrf_exempt
    @login_not_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        wait = take(f"survey-from:{_who(request)}", LOOKING)
        if not wait and request.method == "POST":
            wait = take(f"survey:{digest(token).hex()}", SAYING)
        if wait:
            response = _page(request, "surveys/wait.html", status=429)
            response.headers["Retry-After"] = str(wait)
        elif int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            response = _page(request, "surveys/gone.html", status=413)
        else:
            try:
                response = view(request, token)
            except NoSuchSurvey:
                response = _page(request, "surveys/gone.html", status=404)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers["Cache-Control"] = "no-store"
        return response

    return guarded


def _who(request: HttpRequest) -> str:
    """Whom to count by: the address asked from, as a keyed hash."""
    return keyed_hash(canonical(["surveys.from", request.META.get("REMOTE_ADDR", "")])).hex()[:32]


def _page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    return render(request, template, {"company": survey_rules().company, **(context or {})}, status=status)


def _found(token: str) -> Survey:
    survey = answering.find_survey(token)
    translation.activate(language_of(survey))
    return survey


@for_customers
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The one question. Opening it records nothing, since mail scanners open links; the form does."""
    survey, now = _found(token), timezone.now()
    if not answering.is_open(survey, now):
        return _page(request, "surveys/over.html", {"survey": survey}, status=410)
    if request.method != "POST":
        return _form(request, token, survey, chosen=_score(request.GET.get("score")) or survey.score)
    score, comment, wrong = _given(request)
    if score is None or wrong:
        return _form(request, token, survey, chosen=score, comment=comment or "", wrong=wrong, status=422)
    try:
        answering.answer(token, score, comment, at=now)
    except SurveyOver:
        return _page(request, "surveys/over.html", {"survey": survey}, status=410)
    return HttpResponseRedirect(address_of("surveys:answer", token) + "?said", status=303)


@for_customers
def no_more(request: HttpRequest, token: str) -> HttpResponse:
    """Wanting no more surveys: by the button here, or by the mail program's own (RFC 8058), which posts without asking."""
    survey = _found(token)
    if request.method != "POST":
        return _page(request, "surveys/no_more.html", {"survey": survey, "is_done": False})
    answering.refuse(token, at=timezone.now())
    return _page(request, "surveys/no_more.html", {"survey": survey, "is_done": True})


def _score(text: str | None) -> Score | None:
    return Score(int(text)) if text in {"1", "2", "3", "4", "5"} else None


def _given(request: HttpRequest) -> tuple[Score | None, str | None, dict[str, str]]:
    """The score, the comment (none: leave the one there is), and what is wrong with them."""
    wrong = {}
    score = _score(request.POST.get("score"))
    if score is None:
        wrong["score"] = _("Choose one of the five answers.")
    try:
        comment: str | None = clean_text(request.POST.get("comment", ""), many_lines=True)
    except ValueError:
        comment = ""
        wrong["comment"] = _("This text holds characters that cannot be kept. Please write it anew.")
    if comment is not None and len(comment) > LONGEST_COMMENT:
        wrong["comment"] = _("At most %(most)s characters, please.") % {"most": LONGEST_COMMENT}
    if not comment and not request.POST.get("take_back"):
        comment = None
    return score, comment, wrong


def _form(
    request: HttpRequest,
    token: str,
    survey: Survey,
    *,
    chosen: int | None,
    comment: str = "",
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "survey": survey,
        "about": survey.contact.subject,
        "scores": [(score.value, score.label) for score in Score],
        "chosen": chosen,
        "comment": comment,
        "longest": LONGEST_COMMENT,
        "wrong": wrong or {},
        "is_said": request.method != "POST" and "said" in request.GET and survey.score is not None,
        "no_more_url": address_of("surveys:no_more", token),
        "action": address_of("surveys:answer", token),
        "zone": settings.ONHAND_TIME_ZONE,
    }
    return _page(request, "surveys/answer.html", context, status=status)
