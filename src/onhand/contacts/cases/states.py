"""
How a case goes on: opened, waiting for the customer, closed, open again. Parts of acts, jobs and the reading of what comes in.

What is given a case changes it in memory, so that an act's own write takes it along; who is no act stores it by `store`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction
from django.utils.translation import gettext as _

from onhand.contacts.cases import clocks, own_fields
from onhand.contacts.cases.belonging import family_ids, with_wholes
from onhand.contacts.cases.events import CaseReopened
from onhand.contacts.cases.kinds import USUAL_KIND, Rules, read_rules
from onhand.contacts.enums import CaseState, TaskState
from onhand.contacts.followers import CASES
from onhand.contacts.models import Case, CaseTask, Promise, Reminder
from onhand.contacts.operations import next_case_references
from onhand.customers.models import Customer
from onhand.kernel.actor import Actor, system_actor
from onhand.kernel.errors import NotPossible
from onhand.kernel.hints import send_after_commit
from onhand.kernel.locking import lock_in_order
from onhand.kernel.records import Subject, publish

CASE = "case"


class Written(Enum):
    """What became of a case when something was written to it."""

    NOTED = "noted"  # it is open, and waits for an answer now
    RESUMED = "resumed"  # it waited for the customer, and goes on
    REOPENED = "reopened"  # it was closed, and is open again
    LEFT = "left"  # an automaton wrote: nothing follows
    TOO_OLD = "too_old"  # it was closed too long ago: this is a new matter


def rules_of(case: Case) -> Rules:
    """What counts for the case: its kind's rules, or those of the usual kind where its own is gone."""
    rules = read_rules(case.kind) or read_rules(USUAL_KIND)
    if rules is None:
        raise NotPossible(_("There are no kinds of cases. Set them up first."))
    return rules


def usable_rules(kind: str) -> Rules:
    """The rules of a kind new cases may have. Raises NotPossible."""
    rules = read_rules(kind)
    if rules is None or not rules.is_active:
        raise NotPossible(_("Choose one of the list."), field="kind")
    return rules


def open_new(
    *, actor: Actor, customer: Customer | None, rules: Rules, subject: str, at: datetime, due: datetime | None = None
) -> Case:
    """Store a new case with its clocks. In the caller's transaction."""
    case = Case(
        reference=next_case_references(1)[0],
        customer=customer,
        kind=rules.key,
        subject=subject,
        priority=rules.priority,
        opened_at=at,
        owner_id=actor.id,
        owner_name=actor.name if actor.id is not None else "",
    )
    clocks.store_with_clocks(case, rules, at, due=due)
    return case


def store(case: Case) -> None:
    """Store what was changed on a case outside of an act on it."""
    case.version += 1
    case.save()


def give_to(case: Case, owner_id: int | None, name: str) -> None:
    """Let somebody look after the case from now on, or nobody (None, ""). Lists of whoever did so before are told."""
    tell_pages(case)  # whose work it was
    case.owner_id, case.owner_name = owner_id, name
    tell_pages(case)


def tell_pages(case: Case) -> None:
    """Let open pages of the case and of its customer's file, and the lists it stands on, look again."""
    topics = [f"{CASE}:{case.pk}"]
    if case.customer_id is not None:
        topics.append(f"customer:{case.customer_id}")
    if case.owner_id is not None:
        topics.append(f"work:{case.owner_id}")
    if case.team_id is not None:
        topics.append(f"work-team:{case.team_id}")
    send_after_commit(*topics)


def require_closable(case: Case, rules: Rules) -> None:
    """Raise NotPossible while a promise, a task or a part of the case is open, or something needed is not filled in."""
    open_promises = Promise.objects.filter(
        case__in=family_ids(case.pk), kept_at__isnull=True, called_off_at__isnull=True
    )
    if open_promises.exists():
        raise NotPossible(_("A promise of this case is still open: keep it or call it off first."), field="case")
    if CaseTask.objects.filter(case__in=family_ids(case.pk), state=TaskState.OPEN).exists():
        raise NotPossible(_("A task of this case is still open: finish it or withdraw it first."), field="case")
    children = Case.objects.filter(parent=case.pk, closed_at__isnull=True).order_by("pk")
    if references := list(children.values_list("reference", flat=True)[:5]):
        given = {"references": ", ".join(references)}
        raise NotPossible(_("Cases that are part of this one are still open: %(references)s.") % given, field="case")
    if names := own_fields.missing(rules.own_fields, case.own_fields):
        raise NotPossible(_("Fill in first: %(names)s.") % {"names": ", ".join(names)}, field="case")


