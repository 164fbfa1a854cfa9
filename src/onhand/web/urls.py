"""Addresses of all pages for people."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView


def live(_request: HttpRequest) -> HttpResponse:
    """Live streams never come here: the web application answers `/live` itself. This gives the address its name."""
    return HttpResponse(status=404)


urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="desk:home"), name="home"),
    path("account/", include("onhand.web.account.urls")),
    path("settings/", include("onhand.web.settings.urls")),
    path("desk/", include("onhand.web.desk.urls")),
    path("orders/", include("onhand.web.orders.urls")),
    path("money/", include("onhand.web.money.urls")),
    path("floor/", include("onhand.web.floor.urls")),
    path("survey/", include("onhand.web.surveys.urls")),
    path("payments/", include("onhand.web.payments.urls")),
    path("guidelines/", include("onhand.web.guidelines.urls")),
    path("procedures/followed/", include("onhand.web.procedures.following_urls")),
    path("procedures/", include("onhand.web.procedures.urls")),
    path("connectors/", include("onhand.web.connectors.urls")),
    path("live", live, name="live"),
    path("api/v1/", include("onhand.web.api.urls")),
]
