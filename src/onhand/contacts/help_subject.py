"""A question to colleagues as a subject of acts: who may be asked, and which pages follow it."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.enums import HelpState
from onhand.contacts.followers import HELP
from onhand.contacts.models import HelpRequest
from onhand.kernel.actor import Actor
from onhand.kernel.hints import send_after_commit
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.staff.access import visible_representatives
from onhand.staff.models import Representative

HELP_REQUEST = "help_request"
HELPER = "contacts.helper"
MOST = 20


def helpers(actor: Actor) -> QuerySet[Representative]:
    """The colleagues this actor may ask: those they see whose role lets them help."""
    found = visible_representatives(actor).filter(is_active=True, role__permissions__contains=[access.HELP])
    return found.exclude(pk=actor.id or 0)


def tell_help(request: HelpRequest) -> None:
    """After the commit, let the pages of what it was asked on look, and those of who asked and who took it."""
    topics = {f"{HELP_REQUEST}:{request.pk}"}
    for name, number in (("contact", request.contact_id), ("case", request.case_id), ("customer", request.customer_id)):
        if number is not None:
            topics.add(f"{name}:{number}")
    topics |= {f"work:{one}" for one in (request.asked_by_id, request.taken_by_id) if one is not None}
    send_after_commit(*sorted(topics))


def snapshot_help(request: HelpRequest) -> dict[str, Any]:
    """What acts change on a question."""
    return {"state": str(request.state), "taken_by": request.taken_by_name, "answer": request.answer}


def _helpers(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = helpers(actor).filter(name__icontains=typed).order_by("name", "pk")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


register_reference(ReferenceType(name=HELPER, options=_helpers, is_short=True))
register_subject(
    SubjectType(
        name=HELP_REQUEST,
        label=gettext_lazy("Question to colleagues"),
        model=HelpRequest,
        visible=access.visible_help,
        snapshot=snapshot_help,
        title=lambda request: request.question[:80],
        page=lambda pk: f"/desk/help/{pk}/",
        change_labels={
            "state": gettext_lazy("State"),
            "taken_by": gettext_lazy("Looked at by"),
            "answer": gettext_lazy("Answer"),
        },
        value_labels={"state": dict(HelpState.choices)},
        follow=HELP.tell,
    )
)
