"""What the customer's page and its parts show, put together from the first screen of the customer's file."""

import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from onhand.contacts.access import ASSIGN, HANDLE
from onhand.contacts.first_screen import FirstScreen, FlagShown, open_file
from onhand.contacts.timeline import WAYS, lasted
from onhand.contacts.work import WorkList
from onhand.customers.access import IDENTIFY
from onhand.customers.contact_points import country_name, language_name, show_telephone
from onhand.customers.enums import ChannelKind, CustomerKind, FlagKind
from onhand.customers.identification.level import STRONG
from onhand.customers.queries import Opened, recently_opened
from onhand.customers.subjects import CUSTOMER
from onhand.customers.timeline import EVERYTHING, PAGE, Wanted
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, acts_on, get_act
from onhand.web.addresses import address_of
from onhand.web.desk.access import OnScreen
from onhand.web.desk.case_lists import case_section
from onhand.web.desk.choosers import chooser_of
from onhand.web.desk.contact_lists import waiting_work
from onhand.web.desk.drafts import draft_entries
from onhand.web.desk.help_pages import help_view
from onhand.web.desk.panel_pages import panel_list
from onhand.web.desk.presence import here_topic, presence_address
from onhand.web.desk.timeline_pages import Asked, read_asked, timeline_view
from onhand.web.templating import show_ago, show_date, show_time

NOTE = "customers.add_note"
PAGE_NAME = "desk.customer"
END_IDENTIFICATION = "customers.end_identification"
WAYS_TO_IDENTIFY = (  # in the order they are used
    "customers.answer_questions",
    "customers.send_code",
    "customers.check_code",
    "customers.identify_authorised_person",
)
WRITE = "contacts.write_to_customer"  # on a page of its own
TAKE = "contacts.take_contact"
START, END = "contacts.open_contact", "contacts.end_contact"
KEYS = {
    "customers.change_address": "a",
    "customers.add_telephone": "t",
    "customers.add_email": "e",
    "customers.change_language": "l",
    "contacts.open_case": "c",
    "contacts.make_promise": "p",
    "callbacks.arrange_callback": "b",
    WRITE: "w",
}
ELSEWHERE = ("customers.remove_", "customers.end_", "contacts.keep_", "contacts.call_off_", "contacts.close_")
WARNING = {
    FlagKind.DECEASED: ("bad", "stop"),
    FlagKind.FRAUD_ALERT: ("bad", "warn"),
    FlagKind.ABUSIVE: ("warn", "warn"),
    FlagKind.VULNERABLE: ("info", "shield"),
}


def customer_act_url(customer_id: int, act: str, **values: Any) -> str:
    """The address of an act's form on a customer, with boxes filled in."""
    form = address_of("desk:customer_act", customer_id, act)
    return f"{form}?{urlencode(values)}" if values else form


def work_sections(
    actor: Actor,
    current: int | None = None,
    contact: int | None = None,
    *,
    counts: Mapping[WorkList, int] | None = None,
) -> list[dict[str, Any]]:
    """The work column: one's work (`counts` of it where they are known), files opened lately, and what was typed and not sent."""
    return work_column(actor, recently_opened(actor), current, contact, counts=counts)


def work_column(
    actor: Actor,
    files: list[Opened],
    current: int | None = None,
    contact: int | None = None,
    *,
    counts: Mapping[WorkList, int] | None = None,
) -> list[dict[str, Any]]:
    """The same, of files already read."""
    now = timezone.now()
    opened = [
        {
            "label": one.name,
            "hint": " · ".join(part for part in (one.reference, one.city) if part),
            "age": show_ago(one.at, now),
            "url": address_of("desk:customer", one.id),
            "current": one.id == current,
        }
        for one in files
    ]
    drafts = draft_entries(actor, now)
    sections = [
        *waiting_work(actor, contact, now, counts),
        *case_section(actor),
        {"title": _("Recently open"), "entries": opened, "empty": _("Files you open appear here.")},
    ]
    return [*sections, {"title": _("Not sent yet"), "entries": drafts}] if drafts else sections


def read_first_screen(
    actor: Actor,
    customer_id: int,
    *,
    wanted: Wanted = EVERYTHING,
    before: str = "",
    limit: int = PAGE,
    page: str = PAGE_NAME,
    reason: str = "",
    shown: OnScreen | None = None,
) -> FirstScreen:
    """The first screen of a file, beside the contact on screen if there is one; the reading is recorded. Raises SubjectNotFound."""
    return open_file(
        actor,
        customer_id,
        page=page,
        reason=reason or _("looked up"),
        on_contact=reason or _("on a contact"),
        at=timezone.now(),
        wanted=wanted,
        before=before,
        limit=limit,
        shown=shown.id if shown else None,
    )


