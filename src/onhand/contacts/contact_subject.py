"""The contact as a subject of acts, and what arguments of those acts may refer to."""

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy

from onhand.contacts.access import visible_contacts
from onhand.contacts.cases.enums import ListKind
from onhand.contacts.enums import Direction, MessageState, Priority
from onhand.contacts.models import Case, CaseListEntry, Contact, ContactReason, Message
from onhand.customers.access import visible_customers
from onhand.customers.enums import ChannelKind
from onhand.customers.finding.find import search_customers
from onhand.customers.membership import of_file
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.staff.access import visible_representatives, visible_teams

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

CONTACT = "contact"
COLLEAGUE, TEAM, REASON = "contacts.colleague_of_contact", "contacts.team_of_contact", "contacts.contact_reason"
CUSTOMER_OF, CASE_OF, CASE_TO_ADD = "contacts.customer", "contacts.case_of_contact", "contacts.case_to_add"
GOING_OUT, HELD, OF_CONTACT = "contacts.going_out", "contacts.held", "contacts.message"
MOST = 20

_HANGING_ON = """
select (select u.name || ' (' || u.reference || ')' from customers_customer u where u.id = c.customer_id),
  (select t.name from staff_team t where t.id = c.team_id),
  (select coalesce((select p.name || ' › ' from contacts_contactreason p where p.id = r.parent_id), '') || r.name
   from contacts_contactreason r where r.id = c.reason_id),
  array(select p.name from contacts_caselistentry p where p.id = any(c.products) order by p.name),
  array(select k.reference from contacts_case k where k.id = any(
    array(select x.case_id from contacts_casecontact x where x.contact_id = c.id) || c.case_id) order by k.id)
from (select %s::bigint as id, %s::bigint as customer_id, %s::bigint as team_id, %s::bigint as reason_id, %s::bigint[] as products,
  %s::bigint as case_id) c
"""

LABELS: "dict[str, _StrOrPromise]" = {
    "subject": gettext_lazy("Subject"),
    "customer": gettext_lazy("Customer"),
    "team": gettext_lazy("Team"),
    "representative": gettext_lazy("Looked after by"),
    "priority": gettext_lazy("Priority"),
    "language": gettext_lazy("Language"),
    "needs_answer": gettext_lazy("Needs an answer"),
    "due": gettext_lazy("To be answered by"),
    "waiting_until": gettext_lazy("Put by until"),
    "waiting_for": gettext_lazy("Waiting for"),
    "ended": gettext_lazy("Ended"),
    "summary": gettext_lazy("What it was about"),
    "reason": gettext_lazy("Reason"),
    "products": gettext_lazy("Products"),
    "cases": gettext_lazy("Cases"),
    "message": gettext_lazy("Message"),
    "note": gettext_lazy("Note"),
    "split_off": gettext_lazy("Split off"),
    "messages": gettext_lazy("Messages"),
    "contact": gettext_lazy("Contact"),
    "case": gettext_lazy("Case opened"),
    "help": gettext_lazy("Help asked for"),
}


def own_values(contact: Contact) -> dict[str, Any]:
    """What stands on the contact's own row, as records hold it."""
    return {
        "subject": contact.subject,
        "representative": contact.representative_name,
        "priority": str(int(contact.priority)),
        "language": contact.language,
        "needs_answer": contact.needs_answer,
        "due": contact.due_at.isoformat() if contact.due_at else "",
        "waiting_until": contact.waiting_until.isoformat() if contact.waiting_until else "",
        "waiting_for": contact.waiting_for,
        "ended": contact.ended_at.isoformat() if contact.ended_at else "",
        "summary": contact.summary,
    }


def snapshot_contact(contact: Contact) -> dict[str, Any]:
    """Everything acts change on a contact, in one statement."""
    given = [contact.pk, contact.customer_id, contact.team_id, contact.reason_id, contact.products, contact.case_id]
    with connection.cursor() as cursor:
        cursor.execute(_HANGING_ON, given)
        customer, team, reason, products, cases = cursor.fetchone()
    return own_values(contact) | {
        "customer": customer or "",
        "team": team or "",
        "reason": reason or "",
        "products": products,
        "cases": cases,
    }


def contact_title(contact: Contact) -> str:
    """What a contact is called: its subject, else its channel and who wrote."""
    channel = str(ChannelKind(contact.channel).label)
    return contact.subject or " · ".join(part for part in (channel, contact.outside_address) if part)


register_subject(
    SubjectType(
        name=CONTACT,
        label=gettext_lazy("Contact"),
        model=Contact,
        visible=visible_contacts,
        snapshot=snapshot_contact,
        snapshot_row=own_values,
        title=contact_title,
        page=lambda pk: f"/desk/contacts/{pk}/",
        change_labels=LABELS,
        value_labels={"priority": {str(value): label for value, label in Priority.choices}},
    )
)


