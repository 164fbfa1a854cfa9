"""Messages of payment providers, and the page customers come back to. Anybody may send anything here."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from onhand.contacts.surveys.rules import survey_rules
from onhand.payments import webhooks
from onhand.payments.asking_tasks import queue_event

LONGEST_HOOK = 40


@csrf_exempt
@login_not_required
@require_POST
def hook(request: HttpRequest, hook: str) -> HttpResponse:
    """Take a message of a provider: proven by its signature and stored, before it is answered. What it says is done by a job."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > webhooks.LARGEST or len(hook) > LONGEST_HOOK:
        return HttpResponse(status=webhooks.Reply.TOO_LARGE)
    body = request.read(webhooks.LARGEST + 1)
    signature = request.headers.get("Stripe-Signature", "")[:4_000]
    reply, event_id = webhooks.take_in(hook, body, signature, timezone.now())
    if event_id is not None:
        queue_event(event_id)
    return HttpResponse(status=reply)


@login_not_required
@require_safe
def given(request: HttpRequest) -> HttpResponse:
    """Where the provider sends customers when they are done. It knows nobody and says nothing of anybody."""
    response = render(request, "payments/given.html", {"company": survey_rules().company})
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