def close(case: Case, outcome: str, at: datetime) -> None:
    """The case is solved. Raises NotPossible while something of it is open."""
    require_closable(case, rules_of(case))
    case.state, case.closed_at, case.outcome = CaseState.CLOSED, at, outcome
    _not_waiting(case, at)
    clocks.solved(case, at)
    tell_pages(case)


def reopen(case: Case, at: datetime, *, actor: Actor, by_customer: bool) -> list[str]:
    """
    A closed case is not solved after all, and neither is what it is part of: the references of wholes that are open again with it.
    """
    _open_again(case, at)
    publish(CaseReopened(case.pk, by_customer), actor=actor, subject=Subject(CASE, case.pk), at=at)
    return reopen_wholes(case, at, actor=actor, by_customer=by_customer)


def reopen_wholes(case: Case, at: datetime, *, actor: Actor, by_customer: bool) -> list[str]:
    """
    Open again what an open case is part of, all the way up: a whole is not solved while a part of it is not. Locks the wholes.
    """
    opened: list[str] = []
    part = case
    while part.parent_id is not None:
        part = locked(part.parent_id)
        if part.pk == case.pk:  # it was merged into its own part: one matter
            break
        if part.closed_at is not None:
            _open_again(part, at)
            store(part)
            CASES.tell(part, at)
            publish(CaseReopened(part.pk, by_customer), actor=actor, subject=Subject(CASE, part.pk), at=at)
            opened.append(part.reference)
    return opened


def _open_again(case: Case, at: datetime) -> None:
    case.state, case.closed_at, case.outcome = CaseState.OPEN, None, ""
    case.reopened += 1
    _not_waiting(case, at)
    clocks.start_again(case, rules_of(case), at)
    tell_pages(case)


def wait(case: Case, at: datetime, *, close_after_days: int | None = None) -> None:
    """Wait for the customer: clocks stand still, and the case closes by itself if nothing comes for so many days (0: never)."""
    rules = rules_of(case)
    days = rules.closes_after_days if close_after_days is None else close_after_days
    clocks.pause(case, rules.hours, at)
    case.state, case.waiting_since, case.warned_at = CaseState.WAITING, at, None
    case.closes_at = at + timedelta(days=days) if days else None
    tell_pages(case)


def go_on(case: Case, at: datetime) -> None:
    """Nobody waits for the customer any more: clocks go on with what was left."""
    clocks.resume(case, rules_of(case).hours, at)
    case.state = CaseState.OPEN
    _not_waiting(case, at)
    tell_pages(case)


def case_written_to(case_id: int, is_automatic: bool, at: datetime) -> Written:
    """
    The customer wrote to a case: what waits goes on, what was closed is open again, and the time for an answer runs. What an automaton
    wrote changes nothing. Of a case merged into another, this is about that one. Runs in the caller's transaction, or in its own.

    :raises Case.DoesNotExist: there is no such case.
    """
    if is_automatic:
        return Written.LEFT
    with transaction.atomic():
        lock_in_order(Case, with_wholes(case_id))
        case = locked(case_id)
        rules = rules_of(case)
        if case.closed_at is not None:
            days = rules.reopens_within_days
            if days is not None and at - case.closed_at > timedelta(days=days):
                return Written.TOO_OLD
            reopen(case, at, actor=system_actor("cases"), by_customer=True)
            done = Written.REOPENED
        elif case.state == CaseState.WAITING:
            go_on(case, at)
            done = Written.RESUMED
        else:
            done = Written.NOTED
        clocks.customer_wrote(case, rules, at)
        store(case)
        tell_pages(case)
    return done


def case_answered(case_ids: Sequence[int], at: datetime) -> None:
    """Somebody answered the customer on these cases: the clocks for a reply are met. In the caller's transaction, or in its own."""
    with transaction.atomic():
        for case in [locked(case_id) for case_id in sorted(case_ids)]:
            clocks.answered(case, at)
            tell_pages(case)
            CASES.tell(case, at)


def locked(case_id: int) -> Case:
    """The case, or the one it was merged into, locked until the transaction ends. Raises Case.DoesNotExist."""
    rows = Case.objects.select_for_update(of=("self",), no_key=True)
    case = rows.get(pk=case_id)
    while case.merged_into_id is not None:
        case = rows.get(pk=case.merged_into_id)
    return case


def locked_itself(case_id: int) -> Case | None:
    """The case alone, locked until the transaction ends."""
    return Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=case_id).first()


def lock_several(case_ids: Iterable[int]) -> list[Case]:
    """These cases themselves, locked in order of their numbers."""
    rows = Case.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(case_ids))
    return list(rows.order_by("pk"))


def _not_waiting(case: Case, at: datetime) -> None:
    case.waiting_since = case.closes_at = case.warned_at = None
    Reminder.objects.filter(case=case, ends_wait=True, done_at__isnull=True).update(done_at=at)
