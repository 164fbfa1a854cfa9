"""How cases, contacts and customers belong together. Merging moves nothing: a merged case is read with the one it was merged into."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from onhand.contacts.cases import clocks
from onhand.contacts.cases.enums import LinkKind
from onhand.contacts.enums import CaseState
from onhand.contacts.models import Case, CaseClock, CaseContact, CaseLink, CaseMerge, Contact
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible

MOST_LEVELS = 5  # of cases that are part of others

# For statements with a parameter %(case)s: the case and all that were merged into it, also by way of another.
FAMILY = """
with recursive family (id) as (
  select %(case)s::bigint union select m.id from contacts_case m join family f on m.merged_into_id = f.id)
"""
_MATTER = """
with recursive same (id) as (
  select %(case)s::bigint union
  select case when c.id = s.id then c.merged_into_id else c.id end
  from same s join contacts_case c on c.merged_into_id = s.id or (c.id = s.id and c.merged_into_id is not null))
select id from same
"""
_ABOVE = """
with recursive above (id, level) as (
  select parent_id, 1 from contacts_case where id = %s
  union all select c.parent_id, a.level + 1 from contacts_case c join above a on c.id = a.id where a.level < 50)
select id from above where id is not null order by level
"""
# Of a case: it itself, what it was merged into, and all it is part of, however far up.
_WHOLES = """
with recursive up (id) as (
  select %s::bigint union
  select v.id from up join contacts_case c on c.id = up.id cross join lateral (values (c.parent_id), (c.merged_into_id)) v (id)
  where v.id is not null)
select id from up
"""
_DEPTH = """
with recursive below (id, level) as (
  select %s::bigint, 0 union all select c.id, b.level + 1 from contacts_case c join below b on c.parent_id = b.id
  where b.level < 50)
select max(level) from below
"""
_OF_CONTACT = """
select case_id from contacts_casecontact where contact_id = %(contact)s
union select case_id from contacts_contact where id = %(contact)s and case_id is not null order by 1
"""


def family_ids(case_id: int) -> list[int]:
    """The ids of a case and of all merged into it; its own first."""
    with connection.cursor() as cursor:
        cursor.execute(f"{FAMILY} select id from family", {"case": case_id})  # noqa: S608  (text of our own)
        return sorted((pk for (pk,) in cursor.fetchall()), key=lambda pk: (pk != case_id, pk))


def matter_ids(case_id: int) -> list[int]:
    """The ids of all cases that are the same matter as this one: those merged with it, whichever was merged into which."""
    with connection.cursor() as cursor:
        cursor.execute(_MATTER, {"case": case_id})
        return sorted(pk for (pk,) in cursor.fetchall())


def with_wholes(case_id: int) -> list[int]:
    """The ids of a case, of what it was merged into and of all it is part of, in order: what opening it again may open."""
    with connection.cursor() as cursor:
        cursor.execute(_WHOLES, [case_id])
        return sorted(pk for (pk,) in cursor.fetchall())


def cases_of(contact_id: int) -> list[int]:
    """The cases a contact is about."""
    return [case_id for (case_id,) in run_prepared(_OF_CONTACT, {"contact": contact_id})]


def merge(case: Case, into: Case, *, reason: str, by_name: str, at: datetime) -> CaseMerge:
    """
    Say that a case is the same matter as another. It is closed meanwhile, and how it stood is kept. Both are locked by the caller,
    who stores `case`.
    """
    if into.merged_into_id is not None or into.pk == case.pk:
        raise NotPossible(_("Choose another case, which is not merged itself."), field="other")
    if into.closed_at is not None and case.closed_at is None:
        raise NotPossible(_("That case is closed. Open it again first, or merge it into this one."), field="other")
    if Case.objects.filter(parent=case.pk, closed_at__isnull=True).exists():
        raise NotPossible(_("Cases that are part of this one are still open. Close them or take them out first."))
    running = CaseClock.objects.filter(case=case, met_at__isnull=True, stopped_at__isnull=True)
    was = {
        "state": str(case.state),
        "closed_at": _written(case.closed_at),
        "waiting_since": _written(case.waiting_since),
        "closes_at": _written(case.closes_at),
        "warned_at": _written(case.warned_at),
        "stopped": [[pk, _written(paused)] for pk, paused in running.values_list("pk", "paused_at")],
    }
    clocks.stop(case, at)
    case.state, case.merged_into = CaseState.CLOSED, into
    case.closed_at = case.closed_at or at
    case.waiting_since = case.closes_at = case.warned_at = None
    return CaseMerge.objects.create(case=case, into=into, reason=reason, was=was, at=at, by_name=by_name)


def unmerge(case: Case, *, by_name: str, at: datetime) -> CaseMerge:
    """Take a merge back: the case stands as it stood. Its clocks go on; what passed meanwhile counts. The caller stores `case`."""
    merged = CaseMerge.objects.filter(case=case, undone_at__isnull=True).latest("pk")
    was = merged.was
    case.merged_into, case.state = None, was["state"]
    for name in ("closed_at", "waiting_since", "closes_at", "warned_at"):
        setattr(case, name, _read(was[name]))
    for pk, paused in was["stopped"]:
        CaseClock.objects.filter(pk=pk, stopped_at=merged.at).update(stopped_at=None, paused_at=_read(paused))
    merged.undone_at, merged.undone_by_name = at, by_name
    merged.save(update_fields=["undone_at", "undone_by_name"])
    return merged


def make_part(case: Case, parent: Case | None) -> None:
    """Let a case be part of another, or of none. The caller stores it."""
    if parent is not None:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('contacts_case.parent'))")  # no ring, at once neither
            cursor.execute(_ABOVE, [parent.pk])
            above = [pk for (pk,) in cursor.fetchall()]
            cursor.execute(_DEPTH, [case.pk])
            ((below,),) = cursor.fetchall()
        if case.pk in (parent.pk, *above):
            raise NotPossible(_("A case cannot be part of itself."), field="parent")
        if len(above) + 1 + below >= MOST_LEVELS:
            raise NotPossible(_("These cases would stand too deep within one another."), field="parent")
        if parent.merged_into_id is not None:
            raise NotPossible(_("Choose another case, which is not merged itself."), field="parent")
        if parent.closed_at is not None and case.closed_at is None:
            raise NotPossible(_("That case is closed. Open it again first."), field="parent")
    case.parent = parent


def link(case: Case, other: Case, kind: LinkKind, *, by_name: str, at: datetime) -> CaseLink:
    """Say that two cases have to do with one another; said once, from either side."""
    known = CaseLink.objects.filter(case=case, other=other) | CaseLink.objects.filter(case=other, other=case)
    if other.pk == case.pk or known.exists():
        raise NotPossible(_("These cases are linked already."), field="other")
    return CaseLink.objects.create(case=case, other=other, kind=kind, by_name=by_name, at=at)


def hand_over(contact_id: int, case: Case, to: Case, *, by_name: str, at: datetime) -> None:
    """Let a contact be about another case than before; the record of the act says so."""
    CaseContact.objects.filter(case=case, contact=contact_id).delete()
    Contact.objects.filter(pk=contact_id, case=case).update(case=to)
    CaseContact.objects.get_or_create(case=to, contact_id=contact_id, defaults={"at": at, "by_name": by_name})


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
