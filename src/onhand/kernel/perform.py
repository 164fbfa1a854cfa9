"""The one way anything is done: perform an act, or preview it by the same path, rolled back at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _
from psycopg import errors as postgres
from pydantic import BaseModel

from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, Run, get_act
from onhand.kernel.decisions import (
    Answer,
    Decision,
    Question,
    Refused,
    decide,
    decide_approved,
    note_in_the_end,
    note_refused,
    refused,
    settle,
    to_count,
    wanted_along,
)
from onhand.kernel.errors import (
    ArgumentsInvalid,
    IdentityNeeded,
    KeyReused,
    LicenceNeeded,
    NotPossible,
    StaleVersion,
    SubjectBusy,
    SubjectNotFound,
)
from onhand.kernel.events import ActDone
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.kernel.following import DoneAct, follow
from onhand.kernel.gates import Approach, identification, why_unlicensed
from onhand.kernel.hints import send_after_commit
from onhand.kernel.locking import change_statement, lock_in_order, stored_values
from onhand.kernel.models import ActRecord
from onhand.kernel.records import EVENTS, RECORDS, Batch, Subject, add_events, next_ids_along
from onhand.kernel.signing import canonical, keyed_hash, plain
from onhand.kernel.subjects import Snapshot, SubjectType, subject_type

LONGEST_KEY = 100
HIDDEN = "•••"  # stands in records for what they must not hold


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What an act did, or in a preview would do. `before` and `after` hold only what differs. `shown` holds secrets that are shown
    this once and kept nowhere.
    """

    act: str
    subject_type: str
    subject_id: int | None
    decision: Decision
    facts: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    record_id: int | None
    version: int | None
    is_preview: bool = False
    is_replay: bool = False
    shown: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that was asked for, parsed."""

    act: Act
    arguments: BaseModel
    actor: Actor
    subject_id: int | None
    at: datetime
    contact_id: int | None
    case_id: int | None
    expected_version: int | None
    idempotency_key: str | None
    is_preview: bool
    is_part: bool = False
    approver: Actor | None = None
    in_place_of: Actor | None = None

    def values(self) -> dict[str, Any]:
        """The arguments as the act's function takes them."""
        return {name: getattr(self.arguments, name) for name in type(self.arguments).model_fields}

    def recorded(self) -> dict[str, Any]:
        """
        The arguments as the record holds them. Of a secret one it holds only a keyed hash that also depends on the idempotency key,
        so that the same request is known again and equal secrets are not; without a key nothing at all.
        """
        recorded = self.arguments.model_dump(mode="json")
        for one in self.act.fields:
            if one.secret and recorded.get(one.name):
                recorded[one.name] = self._hashed(one.name, recorded[one.name])
        return recorded

    def _hashed(self, name: str, value: Any) -> str:
        if self.idempotency_key is None:
            return HIDDEN
        actor = self.actor
        said = [self.act.name, name, actor.kind, actor.id, self.idempotency_key, value]
        return f"{HIDDEN}{keyed_hash(canonical(plain(said))).hex()[:32]}"


def perform(
    name: str,
    *,
    actor: Actor,
    arguments: Mapping[str, Any],
    at: datetime,
    subject_id: int | None = None,
    contact_id: int | None = None,
    case_id: int | None = None,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
    preview: bool = False,
    as_part: bool = False,
    approver: Actor | None = None,
    in_place_of: Actor | None = None,
) -> Outcome:
    """
    Do the act called `name` in one transaction: permission and gates, lock, facts, decision, change, record and events.

    The same actor with the same `idempotency_key` and request gets the first outcome again. `expected_version` is the version
    the caller last saw. With `preview` everything happens and is rolled back. With `as_part` the act is part of the transaction its
    caller has open: it is undone with that one, and where it fails nothing but itself is. `approver` is who says yes to what the actor
    may not do alone: everything is looked at and decided again, for `in_place_of` where they use that one's authority.

    :raises ActError: the act was not done; nothing changed in any table. The subclass says why.
    """
    act = get_act(name)
    _require_storable(at, contact_id, case_id, idempotency_key)
    actor.require(act.permission)
    if act.licence:  # somewhere at least; where exactly is known once the subject is locked
        _require_licence(act, actor, "", at)
    if preview and act.has_secrets:
        raise NotPossible(_("This cannot be tried out first: every try counts."))
    request = Request(
        act=act,
        arguments=act.read_arguments(arguments),
        actor=actor,
        subject_id=subject_id,
        at=at,
        contact_id=contact_id,
        case_id=case_id,
        expected_version=expected_version,
        idempotency_key=None if preview else idempotency_key,
        is_preview=preview,
        is_part=as_part,
        approver=approver,
        in_place_of=in_place_of,
    )
    try:
        return _once(request)
    except OperationalError as error:
        if isinstance(error.__cause__, postgres.LockNotAvailable | postgres.DeadlockDetected):
            raise SubjectBusy from error
        raise
    except Refused as error:
        if as_part and not preview and approver is None:
            note_in_the_end(error, actor)
        elif not (preview or as_part):
            note_refused(error, actor)
        raise


