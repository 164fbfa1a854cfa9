"""Going back to earlier versions of what is set up for routing: reasons for being away, kinds of work, queues."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.models import BusinessCalendar
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.versions import ToVersion, goes_back_by, state_at, told_of_version
from onhand.routing import access
from onhand.routing.models import AwayReason, KindSetting, Queue
from onhand.routing.queue_acts import free_home, require_free_name, require_spare, tell_queue
from onhand.routing.queue_subjects import QUEUE_SUBJECT
from onhand.routing.setup_acts import require_free_reason, set_kind
from onhand.routing.setup_subjects import AWAY_REASON, WORK_KIND
from onhand.staff.models import Team


@act(subject=AWAY_REASON, permission=access.SET_UP, label=gettext_lazy("Go back to a version"))
def take_away_reason_back(reason: AwayReason, *, run: Run, version: ToVersion) -> None:
    """Let a reason for being away be called, counted and used as it was after an earlier change, from the next time on."""
    was = state_at(AWAY_REASON, reason, version)
    with told_of_version():
        require_free_reason(was["name"], of=reason.pk)
    reason.name, reason.is_paid, reason.counts_as = was["name"], was["paid"], was["counts_as"]
    reason.most_minutes, reason.is_active = was["most_minutes"], was["active"]


@act(subject=WORK_KIND, permission=access.SET_UP, label=gettext_lazy("Go back to a version"))
def take_kind_back(setting: KindSetting, *, run: Run, version: ToVersion) -> None:
    """Let a kind of work take of people what it took after an earlier change. Work that is given keeps what it takes."""
    was = state_at(WORK_KIND, setting, version)
    with told_of_version():
        set_kind(setting, was["units"], was["minutes"], was["takes_all"], was["interrupts"], was["accepts_itself"])


@act(subject=QUEUE_SUBJECT, permission=access.SET_UP, label=gettext_lazy("Go back to a version"))
def take_queue_back(queue: Queue, *, run: Run, version: ToVersion) -> None:
    """
    Let a queue have the name, teams, hours and use of an earlier change. How it gives out its work has versions of its own, which are
    begun again from and published.
    """
    was = state_at(QUEUE_SUBJECT, queue, version)
    with told_of_version():
        require_free_name(was["name"], of=queue.pk)
        if not was["active"]:
            require_spare(queue)
    teams = [_named(Team.objects.all(), name) for name in was["teams"] or ()]
    home = _named(Team.objects.all(), was["home"]) if was["home"] else None
    queue.name, queue.is_active = was["name"], was["active"]
    with told_of_version():
        queue.home = free_home(home, of=queue) if home is not None else None
    queue.calendar = _named(BusinessCalendar.objects.all(), was["calendar"]) if was["calendar"] else None
    queue.teams.set(teams)
    tell_queue(queue)


goes_back_by(AWAY_REASON, "routing.take_away_reason_back")
goes_back_by(WORK_KIND, "routing.take_kind_back")
goes_back_by(QUEUE_SUBJECT, "routing.take_queue_back")


def _named(among: Any, name: str) -> Any:
    found = list(among.filter(name=name)[:2])
    if len(found) != 1:
        raise NotPossible(
            _("“%(name)s”, which belonged to it then, is not there any more under this name.") % {"name": name},
            field="version",
        )
    return found[0]
