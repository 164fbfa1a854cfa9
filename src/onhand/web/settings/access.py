"""Who may open which settings page, and the person behind a request."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from onhand.kernel.actor import Actor
from onhand.staff.queries import actor_for

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]


def for_actor(permission: str = "") -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Give a view the actor who asks; without `permission` in the actor's role the page is refused. Kept by no cache."""

    def wrap(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @never_cache
        @wraps(view)
        def asked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = actor_for(request.user)
            if permission and not actor.may(permission):
                raise PermissionDenied(permission)
            return view(request, actor, *args, **kwargs)

        return asked

    return wrap


def page_number(value: Any) -> int | None:
    """An id out of an address's query, or None if it is none."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