def _require_licence(act: Act, actor: Actor, jurisdiction: str, at: datetime) -> None:
    why = why_unlicensed(actor, act.licence, jurisdiction, at)
    if why is not None:
        raise LicenceNeeded(act.licence, why)


def _require_storable(at: datetime, contact_id: int | None, case_id: int | None, key: str | None) -> None:
    """What comes beside the arguments is checked here: every door passes it on as it came."""
    if at.tzinfo is None:
        raise ValueError("say when with a time zone")
    fields = {}
    for argument, number in (("contact_id", contact_id), ("case_id", case_id)):
        if number is not None and not 0 < number <= LARGEST_INTEGER:
            fields[argument] = [_("Give a whole number within the allowed range.")]
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        fields["idempotency_key"] = [_("Give 1 to 100 printable characters.")]
    if fields:
        raise ArgumentsInvalid(fields)


def _once(request: Request) -> Outcome:
    try:
        return _in_transaction(request)
    except IntegrityError as error:
        if request.idempotency_key and "actrecord_idempotency_key" in str(error):
            return _in_transaction(request)  # its twin has just committed: answer with that one's outcome
        raise


def _in_transaction(request: Request) -> Outcome:
    with transaction.atomic(durable=not request.is_part):
        outcome = _run(request)
        if request.is_preview:
            transaction.set_rollback(True)
    return outcome


def _run(request: Request) -> Outcome:
    act, actor = request.act, request.actor
    kind = subject_type(act.subject)
    subject, edition = (None, None) if act.creates else _locked(kind, request)
    earlier = _earlier(request)
    if earlier is not None:
        return _replayed(earlier, request)
    _require_open(kind, subject, act)
    require_identification(act, actor, request.subject_id, request.contact_id, request.at)
    if subject is not None and not act.only_adds and request.expected_version not in (None, subject.version):
        raise StaleVersion(subject.version)
    values = request.values()
    if act.jurisdiction:
        where = act.jurisdiction(**values) if subject is None else act.jurisdiction(subject, **values)
        _require_licence(act, actor, where, request.at)
    facts = _facts(act, subject, values, request.at)
    question = _question(request, subject, values, facts, edition)
    decision = _decided(request, question)
    run = Run(act, actor, request.at, request.contact_id, request.case_id, request.is_preview, facts)
    snapshot = (act.row_only and kind.snapshot_row) or kind.snapshot
    before: Snapshot = {} if subject is None else snapshot(subject)
    if subject is None:
        subject = act.function(run=run, **values)
        change = None  # it is as it was made: version 1
    else:
        read = stored_values(subject)
        act.function(subject, run=run, **values)
        change = change_statement(subject, read)
    counting = None if request.is_preview else to_count(question, decision)
    ids, counted = next_ids_along((RECORDS, EVENTS, *(EVENTS for _event in run.events)), change, counting)
    if kind.follow:
        kind.follow(subject, request.at)
    before, after = ({}, {}) if run.only_said else _difference(before, snapshot(subject))
    if not request.is_preview:
        settle(question, decision, counted)
        follow(DoneAct(question, decision, subject, ids[0]))
    return _write(request, subject, run, decision, before | run.before, after | run.after, ids)


def _question(
    request: Request, subject: Any, values: Mapping[str, Any], facts: Mapping[str, Any], edition: int | None
) -> Question:
    act = request.act
    return Question(
        request.actor,
        act.name,
        act.subject,
        request.subject_id,
        facts,
        request.at,
        subject,
        values,
        request.contact_id,
        request.case_id,
        act.given(facts),
        request.is_preview,
        edition,
    )


