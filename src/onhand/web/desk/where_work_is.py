"""The pages on which work is done that has none of its own: a question to colleagues, a held answer, a task."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from onhand.contacts.access import visible_cases, visible_contacts, visible_help
from onhand.contacts.models import CaseTask, Message
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view


@require_safe
@desk_view
def question(request: HttpRequest, actor: Actor, request_id: int) -> HttpResponse:  # noqa: ARG001
    """To the contact or case a question to colleagues was asked on, where it stands and is answered."""
    found = visible_help(actor).filter(pk=request_id).first()
    if found is None:
        raise SubjectNotFound
    if found.case_id is not None:
        return HttpResponseRedirect(address_of("desk:case", _reference(actor, found.case_id)))
    contact = visible_contacts(actor).filter(pk=found.contact_id or 0).first()
    if contact is None:
        raise SubjectNotFound
    # What was said on the telephone has no page of its own: the file is where it is worked on.
    if contact.last_message_at is None and contact.customer_id is not None:
        return HttpResponseRedirect(address_of("desk:customer", contact.customer_id))
    return HttpResponseRedirect(address_of("desk:contact", contact.pk))


@require_safe
@desk_view
def held_answer(request: HttpRequest, actor: Actor, message_id: int) -> HttpResponse:  # noqa: ARG001
    """To an answer that waits to be released, in its conversation."""
    found = Message.objects.filter(pk=message_id, contact__in=visible_contacts(actor)).first()
    if found is None:
        raise SubjectNotFound
    return HttpResponseRedirect(f"{address_of('desk:contact', found.contact_id)}#message-{found.pk}")


@require_safe
@desk_view
def task(request: HttpRequest, actor: Actor, task_id: int) -> HttpResponse:  # noqa: ARG001
    """To the case a task is of."""
    found = CaseTask.objects.filter(pk=task_id).values_list("case", flat=True).first()
    return HttpResponseRedirect(address_of("desk:case", _reference(actor, found or 0)))


def _reference(actor: Actor, case_id: int) -> str:
    found = visible_cases(actor).filter(pk=case_id).values_list("reference", flat=True).first()
    if found is None:
        raise SubjectNotFound
    return found
