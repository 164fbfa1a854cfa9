"""What is sent from the page of a contact: answers, notes, files, what is taken back, and acts done at one press."""

import json
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onhand.contacts.access import ANSWER as ANSWER_CUSTOMERS
from onhand.contacts.access import visible_contacts
from onhand.contacts.conversations.changes import Conflict
from onhand.contacts.enums import Direction
from onhand.contacts.models import Message
from onhand.contacts.subjects import CONTACT
from onhand.contacts.uploads import keep_upload
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, NotPermitted, SubjectNotFound, UnknownAct
from onhand.kernel.perform import Outcome, perform
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of, wants_fragment
from onhand.web.desk.composer import signature_of
from onhand.web.desk.contact_lists import next_address
from onhand.web.desk.contact_messages import RECALL
from onhand.web.desk.contact_pages import QUICK, SET_CUSTOMER
from onhand.web.desk.contact_views import show_page, whole_page
from onhand.web.desk.customer_pages import TAKE
from onhand.web.desk.request_keys import key_of
from onhand.web.desk.written import line_of, wants_signature, written_values
from onhand.web.filled_text import as_html
from onhand.web.operations import ANSWER_DRAFT, COLLEAGUES_DRAFT, drop_draft, keep_draft

ANSWER, NOTE = "contacts.answer", "contacts.write_note"
AT_ONCE = (*QUICK, SET_CUSTOMER)  # acts with a button of their own


