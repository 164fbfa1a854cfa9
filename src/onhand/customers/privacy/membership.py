"""All rows of a merged file, also those of somebody erased."""

from django.db.models import Q

from onhand.customers.models import Customer


def whole_file(customer_id: int) -> list[int]:
    """The ids of the customer and of those merged into it, its own first."""
    rows = Customer.objects.filter(Q(pk=customer_id) | Q(merged_into=customer_id))
    return sorted(rows.values_list("pk", flat=True), key=lambda pk: (pk != customer_id, pk))
