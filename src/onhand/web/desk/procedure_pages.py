"""Procedures on the desk: where a run has come to, what was taken before, and what can be begun or taken up."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onhand.approvals.access import visible_approvals
from onhand.guidelines.answers import in_language
from onhand.guidelines.facts import find_fact, in_minor
from onhand.guidelines.feel.values import Value
from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.subjects import subject_type
from onhand.knowledge.access import READ, visible_articles
from onhand.procedures.access import RUN, visible_runs
from onhand.procedures.enums import Outcome, RunState, Source
from onhand.procedures.knowing import CURRENCIES, Standing, prepared_arguments, script_of, standing
from onhand.procedures.models import ProcedureRun, StepTaken
from onhand.procedures.noting import as_answer
from onhand.procedures.run_acts import is_changeable
from onhand.procedures.script import AnswerType, Prepared, Script, ScriptError, Step, StepKind, Texts
from onhand.procedures.subjects import PROCEDURE_RUN
from onhand.procedures.walking import Passed, Status
from onhand.web.act_forms import values_of
from onhand.web.addresses import address_of
from onhand.web.desk.act_views import act_address
from onhand.web.desk.act_words import act_label, decision_words
from onhand.web.desk.approval_pages import beside
from onhand.web.desk.customer_pages import WAYS_TO_IDENTIFY
from onhand.web.procedure_facts import may_tell
from onhand.web.templating import show_date

MOST_GOING_ON, MOST_ENDED = 5, 3
ENDED_SHOWN_FOR = timedelta(hours=24)
LEAVE, GIVE_UP = "procedures.leave_procedure", "procedures.give_up_procedure"
OUTCOME_TONES = {Outcome.THROUGH: "good", Outcome.STOPPED: "info", Outcome.GIVEN_UP: "warn"}
TYPED = {AnswerType.NUMBER: "number", AnswerType.DATE: "date", AnswerType.TEXT: "text"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a region is asked for with: the step to answer again, and what was wrong with what was sent."""

    change: str = ""
    run_id: int = 0
    typed: str = ""
    errors: Mapping[str, Any] = field(default_factory=dict)
    moved: bool = False  # something was put down just now: the focus goes to what is next


NOTHING_ASKED = Asked()


def read_run(actor: Actor, run_id: int) -> ProcedureRun | None:
    """A run as this person may see it, with all its page needs."""
    related = ("procedure", "procedure_version", "customer", "contact")
    return visible_runs(actor).select_related(*related).filter(pk=run_id).first()


def run_view(one: ProcedureRun, actor: Actor, now: datetime, asked: Asked = NOTHING_ASKED) -> dict[str, Any]:
    """A run: what was taken so far, and, where the reader holds it, the step it has come to."""
    is_own = one.state == RunState.OPEN and (one.held_by_kind, one.held_by_id) == (str(actor.kind), actor.id)
    is_mine_asked = asked.run_id == one.pk
    view: dict[str, Any] = {
        "id": one.pk,
        "name": one.procedure.name,
        "about": one.about_title,
        "about_url": subject_type(one.about_type).page(one.about_id),
        "url": address_of("desk:procedure", one.pk),
        "step_url": address_of("desk:procedure_step", one.pk),
        "is_own": is_own,
        "is_ended": one.state == RunState.ENDED,
        "held_by": one.held_by_name,
        "begun_by": one.begun_by_name,
        "begun_at": one.begun_at,
        "ended_at": one.ended_at,
        "number": one.procedure_version.number,
        "note": one.note,
        "topics": [f"{PROCEDURE_RUN}:{one.pk}", f"{one.about_type}:{one.about_id}"],
        "acts": [],
        "take_up_url": "",
        "errors": [] if is_own or not is_mine_asked else [one for given in asked.errors.values() for one in given],
    }
    rows = latest_rows(one)
    if view["is_ended"]:
        outcome = Outcome(one.outcome)
        view["outcome"] = {"words": str(outcome.label), "tone": OUTCOME_TONES[outcome]}
        view["path"] = [_row_line(row, _step_of(one, row)) for row in rows.values()]
        return view
    try:
        stand = standing(one, actor, now)
    except ScriptError:  # written for another version of the product
        path = [_row_line(row, None) for row in rows.values()]
        return view | {"path": path, "is_own": False, "is_left": True, "now": "–"}
    tells = may_tell(actor, one, now)
    view |= {
        "path": _path(stand, rows, tells=tells, may_change=is_own),
        "now": _come_to(stand),
        "is_left": one.state == RunState.LEFT,
    }
    if is_own:
        view["step"] = step_view(stand, actor, rows, asked if is_mine_asked else NOTHING_ASKED, tells=tells)
        view["acts"] = [
            {"label": _("Leave it for later"), "url": address_of("desk:act", LEAVE, one.pk), "key": ""},
            {"label": _("Give up"), "url": address_of("desk:act", GIVE_UP, one.pk), "key": ""},
        ]
        view["end_url"] = address_of("desk:procedure_quick", one.pk, "end")
    elif actor.may(RUN):
        view["take_up_url"] = address_of("desk:procedure_quick", one.pk, "take-up")
    approval = (view.get("step") or {}).get("approval")
    if approval:
        view["topics"].append(approval["topic"])
    return view


