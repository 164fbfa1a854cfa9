"""Reasons of contacts and signatures of teams, as subjects of the acts that set them up."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from onhand.contacts.access import SET_UP
from onhand.contacts.contact_subject import reason_name
from onhand.contacts.models import ContactReason, TeamSignature
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.knowledge.languages import language_name
from onhand.staff.access import visible_teams

CONTACT_REASON, TEAM_SIGNATURE = "contact_reason", "team_signature"
REASON_ABOVE = "contacts.reason_above"
PAGE = "/settings/contacts/"


def visible_reasons(actor: Actor) -> QuerySet[ContactReason]:
    """The reasons, for who sets them up."""
    rows = ContactReason.objects.select_related("parent")
    return rows if actor.may(SET_UP) else rows.none()


def visible_signatures(actor: Actor) -> QuerySet[TeamSignature]:
    """The signatures of teams this actor sees, for who sets them up."""
    rows = TeamSignature.objects.select_related("team")
    return rows.filter(team__in=visible_teams(actor)) if actor.may(SET_UP) else rows.none()


def _reason(reason: ContactReason) -> dict[str, Any]:
    return {
        "name": reason.name,
        "above": reason.parent.name if reason.parent else "",
        "position": reason.position,
        "is_active": reason.is_active,
    }


def _signature(signature: TeamSignature) -> dict[str, Any]:
    return {"team": signature.team.name, "language": signature.language, "text": signature.text}


def _signature_title(signature: TeamSignature) -> str:
    return " · ".join(filter(None, (signature.team.name, language_name(signature.language))))


def _above(actor: Actor, reason_id: int | None, typed: str) -> list[Option]:
    found = visible_reasons(actor).filter(parent__isnull=True, is_active=True, name__icontains=typed)
    return [Option(one.pk, one.name) for one in found.exclude(pk=reason_id or 0).order_by("position", "name")[:20]]


register_reference(ReferenceType(name=REASON_ABOVE, options=_above, is_short=True))
register_subject(
    SubjectType(
        name=CONTACT_REASON,
        label=gettext_lazy("Reason of contacts"),
        model=ContactReason,
        visible=visible_reasons,
        snapshot=_reason,
        title=reason_name,
        page=lambda pk: f"{PAGE}reasons/{pk}/",
        change_labels={
            "name": gettext_lazy("Name"),
            "above": gettext_lazy("Below"),
            "position": gettext_lazy("Place in the list"),
            "is_active": gettext_lazy("In use"),
        },
    )
)
register_subject(
    SubjectType(
        name=TEAM_SIGNATURE,
        label=gettext_lazy("Signature of a team"),
        model=TeamSignature,
        visible=visible_signatures,
        snapshot=_signature,
        title=_signature_title,
        page=lambda pk: f"{PAGE}signatures/{pk}/",
        change_labels={
            "team": gettext_lazy("Team"),
            "language": gettext_lazy("Language"),
            "text": gettext_lazy("Text"),
        },
    )
)
