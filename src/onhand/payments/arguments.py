"""Arguments several acts of payments take, and the names their records go by."""

from typing import Annotated

from django.utils.translation import gettext_lazy

from onhand.customers.protection import open_to_all
from onhand.customers.subjects import CHANGE_LABELS
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.payments import subjects

CHANGE_LABELS["payment"] = gettext_lazy("Payment")
CHANGE_LABELS["payment_method"] = gettext_lazy("Payment method")
CHANGE_LABELS["stored_card"] = gettext_lazy("Stored-value card")
CHANGE_LABELS["deposit"] = gettext_lazy("Deposit")
CHANGE_LABELS["asked_for"] = gettext_lazy("Asked for")
# Amounts, days and masked names of methods: what anybody who may open the file and has the permission may know.
open_to_all("payment", "payment_method", "stored_card", "deposit", "asked_for", "amount", "method", "drawer", "receipt")
open_to_all("interest_percent", "provider", "for_themselves", "code", "document_type", "document_id", "when", "to")
open_to_all("hours", "in_advance")

Amount = Annotated[Money, Field(label=gettext_lazy("Amount"))]
DrawerOf = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Drawer"),
        reference=subjects.REF_DRAWER,
        help=gettext_lazy("Only for cash. Empty: the one that is open."),
    ),
]