def latest_rows(one: ProcedureRun) -> dict[str, StepTaken]:
    """What counts of what was put down, by step."""
    return {row.step: row for row in one.steps.order_by("pk")}


def _come_to(stand: Standing) -> str:
    now = stand.way.now
    return now.key if now else _("Everything is done")


def _path(stand: Standing, rows: Mapping[str, StepTaken], *, tells: bool, may_change: bool) -> list[dict[str, Any]]:
    """The steps behind, in short lines."""
    lines = []
    for passed in stand.way.path:
        if passed.status in (Status.NOT_NEEDED, Status.NOW, Status.STOPS):
            continue
        row = rows.get(passed.step.key)
        words = answer_words(passed, stand, row)
        if passed.status is Status.KNOWN and passed.step.fact and not tells:
            words = _("known; shown once the customer is identified")
        can_change = may_change and passed.step.kind in (StepKind.ASK, StepKind.OFFER) and is_changeable(stand, passed)
        lines.append(
            {
                "key": passed.step.key,
                "words": words,
                "status": str(passed.status),
                "reason": row.reason if row and passed.status is Status.SKIPPED else "",
                "by": row.by_name if row else "",
                "at": row.at if row else None,
                "change": passed.step.key if can_change else "",
                "done": _done_words(stand, passed),
            }
        )
    return lines


def _done_words(stand: Standing, passed: Passed) -> dict[str, Any] | None:
    """What was done for a step: the act, and why it was allowed."""
    taken = stand.done.get(passed.step.key)
    if taken is None:
        return None
    record = ActRecord.objects.filter(pk=taken).first()
    if record is None:
        return None
    said = decision_words(record.decision)
    return {"label": act_label(record.act), "reason": said["reason"], "source": said["source"], "record": record.pk}


def _step_of(run: ProcedureRun, row: StepTaken) -> Step | None:
    """The step that was put down; None where the text was written for another version of the product."""
    try:
        return script_of(run).step(row.step)
    except ScriptError:
        return None


def _row_line(row: StepTaken, step: Step | None) -> dict[str, Any]:
    """A step of a run that has ended, as it was put down: an answer chosen from several in the reader's words."""
    option = step.option(row.answer) if step else None
    if option is not None:
        words = in_language(option.words, get_language() or "") or option.key
    else:
        said = {"yes": _("Yes"), "no": _("No")}.get(row.answer, row.answer)
        words = _as_called(step, said) if step else said
    status = {Source.SKIPPED: "skipped", Source.KNOWN: "known"}.get(Source(row.source), "taken")
    return {
        "key": row.step,
        "words": words,
        "status": status,
        "reason": row.reason,
        "by": row.by_name,
        "at": row.at,
        "change": "",
        "done": None,
    }


