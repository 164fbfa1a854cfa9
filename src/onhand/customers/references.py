"""What arguments of acts may refer to beyond one file: another customer, a merge, a suggested duplicate."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from onhand.customers.access import visible_customers
from onhand.customers.finding.find import search_customers
from onhand.customers.membership import member_ids
from onhand.customers.merging.duplicates import duplicates_of
from onhand.customers.models import Merge
from onhand.kernel.actor import Actor
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.kernel.subjects import Option, ReferenceType, register_reference

A_CUSTOMER, MERGE_OF_FILE, DUPLICATE = "customers.customer", "customers.merge", "customers.duplicate"
MOST_OPTIONS = 20


def _title(name: str, reference: str, city: str = "") -> str:
    return " · ".join(part for part in (name, reference, city) if part)


def _customers(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    """Other files: those that may be the same first, as long as nothing was typed."""
    if not typed.strip() and subject_id is not None:
        return [
            Option(one.customer_id, _title(one.name, one.reference, one.city))
            for one in duplicates_of(actor, subject_id)
        ]
    found = search_customers(actor, typed, limit=MOST_OPTIONS)
    return [Option(one.id, _title(one.name, one.reference, one.city)) for one in found if one.id != subject_id]


def _customer_label(actor: Actor, customer_id: int) -> str:
    if customer_id > LARGEST_INTEGER:
        return ""
    found = visible_customers(actor).filter(pk=customer_id).values_list("name", "reference", "city").first()
    return _title(*found) if found else ""


def _merges(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:  # noqa: ARG001  (the list is short)
    """What was merged into the file and can be parted from it again, the newest first."""
    if subject_id is None or not visible_customers(actor).filter(pk=subject_id).exists():
        return []
    parts = visible_customers(actor).filter(pk__in=member_ids(subject_id))
    merges = Merge.objects.filter(absorbed__in=parts, undone_at__isnull=True).select_related("absorbed")
    return [Option(one.pk, _merge_title(one)) for one in merges.order_by("-id")]


def _merge_title(merge: Merge) -> str:
    day = date_format(merge.at.astimezone(timezone.get_current_timezone()), "SHORT_DATE_FORMAT")
    words = {"file": _title(merge.absorbed.name, merge.absorbed.reference), "day": day, "who": merge.by_name}
    return _("%(file)s, merged on %(day)s by %(who)s") % words


def _duplicates(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:  # noqa: ARG001  (the list is short)
    if subject_id is None:
        return []
    return [Option(one.id, _title(one.name, one.reference, one.city)) for one in duplicates_of(actor, subject_id)]


register_reference(ReferenceType(name=A_CUSTOMER, options=_customers, label=_customer_label))
register_reference(ReferenceType(name=MERGE_OF_FILE, options=_merges, is_short=True))
register_reference(ReferenceType(name=DUPLICATE, options=_duplicates, is_short=True))
