"""All addresses of the product."""

from django.urls import URLPattern, URLResolver, include, path

from onhand.config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("onhand.web.urls")),
]
handler400 = "onhand.web.errors.bad_request"
handler403 = "onhand.web.errors.not_allowed"
handler404 = "onhand.web.errors.not_found"
handler429 = "onhand.web.errors.too_many"
handler500 = "onhand.web.errors.failed"
