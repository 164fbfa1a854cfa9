"""Pages for machines: is the process alive, is it ready for work, and its figures."""

import hmac
import ipaddress

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from onhand.config import measures, migrations
from onhand.config.environment import environment


@login_not_required
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all. Asks nothing of the database."""
    return JsonResponse({"status": "alive"})


@login_not_required
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers and has all migrations, 503 otherwise; says which part is not ready."""
    parts = {"database": "ok", "migrations": "ok"}
    try:
        missing = migrations.missing()
        if missing:
            parts["migrations"] = f"{len(missing)} to apply"
    except DatabaseError:
        parts = {"database": "unreachable", "migrations": "unknown"}
    ready = set(parts.values()) == {"ok"}
    return JsonResponse({"status": "ready" if ready else "not ready", **parts}, status=200 if ready else 503)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures, for this machine or for the holder of the metrics token; 404 to everybody else."""
    if not _may_read_metrics(request):
        return HttpResponse(status=404)
    try:
        return HttpResponse(measures.page(), content_type="text/plain; version=0.0.4; charset=utf-8")
    except DatabaseError:
        connection.close()
        return HttpResponse(status=503)


def _may_read_metrics(request: HttpRequest) -> bool:
    settings = environment()
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token:
        return hmac.compare_digest(given.encode(), token.encode())
    # Behind a proxy every request seems to come from this machine, so only a token will do.
    if settings.behind_proxy or "X-Forwarded-For" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
