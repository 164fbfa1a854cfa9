"""Files on which nothing is done any more: those merged into another, and those whose personal data was taken out."""

from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.models import Customer
from onhand.kernel.acts import Act
from onhand.kernel.errors import ActError


class FileMerged(ActError):
    """The customer is read as part of another file; `into` is that one's id."""

    code = "merged"
    status = 409

    def __init__(self, into: int, reference: str) -> None:
        super().__init__(_("This file was merged into %(reference)s. Go on there.") % {"reference": reference})
        self.into = into

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"merged_into": self.into}


class FileErased(ActError):
    code = "erased"
    status = 410

    def __init__(self) -> None:
        super().__init__(_("This customer's personal data was erased: nothing can be done on the file any more."))


def refuse_closed(customer: Customer, act: Act) -> ActError | None:  # noqa: ARG001  (closed is closed, whatever the act)
    """Why nothing may be done on this customer; None if the file is open. Asked for every act, through every door."""
    if customer.merged_into_id is not None:
        reference = Customer.objects.values_list("reference", flat=True).get(pk=customer.merged_into_id)
        return FileMerged(customer.merged_into_id, reference)
    return FileErased() if customer.erased_at is not None else None