def answer_words(passed: Passed, stand: Standing, row: StepTaken | None = None) -> str:
    """What a step gave, in the reader's words."""
    step, language = passed.step, get_language() or ""
    if step.kind is StepKind.OFFER:
        option = step.option(row.answer) if row and row.answer else step.option(str(stand.way.values.get("remedy")))
        return in_language(option.words, language) or option.key if option else ""
    if step.kind is not StepKind.ASK or passed.value is None:
        return ""
    return value_words(step, passed.value, language)


def value_words(step: Step, value: Value, language: str) -> str:
    """A value as people read it: an option's words, yes or no, a day."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    option = step.option(str(value)) if step.options else None
    if option is not None:
        return in_language(option.words, language) or option.key
    if step.type is AnswerType.DATE and hasattr(value, "isoformat"):
        return show_date(value)
    return _as_called(step, as_answer(value))


def _as_called(step: Step, text: str) -> str:
    """A code that was looked up, as people call it."""
    fact = find_fact(step.fact) if step.fact else None
    return fact.words().get(text, text) if fact else text


# The step that is to be taken.


def step_view(
    stand: Standing, actor: Actor, rows: Mapping[str, StepTaken], asked: Asked, *, tells: bool
) -> dict[str, Any] | None:
    """The step it has come to, or the one that is answered again; None where nothing is left."""
    run, way = stand.run, stand.way
    step = way.now
    is_change = False
    if asked.change:
        again = next((one for one in way.path if one.step.key == asked.change), None)
        if again is not None and again.step is not step and is_changeable(stand, again):
            step, is_change = again.step, True
    if step is None:
        return None
    language = spoken_with(run)
    view: dict[str, Any] = {
        "key": step.key,
        "kind": str(step.kind),
        "number": _number_of(stand, step),
        "words": in_language(step.words, language),
        "language": _given(step.words, language),
        "hint": in_language(step.hints, get_language() or ""),
        "must": step.must,
        "is_change": is_change,
        "is_stop": step.kind is StepKind.STOP,
        "level": step.level,
        "articles": articles_of(actor, step, run),
        "type": str(step.type),
        "input": TYPED.get(step.type, "") if step.kind is StepKind.ASK else "",
        "options": [],
        "typed": asked.typed,
        "errors": [one for given in asked.errors.values() for one in given],
        "moved": asked.moved,
        "idempotency_key": secrets.token_hex(8),
        "draft_key": f"procedure:{run.pk}:{len(rows)}",
        "identify": [],
        "prepared": None,
        "approval": None,
    }
    if step.kind is StepKind.ASK:
        row = rows.get(step.key)
        view["options"] = _answers(step, language, row.answer if row and is_change else "")
        view["typed"] = asked.typed or (row.answer if row and is_change else "")
    elif step.kind is StepKind.IDENTIFY:
        view["identify"] = _ways_to_identify(actor, run)
    elif step.kind in (StepKind.OFFER, StepKind.DO):
        chosen = str(way.values.get("remedy") or "") if step.kind is StepKind.OFFER else ""
        view["options"] = _remedies(stand, language, chosen)
        if way.prepared is not None and not is_change:
            view["prepared"] = prepared_view(stand, way.prepared, actor, tells=tells)
            view["approval"] = _approval(stand, way.prepared, actor)
    return view


def spoken_with(run: ProcedureRun) -> str:
    """The language of who it is gone through with; the reader's where nobody is known."""
    language = run.customer.language if run.customer is not None else ""
    return language or get_language() or ""


def _given(words: Texts, language: str) -> str:
    """In which language the words are that `in_language` gives."""
    text = in_language(words, language)
    return next((code for code, one in words.items() if one == text), "")


