"""Middleware at the entrance: who is not signed in goes to sign in, and who is finds their language and time zone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

Next = Callable[[HttpRequest], HttpResponse]
OWN_ACCESS = ("/api/",)  # asks for a token or a session by itself and answers programs
_LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


class SignInRequired(LoginRequiredMiddleware):
    """
    Every page needs a signed-in person, except views marked `login_not_required` and what answers programs. A page that is only
    asked for a part of itself is told to go to the sign-in page whole.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """The answer that sends people to sign in, or None to go on."""
        if request.path.startswith(OWN_ACCESS):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseRedirect:
        """Send a page to sign in and come back; a part of a page makes the browser load the sign-in page."""
        answer = super().handle_no_permission(request, view_func)
        if request.headers.get("HX-Request"):
            answer.status_code = 401
            answer.headers["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
        return answer


class PersonalSettings:
    """Language and time zone of the person; for nobody, the language asked for by `?language=` or by the browser."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's language and time."""
        chosen = ""
        user = request.user
        zone = settings.ONHAND_TIME_ZONE
        if user.is_authenticated:
            translation.activate(user.language)
            zone = user.time_zone
        elif request.GET.get("language") in _LANGUAGES:
            chosen = request.GET["language"]
            translation.activate(chosen)
        request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(ZoneInfo(zone)):
            response = self.get_response(request)
        if chosen:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                chosen,
                max_age=timedelta(days=365),
                samesite="Lax",
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
            )
        response.headers["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
        patch_vary_headers(response, ["Cookie"])
        return response