@require_POST
@desk_view
def answer(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """Send an answer: now, later, and with what is to become of the contact."""
    try:
        outcome = _perform(request, actor, ANSWER, contact_id, _answer_arguments(request, actor, contact_id))
    except Conflict as error:
        again = [("then", request.POST["then"])] if request.POST.get("then") else []
        return _result(request, actor, contact_id, {"overtaken": error.message, "again": again}, 409)
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        return _not_done(request, actor, contact_id, error)
    key = f"{ANSWER_DRAFT}{contact_id}"
    drop_draft(actor=actor, key=key)
    closes = request.POST.get("then") == "close"
    return _done(
        request,
        contact_id,
        draft_key=key,
        said=_("Sent and wrapped up.") if closes else "",
        next_url=next_address(contact_id, "") if closes else "",
        outcome=outcome,
    )


def _answer_arguments(request: HttpRequest, actor: Actor, contact_id: int) -> dict[str, Any]:
    data = request.POST
    signature = signature_of(actor, contact_id) if wants_signature(request) else ""
    arguments = written_values(data, signature) | {"anyway": data.get("anyway") == "true"}
    for line in ("to", "cc", "bcc"):
        if line in data:
            arguments[line] = line_of(data, line)
    seen = data.get("seen", "")
    if seen.isascii() and seen.isdigit() and len(seen) < 19:
        arguments["seen"] = int(seen)
    return arguments


@require_safe
@desk_view
def signature(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """What an answer on this contact is signed with, to be looked at."""
    actor.require(ANSWER_CUSTOMERS)
    context = {"signature": signature_of(actor, contact_id)}
    return render(request, "desk/contact_fragments/signature.html", context)


@require_POST
@desk_view
def note(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """Write a note that only colleagues see."""
    try:
        outcome = _perform(request, actor, NOTE, contact_id, {"text": request.POST.get("text", "")})
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        return _not_done(request, actor, contact_id, error)
    key = f"{COLLEAGUES_DRAFT}{contact_id}"
    drop_draft(actor=actor, key=key)
    return _done(request, contact_id, draft_key=key, outcome=outcome)


@require_POST
@desk_view
def undo(request: HttpRequest, actor: Actor, contact_id: int, message_id: int) -> HttpResponse:
    """Take back an answer that has not left; what was written is a draft again."""
    try:
        outcome = _perform(request, actor, RECALL, contact_id, {"message": message_id})
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        return _not_done(request, actor, contact_id, error)
    message = Message.objects.filter(pk=message_id, contact=contact_id, author_id=actor.id).first()
    key = f"{ANSWER_DRAFT}{contact_id}"
    if message is not None:
        keep_draft(actor=actor, key=key, text=_draft_of(message, actor), at=timezone.now())
    said = _("Taken back: it did not leave.")
    return _done(request, contact_id, draft_key="", again=key if message else "", said=said, outcome=outcome)


@require_POST
@desk_view
def again(request: HttpRequest, actor: Actor, contact_id: int, message_id: int) -> HttpResponse:
    """What could not be delivered, as a draft: to be sent again as it is, or to another address."""
    actor.require(ANSWER_CUSTOMERS)
    seen = Message.objects.filter(contact=contact_id, contact__in=visible_contacts(actor), is_internal=False)
    message = seen.filter(pk=message_id, direction=Direction.OUTBOUND).first()
    if message is None:
        raise SubjectNotFound
    key = f"{ANSWER_DRAFT}{contact_id}"
    keep_draft(actor=actor, key=key, text=_draft_of(message, actor), at=timezone.now())
    if not wants_fragment(request):
        return HttpResponseRedirect(address_of("desk:contact", contact_id))
    done = {"topics": [], "draft_key": "", "draft_again": key, "said": "", "next_url": ""}
    context = {"done": done, "idempotency_key": secrets.token_hex(16)}
    return render(request, "desk/contact_fragments/answered.html", context)


def _draft_of(message: Message, actor: Actor) -> str:
    """What the composer held when the message was sent."""
    lines = {
        line: ", ".join(one["address"] for one in message.recipients if one.get("as") == line)
        for line in ("to", "cc", "bcc")
    }
    files = []
    for one in message.attachments.select_related("file").order_by("position"):
        kept = keep_upload(
            actor, message.contact_id, one.name, one.claimed_type, bytes(one.file.content), timezone.now()
        )
        files.append({"id": kept.key, "name": kept.name, "size": kept.size})
    sign = signature_of(actor, message.contact_id)
    text = message.text.rstrip().removesuffix(sign).rstrip() if sign else message.text
    html = message.html.removesuffix(as_html(sign)) if sign else message.html
    kept_words = {"text": text, "html": html, "subject": message.subject}
    return json.dumps(lines | kept_words | ({"files": json.dumps(files)} if files else {}))


@require_POST
@desk_view
def quick(request: HttpRequest, actor: Actor, contact_id: int, name: str) -> HttpResponse:
    """An act done at one press: taking it, going on with it, saying who it is."""
    if name not in AT_ONCE:
        raise UnknownAct(name)
    given = {"customer": number_of(request.POST.get("customer"))} if name == SET_CUSTOMER else {}
    try:
        outcome = _perform(request, actor, name, contact_id, given)
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        return _not_done(request, actor, contact_id, error)
    return _done(request, contact_id, draft_key="", outcome=outcome)


@require_POST
@desk_view
def take(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """Take a contact from a list; the lists follow by themselves. What stands against it is said at the foot of the page."""
    try:
        _perform(request, actor, TAKE, contact_id, {})
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        return _say(request, error.message, "warn")
    return _say(request, _("It is yours."), "good")


def _say(request: HttpRequest, words: str, tone: str) -> HttpResponse:
    if not wants_fragment(request):
        return HttpResponseRedirect(address_of("desk:home"))
    return HttpResponse(
        status=204, headers={"HX-Trigger": json.dumps({"onhand:notice": {"text": words, "tone": tone}})}
    )


@require_POST
@desk_view
def add_file(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """Keep a file for an answer that is being written."""
    return keep_file(request, actor, contact_id)


def keep_file(request: HttpRequest, actor: Actor, contact_id: int | None) -> HttpResponse:
    """Keep the file of the request, for an answer on a contact or (None) for who writes first."""
    actor.require(ANSWER_CUSTOMERS)
    given = request.FILES.get("file")
    if given is None:
        return JsonResponse({"code": "no_file", "message": _("No file was sent.")}, status=422)
    try:
        kept = keep_upload(actor, contact_id, given.name or "", given.content_type or "", given.read(), timezone.now())
    except SubjectNotFound:
        raise
    except ActError as error:
        return JsonResponse(error.as_json(), status=error.status)
    return JsonResponse({"id": kept.key, "name": kept.name, "size": kept.size}, status=201)


def _perform(request: HttpRequest, actor: Actor, name: str, contact_id: int, arguments: dict[str, Any]) -> Outcome:
    return perform(
        name,
        actor=actor,
        subject_id=contact_id,
        arguments=arguments,
        at=timezone.now(),
        contact_id=contact_id,
        idempotency_key=key_of(request),
    )


def _not_done(request: HttpRequest, actor: Actor, contact_id: int, error: ActError) -> HttpResponse:
    return _result(request, actor, contact_id, {"errors": error.fields or {"": [error.message]}}, 422)


def _done(
    request: HttpRequest,
    contact_id: int,
    *,
    draft_key: str,
    outcome: Outcome,
    again: str = "",
    said: str = "",
    next_url: str = "",
) -> HttpResponse:
    if not wants_fragment(request):
        return HttpResponseRedirect(address_of("desk:contact", contact_id))
    done = {
        "topics": [f"{outcome.subject_type}:{outcome.subject_id}", f"{CONTACT}:{contact_id}"],
        "draft_key": draft_key,
        "draft_again": again,
        "said": said,
        "next_url": next_url,
    }
    context = {"done": done, "idempotency_key": secrets.token_hex(16)}
    return render(request, "desk/contact_fragments/answered.html", context)


def _result(request: HttpRequest, actor: Actor, contact_id: int, context: dict[str, Any], status: int) -> HttpResponse:
    """What stands against it, where it was written; the whole page around it where there is no script."""
    if wants_fragment(request):
        return render(request, "desk/contact_fragments/answered.html", context, status=status)
    around = whole_page(request, actor, contact_id) | context
    return show_page(
        request, "desk/contact.html", around | {"answer_template": "desk/contact_fragments/answered.html"}, status
    )
