"""Who opened a customer's file, as the customer may be told."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from onhand.customers.privacy.membership import whole_file
from onhand.customers.privacy.streams import DOORS, PAGES, WHO
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.models import AccessRecord

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening: when, by what kind of actor, which page, why, through which door."""

    id: int
    at: datetime
    who: "_StrOrPromise"
    page: "_StrOrPromise"
    reason: str
    door: "_StrOrPromise"


def accesses_of(customer_id: int, *, before: int | None, limit: int) -> list[Opening]:
    """Who opened a merged file, newest first, from before a row on; each member's newest by its own index."""
    newest: list[AccessRecord] = []
    for member in whole_file(customer_id):
        rows = AccessRecord.objects.filter(subject_type=CUSTOMER, subject_id=member).order_by("-pk")
        newest += (rows.filter(pk__lt=before) if before else rows)[:limit]
    newest.sort(key=lambda row: -row.pk)
    return [
        Opening(
            row.pk,
            row.at,
            WHO.get(row.actor_kind, row.actor_kind),
            PAGES.get(row.page, row.page),
            row.reason,
            DOORS.get(row.via, row.via),
        )
        for row in newest[:limit]
    ]
