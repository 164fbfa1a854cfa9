"""What the page of a contact shows, put together from its conversation and the customer's file."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import gettext as _

from onhand.contacts.conversation import CaseShown, ContactShown, Conversation, SurveyShown
from onhand.contacts.enums import Priority
from onhand.contacts.first_screen import NOTHING
from onhand.contacts.subjects import CONTACT
from onhand.contacts.surveys.enums import Score
from onhand.contacts.surveys.timeline import tone_of
from onhand.contacts.timeline import ICONS
from onhand.customers.enums import ChannelKind
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, acts_on, get_act
from onhand.kernel.errors import UnknownAct
from onhand.routing.access import WORK
from onhand.web.addresses import address_of
from onhand.web.desk.access import OnScreen
from onhand.web.desk.arrival import SURENESS, register_address
from onhand.web.desk.choosers import chooser_of
from onhand.web.desk.contact_lists import URGENT, due_badge, list_named, next_address
from onhand.web.desk.contact_messages import conversation_view
from onhand.web.desk.contact_presence import here_topic
from onhand.web.desk.customer_pages import TAKE, read_first_screen, screen_context
from onhand.web.desk.directed import directed_view
from onhand.web.desk.timeline_pages import read_asked
from onhand.web.templating import show_datetime

PAGE_NAME = "desk.contact"
WROTE = "wrote"  # in the address of the form that registers a customer: the contact it was opened from
GO_ON, SET_CUSTOMER = "contacts.go_on_now", "contacts.set_contact_customer"
KEYS = {
    "contacts.wrap_up": "d",
    "contacts.wait_for": "w",
    "contacts.hand_to_team": "f",
    "contacts.assign_contact": "v",
    "contacts.open_case_about": "c",
    "contacts.put_in_case": "b",
    "contacts.ask_for_help": "h",
}
FIRST = tuple(KEYS)
WITH_MESSAGES = frozenset(  # beside the message they are about, or where one writes
    f"contacts.{name}" for name in ("answer", "write_note", "recall_answer", "release_answer", "return_answer")
)
QUICK = (TAKE, GO_ON)


def contact_page(request: HttpRequest, actor: Actor, found: Conversation, *, act_template: str = "") -> dict[str, Any]:
    """The context of a contact's whole page, but for the work column and the composer."""
    return {
        "contact": contact_head(found, actor, request.GET.get("list", "")),
        "conversation": conversation_view(found, actor),
        "directed": directed_view(
            actor, found.contact.id, found.contact.team_id, has_ended=found.contact.ended_at is not None
        ),
        **file_beside(request, actor, found),
        "act_template": act_template,
        "column": "stream",
    }


def contact_head(found: Conversation, actor: Actor, list_name: str = "") -> dict[str, Any]:
    """The head: what it is about, whose it is, where it stands, and what can be done."""
    contact, now = found.contact, timezone.now()
    here = here_topic(contact.id)
    listed = f"?{urlencode({'list': list_name})}" if list_named(list_name) else ""
    acts = _acts(found, actor)
    return {
        "id": contact.id,
        "subject": contact.subject,
        "icon": ICONS.get(ChannelKind(contact.channel), "stream") if contact.channel in ChannelKind else "stream",
        "channel": ChannelKind(contact.channel).label if contact.channel in ChannelKind else contact.channel,
        "state": _state(contact, now),
        "priority": None
        if contact.priority == Priority.NORMAL
        else {"words": Priority(contact.priority).label, "tone": URGENT[Priority(contact.priority)]},
        "due": due_badge(contact.due_at, now) if contact.due_at and contact.needs_answer else None,
        "owner": contact.representative_name or _("Nobody looks after this yet"),
        "team": contact.team_name,
        "came_to": contact.came_to,
        "cases": [_case(one) for one in found.cases],
        "waiting_for": _("Waits for: %(what)s") % {"what": contact.waiting_for} if contact.waiting_for else "",
        "survey": _survey(found.survey),
        "is_done": contact.ended_at is not None,
        "next_url": next_address(contact.id, list_name),
        "topic": f"{CONTACT}:{contact.id}",
        "here_topic": here,
        "presence_url": address_of("desk:contact_presence", contact.id),
        "help_url": address_of("desk:help_on_contact", contact.id),
        "why_url": address_of("desk:contact_why", contact.id)
        if actor.may(WORK) and contact.representative_id is not None and contact.representative_id == actor.id
        else "",
        "head_url": f"{address_of('desk:contact_head', contact.id)}{listed}",
        "file_url": f"{address_of('desk:contact_file', contact.id)}?{urlencode({'shown': contact.customer_id or 0})}",
        **acts,
    }


def _state(contact: ContactShown, now: datetime) -> dict[str, str]:
    if contact.ended_at is not None:
        words = _("Wrapped up %(time)s") % {"time": show_datetime(contact.ended_at)}
        return {"words": f"{words} · {contact.reason}" if contact.reason else words, "tone": "good", "icon": "check"}
    if contact.waiting_until is not None and contact.waiting_until > now:
        words = _("Put by until %(time)s") % {"time": show_datetime(contact.waiting_until)}
        return {"words": words, "tone": "", "icon": "clock"}
    if contact.needs_answer:
        return {"words": _("Needs an answer"), "tone": "info", "icon": "stream"}
    return {"words": _("Waits for the customer"), "tone": "", "icon": "clock"}