def customer_page(request: HttpRequest, actor: Actor, customer_id: int, panel: str = "") -> dict[str, Any]:
    """The context of a customer's whole page, but for the work column. Raises SubjectNotFound."""
    asked = read_asked(request.GET)
    screen = read_first_screen(actor, customer_id, wanted=asked.wanted, before=asked.before, limit=PAGE)
    arrived = (request.GET.get("arrived", ""), request.GET.get("from", ""))
    return screen_context(request, actor, screen, asked, panel, arrived)


def screen_context(
    request: HttpRequest,
    actor: Actor,
    screen: FirstScreen,
    asked: Asked,
    panel: str = "",
    arrived: tuple[str, str] = ("", ""),
    shown: OnScreen | None = None,
) -> dict[str, Any]:
    """
    The same of a screen already read. `arrived`: the channel and the address a contact comes from that is to begin now; `shown` the
    contact on screen.
    """
    is_open = screen.head.erased_at is None  # nothing is done on a file whose data was erased
    return {
        "customer": customer_view(screen, arrived, shown),
        "timeline": timeline_view(screen, asked),
        **(_acts_at_hand(screen.head.id, actor) if is_open else {"acts": [], "more_acts": []}),
        "panels": panel_list(screen, getattr(request.user, "open_panels", {}), panel),
        "note": note_box(screen.head.id) if is_open and actor.may(get_act(NOTE).permission) else None,
        "column": "file" if panel else "stream",
        "merged_into": screen.head.merged_into,
    }


def _acts_at_hand(customer_id: int, actor: Actor) -> dict[str, Any]:
    """The acts with keys first, then all others; those that need a thing of the file to act on are beside that thing."""
    offered = _offered(acts_on(CUSTOMER, actor), get_language())
    links = [(act, _link(customer_id, act, label, key)) for act, label, key in offered]
    return {
        "acts": sorted((link for act, link in links if act in KEYS), key=lambda link: not link.get("is_page")),
        "more_acts": [link for act, link in links if act not in KEYS],
    }


def _link(customer_id: int, act: str, label: str, key: str) -> dict[str, Any]:
    if act == WRITE:
        return {"label": _("Write"), "url": address_of("desk:write", customer_id), "key": key, "is_page": True}
    return {"label": label, "url": chooser_of(act, customer_id) or customer_act_url(customer_id, act), "key": key}


@lru_cache(maxsize=128)
def _offered(acts: tuple[Act, ...], _language: str | None) -> list[tuple[str, str, str]]:
    """Name, label and key of each of these acts that is offered for itself."""
    return [
        (act.name, str(act.label), KEYS.get(act.name, ""))
        for act in acts
        if act.name not in (NOTE, START, END) and act.permission != IDENTIFY and not act.name.startswith(ELSEWHERE)
    ]


def note_box(customer_id: int) -> dict[str, Any]:
    """The box under which notes are written while speaking."""
    field = get_act(NOTE).fields[0]
    return {
        "url": customer_act_url(customer_id, NOTE),
        "idempotency_key": secrets.token_hex(16),
        "label": get_act(NOTE).label,
        "field": field.name,
        "max_length": field.max_length,
        "draft_key": f"note:{customer_id}",
        "value": "",
    }


def customer_view(
    screen: FirstScreen, arrived: tuple[str, str] = ("", ""), shown: OnScreen | None = None
) -> dict[str, Any]:
    """The head of the file: who, how identified, what to know first, and the contact going on, or the one on screen."""
    head = screen.head
    page = address_of("desk:customer", head.id)
    may = {act.name: act for act in acts_on(CUSTOMER, screen.reading.actor)}
    return {
        "id": head.id,
        "name": head.name,
        "reference": head.reference,
        "since": head.since.year,
        "language_label": language_name(head.language),
        "place": ", ".join(part for part in (head.city, country_name(head.country) if head.country else "") if part),
        "time_zone": head.time_zone,
        "local_time": show_time(screen.reading.at, head.time_zone),
        "badges": [{"words": _("Organisation"), "tone": "", "icon": "people"}]
        if head.kind == CustomerKind.ORGANISATION
        else [],
        "erased": show_date(head.erased_at) if head.erased_at else "",
        "flags": [_flag(flag) for flag in screen.flags],
        "identity": _identity(screen, may),
        "contact": _contact(screen, may, arrived)
        if screen.contact or shown is None
        else _to_take(shown, screen.reading.actor),
        "header_url": f"{page}header/"
        + (f"?{urlencode({'arrived': arrived[0], 'from': arrived[1]})}" if arrived[0] else ""),
        "presence_url": presence_address(head.id),
        "presence_topic": here_topic(head.id),
        "facts": [
            (label, value)
            for label, value in ((_("Site"), head.site), (_("Team"), head.team), (_("Looked after by"), head.owner))
            if value
        ],
    }


