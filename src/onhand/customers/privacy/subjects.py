"""Requests about personal data and retention rules as subjects of acts."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.customers import access
from onhand.customers.access import visible_customers
from onhand.customers.models import Erasure, PersonalExport, PrivacyRequest, RetentionRule
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import SubjectType, register_subject

REQUEST, RULE = "privacy_request", "retention_rule"


def visible_requests(actor: Actor) -> QuerySet[PrivacyRequest]:
    """The requests of customers this actor may see, for who handles requests."""
    if not actor.may(access.HANDLE_REQUESTS):
        return PrivacyRequest.objects.none()
    return PrivacyRequest.objects.filter(customer__in=visible_customers(actor))


def visible_rules(actor: Actor) -> QuerySet[RetentionRule]:
    """Every rule, for who manages retention."""
    return RetentionRule.objects.all() if actor.may(access.MANAGE_RETENTION) else RetentionRule.objects.none()


def visible_erasures(actor: Actor) -> QuerySet[Erasure]:
    """The erasures of customers this actor may see, for who may erase."""
    if not actor.may(access.ERASE):
        return Erasure.objects.none()
    return Erasure.objects.filter(customer__in=visible_customers(actor))


def own_exports(actor: Actor) -> QuerySet[PersonalExport]:
    """The exports this actor asked for."""
    if not actor.may(access.EXPORT_PERSONAL_DATA) or actor.id is None:
        return PersonalExport.objects.none()
    return PersonalExport.objects.filter(asked_by_id=actor.id)


def _request(one: PrivacyRequest) -> dict[str, Any]:
    return {
        "kind": str(one.kind),
        "state": str(one.state),
        "due_on": one.due_on.isoformat(),
        "details": one.details,
        "extended_because": one.extended_because,
        "answer": one.answer,
    }


def _rule(one: RetentionRule) -> dict[str, Any]:
    return {"kind": str(one.kind), "months": one.months, "is_on": one.is_on}


register_subject(
    SubjectType(
        name=REQUEST,
        label=_("Request about personal data"),
        model=PrivacyRequest,
        visible=visible_requests,
        snapshot=_request,
        title=lambda one: f"{one.get_kind_display()} · {one.customer.reference}",
        page=lambda pk: f"/settings/privacy/requests/{pk}/",
        change_labels={
            "kind": _("Kind"),
            "state": _("State"),
            "due_on": _("Due"),
            "details": _("What was asked"),
            "extended_because": _("Extended because"),
            "answer": _("Answer"),
        },
    )
)
register_subject(
    SubjectType(
        name=RULE,
        label=_("Retention rule"),
        model=RetentionRule,
        visible=visible_rules,
        snapshot=_rule,
        title=lambda one: one.get_kind_display(),
        page=lambda pk: f"/settings/privacy/retention/{pk}/",
        change_labels={"kind": _("What"), "months": _("After months"), "is_on": _("Switched on")},
    )
)
