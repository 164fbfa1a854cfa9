"""What arguments of acts on cases offer to choose from: kinds, lists, and the case's own contacts, customers and colleagues."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from django.utils.translation import gettext_lazy

from onhand.contacts.access import visible_cases
from onhand.contacts.cases.belonging import family_ids
from onhand.contacts.cases.enums import FieldType, LinkKind, ListKind
from onhand.contacts.cases.kinds import OwnField, kind_label, read_rules
from onhand.contacts.models import BusinessCalendar, Case, CaseCustomer, CaseKind, CaseListEntry, Contact, Reminder
from onhand.kernel.actor import Actor
from onhand.kernel.fields import Field
from onhand.kernel.subjects import Option, ReferenceType, register_reference
from onhand.knowledge.access import visible_responses
from onhand.staff.access import visible_representatives, visible_teams

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MOST = 20


def kind_options() -> list[tuple[str, str]]:
    """(key, name) of the kinds new cases may have."""
    found = CaseKind.objects.filter(is_active=True).order_by("pk").values_list("key", "name")
    return [(key, kind_label(key, name)) for key, name in found]


KindKey = Annotated[str, Field(label=gettext_lazy("Kind"), options=kind_options, max_length=20)]


def own_field_parts(case_id: int | None) -> list[Field]:
    """The boxes for what cases of this case's kind are asked for."""
    key = Case.objects.filter(pk=case_id or 0).values_list("kind", flat=True).first()
    rules = read_rules(key) if key else None
    return [_part(one) for one in rules.own_fields] if rules else []


_WIDGETS = {FieldType.DATE: "date", FieldType.MONEY: "money", FieldType.CHOICE: "choice", FieldType.YES_NO: "choice"}


def _part(one: OwnField) -> Field:
    options: list[tuple[str, _StrOrPromise]] = [(option, option) for option in one.options]
    if one.type is FieldType.YES_NO:
        options = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
    return Field(
        name=one.key,
        label=one.name,
        help=gettext_lazy("Needed before the case is closed.") if one.is_required else "",
        widget=_WIDGETS.get(one.type, "text"),
        max_length=500,
        required=False,
        options=(lambda: options) if options else None,
    )


def _register(name: str, options: Callable[[Actor, int | None, str], list[Option]], *, is_short: bool = True) -> str:
    register_reference(ReferenceType(name=name, options=options, is_short=is_short))
    return name


def _of_list(kind: ListKind) -> Callable[[Actor, int | None, str], list[Option]]:
    def options(_actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
        found = CaseListEntry.objects.filter(list=kind, is_active=True, name__icontains=typed).order_by("name")
        return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:200]]

    return options


REASON = _register("contacts.reason", _of_list(ListKind.REASON))
PRODUCT = _register("contacts.product", _of_list(ListKind.PRODUCT))
STAGE = _register("contacts.stage", _of_list(ListKind.STAGE))


def _calendars(_actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = BusinessCalendar.objects.filter(name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _colleagues(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_representatives(actor).filter(is_active=True, name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _teams(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_teams(actor).filter(name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _responses(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_responses(actor).filter(is_withdrawn=False, name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _title(reference: str, subject: str) -> str:
    return f"{reference} · {subject}"


def _other_cases(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    """By reference or, among the same customer's cases, by what they are about: nothing typed shows the customer's other ones."""
    seen = visible_cases(actor).filter(merged_into__isnull=True).exclude(pk=subject_id or 0)
    bare = "".join(typed.upper().split())
    found = seen.filter(reference=bare) if bare else seen.none()
    if not found.exists():
        own = Case.objects.filter(pk=subject_id or 0, customer__isnull=False).values("customer")
        found = seen.filter(customer__in=own, subject__icontains=typed)
    rows = found.order_by("-opened_at", "-pk").values_list("pk", "reference", "subject")[:MOST]
    return [Option(pk, _title(reference, subject)) for pk, reference, subject in rows]


def _seen(actor: Actor, subject_id: int | None) -> bool:
    return subject_id is not None and visible_cases(actor).filter(pk=subject_id).exists()


def _merged_cases(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    if not _seen(actor, subject_id):
        return []
    found = Case.objects.filter(merged_into=subject_id, subject__icontains=typed).order_by("-pk")
    return [Option(pk, _title(*two)) for pk, *two in found.values_list("pk", "reference", "subject")[:MOST]]


def _case_contacts(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    if not _seen(actor, subject_id):
        return []
    found = Contact.objects.filter(case_contacts__case=subject_id, subject__icontains=typed).order_by("-started_at")
    return [
        Option(one.pk, " · ".join(filter(None, (one.get_channel_display(), f"{one.started_at:%Y-%m-%d}", one.subject))))
        for one in found[:MOST]
    ]


def _further_customers(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    if not _seen(actor, subject_id):
        return []
    found = CaseCustomer.objects.filter(case=subject_id, ended_at__isnull=True, customer__name__icontains=typed)
    return [Option(one.pk, one.customer.name) for one in found.select_related("customer").order_by("pk")[:MOST]]


def _links(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    if not _seen(actor, subject_id):
        return []
    found = Case.objects.filter(linked_from__case=subject_id, subject__icontains=typed).order_by("pk")
    return [Option(pk, _title(*two)) for pk, *two in found.values_list("pk", "reference", "subject")[:MOST]]


def _reminders(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    if not _seen(actor, subject_id):
        return []
    found = Reminder.objects.filter(
        case__in=family_ids(subject_id or 0), done_at__isnull=True, text__icontains=typed
    ).order_by("due_at")
    return [Option(pk, text) for pk, text in found.values_list("pk", "text")[:MOST]]


CALENDAR = _register("contacts.calendar", _calendars)
COLLEAGUE = _register("contacts.colleague", _colleagues, is_short=False)
RESPONSE = _register("contacts.closing_notice", _responses, is_short=False)
CASE_TEAM = _register("contacts.case_team", _teams)
OTHER_CASE = _register("contacts.other_case", _other_cases, is_short=False)
MERGED_CASE = _register("contacts.merged_case", _merged_cases)
CASE_CONTACT = _register("contacts.case_contact", _case_contacts)
FURTHER_CUSTOMER = _register("contacts.further_customer", _further_customers)
LINKED_CASE = _register("contacts.linked_case", _links)
OPEN_REMINDER = _register("contacts.open_reminder", _reminders)
LINKS_BY_HAND = (LinkKind.RELATED, LinkKind.FOLLOWS)