def _flag(flag: FlagShown) -> dict[str, Any]:
    known = flag.kind in FlagKind
    tone, icon = WARNING.get(FlagKind(flag.kind), ("warn", "warn")) if known else ("warn", "warn")
    by = _("set by %(name)s on %(day)s") % {"name": flag.by, "day": show_date(flag.at)}
    until = _("until %(day)s") % {"day": show_date(flag.until)} if flag.until else _("until it is lifted")
    label = FlagKind(flag.kind).label if known else flag.kind
    return {"label": label, "reason": flag.reason, "tone": tone, "icon": icon, "line": f"{by} · {until}"}


def _identity(screen: FirstScreen, may: dict[str, Act]) -> dict[str, Any]:
    """How well the customer is identified, by what, and the ways there are to do it."""
    reached, failed = screen.reading.reached, screen.failed_tries
    needed = WAYS_TO_IDENTIFY if reached.level < STRONG else ()
    ended = (END_IDENTIFICATION,) if reached.level else ()
    offered = [may[name] for name in (*needed, *ended) if name in may]
    ways = [
        {"label": act.label, "url": customer_act_url(screen.head.id, act.name), "key": "i" if number == 0 else ""}
        for number, act in enumerate(offered)
    ]
    return {
        "is_identified": reached.level > 0,
        "needs_contact": screen.contact is None,
        "words": _identified_words(screen),
        "failed": ngettext("%(count)s try failed", "%(count)s tries failed", failed) % {"count": failed}
        if failed
        else "",
        "ways": ways if screen.contact else [],
    }


def _identified_words(screen: FirstScreen) -> str:
    reached = screen.reading.reached
    if screen.contact is None:
        return _("No contact: open by your role") if reached.level else ""
    given = {
        "name": reached.as_whom,
        "how": str(WAYS.get(reached.how, reached.how)),
        "time": show_time(screen.identified_at) if screen.identified_at else "",
    }
    if reached.as_whom:
        return _("%(name)s speaks for the customer, identified %(how)s, %(time)s") % given
    return _("Identified %(how)s, %(time)s") % given


def _to_take(shown: OnScreen, actor: Actor) -> dict[str, Any]:
    """The contact on screen, which is not the reader's: that it can be taken, or whose it is."""
    may = actor.id is not None and actor.may(HANDLE) and (shown.representative_id is None or actor.may(ASSIGN))
    words = (
        _("Nobody has taken this yet.")
        if shown.representative_id is None
        else _("This is with %(name)s.") % {"name": shown.representative_name}
    )
    return {
        "id": None,
        "start_url": "",
        "whose": words,
        "take_url": address_of("desk:contact_quick", shown.id, TAKE) if may else "",
    }


def _contact(screen: FirstScreen, may: dict[str, Act], arrived: tuple[str, str]) -> dict[str, Any]:
    """The contact going on, or the way to begin one."""
    contact, customer_id = screen.contact, screen.head.id
    if contact is None:
        by, outside = arrived
        filled = {"channel": by, "outside_address": outside[:254]} if by in ChannelKind else {}
        can_start = START in may and screen.head.erased_at is None
        return {"start_url": customer_act_url(customer_id, START, **filled) if can_start else "", "id": None}
    channel = ChannelKind(contact.channel).label if contact.channel in ChannelKind else contact.channel
    seconds = (screen.reading.at - contact.started_at).total_seconds()
    return {
        "id": contact.id,
        "channel": channel,
        "icon": contact.channel if contact.channel in ("telephone", "email") else "stream",
        "address": show_telephone(contact.outside_address)
        if contact.channel == ChannelKind.TELEPHONE
        else contact.outside_address,
        "subject": contact.subject,
        "started_at": contact.started_at,
        "lasted": lasted(seconds),
        # What is asked of colleagues on a call stands here; in writing, beside the conversation.
        "help": None
        if contact.channel == ChannelKind.EMAIL
        else help_view(screen.reading.actor, "contact", contact.id, may_ask=True),
        # A contact in writing takes as long as it takes, and is wrapped up on its own page.
        "page_url": address_of("desk:contact", contact.id) if contact.channel == ChannelKind.EMAIL else "",
        "end_url": customer_act_url(customer_id, END, contact=contact.id)
        if END in may and contact.channel != ChannelKind.EMAIL
        else "",
    }
