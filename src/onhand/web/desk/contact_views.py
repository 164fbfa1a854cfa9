"""Work lists, and the page of a contact with its live parts."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.contacts.access import HANDLE
from onhand.contacts.conversation import Conversation, read_conversation
from onhand.contacts.models import Contact
from onhand.contacts.subjects import CONTACT
from onhand.contacts.work import WorkList, count_work
from onhand.customers.queries import note_reading_of
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.records import Subject
from onhand.web.desk.access import desk_view, number_of
from onhand.web.desk.composer import composer
from onhand.web.desk.contact_lists import list_named, list_page, lists_of, next_of, rows_of
from onhand.web.desk.contact_messages import conversation_view
from onhand.web.desk.contact_pages import PAGE_NAME, contact_head, contact_page, file_beside
from onhand.web.desk.customer_pages import work_sections

FRAMES = {"frame-src": ["'self'"]}  # for messages as they were designed
MOST_AT_ONCE = 200  # messages a live update brings up to date, when somebody has gone further back


@require_safe
@desk_view
def work_list(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """A work list: its first page, with the tabs of all lists."""
    wanted = _list_of(actor, name)
    counts = count_work(actor, at=timezone.now())
    context = {
        "list": list_page(actor, wanted, counts),
        "work_sections": work_sections(actor, counts=counts),
        "column": "stream",
    }
    return render(request, "desk/lists.html", context)


@require_safe
@desk_view
def work_list_rows(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The rows of a list by themselves, for live updates and for further pages."""
    wanted = _list_of(actor, name)
    after, down_to = (request.GET.get(name, "")[:80] for name in ("after", "down_to"))
    rows = rows_of(actor, wanted, after=after, down_to=down_to, now=timezone.now())
    return render(request, "desk/contact_fragments/list_rows.html", {"list": rows | {"title": wanted.value}})


@require_safe
@desk_view
def following(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """To the next contact of a list; to the list where nothing is left."""
    wanted = _list_of(actor, name)
    return HttpResponseRedirect(next_of(actor, wanted, number_of(request.GET.get("than")), timezone.now()))


def _list_of(actor: Actor, name: str) -> WorkList:
    actor.require(HANDLE)
    wanted = list_named(name)
    if wanted is None or wanted not in lists_of(actor):
        raise SubjectNotFound
    return wanted


def read_contact(actor: Actor, contact_id: int, *, with_file: bool = False, **how: Any) -> Conversation:
    """
    A contact with its conversation. The reading is recorded on the customer's file, unless it is opened, too, which records it; of a
    contact in nobody's file on the contact.
    Raises SubjectNotFound.
    """
    now = timezone.now()
    found = read_conversation(actor, contact_id, at=now, **how)
    customer_id = found.contact.customer_id
    if with_file and customer_id is not None:
        return found
    if customer_id is None and found.contact.is_hidden:
        customer_id = Contact.objects.filter(pk=contact_id).values_list("customer", flat=True).first()
    # Of a contact in nobody's file it is the contact that was read.
    kind, number = (CONTACT, contact_id) if customer_id is None else (CUSTOMER, customer_id)
    subject = Subject(kind, number, contact_id)
    note_reading_of(subject, actor, page=PAGE_NAME, reason=_("read a conversation"), at=now)
    return found


def whole_page(request: HttpRequest, actor: Actor, contact_id: int, **more: Any) -> dict[str, Any]:
    """The context of the contact's page. Raises SubjectNotFound."""
    found = read_contact(actor, contact_id, with_file=True)
    return (
        contact_page(request, actor, found)
        | composer(found, actor)
        | {"work_later": True, "contact_id": contact_id}
        | more
    )


def show_page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The contact's page; frames of our own may stand in it."""
    response = render(request, template, context, status=status)
    response.content_policy = FRAMES  # type: ignore[attr-defined]  # read by the middleware that writes the policy
    return response


@require_safe
@desk_view
def contact(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """A contact in writing: its conversation, where one answers, and the customer's file."""
    return show_page(request, "desk/contact.html", whole_page(request, actor, contact_id))


@require_safe
@desk_view
def head(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """The head of the contact, for live updates."""
    found = read_contact(actor, contact_id, limit=2)
    context = {"contact": contact_head(found, actor, request.GET.get("list", ""))}
    return render(request, "desk/contact_fragments/head.html", context)


@require_safe
@desk_view
def conversation(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """The messages, for live updates and for what was written earlier."""
    found = read_contact(actor, contact_id, before=request.GET.get("before", "")[:80])
    context = {"conversation": conversation_view(found, actor)}
    return render(request, "desk/contact_fragments/messages.html", context)


@require_safe
@desk_view
def file(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """The file beside the conversation, when it is another than the one shown; else nothing, as its parts follow by themselves."""
    found = read_contact(actor, contact_id, with_file=True, limit=2)
    shown = number_of(request.GET.get("shown"))
    if found.contact.customer_id == shown:
        return HttpResponse(status=204)
    context = file_beside(request, actor, found) | {
        "contact": contact_head(found, actor),
        "contact_id": contact_id,
        "act_template": "",
    }
    response = render(request, "desk/contact_fragments/file.html", context)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#contact-file", "innerHTML"
    return response
