"""
Cases as work: a case has an item while it needs somebody (see `contacts.cases.needs`). It is held for who looks after it, and waits in
its team's queue where nobody does.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onhand.contacts.access import HANDLE_CASES
from onhand.contacts.cases import needs, states
from onhand.contacts.followers import CASES
from onhand.contacts.models import Case
from onhand.kernel.database import run_prepared
from onhand.routing.abilities import who_sees_case
from onhand.routing.following import mirror
from onhand.routing.following.mirror import SWEPT_AT_ONCE, Standing, locked_ids
from onhand.routing.following.tasks import standings_of_cases
from onhand.routing.kinds import Holder, WorkKind, register

KEY = "case"
TO_LOOK_AT = timedelta(minutes=15)  # in which who took an open case that was nobody's does something, or not
_LOCK = "select id from contacts_case where id = any(%s) order by id for no key update"
_WITHOUT_ITEM = f"""
select k.id from contacts_case k where k.id = any(%s) and k.closed_at is null and not exists (
  select from routing_workitem w where w.kind = '{KEY}' and w.subject_id = k.id and w.state <> 'ended') order by k.id
"""  # noqa: S608  (our own text)
_ITEMS = f"""
select w.subject_id, w.state in ('in_work', 'parked') and k.owner_id is distinct from w.holder_id,
  w.state = 'in_work' and w.state_since > %(lately)s
from routing_workitem w join contacts_case k on k.id = w.subject_id
where w.kind = '{KEY}' and w.state <> 'ended' and w.subject_id > %(after)s order by w.subject_id limit %(most)s
"""  # noqa: S608


def connect() -> None:
    """Register the kind, and follow cases from now on."""
    register(
        WorkKind(
            key=KEY,
            label=_("Case"),
            units=1,
            minutes=10,
            taken=_give_case,
            given_back=_free_case,
            lock=lambda ids, skip: locked_ids(_LOCK, ids, skip),
            address=lambda case: f"/desk/cases/{case}/",
            about=_why,
            permission=HANDLE_CASES,
            icon="page",
            rank=2,
        )
    )
    CASES.add(follow_case)


def follow_case(case: Case, at: datetime) -> None:
    """Let the items of a case and of its tasks be as it is: in the transaction of its change, with the case locked and stored."""
    follow_cases([case], at)


def follow_cases(cases: Sequence[Case], at: datetime) -> None:
    """The same for several."""
    wanting = needs.read_needs([case.pk for case in cases])
    own = [_standing(case, is_to_do=case.pk in wanting and case.closed_at is None) for case in cases]
    mirror.follow([*own, *standings_of_cases(cases)], at)


def _standing(case: Case, *, is_to_do: bool) -> Standing:
    return Standing(
        kind=KEY,
        subject_id=case.pk,
        is_to_do=is_to_do,
        team_id=case.team_id,
        owned=True,
        owner_id=case.owner_id,
        owner_name=case.owner_name,
        keeps_waiting=True,
        details={
            "title": f"{case.reference} · {case.subject}"[:200],
            "customer_id": case.customer_id,
            "priority": int(case.priority),
            "due_at": case.due_at,
        },
        first=lambda: {"wanted": who_sees_case(case.customer_id, case.team_id)},
    )


def _why(case_ids: Sequence[int]) -> dict[int, str]:
    return {pk: needs.words(found) for pk, found in needs.read_needs(case_ids).items()}


# What the router does, the case follows. It is locked.


def _give_case(case_id: int, holder: Holder, _at: datetime) -> None:
    _place(case_id, holder.id, holder.name)


def _free_case(case_id: int, _at: datetime) -> None:
    _place(case_id, None, "")


def _place(case_id: int, owner_id: int | None, name: str) -> None:
    case = Case.objects.filter(pk=case_id).first()
    if case is None or case.owner_id == owner_id:
        return
    states.give_to(case, owner_id, name)
    case.version += 1
    case.save(update_fields=["owner_id", "owner_name", "version"])


# The sweep.


def sweep(at: datetime) -> int:
    """Cases that need somebody without their item, and items whose case needs nobody or is another's."""
    return _sweep_missing(at) + _sweep_items(at)


def _sweep_missing(at: datetime) -> int:
    after, count = 0, 0
    while found := needs.next_needing(after, SWEPT_AT_ONCE):
        after = found[-1]
        count += _follow_again([row[0] for row in run_prepared(_WITHOUT_ITEM, [found])], at)
    return count


def _sweep_items(at: datetime) -> int:
    after, count = 0, 0
    given = {"lately": at - TO_LOOK_AT, "most": SWEPT_AT_ONCE}
    while rows := run_prepared(_ITEMS, given | {"after": after}):
        after = rows[-1][0]
        wanting = needs.read_needs([row[0] for row in rows])
        wrong = [pk for pk, is_others, is_new in rows if is_others or (pk not in wanting and not is_new)]
        count += _follow_again(wrong, at)
    return count


def _follow_again(case_ids: Sequence[int], at: datetime) -> int:
    if not case_ids:
        return 0
    with transaction.atomic():
        locked = locked_ids(_LOCK, case_ids, True)
        follow_cases(list(Case.objects.filter(pk__in=locked).order_by("pk")), at)
    return len(locked)
