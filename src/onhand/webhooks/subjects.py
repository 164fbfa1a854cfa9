"""The endpoint as something acts act on, and its deliveries as something an argument may refer to."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.webhooks import access
from onhand.webhooks.enums import DeliveryState, EndpointState
from onhand.webhooks.models import Delivery, Endpoint

ENDPOINT, LOG, REF_DELIVERY = "webhook_endpoint", "webhook_log", "webhooks.delivery"
MOST_OPTIONS = 20


def snapshot_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """What acts change on an endpoint; of secrets nothing."""
    return {
        "endpoint_name": endpoint.name,
        "url": endpoint.url,
        "event_types": endpoint.event_types,
        "state": str(endpoint.state),
        "why_off": endpoint.why_off,
        "log_days": endpoint.log_days,
    }


_LABELS = {
    "endpoint_name": _("Name"),
    "url": _("Address"),
    "event_types": _("What it is told"),
    "state": _("State"),
    "why_off": _("Why it was switched off"),
    "log_days": _("Days the log is kept"),
    "replayed": _("Delivered again"),
    "test": _("Test"),
    "secret": _("Secret"),
}


def _page(pk: int) -> str:
    return f"/settings/webhooks/{pk}/"


register_subject(
    SubjectType(
        name=ENDPOINT,
        label=_("Webhook"),
        model=Endpoint,
        visible=access.visible_endpoints,
        snapshot=snapshot_endpoint,
        title=lambda endpoint: endpoint.name,
        page=_page,
        change_labels=_LABELS,
        value_labels={"state": dict(EndpointState.choices)},
    )
)
# What was delivered changes without anybody's doing: pages follow it under a topic of its own.
register_subject(
    SubjectType(
        name=LOG,
        label=_("Log of a webhook"),
        model=Endpoint,
        visible=access.visible_endpoints,
        snapshot=lambda _endpoint: {},
        title=lambda endpoint: endpoint.name,
        page=_page,
    )
)


def _delivery_options(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    seen = access.visible_endpoints(actor).filter(pk=subject_id or 0)
    found = Delivery.objects.filter(endpoint__in=seen).exclude(state=DeliveryState.WAITING)
    if typed:
        found = found.filter(event_type__icontains=typed)
    return [Option(one.pk, f"{one.pk} · {one.event_type}") for one in found.order_by("-pk")[:MOST_OPTIONS]]


def _delivery_label(actor: Actor, pk: int) -> str:
    one = Delivery.objects.filter(endpoint__in=access.visible_endpoints(actor), pk=pk).first()
    return f"{one.pk} · {one.event_type}" if one else ""


register_reference(ReferenceType(name=REF_DELIVERY, options=_delivery_options, label=_delivery_label))
