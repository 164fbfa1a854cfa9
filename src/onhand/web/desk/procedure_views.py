"""Going through procedures on the desk: the page of a run, the region beside contacts and orders, and what is pressed there."""

from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onhand.contacts.access import visible_contacts
from onhand.contacts.first_screen import NOTHING
from onhand.contacts.subjects import CONTACT
from onhand.customers.access import visible_customers
from onhand.customers.membership import member_ids
from onhand.customers.queries import note_reading
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, NotPermitted, SubjectNotFound, UnknownAct
from onhand.kernel.perform import perform
from onhand.orders.reading import find_order
from onhand.orders.subjects import ORDER
from onhand.procedures.access import RUN
from onhand.procedures.knowing import script_of
from onhand.procedures.models import ProcedureRun
from onhand.web.addresses import address_of
from onhand.web.desk.access import contact_of, desk_view, number_of, wants_fragment
from onhand.web.desk.customer_pages import read_first_screen, screen_context, work_sections
from onhand.web.desk.procedure_answers import as_typed
from onhand.web.desk.procedure_beginning import BEGIN, in_force, offered_at, things
from onhand.web.desk.procedure_pages import NOTHING_ASKED, Asked, Place, read_run, region
from onhand.web.desk.request_keys import key_of
from onhand.web.desk.timeline_pages import read_asked
from onhand.web.operations import drop_draft

LONGEST_STEP = 200
PAGE_NAME = "procedures"
QUICK = {"take-up": "procedures.take_up_procedure", "end": "procedures.end_procedure"}
WITH_REGION = ("desk:contact", "desk:customer", "orders:order", "desk:procedure")


def place_of(actor: Actor, text: str) -> Place:
    """A place as addresses say it: `contact:5`, `order:5`, `customer:5`, `run:5`. Raises SubjectNotFound."""
    kind, _colon, number = text.partition(":")
    pk = number_of(number)
    if pk is None:
        raise SubjectNotFound
    if kind == ORDER:
        order, owner = find_order(actor, pk)
        return _place(ORDER, order.pk, owner, None)
    if kind == CONTACT:
        contact = visible_contacts(actor).filter(pk=pk).values_list("customer_id", "ended_at").first()
        if contact is None:
            raise SubjectNotFound
        return _place(CONTACT, pk, _seen(actor, contact[0]), pk if contact[1] is None else None)
    if kind == "run":
        one = read_run(actor, pk)
        if one is None:
            raise SubjectNotFound
        return _place("run", pk, _seen(actor, one.customer_id), one.contact_id)
    root = _seen(actor, pk) if kind == CUSTOMER else None
    if root is None:
        raise SubjectNotFound
    return _place(CUSTOMER, root, root, None)


def _seen(actor: Actor, customer_id: int | None) -> int | None:
    """The file a customer is part of, where this person may open it."""
    if customer_id is None:
        return None
    found = visible_customers(actor).filter(pk=customer_id, erased_at__isnull=True)
    row = found.values_list("pk", "merged_into_id").first()
    return (row[1] or row[0]) if row else None


def _place(kind: str, pk: int, root: int | None, contact_id: int | None) -> Place:
    return Place(kind, pk, root, contact_id, tuple(member_ids(root)) if root else ())


def _note(actor: Actor, place: Place) -> None:
    if place.customer_id is not None:
        reason = _("went through a procedure")
        at = timezone.now()
        note_reading(actor, place.customer_id, page=PAGE_NAME, reason=reason, at=at, contact_id=place.contact_id)


