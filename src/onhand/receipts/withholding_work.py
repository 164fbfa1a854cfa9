"""Notices that withhold work: the router gives nothing new to who has not passed one that is due."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onhand.kernel.database import run_prepared
from onhand.kernel.hints import send_after_commit
from onhand.receipts.documents import title_in
from onhand.receipts.models import Notice
from onhand.routing.withholding import Withholder, register_withholder

KEY = "notices"
_CONCERNED = """
from receipts_notice n
join staff_representative r on r.is_active
join staff_role o on o.id = r.role_id and (n.role_keys = '{}' or n.role_keys @> array[o.key]::varchar[])
where n.state = 'published' and n.withholds_work
  and (n.team_ids = '{}' or exists (select 1 from staff_representative_teams m
    where m.representative_id = r.id and m.team_id = any(n.team_ids)))
  and not exists (select 1 from receipts_receipt p
    where p.representative_id = r.id and p.notice_id = n.id and p.passed_at is not null)
"""
_WITHHELD = f"""select r.id, min(n.id) {_CONCERNED} and r.id = any(%(people)s) and n.due_at <= %(at)s group by 1"""
_ALL_WITHHELD = f"""select r.id, min(n.id) {_CONCERNED} and n.due_at <= %(at)s
  and exists (select 1 from routing_seat s where s.representative_id = r.id and s.state = 'available') group by 1"""  # noqa: S608
_DUE_NOW = f"""select distinct r.id {_CONCERNED} and n.due_at > %(after)s and n.due_at <= %(until)s
  and exists (select 1 from routing_seat s where s.representative_id = r.id and s.state <> 'signed_out')"""  # noqa: S608  (our own text)
_PRESENT = "select representative_id from routing_seat where state <> 'signed_out'"


def withheld(people: Collection[int] | None, at: datetime) -> dict[int, int]:
    """Of these people, or of all who are available, those who are given no work, with the notice they have to read first. One statement."""
    if people is None:
        return dict(run_prepared(_ALL_WITHHELD, {"at": at}))
    return dict(run_prepared(_WITHHELD, {"people": list(people), "at": at}))


def whose_changes(after: datetime, until: datetime) -> list[int]:
    """Those present for whom a notice becomes due after the first moment and not after the second."""
    return sorted(person for (person,) in run_prepared(_DUE_NOW, {"after": after, "until": until}))


def words(notices: Collection[int]) -> dict[int, str]:
    """Why somebody is given no work, by notice."""
    language = get_language() or ""
    found = Notice.objects.filter(pk__in=list(notices)).values_list("pk", "texts")
    return {pk: _("has to read “%(title)s” first") % {"title": title_in(texts, language)} for pk, texts in found}


def tell_router(people: Iterable[int] | None) -> None:
    """After the commit, let the router read these people anew; None: everybody who is there."""
    some = [person for (person,) in run_prepared(_PRESENT)] if people is None else people
    send_after_commit(*(f"route:seat:{person}" for person in some))


def connect() -> None:
    """Let the router ask."""
    register_withholder(Withholder(KEY, withheld, whose_changes, words))