def _decided(request: Request, question: Question) -> Decision:
    """The decision on an act that may be done, or at least previewed."""
    approver = request.approver
    decision = decide(question) if approver is None else decide_approved(question, approver, request.in_place_of)
    if decision.answer is Answer.REFUSE or (decision.answer is Answer.ASK and not request.is_preview):
        raise refused(question, decision)
    if decision.identification > request.act.protects:
        stricter = replace(request.act, protects=decision.identification)
        require_identification(stricter, request.actor, request.subject_id, request.contact_id, request.at)
    return decision


def require_identification(
    act: Act, actor: Actor, subject_id: int | None, contact_id: int | None, at: datetime
) -> None:
    """Raise IdentityNeeded unless the customer is identified as well as the act asks. Forms ask before they show what is stored."""
    if act.protects:
        standing = identification(Approach(actor, act, subject_id, contact_id, at))
        if act.protects > standing.level:
            raise IdentityNeeded(standing.message)


def _locked(kind: SubjectType[Any], request: Request) -> tuple[Any, int | None]:
    if request.subject_id is None:
        raise SubjectNotFound
    if kind.locks_first and 0 < request.subject_id <= LARGEST_INTEGER:
        kind.locks_first(request.act, request.subject_id)
    if request.act.also_locks:
        lock_in_order(kind.model, [request.subject_id, *request.act.also_locks(request.subject_id, **request.values())])
    return kind.lock_along(request.actor, request.subject_id, wanted_along())


def _require_open(kind: SubjectType[Any], subject: Any, act: Act) -> None:
    why = kind.refuse(subject, act) if kind.refuse and subject is not None else None
    if why:
        raise why


def _earlier(request: Request) -> ActRecord | None:
    if request.idempotency_key is None:
        return None
    return ActRecord.objects.filter(
        actor_kind=request.actor.kind, actor_id=request.actor.id, idempotency_key=request.idempotency_key
    ).first()


def _replayed(record: ActRecord, request: Request) -> Outcome:
    same_subject = request.act.creates or record.subject_id == request.subject_id
    if record.act != request.act.name or not same_subject or record.arguments != request.recorded():
        raise KeyReused
    return Outcome(
        act=record.act,
        subject_type=record.subject_type,
        subject_id=record.subject_id,
        decision=Decision.from_json(record.decision),
        facts=record.facts,
        before=record.before,
        after=record.after,
        record_id=record.pk,
        version=None,
        is_replay=True,
    )


def _facts(act: Act, subject: Any, values: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    if act.facts is None:
        return {}
    given = {**values, "at": at} if act.facts_need_moment else values
    return act.facts(**given) if subject is None else act.facts(subject, **given)


def _difference(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot]:
    changed = [key for key in (*before, *(k for k in after if k not in before)) if before.get(key) != after.get(key)]
    return {k: before.get(k) for k in changed if k in before}, {k: after.get(k) for k in changed if k in after}


def _write(
    request: Request,
    subject: Any,
    run: Run,
    decision: Decision,
    before: Snapshot,
    after: Snapshot,
    ids: list[int],
) -> Outcome:
    act, actor = request.act, request.actor
    record_id, *event_ids = ids
    events = [ActDone(act=act.name, record_id=record_id), *run.events]
    about = Subject(act.subject, subject.pk, request.contact_id)
    batch = Batch()
    row = (
        *(record_id, request.at, actor.kind, actor.id, actor.name, about.type, about.id, about.contact_id, act.name),
        *(actor.role, actor.via, request.case_id, request.recorded(), dict(run.facts), decision.as_json()),
        *(before, after, request.idempotency_key),
    )
    batch.insert_sealed(RECORDS, [row])
    numbered = list(zip(event_ids, events, strict=True))
    add_events(batch, numbered, actor=actor, subject=about, at=request.at, record_id=record_id)
    batch.write()
    if not request.is_preview:
        send_after_commit(about.topic)
    return Outcome(
        act=act.name,
        subject_type=about.type,
        subject_id=about.id,
        decision=decision,
        facts=run.facts,
        before=before,
        after=after,
        record_id=None if request.is_preview else record_id,
        version=subject.version + (0 if act.creates else 1),
        is_preview=request.is_preview,
        shown=run.shown,
    )
