"""Drafts as entries of the work column: where something was typed and not sent."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from onhand.contacts.access import visible_contacts
from onhand.customers.access import visible_customers
from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.kernel.errors import UnknownAct
from onhand.web.addresses import address_of
from onhand.web.desk.access import number_of
from onhand.web.models import Draft
from onhand.web.operations import ANSWER_DRAFT, FIRST_DRAFT
from onhand.web.templating import show_ago

SHOWN = 5


def draft_entries(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """The newest drafts on customers, with where to go on with them. At most two statements."""
    rows = Draft.objects.filter(person_id=actor.id).exclude(text="").order_by("-updated_at", "-pk")
    kept = [(key, at, _customer_of(key)) for key, at in rows.values_list("key", "updated_at")[: 4 * SHOWN]]
    drafts = [(key, at, customer) for key, at, customer in kept if customer is not None]
    answers = {
        contact: at
        for key, at, _customer in kept
        if key.startswith(ANSWER_DRAFT) and (contact := number_of(key.removeprefix(ANSWER_DRAFT)))
    }
    wanted = {customer for _key, _at, customer in drafts}
    entries = _answers(actor, answers, now)
    if not wanted:
        return entries[:SHOWN]
    names = dict(visible_customers(actor).filter(pk__in=wanted).values_list("pk", "name"))
    for key, at, customer in drafts:
        label = _label(key) if customer in names else ""
        if label:
            entries.append(
                {
                    "label": label,
                    "hint": names[customer],
                    "icon": "email" if key.startswith(FIRST_DRAFT) else "note",
                    "age": show_ago(at, now),
                    "url": _url(key, customer),
                }
            )
    return entries[:SHOWN]


def _answers(actor: Actor, answers: dict[int, datetime], now: datetime) -> list[dict[str, Any]]:
    """Answers somebody began to write. At most one statement."""
    if not answers:
        return []
    found = visible_contacts(actor).filter(pk__in=answers).values_list("pk", "subject", "outside_address")
    return [
        {
            "label": _("Answer"),
            "hint": subject or address,
            "icon": "email",
            "age": show_ago(answers[pk], now),
            "url": address_of("desk:contact", pk),
        }
        for pk, subject, address in sorted(found, key=lambda row: answers[row[0]], reverse=True)
    ]


def _customer_of(key: str) -> int | None:
    return number_of(key.rpartition(":")[2]) if key.startswith(("note:", FIRST_DRAFT, "act:customers.")) else None


def _label(key: str) -> str:
    if key.startswith("note:"):
        return _("Note")
    if key.startswith(FIRST_DRAFT):
        return _("Message")
    try:
        return str(get_act(key.split(":")[1]).label)
    except UnknownAct:
        return ""


def _url(key: str, customer: int) -> str:
    if key.startswith("note:"):
        return address_of("desk:customer", customer)
    if key.startswith(FIRST_DRAFT):
        return address_of("desk:write", customer)
    return address_of("desk:customer_act", customer, key.split(":")[1])