def _sees(actor: Actor, contact_id: int | None) -> bool:
    return contact_id is not None and visible_contacts(actor).filter(pk=contact_id).exists()


def _colleagues(actor: Actor, _contact_id: int | None, typed: str) -> list[Option]:
    found = visible_representatives(actor).filter(is_active=True, name__icontains=typed).order_by("name", "pk")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _teams(actor: Actor, _contact_id: int | None, typed: str) -> list[Option]:
    found = visible_teams(actor).filter(name__icontains=typed).order_by("name", "pk")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _reasons(_actor: Actor, _contact_id: int | None, typed: str) -> list[Option]:
    rows = ContactReason.objects.filter(is_active=True).exclude(parent__is_active=False).select_related("parent")
    rows = rows.exclude(pk__in=rows.filter(parent__isnull=False).values("parent"))  # those below are chosen, not these
    named = [
        (one.parent.position if one.parent else one.position, one.position if one.parent else 0, reason_name(one), one)
        for one in rows
    ]
    wanted = typed.casefold()
    return [
        Option(one.pk, name) for *_place, name, one in sorted(named, key=lambda n: n[:3]) if wanted in name.casefold()
    ]


def reason_name(reason: ContactReason) -> str:
    """What a reason is called, with the one it stands below."""
    return f"{reason.parent.name} › {reason.name}" if reason.parent else reason.name


def product_options() -> "list[tuple[str, _StrOrPromise]]":
    """The products contacts may be about, as (id, name)."""
    rows = CaseListEntry.objects.filter(list=ListKind.PRODUCT, is_active=True).order_by("name")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def _customers(actor: Actor, _contact_id: int | None, typed: str) -> list[Option]:
    if not typed.strip():
        return []
    return [Option(one.id, f"{one.name} ({one.reference})") for one in search_customers(actor, typed, limit=MOST)]


def _customer_label(actor: Actor, customer_id: int) -> str:
    found = visible_customers(actor).filter(pk=customer_id).values_list("name", "reference").first()
    return f"{found[0]} ({found[1]})" if found else ""


def _cases_of(actor: Actor, contact_id: int | None, typed: str) -> list[Option]:
    if not _sees(actor, contact_id):
        return []
    linked = Q(case_contacts__contact=contact_id) | Q(contacts=contact_id)
    found = Case.objects.filter(linked, subject__icontains=typed).distinct().order_by("-opened_at")
    return [Option(one.pk, f"{one.reference} · {one.subject}") for one in found[:MOST]]


def _cases_to_add(actor: Actor, contact_id: int | None, typed: str) -> list[Option]:
    """Open cases of the contact's customer; and any case that may be seen, by its reference."""
    contact = visible_contacts(actor).filter(pk=contact_id or 0).first()
    if contact is None:
        return []
    seen = visible_customers(actor).values("pk")
    own = Case.objects.filter(of_file(contact.customer_id), closed_at__isnull=True, subject__icontains=typed)
    named = Case.objects.filter(customer__in=seen, reference__iexact=typed.strip()) if typed.strip() else own.none()
    found = {one.pk: one for one in (*named[:1], *own.order_by("-opened_at")[:MOST])}
    return [Option(one.pk, f"{one.reference} · {one.subject}") for one in found.values()]


def _messages(**wanted: Any) -> Any:
    def options(actor: Actor, contact_id: int | None, typed: str) -> list[Option]:
        if not _sees(actor, contact_id):
            return []
        found = Message.objects.filter(contact=contact_id, text__icontains=typed, **wanted).order_by("-at", "-pk")
        return [Option(one.pk, f"{one.sender_name or one.author_name}: {one.text[:80]}") for one in found[:MOST]]

    return options


_OUTBOUND = {"direction": Direction.OUTBOUND, "is_internal": False}
for _name, _options, _is_short in (
    (COLLEAGUE, _colleagues, True),
    (TEAM, _teams, True),
    (REASON, _reasons, True),
    (CASE_OF, _cases_of, True),
    (CASE_TO_ADD, _cases_to_add, True),
    (GOING_OUT, _messages(**_OUTBOUND, state__in=(MessageState.WAITING, MessageState.HELD)), True),
    (HELD, _messages(**_OUTBOUND, state=MessageState.HELD), True),
    (OF_CONTACT, _messages(), True),
):
    register_reference(ReferenceType(name=_name, options=_options, is_short=_is_short))
register_reference(ReferenceType(name=CUSTOMER_OF, options=_customers, label=_customer_label))