@require_safe
@desk_view
def procedure(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponse:
    """The page of a run, with the customer's file beside it."""
    place = place_of(actor, f"run:{run_id}")
    one = read_run(actor, run_id)
    if one is None:
        raise Http404
    context = _region_context(request, actor, place) | {
        "run": one,
        "customer": None,
        "work_sections": work_sections(actor),
        "column": "stream",
        "contact_id": one.contact_id if one.contact is not None and one.contact.ended_at is None else None,
    }
    if place.customer_id is not None:
        screen = read_first_screen(
            actor, place.customer_id, wanted=NOTHING, page=PAGE_NAME, reason=_("went through a procedure")
        )
        shown = screen_context(request, actor, screen, read_asked(request.GET))
        context |= {
            "customer": shown["customer"],
            "panels": shown["panels"],
            "file_page": address_of("desk:customer", place.customer_id),
        }
    return render(request, "desk/procedures/page.html", context)


def _region_context(request: HttpRequest, actor: Actor, place: Place, asked: Asked = NOTHING_ASKED) -> dict[str, Any]:
    offered = [] if place.kind == "run" else offered_at(actor, place)
    return {"region": region(place, actor, timezone.now(), asked, offered=offered), "request": request}


@require_safe
@desk_view
def procedures_beside(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The region at a place, for live updates; with `change` to answer a step again."""
    place = place_of(actor, request.GET.get("place", ""))
    _note(actor, place)
    asked = Asked(
        change=request.GET.get("change", "").replace("\0", "")[:LONGEST_STEP],
        run_id=number_of(request.GET.get("run")) or 0,
        moved="change" in request.GET,
    )
    context = _region_context(request, actor, place, asked)
    if "shown" not in request.GET:
        return render(request, "desk/procedures/region.html", context)
    if request.GET["shown"] == context["region"]["marker"]:
        return HttpResponse(status=204)
    response = render(request, "desk/procedures/region.html", context)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#procedures", "innerHTML"
    return response


@require_POST
@desk_view
def step(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponse:
    """Answer a step, or skip it with a reason: one press, then the next step in its place."""
    one = _run(actor, run_id)
    key = request.POST.get("step", "")[:LONGEST_STEP]
    if "skip" in request.POST:
        name, given = "procedures.skip_step", {"step": key, "reason": request.POST.get("reason", "")}
    else:
        answer = as_typed(script_of(one).step(key), request.POST.get("answer", ""))
        name, given = "procedures.answer_step", {"step": key, "answer": answer}
    problem = _do(request, actor, name, run_id, given)
    if problem is None and (draft := request.POST.get("draft_key", "")):
        drop_draft(actor=actor, key=draft.replace("\0", "")[:100])
    typed = request.POST.get("answer", "") if problem else ""
    change = key if problem and request.POST.get("is_change") else ""
    return _answered(request, actor, run_id, problem, Asked(change, run_id, typed, moved=True), opens=problem is None)


@require_POST
@desk_view
def quick(request: HttpRequest, actor: Actor, run_id: int, what: str) -> HttpResponse:
    """Take a run up, or say that everything was done: one press."""
    if what not in QUICK:
        raise Http404
    _run(actor, run_id)
    problem = _do(request, actor, QUICK[what], run_id, {})
    return _answered(request, actor, run_id, problem, Asked(run_id=run_id, moved=True))


def _run(actor: Actor, run_id: int) -> ProcedureRun:
    actor.require(RUN)
    one = read_run(actor, run_id)
    if one is None:
        raise Http404
    return one


def _do(request: HttpRequest, actor: Actor, name: str, run_id: int, given: dict[str, Any]) -> ActError | None:
    """Do an act on the run; what stood against it, or None."""
    try:
        perform(
            name,
            actor=actor,
            subject_id=run_id,
            arguments=given,
            at=timezone.now(),
            contact_id=_contact(request, actor),
            idempotency_key=key_of(request),
        )
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        return error
    return None


def _contact(request: HttpRequest, actor: Actor) -> int | None:
    """The contact something is done on: that of the place, where there is one, else one's own with the customer."""
    place = place_of(actor, request.POST.get("place", "")) if request.POST.get("place") else None
    if place is None:
        return None
    if place.kind == CONTACT:
        return place.contact_id
    return contact_of(request, actor, place.customer_id)


def _answered(
    request: HttpRequest, actor: Actor, run_id: int, problem: ActError | None, asked: Asked, *, opens: bool = False
) -> HttpResponse:
    """The region again, and in the panel the form of the act that is ready; without script, the page of the run."""
    if not wants_fragment(request) and problem is None:
        return HttpResponseRedirect(address_of("desk:procedure", run_id))
    place = place_of(actor, request.POST.get("place") or f"run:{run_id}")
    if problem is not None:
        errors = problem.fields or {"": [problem.message]}
        asked = Asked(asked.change, asked.run_id, asked.typed, errors, moved=True)
    context = _region_context(request, actor, place, asked)
    shown = next((one for one in context["region"]["runs"] if one["id"] == run_id), None)
    if opens and shown is not None and shown.get("step") and shown["step"]["prepared"]:
        context["opens"] = shown["step"]["prepared"]["url"]
    status = 422 if problem is not None else 200
    if not wants_fragment(request):
        return render(request, "desk/procedures/alone.html", context | {"has_file": False}, status=status)
    return render(request, "desk/procedures/region.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def begin(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Begin a procedure at a place: at once where it is known what it is about, else choose that first."""
    actor.require(RUN)
    asked = request.POST if request.method == "POST" else request.GET
    place = place_of(actor, asked.get("place", ""))
    number = number_of(asked.get("procedure"))
    one = next((each for each in in_force(actor) if each.procedure_id == number), None)
    if one is None:
        raise Http404
    offered = things(actor, one, place)
    if offered is None:
        raise Http404
    context: dict[str, Any] = {
        "title": _("Begin a procedure: %(name)s") % {"name": one.name},
        "name": one.name,
        "purpose": one.script.purpose,
        "procedure_id": one.procedure_id,
        "place": place.text,
        "things": offered,
        "about": number_of(asked.get("about")) or (offered[0]["id"] if len(offered) == 1 else None),
        "close_url": _page_of(place),
        "idempotency_key": key_of(request),
        "message": "",
        "by_itself": wants_fragment(request) and request.method != "POST",
    }
    if request.method != "POST":
        return _show_beginning(request, context)
    return _begin(request, actor, place, context)


def _begin(request: HttpRequest, actor: Actor, place: Place, context: dict[str, Any]) -> HttpResponse:
    contact_id = place.contact_id if place.kind == CONTACT else contact_of(request, actor, place.customer_id)
    try:
        made = perform(
            BEGIN,
            actor=actor,
            arguments={"procedure": context["procedure_id"], "about": context["about"] or 0},
            at=timezone.now(),
            contact_id=contact_id,
            idempotency_key=context["idempotency_key"],
        )
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        message = " ".join([error.message, *(one for given in error.fields.values() for one in given)])
        return _show_beginning(request, context | {"message": message, "idempotency_key": ""}, status=422)
    run_id = made.subject_id or 0
    target = address_of("desk:procedure", run_id)
    if not wants_fragment(request):
        return HttpResponseRedirect(target)
    if not _has_region(request, place):
        return HttpResponse(headers={"HX-Redirect": target})
    shown = _region_context(request, actor, place, Asked(run_id=run_id, moved=True)) | {"clears_panel": True}
    response = render(request, "desk/procedures/region.html", shown)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#procedures", "innerHTML"
    return response


def _has_region(request: HttpRequest, place: Place) -> bool:
    """Whether the page it was begun from shows the procedures of that place."""
    try:
        found = resolve(urlsplit(request.headers.get("HX-Current-URL", "")).path)
    except Resolver404:
        return False
    return found.view_name in WITH_REGION and str(place.id) in map(str, found.kwargs.values())


def _page_of(place: Place) -> str:
    pages = {CONTACT: "desk:contact", ORDER: "orders:order", CUSTOMER: "desk:customer", "run": "desk:procedure"}
    return address_of(pages[place.kind], place.id)


def _show_beginning(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    if wants_fragment(request):
        return render(request, "desk/procedures/begin.html", context, status=status)
    return render(request, "desk/procedures/begin_page.html", context | {"has_file": False}, status=status)
