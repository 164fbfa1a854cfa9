"""Who else has a contact open, and who of them is writing an answer: of those the reader may see."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from onhand.contacts.subjects import CONTACT
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import subject_type
from onhand.staff.access import visible_representatives
from onhand.web.desk.access import desk_view
from onhand.web.live.presence import PREFIX
from onhand.web.models import Draft, Presence
from onhand.web.operations import ANSWER_DRAFT

STILL_WRITING = timedelta(seconds=60)
MOST_SHOWN = 12
_ALIVE = "exists (select from pg_stat_activity a where a.pid = session_pid and a.backend_start = session_began)"


def here_topic(contact_id: int) -> str:
    """The topic that says somebody has the contact open, or writes an answer."""
    return f"{PREFIX}{CONTACT}:{contact_id}"


def open_with(actor: Actor, contact_ids: Sequence[int]) -> dict[int, list[str]]:
    """Colleagues who have these contacts open, by name. One statement."""
    if not contact_ids:
        return {}
    here = Presence.objects.filter(topic__in=[here_topic(pk) for pk in contact_ids]).extra(where=[_ALIVE])  # noqa: S610
    people = visible_representatives(actor).exclude(pk=actor.id or 0)
    found: dict[int, list[str]] = {}
    rows = here.filter(person__in=people).values_list("topic", "person__name").order_by("person__name").distinct()
    for topic, name in rows:
        found.setdefault(int(topic.rpartition(":")[2]), []).append(name)
    return found


@require_safe
@desk_view
def presence(request: HttpRequest, actor: Actor, contact_id: int) -> HttpResponse:
    """The line that says who else has this contact open, and who writes; empty if nobody has."""
    contact = subject_type(CONTACT).read(actor, contact_id)
    context = {"here": colleagues_here(actor, contact.pk)}
    return render(request, "desk/contact_fragments/presence.html", context)


def colleagues_here(actor: Actor, contact_id: int) -> list[dict[str, Any]]:
    """Colleagues with the contact open or writing in it, by name. Two statements."""
    here = Presence.objects.filter(topic=here_topic(contact_id)).extra(where=[_ALIVE])  # noqa: S610  (our own text)
    lately = timezone.now() - STILL_WRITING
    writing = Draft.objects.filter(key=f"{ANSWER_DRAFT}{contact_id}", updated_at__gt=lately).exclude(text="")
    who_writes = set(writing.exclude(person_id=actor.id).values_list("person_id", flat=True))
    people = visible_representatives(actor).exclude(pk=actor.id or 0)
    found = people.filter(pk__in=[*here.values_list("person_id", flat=True), *who_writes]).order_by("name", "pk")
    return [
        {"id": pk, "name": name, "is_writing": pk in who_writes}
        for pk, name in found.values_list("pk", "name")[:MOST_SHOWN]
    ]
