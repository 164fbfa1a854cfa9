"""What the checks of contacts found, kept for lists and figures: when a contact ends, when a run does, and what was missed."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction

from onhand.contacts.models import Contact, ContactReason
from onhand.guidelines.book import current
from onhand.kernel.days import company_day
from onhand.kernel.hints import send_after_commit
from onhand.procedures.binding import versions_in_force
from onhand.procedures.following import CheckedProcedure, as_json, checks_of
from onhand.procedures.models import Followed, ProcedureRun
from onhand.staff.models import Team

LATELY = timedelta(days=7)
BATCH = 1_000
MOST_BATCHES = 200  # of contacts a catching up looks through
MOST_AGAIN = 2_000


def keep_checks(contact_id: int, at: datetime) -> int:
    """
    Check a contact that ended and keep what was found, in place of what was kept before; how many procedures it was meant for. Done again
    it changes nothing; of a contact that goes on nothing is kept.
    """
    with transaction.atomic():
        contact = (
            Contact.objects.select_related("reason__parent")
            .select_for_update(of=("self",))
            .filter(pk=contact_id)
            .first()
        )
        if contact is None:
            return 0
        found = checks_of(contact, at)
        Followed.objects.filter(contact=contact).exclude(
            procedure__in=[one.version.procedure_id for one in found]
        ).delete()
        for one in found:
            _keep(contact, one, at)
    send_after_commit("procedures.followed")
    return len(found)


def _keep(contact: Contact, one: CheckedProcedure, at: datetime) -> None:
    ended = contact.ended_at or at
    day = company_day(ended)
    Followed.objects.update_or_create(
        contact=contact,
        procedure_id=one.version.procedure_id,
        defaults={
            "number": one.version.number,
            "run": one.run,
            "ended_at": ended,
            "week": day - timedelta(days=day.weekday()),
            "team_id": contact.team_id or _team_of(contact.representative_id),
            "representative_id": contact.representative_id,
            "representative_name": contact.representative_name,
            "is_followed": one.is_followed,
            "failed": [str(name) for name in one.failed],
            "checks": as_json(one.checks),
            "checked_at": at,
            "again_at": one.again_at,
        },
    )


def _team_of(person: int | None) -> int | None:
    """The team of who had it, where a call was given to none; the first of several."""
    return Team.objects.filter(representatives=person).order_by("pk").values_list("pk", flat=True).first()


def contacts_of_run(run_id: int) -> list[int]:
    """The contacts a run went on in, and those it was counted for."""
    run = ProcedureRun.objects.filter(pk=run_id).first()
    if run is None:
        return []
    steps = run.steps.filter(contact_id__isnull=False).values_list("contact_id", flat=True).distinct()
    counted = Followed.objects.filter(contact__customer=run.customer_id, procedure=run.procedure_id).order_by("-pk")
    near = counted.filter(ended_at__gte=run.begun_at - LATELY).values_list("contact_id", flat=True)[:20]
    found = {run.contact_id, *steps, *(near if run.customer_id is not None else ())}
    return sorted(one for one in found if one is not None)


def catch_up(at: datetime) -> int:
    """
    Check what can be seen by now (promises that are due, runs nobody took up), and contacts of the last days that were missed; how many. It
    looks at the contacts of a week at most, by the newest first.
    """
    again = Followed.objects.filter(again_at__lte=at).order_by("again_at").values_list("contact_id", flat=True)
    todo = dict.fromkeys(again[:MOST_AGAIN])
    todo.update(dict.fromkeys(_missed(at)))
    for contact_id in todo:
        keep_checks(contact_id, at)
    return len(todo)


def _missed(at: datetime) -> Iterator[int]:
    reasons = _reasons_meant(at)
    if not reasons:
        return
    last: int | None = None
    for _batch in range(MOST_BATCHES):
        rows = Contact.objects.order_by("-pk")
        if last is not None:
            rows = rows.filter(pk__lt=last)
        page = list(rows.values_list("pk", "started_at", "ended_at", "reason_id")[:BATCH])
        meant = [pk for pk, _started, ended, reason in page if ended and ended > at - LATELY and reason in reasons]
        there = set(Followed.objects.filter(contact__in=meant).values_list("contact_id", flat=True))
        yield from (pk for pk in meant if pk not in there)
        if len(page) < BATCH or all(started < at - LATELY for _pk, started, _ended, _reason in page):
            return
        last = page[-1][0]


def _reasons_meant(at: datetime) -> set[int]:
    """The reasons a procedure in force is meant for, with those below them."""
    names = {name for one in versions_in_force(current().number, at) for name in one.script.reasons}
    return set(_ids(names))


def _ids(names: Iterable[str]) -> Iterator[int]:
    wanted = set(names)
    for pk, name, parent in ContactReason.objects.values_list("pk", "name", "parent__name"):
        if name in wanted or parent in wanted:
            yield pk
