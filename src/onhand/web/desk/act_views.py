"""The form of an act, what it would do, and doing it. One set of views for every act on every subject."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from onhand.approvals.asking import OWN as OWN_APPROVALS
from onhand.approvals.asking import ask_for
from onhand.customers.identification.level import customer_of
from onhand.customers.protection import Shield
from onhand.customers.queries import note_reading
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, get_act
from onhand.kernel.decisions import Refused
from onhand.kernel.errors import (
    ActError,
    ArgumentsInvalid,
    IdentityNeeded,
    KeyReused,
    NotPermitted,
    StaleVersion,
    SubjectNotFound,
    UnknownAct,
)
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import Outcome, perform, require_identification
from onhand.kernel.subjects import SubjectType, subject_type
from onhand.web.act_forms import (
    current_values,
    field_views,
    first_values,
    given_arguments,
    reference_labels,
    shown_again,
    values_of,
)
from onhand.web.addresses import address_of
from onhand.web.desk.access import contact_of, desk_view, number_of, wants_fragment
from onhand.web.desk.act_words import ChangeWords, decision_words, plain_inverse, since_words
from onhand.web.desk.approval_pages import beside
from onhand.web.desk.customer_pages import WAYS_TO_IDENTIFY, WRITE, customer_page, work_sections
from onhand.web.desk.registering import back_to_contact, wrote_query
from onhand.web.desk.suggestions import suggested_values
from onhand.web.grave import GRAVE
from onhand.web.operations import drop_draft
from onhand.web.own_pages import own_page

MOST_MEANWHILE = 5  # acts of others told of when a form was overtaken
_KEY = re.compile(r"[0-9A-Za-z_-]{8,64}")
NOTE_RESULT = "note-result"
# What the form sends beside the act's arguments, where it asks to be allowed it.
ASKING, ASKING_NOTE, ASKING_WAITS = "ask_approval", "approval_note", "approval_waits"


@dataclass
class ActPage:
    """One act on one subject, asked for by one actor."""

    request: HttpRequest
    actor: Actor
    act: Act
    subject_id: int | None

    @property
    def kind(self) -> SubjectType[Any]:
        """The type of the subject."""
        return subject_type(self.act.subject)

    @property
    def address(self) -> str:
        """Where the form is and where it is sent."""
        return act_address(self.act, self.subject_id)

    @property
    def draft_key(self) -> str:
        """Under which what is typed into the form is kept; a secret is not."""
        return "" if self.act.has_secrets else f"act:{self.act.name}:{self.subject_id or 'new'}"

    @cached_property
    def contact_id(self) -> int | None:
        """The contact the act is done on: of a protected one, that with the customer whose the subject is."""
        is_theirs = self.act.subject == CUSTOMER or self.act.protects
        customer_id = customer_of(self.act.subject, self.subject_id) if is_theirs else None
        return contact_of(self.request, self.actor, customer_id)

    @cached_property
    def shield(self) -> Shield:
        """What this person may see of the customer's file now."""
        return Shield(self.actor, timezone.now(), self.contact_id)

    def shown(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values by name, as far as this person may see them."""
        return self.shield.values(self.act.subject, self.subject_id, values)

    @property
    def close_url(self) -> str:
        """The page the form stands beside."""
        if self.subject_id is not None:
            return self.kind.page(self.subject_id)
        return address_of("desk:customers") if self.act.subject == CUSTOMER else address_of("settings:home")

    def is_open(self, name: str) -> bool:
        """Whether a stored value of that name may be shown to this person in full."""
        return self.shown({name: "x"}) == {name: "x"}

    def subject(self) -> Any:
        """The subject as this actor may see it; None for an act that creates one. Raises SubjectNotFound."""
        return None if self.subject_id is None else self.kind.read(self.actor, self.subject_id)

    def described(self) -> dict[str, Any]:
        """The act for the form's template."""
        return {
            "label": self.act.label,
            "doc": _(self.act.doc) if self.act.doc else "",
            "confirm_label": "",
            "url": f"{self.address}{wrote_query(self.request, self.act.name)}",
            "preview_url": "" if self.act.has_secrets else f"{self.address}preview/",
            "fields": field_views(self.act, self.actor, self.subject_id),
            "may_be_asked": not (self.act.has_secrets or self.act.name.startswith(OWN_APPROVALS)),
        }


def act_address(act: Act, subject_id: int | None) -> str:
    """The address of an act's form: below the customer's page for customers, among all acts otherwise."""
    if act.creates:
        return address_of("desk:new", act.name)
    if act.subject == CUSTOMER:
        return address_of("desk:customer_act", subject_id, act.name)
    return address_of("desk:act", act.name, subject_id)


def act_page(request: HttpRequest, actor: Actor, name: str, subject_id: int | None, subject: str) -> ActPage:
    """The act asked for. Raises UnknownAct, NotPermitted, or SubjectNotFound where its subject is not given as it takes it."""
    act = get_act(name)
    actor.require(act.permission)
    if act.creates != (subject_id is None) or subject not in ("", act.subject):
        raise SubjectNotFound
    if name in GRAVE:  # only in the settings, which ask first who it is
        raise SubjectNotFound
    return ActPage(request, actor, act, subject_id)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def form(
    request: HttpRequest, actor: Actor, name: str, subject_id: int | None = None, subject: str = ""
) -> HttpResponse:
    """GET: the form, filled with what is stored. POST: do the act."""
    page = act_page(request, actor, name, subject_id, subject)
    if name == WRITE and subject_id is not None and request.method != "POST":
        return _go_to(request, address_of("desk:write", subject_id))
    if (own := own_page(name, subject_id)) and request.method != "POST":
        return _go_to(request, own)
    return confirm(page) if request.method == "POST" else open_form(page)


def _go_to(request: HttpRequest, target: str) -> HttpResponse:
    """To an act's own page, also from where its form would have been put into a panel."""
    if wants_fragment(request):
        return HttpResponse(headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def open_form(page: ActPage) -> HttpResponse:
    """The form, filled with what is stored."""
    subject = page.subject()
    try:
        require_identification(page.act, page.actor, page.subject_id, page.contact_id, timezone.now())
    except IdentityNeeded as error:
        return _shut(page, error)
    _note_reading(page)
    values = suggested_values(page.act, page.actor, page.subject_id, page.contact_id, timezone.now())
    stored = first_values(page.act, subject, page.request.GET, page.is_open)
    values |= {name: value for name, value in stored.items() if value != "" or name not in values}
    undone = _undo_values(page, subject)
    asked = bool(undone) or any(field.name in page.request.GET for field in page.act.fields)
    return _show(page, values | undone, subject=subject, is_typed=asked)


def _shut(page: ActPage, error: IdentityNeeded) -> HttpResponse:
    """In place of the form, which would show what is stored: what to do first."""
    ways = [act for act in map(get_act, WAYS_TO_IDENTIFY) if page.actor.may(act.permission)]
    context = {
        "act": {"label": page.act.label, "doc": ""},
        "message": error.message,
        "has_contact": page.contact_id is not None,
        "ways": [{"label": act.label, "url": act_address(act, page.subject_id)} for act in ways]
        if page.act.subject == CUSTOMER
        else [],
        "close_url": page.close_url,
        "title": page.act.label,
    }
    return _answer(page, "desk/act_shut.html", context)


def _undo_values(page: ActPage, subject: Any) -> dict[str, Any]:
    """What the form holds to take back the recorded act named by `?undo=`."""
    record_id = number_of(page.request.GET.get("undo"))
    if record_id is None or subject is None:
        return {}
    record = ActRecord.objects.filter(
        pk=record_id, act=page.act.name, subject_type=page.act.subject, subject_id=subject.pk
    ).first()
    before = record and plain_inverse(record.act, record.before, record.after, page.kind.snapshot(subject))
    if before and page.shown(before) != before:
        return {}
    values: dict[str, Any] = {}
    for field in page.act.fields:
        if before and field.name in before:
            values |= values_of(field, before[field.name])
    return values


@require_POST
@desk_view
def preview(
    request: HttpRequest, actor: Actor, name: str, subject_id: int | None = None, subject: str = ""
) -> HttpResponse:
    """What the act would change and what the guideline says, by the same path, rolled back."""
    page = act_page(request, actor, name, subject_id, subject)
    shown = _preview(page)
    _note_reading(page)  # it says what was stored before
    return render(request, "desk/act_preview.html", {"preview": shown})


def _preview(page: ActPage) -> dict[str, Any]:
    data = page.request.POST
    try:
        outcome = perform(
            page.act.name,
            actor=page.actor,
            subject_id=page.subject_id,
            arguments=given_arguments(page.act, data),
            at=timezone.now(),
            contact_id=page.contact_id,
            preview=True,
        )
    except Refused as error:
        return {"decision": decision_words(error.decision), "changes": [], "begin": _begin(page, error.decision.rule)}
    except (SubjectNotFound, NotPermitted):
        raise
    except ActError as error:
        return {"missing": _what_is_missing(page, error)}
    words = ChangeWords(page.act.subject)
    changes = words.changes(page.shown(outcome.before), page.shown(outcome.after))
    return {"decision": decision_words(outcome.decision), "changes": changes}


def _begin(page: ActPage, rule: str) -> str:
    """Where the procedure is begun that keeps the act to itself; empty where another rule refused it."""
    kind, _colon, number = rule.partition(":")
    procedure_id = number_of(number) if kind == "procedure" else None
    if procedure_id is None or page.subject_id is None or page.act.subject not in ("order", CUSTOMER):
        return ""
    asked = {"procedure": procedure_id, "place": f"{page.act.subject}:{page.subject_id}"}
    return f"{address_of('desk:procedure_begin')}?{urlencode(asked)}"


def _what_is_missing(page: ActPage, error: ActError) -> str:
    labels = {field.name: str(field.label) for field in page.act.fields}
    given = given_arguments(page.act, page.request.POST)
    empty = [labels[name] for name in error.fields if name in labels and not given.get(name)]
    if isinstance(error, ArgumentsInvalid) and empty:
        return _("Still to fill in: %(fields)s.") % {"fields": ", ".join(empty)}
    for name, messages in error.fields.items():
        return f"{labels[name]}: {messages[0]}" if name in labels else messages[0]
    return error.message


def errors_of_form(act: Act, error: ActError) -> dict[str, list[str]]:
    """What is wrong by the fields of a form; what is of none of them, such as of a part another act would ask for, stands above it."""
    names = {field.name for field in act.fields}
    found = {name: messages for name, messages in error.fields.items() if name in names}
    above = [message for name, messages in error.fields.items() if name not in names for message in messages]
    if above or not found:
        found[""] = above or [error.message]
    return found


def confirm(page: ActPage) -> HttpResponse:
    """Do the act; on any refusal show the form again with everything that was typed."""
    data = page.request.POST
    try:
        if ASKING in data:
            return _asked(page)
        outcome = _perform(page, _expected_version(data.get("expected_version", "")))
    except (SubjectNotFound, NotPermitted, UnknownAct):
        raise
    except ActError as error:
        return _not_done(page, error)
    drop_draft(actor=page.actor, key=_draft_done(page))
    return _done(page, outcome)


def _asked(page: ActPage) -> HttpResponse:
    """Ask somebody with more authority to allow it, as it was typed; then how that stands, in place of the form. Raises ActError."""
    data = page.request.POST
    given_key = data.get("idempotency_key", "")
    approval = ask_for(
        page.actor,
        act=page.act.name,
        subject_id=page.subject_id,
        arguments=given_arguments(page.act, data),
        at=timezone.now(),
        contact_id=page.contact_id,
        key=given_key if _KEY.fullmatch(given_key) else None,
        note=data.get(ASKING_NOTE, ""),
        customer_waits=ASKING_WAITS in data,
    )
    drop_draft(actor=page.actor, key=_draft_done(page))
    if not wants_fragment(page.request):
        return HttpResponseRedirect(address_of("desk:approval", approval.pk))
    context = {
        "one": beside(approval, page.actor, timezone.now()),
        "topics": [f"{page.act.subject}:{page.subject_id}"],
        "draft_key": _draft_done(page),
        "close_url": page.close_url,
    }
    return render(page.request, "desk/approval_asked.html", context)


def _perform(page: ActPage, expected_version: int | None) -> Outcome:
    data = page.request.POST
    key = data.get("idempotency_key", "")
    given: dict[str, Any] = {
        "actor": page.actor,
        "subject_id": page.subject_id,
        "arguments": given_arguments(page.act, data),
        "at": timezone.now(),
        "contact_id": page.contact_id,
        "idempotency_key": key if _KEY.fullmatch(key) else secrets.token_hex(16),
    }
    try:
        return perform(page.act.name, expected_version=expected_version, **given)
    except StaleVersion as error:
        if expected_version is None or not _only_added(_meanwhile(page, expected_version, error.current)):
            raise
        # A note written meanwhile has changed nothing this form shows.
        return perform(page.act.name, expected_version=error.current, **given)


def _expected_version(text: str) -> int | None:
    """The version the form was made from; a version that cannot be counts as overtaken."""
    return None if not text else number_of(text) or 0


def _meanwhile(page: ActPage, seen: int, current: int) -> list[ActRecord]:
    """The acts between two versions of the subject, newest first; empty where the records do not say."""
    count = current - seen
    if not 0 < count <= 100:
        return []
    records = ActRecord.objects.filter(subject_type=page.act.subject, subject_id=page.subject_id).order_by("-id")[
        :count
    ]
    return list(records) if len(records) == count else []


def _only_added(records: list[ActRecord]) -> bool:
    try:
        return bool(records) and all(get_act(record.act).only_adds for record in records)
    except UnknownAct:
        return False


def _not_done(page: ActPage, error: ActError) -> HttpResponse:
    errors = errors_of_form(page.act, error)
    if page.request.headers.get("HX-Target") == NOTE_RESULT:
        return render(page.request, "desk/note_done.html", {"errors": errors}, status=422)
    more: dict[str, Any] = {"errors": errors, "status": 409 if error.status == 409 else 422}
    subject = page.subject()
    _note_reading(page)  # the form comes back with the file around it
    if isinstance(error, StaleVersion):
        seen = _expected_version(page.request.POST.get("expected_version", "")) or 0
        records = _meanwhile(page, seen, error.current)[:MOST_MEANWHILE]
        said = since_words(records, ChangeWords(page.act.subject), page.shown)
        kept = _("What you typed is kept. Compare it with what is stored now, then confirm again.")
        more |= {
            "errors": {},
            "stale": {"message": f"{said} {kept}".strip()},
            "current": current_values(page.act, subject, page.is_open),
        }
    elif isinstance(error, Refused):
        begin = _begin(page, error.decision.rule)
        more |= {"preview": {"decision": decision_words(error.decision), "changes": [], "begin": begin}}
    key = "" if isinstance(error, KeyReused) else page.request.POST.get("idempotency_key", "")
    return _show(page, shown_again(page.act, page.request.POST), subject=subject, is_typed=True, key=key, **more)


def _show(
    page: ActPage,
    values: dict[str, Any],
    *,
    subject: Any,
    is_typed: bool,
    key: str = "",
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "act": page.described(),
        "values": values | reference_labels(page.act, page.actor, values),
        "errors": {},
        "is_typed": is_typed,
        "idempotency_key": key if _KEY.fullmatch(key) else secrets.token_hex(16),
        "expected_version": "" if subject is None else subject.version,
        "close_url": page.close_url,
        "draft_key": page.draft_key,
        "title": f"{page.act.label} · {page.kind.title(subject)}" if subject is not None else page.act.label,
        "asking": {
            "note": page.request.POST.get(ASKING_NOTE, ""),
            "waits": ASKING_WAITS in page.request.POST or (not page.request.POST and page.contact_id is not None),
        },
    }
    return _answer(page, "desk/act_form.html", context | more, status)


def _answer(page: ActPage, fragment: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The fragment for the panel, or the whole page around it where there is no script to put it there."""
    if wants_fragment(page.request):
        return render(page.request, fragment, context, status=status)
    if page.act.subject == CUSTOMER and page.subject_id is not None:
        around = customer_page(page.request, page.actor, page.subject_id)
        around["work_sections"] = work_sections(page.actor, page.subject_id)
        return render(page.request, "desk/act_page.html", around | context, status=status)
    return render(page.request, "desk/act_alone.html", context, status=status)


def _done(page: ActPage, outcome: Outcome) -> HttpResponse:
    target = page.kind.page(outcome.subject_id) if outcome.subject_id is not None else page.close_url
    by_script = wants_fragment(page.request)
    target = back_to_contact(page.request, page.actor, page.act.name, outcome.subject_id) or target
    if not outcome.shown and (page.act.creates or not by_script):
        response: HttpResponse = HttpResponse() if by_script else HttpResponseRedirect(target)
        if by_script:
            response.headers["HX-Redirect"] = target
        return response
    done = {
        "headline": _("Done: %(act)s") % {"act": page.act.label},
        "topics": [f"{outcome.subject_type}:{outcome.subject_id}"],
        "draft_key": _draft_done(page),
        "decision": decision_words(outcome.decision),
        "changes": ChangeWords(outcome.subject_type).changes(page.shown(outcome.before), page.shown(outcome.after)),
        "record": outcome.record_id,
        "shown": [
            {"label": label.replace("_", " ").capitalize(), "value": value} for label, value in outcome.shown.items()
        ],
        "undo": _undo(page, outcome),
    }
    context = {"done": done, "close_url": target, "errors": {}, "idempotency_key": secrets.token_hex(16)}
    if page.request.headers.get("HX-Target") == NOTE_RESULT:
        return render(page.request, "desk/note_done.html", context)
    return _answer(page, "desk/act_done.html", context)


def _undo(page: ActPage, outcome: Outcome) -> dict[str, str] | None:
    before = plain_inverse(outcome.act, outcome.before, outcome.after, outcome.after)
    if before is None or outcome.record_id is None:
        return None
    return {"label": _("Undo"), "url": f"{page.address}?undo={outcome.record_id}"}


def _draft_done(page: ActPage) -> str:
    if page.request.headers.get("HX-Target") == NOTE_RESULT:
        return f"note:{page.subject_id}"
    return page.draft_key


def _note_reading(page: ActPage) -> None:
    if page.act.subject == CUSTOMER and page.subject_id is not None:
        note_reading(
            page.actor,
            page.subject_id,
            page="desk.act",
            reason=page.act.name,
            at=timezone.now(),
            contact_id=page.contact_id,
        )
