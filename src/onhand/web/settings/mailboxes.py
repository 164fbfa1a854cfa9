"""Mailboxes: which there are and how they are, adding one, what could not be read."""

from datetime import datetime
from email import message_from_bytes, policy
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.channels.email import access
from onhand.channels.email.enums import RawState
from onhand.channels.email.health import State, states
from onhand.channels.email.models import Mailbox, RawMail
from onhand.channels.email.operations import note_opened
from onhand.channels.email.presets import PRESETS, Preset
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links
from onhand.web.settings.mailbox_pages import MOODS, mailbox_page, raw_rows

PAGE = 50
MOST_SHOWN = 200_000  # bytes of a mail in the browser; the rest is in the file
_ADD = "email.add_mailbox"


@require_safe
@for_actor(access.HANDLE_REFUSED)
def mailboxes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every mailbox this actor sees, with how it is."""
    found = list(access.visible_mailboxes(actor).select_related("team").order_by("name", "pk"))
    context = {
        "title": _("Mailboxes"),
        "lead": _("The company's addresses whose mail becomes contacts, and from which answers are sent."),
        "rows": [_row(one) for one in states(found, timezone.now())],
        "new_url": address_of("settings:add_mailbox") if actor.may(access.MANAGE) else "",
        "empty": None if found else _empty(actor),
        "topics": " ".join(f"mailbox:{one.pk} mailbox_health:{one.pk}" for one in found[:40]),
    }
    return render(request, "settings/mailboxes.html", context)


def _empty(actor: Actor) -> dict[str, str]:
    """Why no mailbox is shown: there is none, or none of theirs."""
    if actor.may(access.MANAGE):
        words = _("Add the address customers write to: their mail becomes contacts.")
        return {"title": _("No mailbox yet"), "words": words}
    if Mailbox.objects.exists():
        words = _("You see the mailboxes of your teams. Those of others are for who sets up mailboxes.")
        return {"title": _("No mailbox of your teams"), "words": words}
    words = _("Somebody who sets up mailboxes adds the address customers write to; then their mail becomes contacts.")
    return {"title": _("No mailbox yet"), "words": words}


def _row(state: State) -> dict[str, Any]:
    words, tone = MOODS[state.mood]
    return {"state": state, "url": address_of("settings:mailbox", state.mailbox.pk), "words": words, "tone": tone}


@require_safe
@for_actor(access.MANAGE)
def add_mailbox(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """The providers; each leads to the form, filled as far as it is known."""
    context = {
        "title": _("Add a mailbox"),
        "lead": _("Whose mailbox is it? The next page is filled in as far as that is known."),
        "presets": [{"preset": one, "url": _form_url(one)} for one in PRESETS],
    }
    return render(request, "settings/mailbox_add.html", context)


def _form_url(preset: Preset) -> str:
    address = address_of("settings:new", "mailbox", _ADD)
    values = preset.values()
    return f"{address}?{urlencode(values)}" if values else address


@require_safe
@for_actor(access.HANDLE_REFUSED)
def mailbox(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One mailbox: how it is, its tests, its settings, what could not be read."""
    one = _found(actor, pk)
    before = page_number(request.GET.get("before"))
    refused = access.visible_raw_mails(actor).filter(mailbox=one, state=RawState.REFUSED).order_by("-pk")
    page = list((refused.filter(pk__lt=before) if before else refused).defer("content")[: PAGE + 1])
    context = mailbox_page(actor, one, timezone.now()) | {
        "refused": raw_rows(page[:PAGE]),
        "next_url": f"?before={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        "acts": act_links(actor, "mailbox", pk, but=_elsewhere(one)),
    }
    return render(request, "settings/mailbox.html", context)


@require_safe
@for_actor(access.HANDLE_REFUSED)
def raw_mail(request: HttpRequest, actor: Actor, pk: int, raw: int) -> HttpResponse:
    """A mail exactly as it came, as text. That it was opened is recorded."""
    one, mail = _opened(actor, pk, raw, _("A mail as it arrived"))
    content = bytes(mail.content)
    context = {
        "title": _headers(content).get("subject") or _("A mail without a subject"),
        "one": one,
        "mail": mail,
        "state": mail.get_state_display(),
        "text": content[:MOST_SHOWN].decode("utf-8", "backslashreplace"),
        "is_cut": len(content) > MOST_SHOWN,
        "may_read_again": mail.state == RawState.REFUSED,
    }
    return render(request, "settings/raw_mail.html", context)


@require_safe
@for_actor(access.HANDLE_REFUSED)
def raw_file(request: HttpRequest, actor: Actor, pk: int, raw: int) -> HttpResponse:  # noqa: ARG001
    """The same as a file, for a mail program. That it was taken out is recorded."""
    _one, mail = _opened(actor, pk, raw, _("A mail as it arrived, as a file"))
    answer = HttpResponse(bytes(mail.content), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="mail-{mail.pk}.eml"'
    return answer


def _elsewhere(one: Mailbox) -> tuple[str, ...]:
    """Acts that stand elsewhere on the page, or that would do nothing now."""
    idle = ("email.enable_mailbox" if one.is_enabled else "email.disable_mailbox",)
    return ("email.read_again", "email.test_mailbox", *idle, *(("email.make_default",) if one.is_default else ()))


def _found(actor: Actor, pk: int) -> Mailbox:
    one = access.visible_mailboxes(actor).select_related("team").filter(pk=pk).first()
    if one is None:
        raise Http404
    return one


def _opened(actor: Actor, pk: int, raw: int, page: str) -> tuple[Mailbox, RawMail]:
    one = _found(actor, pk)
    mail = access.visible_raw_mails(actor).filter(mailbox=one, pk=raw).first()
    if mail is None:
        raise Http404
    if mail.state == RawState.DONE:
        raise PermissionDenied(_("This mail was read: it is shown where its contact is."))
    now: datetime = timezone.now()
    note_opened(mail, actor=actor, page=page, at=now)
    return one, mail


def _headers(content: bytes) -> dict[str, str]:
    parsed = message_from_bytes(content[:MOST_SHOWN], policy=policy.default)
    try:
        return {"subject": str(cast("Any", parsed["subject"]) or "")}
    except Exception:  # noqa: BLE001  (it is a mail that could not be read)
        return {}
