"""Messages as they were designed, and the files they carry. Nothing of either can act: no script, no origin, no guess at types."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from onhand.contacts.access import visible_contacts
from onhand.contacts.enums import ScanState
from onhand.contacts.models import Attachment, Contact, Message
from onhand.contacts.subjects import CONTACT
from onhand.customers.queries import note_reading_of
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.kernel.records import Subject
from onhand.web.desk.access import desk_view
from onhand.web.desk.designed_mail import SAFE_PICTURES, designed_page, policy

SHOWN_AS = {  # what may be looked at in the browser, and the type it is given for that
    **{kind: kind for kind in SAFE_PICTURES},
    "application/pdf": "application/pdf",
    "text/plain": "text/plain; charset=utf-8",
    "text/csv": "text/plain; charset=utf-8",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'; sandbox"
# The browser's own reader of PDF does not work in a sandbox; it runs nothing of ours.
PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@xframe_options_sameorigin
@require_safe
@desk_view
def designed(request: HttpRequest, actor: Actor, message_id: int) -> HttpResponse:
    """A message as its sender designed it, for an isolated frame. `?pictures=yes` loads those that lie elsewhere."""
    message = _message(actor, message_id)
    _note(actor, message.contact, "desk.message", _("read a message"))
    with_remote = request.GET.get("pictures") == "yes"
    enclosed = message.attachments.filter(content_id__gt="", media_type__in=SAFE_PICTURES)
    pictures = {
        content_id.strip("<>"): (media_type, bytes(content))
        for content_id, media_type, content in enclosed.exclude(scan=ScanState.INFECTED).values_list(
            "content_id", "media_type", "file__content"
        )
    }
    title = message.subject or message.contact.subject or _("Message")
    page = designed_page(
        message.html, pictures, title=title, language=message.contact.language, with_remote_pictures=with_remote
    )
    headers = {
        "Content-Security-Policy": policy(with_remote_pictures=with_remote),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(page, headers=headers)


@require_safe
@desk_view
def attachment(request: HttpRequest, actor: Actor, attachment_id: int) -> HttpResponse:
    """
    A file a message carries, to be kept; with `?show=yes` to be looked at, if it is of a kind that cannot do anything. One that a
    scanner found infected is never given out.
    """
    if attachment_id > LARGEST_INTEGER:
        raise SubjectNotFound
    files = Attachment.objects.filter(message__contact__in=visible_contacts(actor))
    one = files.select_related("message__contact", "file").filter(pk=attachment_id).first()
    if one is None:
        raise SubjectNotFound
    if one.scan == ScanState.INFECTED:
        return HttpResponse(_("This file is infected and is not given out."), status=451, content_type="text/plain")
    _note(actor, one.message.contact, "desk.attachment", one.name)
    shown_as = SHOWN_AS.get(one.media_type) if request.GET.get("show") == "yes" else None
    how = "inline" if shown_as else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(one.name, safe='')}",
        "Content-Security-Policy": PDF if shown_as == "application/pdf" else NOTHING,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(bytes(one.file.content), content_type=shown_as or "application/octet-stream", headers=headers)


def _message(actor: Actor, message_id: int) -> Message:
    if message_id > LARGEST_INTEGER:
        raise SubjectNotFound
    found = Message.objects.filter(pk=message_id, contact__in=visible_contacts(actor)).select_related("contact").first()
    if found is None or not found.html:
        raise SubjectNotFound
    return found


def _note(actor: Actor, contact: Contact, page: str, reason: str) -> None:
    """Record the reading: on the customer's file, or on the contact where it is not known whose it is."""
    kind, number = (CONTACT, contact.pk) if contact.customer_id is None else (CUSTOMER, contact.customer_id)
    note_reading_of(Subject(kind, number, contact.pk), actor, page=page, reason=reason, at=timezone.now())