def _number_of(stand: Standing, step: Step) -> str:
    at = stand.script.steps.index(step) + 1
    return _("Step %(at)s of %(all)s") % {"at": at, "all": len(stand.script.steps)}


def _answers(step: Step, language: str, chosen: str) -> list[dict[str, Any]]:
    if step.type is AnswerType.YES_NO:
        return _numbered([("yes", _("Yes"), "", None), ("no", _("No"), "", None)], chosen)
    return _numbered([(one.key, *_both(one.words, one.key, language), None) for one in step.options], chosen)


def _both(words: Texts, key: str, language: str) -> tuple[str, str]:
    """An option in the customer's words, and in the reader's own where they are others."""
    said, own = in_language(words, language) or key, in_language(words, get_language() or "") or key
    return said, own if own != said else ""


def _remedies(stand: Standing, language: str, chosen: str) -> list[dict[str, Any]]:
    values = stand.way.values
    rows = []
    for one in stand.way.offered:
        said, own = _both(one.option.words, one.option.key, language)
        rows.append((one.option.key, said, own, most_words(one.most, values)))
    return _numbered(rows, chosen)


def most_words(most: Decimal | None, values: Mapping[str, Value]) -> str:
    """The most that may be given, in the currency of what it is about."""
    if most is None:
        return ""
    currency = next((str(values[name]) for name in CURRENCIES if values.get(name)), "")
    amount = Money(in_minor(most, currency), currency).formatted() if currency else format(most.normalize(), "f")
    return _("up to %(amount)s") % {"amount": amount}


def _numbered(rows: Sequence[tuple[str, str, str, str | None]], chosen: str) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "words": words,
            "own": own,
            "most": most or "",
            "digit": str(at) if at < 10 else "",
            "is_chosen": key == chosen,
        }
        for at, (key, words, own, most) in enumerate(rows, 1)
    ]


def _ways_to_identify(actor: Actor, run: ProcedureRun) -> list[dict[str, Any]]:
    if run.customer_id is None:
        return []
    customer_id = (run.customer.merged_into_id if run.customer else None) or run.customer_id
    ways = [act for act in map(get_act, WAYS_TO_IDENTIFY) if actor.may(act.permission)]
    return [{"label": str(act.label), "url": act_address(act, customer_id), "key": ""} for act in ways]


def articles_of(actor: Actor, step: Step, run: ProcedureRun | None = None) -> list[dict[str, str]]:
    """The articles a step names, as links where they are found among those published."""
    if not step.articles:
        return []
    found: dict[str, int] = {}
    if actor.may(READ):
        rows = visible_articles(actor).filter(published__isnull=False, title__in=step.articles)
        found = dict(rows.values_list("title", "pk"))
    asked = f"?{urlencode({'contact': run.contact_id})}" if run is not None and run.contact_id else ""
    return [
        {"title": title, "url": f"{address_of('desk:article', found[title])}{asked}" if title in found else ""}
        for title in step.articles
    ]


# The act a step does.


def prepared_view(stand: Standing, prepared: Prepared, actor: Actor, *, tells: bool) -> dict[str, str]:
    """An act ready to be done: what it is called, and its own form with everything filled in that is known; or why it has none."""
    act, run = get_act(prepared.act), stand.run
    subject_id = run.about_id if act.subject == run.about_type else run.customer_id
    label = str(act.label)
    if not actor.may(act.permission):
        why_not = _("Your role does not allow it: leave it to a colleague who may, or choose something else.")
        return {"label": label, "url": "", "why_not": why_not}
    if subject_id is None:
        return {"label": label, "url": "", "why_not": _("It is not known who the customer is.")}
    boxes: dict[str, Any] = {}
    given = prepared_arguments(prepared, stand.way.values) if tells else {}
    for one in act.fields:
        if one.name in given:
            boxes |= values_of(one, given[one.name])
    return {"label": label, "url": f"{act_address(act, subject_id)}?{urlencode(boxes, doseq=True)}", "why_not": ""}


