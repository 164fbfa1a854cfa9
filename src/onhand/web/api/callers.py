"""Who is asking: the holder of an API token, or a signed-in person's browser; and not too often."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from onhand.kernel.actor import Actor, Via
from onhand.kernel.rates import Rate, take
from onhand.staff.queries import actor_for
from onhand.staff.tokens import actor_from_token, digest
from onhand.web.api.errors import CsrfFailed, NotSignedIn, PasswordNeeded, TooManyRequests
from onhand.web.grave import must_show_who

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def token_in(authorization: str) -> str:
    """The token in an Authorization header; raises NotSignedIn where there is none."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn
    return token.strip()


def actor_with(authorization: str, via: Via) -> Actor:
    """
    The actor a token stands for, one request of its rate taken.

    :raises NotSignedIn: no token, or not a good one.
    :raises TooManyRequests: its rate is used up.
    """
    token = token_in(authorization)
    actor = actor_from_token(token, via=via, at=timezone.now())
    if actor is None:
        raise NotSignedIn
    limit(f"token:{digest(token).hex()}")
    return actor


def limit(caller: str) -> None:
    """Count one request of a caller; raises TooManyRequests where there were too many."""
    wait = take(caller, Rate.per_minute(settings.API_PER_MINUTE))
    if wait:
        raise TooManyRequests(wait)


class ApiToken(AuthBase):
    """A token of a person, service or AI representative, made in the settings."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Actor | None:
        authorization = request.headers.get("Authorization")
        return actor_with(authorization, Via.API) if authorization is not None else None


class SignedInBrowser(AuthBase):
    """The session of somebody signed in at the desk; anything but reading needs the X-CSRFToken header."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Actor | None:
        if not request.user.is_authenticated or not request.user.is_active:
            return None
        if request.method not in SAFE_METHODS and check_csrf(request) is not None:
            raise CsrfFailed
        actor = actor_for(request.user, Via.API)
        limit(f"staff:{actor.id}")
        match = request.resolver_match
        if match and must_show_who(request, match.kwargs.get("name", "")):
            raise PasswordNeeded
        return actor


CALLERS = [ApiToken(), SignedInBrowser()]


def caller(request: HttpRequest) -> Actor:
    """The actor found by one of the above."""
    actor: Actor = request.auth  # type: ignore[attr-defined]  # set by ninja
    return actor
