"""What every view of the desk begins with: who is it, and pages that are kept by nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache

from onhand.contacts.access import visible_contacts
from onhand.customers.access import WORK_WITHOUT_CONTACT
from onhand.customers.identification.level import current_contact
from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPermitted, SubjectNotFound, UnknownAct
from onhand.staff.queries import actor_for

P = ParamSpec("P")
ON_CONTACT = "on_contact"  # not "contact", which acts may have as an argument
SHOWN_CONTACT = "On-Contact"  # the header with which parts of a contact's page ask
DeskView = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]


def desk_view(view: DeskView[P]) -> Callable[..., HttpResponse]:
    """
    A view for signed-in people, given the actor. What does not exist, may not be seen or may not be done is the same "not found":
    nobody learns from the answer which it was.
    """

    @never_cache
    @login_required
    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, actor_for(request.user), *args, **kwargs)
        except (SubjectNotFound, NotPermitted, UnknownAct) as error:
            raise Http404 from error
        patch_vary_headers(response, ["HX-Request"])
        return response

    return answer


def wants_fragment(request: HttpRequest) -> bool:
    """Whether the page asks for a part of itself."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


@dataclass(frozen=True, slots=True)
class OnScreen:
    """A contact that goes on and whose page is open: nobody's (`representative_id` None), a colleague's, or the reader's own."""

    id: int
    representative_id: int | None
    representative_name: str
    is_own: bool


def on_screen(request: HttpRequest, actor: Actor) -> OnScreen | None:
    """The contact whose page a part of it asks from; None where that is no contact's page, or the contact has ended."""
    number = number_of(request.headers.get(SHOWN_CONTACT))
    if number is None:
        return None
    going_on = visible_contacts(actor).filter(pk=number, ended_at__isnull=True)
    found = going_on.values_list("representative_id", "representative_name").first()
    return None if found is None else OnScreen(number, *found, is_own=found[0] is not None and found[0] == actor.id)


def contact_of(request: HttpRequest, actor: Actor, customer_id: int | None) -> int | None:
    """
    The contact a request is made on: the one it names, else the one on screen, else the person's own going-on contact with that
    customer. A contact on screen that is not theirs counts for nobody who may work without one.
    """
    named = number_of(request.POST.get(ON_CONTACT) or request.GET.get(ON_CONTACT))
    if named is not None or customer_id is None:
        return named
    shown = on_screen(request, actor)
    if shown is None:
        return current_contact(actor, customer_id)
    return shown.id if shown.is_own or not actor.may(WORK_WITHOUT_CONTACT) else None


def number_of(text: str | None) -> int | None:
    """A positive whole number of an address or form; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 and int(text) > 0 else None