def _approval(stand: Standing, prepared: Prepared, actor: Actor) -> dict[str, Any] | None:
    """What was asked to be allowed for it since it was begun, and what came of it."""
    act, run = get_act(prepared.act), stand.run
    subject_id = run.about_id if act.subject == run.about_type else run.customer_id
    found = visible_approvals(actor).filter(
        about_type=act.subject, about_id=subject_id, act=prepared.act, asked_at__gte=run.begun_at
    )
    latest = found.order_by("-pk").first()
    return None if latest is None else beside(latest, actor, latest.ended_at or latest.asked_at)


# What is beside a contact, an order, a customer.


@dataclass(frozen=True, slots=True)
class Place:
    """Where procedures are shown: the page of a run, a contact, an order, or a customer's file, and whose file that is."""

    kind: str
    id: int
    customer_id: int | None = None
    contact_id: int | None = None
    members: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The place as addresses say it."""
        return f"{self.kind}:{self.id}"


def runs_at(place: Place, actor: Actor, now: datetime) -> list[ProcedureRun]:
    """What goes on there, the reader's own first; and what ended there lately."""
    seen = visible_runs(actor).select_related("procedure", "procedure_version", "customer", "contact")
    if place.kind == "run":
        return list(seen.filter(pk=place.id))
    here = Q(about_type=place.kind, about_id=place.id)
    if place.kind == "contact":
        here |= Q(contact=place.id)
    ended_here = here
    if place.kind in ("contact", "customer"):
        here |= Q(customer__in=place.members)
    going_on = list(seen.filter(here).exclude(state=RunState.ENDED).order_by("-pk")[:MOST_GOING_ON])
    ended = []
    if place.kind != "customer":  # there it is on the timeline
        lately = Q(state=RunState.ENDED, ended_at__gt=now - ENDED_SHOWN_FOR)
        ended = list(seen.filter(ended_here & lately).order_by("-pk")[:MOST_ENDED])
    mine = [one for one in going_on if one.held_by_id == actor.id and one.state == RunState.OPEN]
    return [*mine, *(one for one in going_on if one not in mine), *ended]


def region(place: Place, actor: Actor, now: datetime, asked: Asked = NOTHING_ASKED, **more: Any) -> dict[str, Any]:
    """What the region shows at a place, and what it follows."""
    runs = [run_view(one, actor, now, asked) for one in runs_at(place, actor, now)]
    first = next((one["id"] for one in runs if one["is_own"]), None)
    for one in runs:
        one["is_open"] = place.kind == "run" or one["id"] == (asked.run_id or first)
    topics = {topic for one in runs for topic in one["topics"]}
    topics |= {place.text} if place.kind != "run" else set()
    topics |= {f"customer:{place.customer_id}"} if place.customer_id else set()
    return {
        "place": place.text,
        "is_page": place.kind == "run",
        "marker": _marker(runs),
        "runs": runs,
        "topics": " ".join(sorted(topics)),
        "url": f"{address_of('desk:procedures_beside')}?{urlencode({'place': place.text})}",
        **more,
    }


def _marker(runs: list[dict[str, Any]]) -> str:
    """What a region shows, in a few letters: it is drawn again only when that changed, so that nothing typed is lost to a hint."""
    said = []
    for one in runs:
        now = one.get("step") or {}
        approval = now.get("approval") or {}
        path = [(line["key"], line["words"], line["status"]) for line in one["path"]]
        state = (one["id"], one["is_own"], one["is_ended"], one["held_by"], one.get("now"), one["note"])
        said.append((state, path, now.get("prepared"), approval.get("id"), approval.get("state")))
    return sha256(repr(said).encode()).hexdigest()[:16]


def script_reasons(script: Script) -> set[str]:
    """The names of the contact reasons a procedure is meant for, folded for comparison."""
    return {one.casefold() for one in script.reasons}
