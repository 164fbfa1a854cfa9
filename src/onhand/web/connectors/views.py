"""Messages of outside shops. Anybody may send anything here."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from onhand.connectors import hooks
from onhand.connectors.tasks import queue_reading

LONGEST_HOOK = 40
LONGEST_HEADER = 1_000


@csrf_exempt
@login_not_required
@require_POST
def hook(request: HttpRequest, hook: str) -> HttpResponse:
    """Take a message of a shop: proven by its signature, noted, answered. The order it is about is read by a job."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > hooks.LARGEST or len(hook) > LONGEST_HOOK:
        return HttpResponse(status=hooks.Reply.TOO_LARGE)
    body = request.read(hooks.LARGEST + 1)
    headers = {name.lower(): value[:LONGEST_HEADER] for name, value in request.headers.items()}
    reply, outside_order_id = hooks.take_in(hook, body, headers, timezone.now())
    if outside_order_id is not None:
        queue_reading(outside_order_id)
    return HttpResponse(status=reply)
