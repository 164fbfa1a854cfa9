"""Reads for whoever sets endpoints up: how they are, and what each was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from onhand.webhooks.enums import DeliveryState
from onhand.webhooks.models import Delivery, Endpoint, EndpointHealth


@dataclass(frozen=True, slots=True)
class Standing:
    """An endpoint with how it answers, and how much waits for it and failed within its log."""

    endpoint: Endpoint
    health: EndpointHealth
    waiting: int
    failed: int


def standings(endpoints: Sequence[Endpoint]) -> list[Standing]:
    """How these endpoints are, in their order."""
    health: Mapping[int, EndpointHealth] = EndpointHealth.objects.in_bulk([one.pk for one in endpoints])
    open_ones = Delivery.objects.filter(endpoint__in=list(endpoints), state=DeliveryState.WAITING)
    failed = Delivery.objects.filter(endpoint__in=list(endpoints), state=DeliveryState.FAILED)
    waiting_by = dict(open_ones.values_list("endpoint").annotate(many=Count("pk")))
    failed_by = dict(failed.values_list("endpoint").annotate(many=Count("pk")))
    return [
        Standing(
            one, health.get(one.pk) or EndpointHealth(endpoint=one), waiting_by.get(one.pk, 0), failed_by.get(one.pk, 0)
        )
        for one in endpoints
    ]


def log_of(endpoint: Endpoint, state: str = "", before: int | None = None) -> QuerySet[Delivery]:
    """What an endpoint was told, the newest first; of one state, and before a delivery, where that is said."""
    found = endpoint.deliveries.order_by("-pk")
    if state in DeliveryState.values:
        found = found.filter(state=state)
    return found.filter(pk__lt=before) if before else found
