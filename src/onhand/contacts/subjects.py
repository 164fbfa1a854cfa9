"""What arguments of acts may refer to among a customer's contacts, cases and promises. A file merged from several is one."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from onhand.contacts import help_subject as _help  # noqa: F401  (registers questions to colleagues)
from onhand.contacts import wrap_up_subjects as _wrap_up  # noqa: F401  (registers reasons and signatures)
from onhand.contacts.cases import subjects as _cases  # noqa: F401  (registers cases and how they are set up)
from onhand.contacts.contact_subject import CONTACT
from onhand.contacts.models import Case, Contact, Promise
from onhand.contacts.promises import from_contacts as _tests  # noqa: F401  (registers the tests on promises)
from onhand.customers.access import visible_customers
from onhand.customers.membership import of_file
from onhand.customers.merging.file_parts import FilePart, register_part
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, register_reference

__all__ = ["CONTACT", "GOING_ON", "OPEN_CASE", "OPEN_PROMISE"]
GOING_ON, OPEN_CASE, OPEN_PROMISE = "contacts.going_on", "contacts.open_case", "contacts.open_promise"
MOST_OPTIONS = 20


def _register(
    name: str, rows: Callable[[], QuerySet[Any]], searched: str, title: Callable[[Any], str], newest: str
) -> None:
    def options(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
        if subject_id is None or not visible_customers(actor).filter(pk=subject_id).exists():
            return []
        found: QuerySet[Model] = rows().filter(of_file(subject_id), **{f"{searched}__icontains": typed})
        return [Option(one.pk, title(one)) for one in found.order_by(newest)[:MOST_OPTIONS]]

    register_reference(ReferenceType(name=name, options=options, is_short=True))


def _contact_title(contact: Contact) -> str:
    began = date_format(contact.started_at.astimezone(timezone.get_current_timezone()), "SHORT_DATETIME_FORMAT")
    return " · ".join(part for part in (contact.get_channel_display(), began, contact.subject) if part)


_register(
    GOING_ON, lambda: Contact.objects.filter(ended_at__isnull=True), "subject", _contact_title, newest="-started_at"
)
_register(
    OPEN_CASE,
    lambda: Case.objects.filter(closed_at__isnull=True),
    "subject",
    lambda case: f"{case.reference} · {case.subject}",
    newest="-opened_at",
)
_register(
    OPEN_PROMISE,
    lambda: Promise.objects.filter(kept_at__isnull=True, called_off_at__isnull=True),
    "text",
    lambda promise: promise.text,
    newest="due_at",
)

for _key, _label, _table in (
    ("contacts", gettext_lazy("Contacts"), "contacts_contact"),
    ("cases", gettext_lazy("Cases"), "contacts_case"),
    ("promises", gettext_lazy("Promises"), "contacts_promise"),
):
    register_part(FilePart(_key, _label, _table))