def _survey(survey: SurveyShown | None) -> dict[str, str] | None:
    """What the customer thought of the contact, once they have said so."""
    if survey is None or survey.score is None:
        return None
    words = _("%(score)s of 5 · %(answer)s") % {"score": survey.score, "answer": Score(survey.score).label}
    return {"words": words, "tone": tone_of(survey.score), "comment": survey.comment}


def _case(case: CaseShown) -> dict[str, Any]:
    try:
        url = address_of("desk:case", case.reference)
    except NoReverseMatch:
        url = ""
    return {"reference": case.reference, "subject": case.subject, "url": url, "is_closed": case.closed_at is not None}


def _acts(found: Conversation, actor: Actor) -> dict[str, Any]:
    """Acts on the contact: those done at one press, those with keys, and all others."""
    contact = found.contact
    offered = [act for act in acts_on(CONTACT, actor) if act.name not in WITH_MESSAGES and _fits(act, found, actor)]
    links = {act.name: _link(act, contact.id) for act in offered}
    quick = [
        {
            "label": links[name]["label"],
            "url": address_of("desk:contact_quick", contact.id, name),
            "key": "t" if name == TAKE else "",
            "is_first": True,
        }
        for name in QUICK
        if name in links
    ]
    rest = [name for name in links if name not in FIRST and name not in QUICK]
    return {
        "quick": quick,
        "acts": [links[name] for name in FIRST if name in links],
        "more_acts": [links[name] for name in rest],
    }


def _fits(act: Act, found: Conversation, actor: Actor) -> bool:
    """Whether an act makes sense as the contact is."""
    contact = found.contact
    is_mine = contact.representative_id is not None and contact.representative_id == actor.id
    match act.name.removeprefix("contacts."):
        case "take_contact":
            return not is_mine and contact.ended_at is None
        case "go_on_now":
            return contact.waiting_until is not None and contact.ended_at is None
        case "wrap_up" | "wait_for" | "ask_for_help":
            return contact.ended_at is None
        case "take_out_of_case":
            return bool(found.cases)
        case "split_off":
            return len(found.messages) > 1
    return True


def _link(act: Act, contact_id: int) -> dict[str, Any]:
    url = chooser_of(act.name, contact_id) or address_of("desk:act", act.name, contact_id)
    return {"label": str(act.label), "url": url, "key": KEYS.get(act.name, "")}


def file_beside(request: HttpRequest, actor: Actor, found: Conversation) -> dict[str, Any]:
    """The customer's file, or who it could be. Opening the file leaves a record."""
    contact = found.contact
    if contact.customer_id is not None:
        shown = _shown(contact, actor)
        screen = read_first_screen(
            actor, contact.customer_id, wanted=NOTHING, page=PAGE_NAME, reason=_("read a conversation"), shown=shown
        )
        context = screen_context(request, actor, screen, read_asked(request.GET), shown=shown)
        page = address_of("desk:customer", contact.customer_id)
        # Writing first is for the file's own page: here "w" puts the contact by, and one answers.
        acts = [link for link in context["acts"] if not link.get("is_page")]
        return {name: context[name] for name in ("customer", "more_acts", "panels")} | {"acts": acts, "file_page": page}
    return {"customer": None, "who": _who(actor, found)}


def _shown(contact: ContactShown, actor: Actor) -> OnScreen | None:
    """The contact as the file beside it goes by it, as long as it goes on."""
    if contact.ended_at is not None:
        return None
    owner = contact.representative_id
    is_own = owner is not None and owner == actor.id
    return OnScreen(contact.id, owner, contact.representative_name, is_own)


def _who(actor: Actor, found: Conversation) -> dict[str, Any]:
    contact, who = found.contact, found.who
    written = next((one for one in found.messages if one.direction == "inbound"), None)
    may_set = _may(actor, SET_CUSTOMER)
    name = written.sender_name if written else ""
    reasons = list(who.reasons) if who else []
    if contact.is_hidden:
        reasons = [_("The customer is known, but you may not open the file.")]
    register = register_address(actor, ChannelKind(contact.channel), contact.outside_address, name)
    return {
        "address": contact.outside_address,
        "name": name,
        "reasons": reasons,
        "candidates": [
            {
                "id": one.customer_id,
                "name": one.name,
                "reference": one.reference,
                "url": address_of("desk:customer", one.customer_id),
                "sureness": SURENESS[one.sureness][0],
                "tone": SURENESS[one.sureness][1],
                "reasons": list(one.reasons),
                "choose_url": address_of("desk:contact_quick", contact.id, SET_CUSTOMER) if may_set else "",
            }
            for one in (who.candidates if who else ())
        ],
        "set_url": address_of("desk:act", SET_CUSTOMER, contact.id) if may_set and not contact.is_hidden else "",
        "register_url": f"{register}{'&' if '?' in register else '?'}{urlencode({WROTE: contact.id})}"
        if register and not contact.is_hidden
        else "",
    }


def _may(actor: Actor, name: str) -> bool:
    try:
        return actor.may(get_act(name).permission)
    except UnknownAct:
        return False


def later_today(now: datetime) -> datetime:
    """When "later" means something: the next full hour but one."""
    return timezone.localtime(now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
