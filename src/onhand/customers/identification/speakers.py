"""Who may speak for a customer now."""

from datetime import datetime

from django.db.models import Q, QuerySet

from onhand.customers.membership import member_ids
from onhand.customers.models import Relation


def current_speakers(customer_id: int, at: datetime) -> QuerySet[Relation]:
    """The rights to speak for a customer that hold now. The customer is not merged itself."""
    begun = Relation.objects.filter(customer__in=member_ids(customer_id), ended_at__isnull=True, valid_from__lte=at)
    return begun.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at)).order_by("pk")
