"""Addresses of the REST interface, under /api/v1/."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from onhand.web.addresses import address_of
from onhand.web.api.errors import NoSuchAddress, answer, in_one_form
from onhand.web.api.openapi import document
from onhand.web.api.rest import api

app_name = "api"


def openapi(_request: HttpRequest) -> HttpResponse:
    """The OpenAPI description. Open to everybody: it says what could be asked, not what is there."""
    prefix = address_of("api:openapi").removesuffix("openapi.json").lstrip("/")
    return JsonResponse(document(api, prefix))


@csrf_exempt
def nothing_here(_request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    """The answer at every other address under the interface."""
    return answer(NoSuchAddress())


def _operations() -> list[URLPattern]:
    patterns = [p for p in api.urls[0] if isinstance(p, URLPattern) and p.name != "api-root"]
    for pattern in patterns:
        pattern.callback = in_one_form(pattern.callback)
    return patterns


urlpatterns = [
    path("openapi.json", in_one_form(openapi), name="openapi"),
    *_operations(),
    re_path(r"^.*$", nothing_here),
]
