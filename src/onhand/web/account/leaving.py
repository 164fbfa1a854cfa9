"""What signing out does with somebody's work: shown before, done with it."""

import secrets
from typing import Any

import structlog
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.kernel.errors import ActError, NotPossible, SubjectBusy
from onhand.kernel.perform import perform
from onhand.routing.access import WORK
from onhand.routing.enums import ItemState
from onhand.routing.kinds import kind_of
from onhand.routing.leaving import Fate, Foretold, foretell
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for

log = structlog.get_logger("onhand.web")
TRIES = 5  # where somebody is at the same work just then
MOST_NAMED = 12
_MOVES = (Fate.HANDED_OVER, Fate.BACK)  # what is worth a question; an offer nobody answered yet is not
_ORDER = (Fate.HANDED_OVER, Fate.BACK, Fate.KEPT, Fate.FINISHED)


def fates_of(user: Representative | AnonymousUser) -> list[dict[str, Any]]:
    """What becomes of what somebody has, by what becomes of it: in words, and each thing by its name."""
    found = _foretold(user)
    groups: dict[tuple[int, str], list[Foretold]] = {}
    for one in found:
        groups.setdefault((_ORDER.index(one.fate), one.to), []).append(one)
    return [
        {
            "words": _words(_ORDER[place], to, len(ones)),
            "things": [one.item.title or str(kind_of(one.item.kind).label) for one in ones[:MOST_NAMED]],
            "more": max(0, len(ones) - MOST_NAMED),
        }
        for (place, to), ones in sorted(groups.items())
    ]


def is_to_be_seen(user: Representative | AnonymousUser) -> bool:
    """Whether something they have at hand would go to others."""
    return any(one.fate in _MOVES and one.item.state != ItemState.OFFERED for one in _foretold(user))


def leave_work(user: Representative | AnonymousUser) -> None:
    """
    Let somebody who signs out take no more part in work. Nothing keeps them from signing out: if their work is being changed by others
    all the while, it is the lost connection that lets go of it, a minute later.
    """
    if not _takes_part(user):
        return
    actor = actor_for(user)
    for _try in range(TRIES):
        try:
            perform(
                "routing.leave_work",
                actor=actor,
                subject_id=actor.id,
                arguments={},
                at=timezone.now(),
                idempotency_key=secrets.token_hex(16),
            )
        except SubjectBusy:
            continue
        except NotPossible:  # signed out of work before
            return
        except ActError as error:
            log.warning("work_not_left", who=actor.id, why=error.message)
        return
    log.warning("work_not_left", who=actor.id, why="busy")


def _foretold(user: Representative | AnonymousUser) -> list[Foretold]:
    return foretell(user.pk) if user.pk is not None and _takes_part(user) else []


def _takes_part(user: Representative | AnonymousUser) -> bool:
    return bool(user.is_authenticated) and actor_for(user).may(WORK)


def _words(fate: Fate, to: str, count: int) -> str:
    match fate:
        case Fate.HANDED_OVER:
            said = ngettext("%(count)s goes to %(name)s:", "%(count)s go to %(name)s:", count)
            return said % {"count": count, "name": to}
        case Fate.BACK:
            return ngettext(
                "%(count)s goes back to its queue, with its age:",
                "%(count)s go back to their queues, with their age:",
                count,
            ) % {"count": count}
        case Fate.KEPT:
            return ngettext("%(count)s stays with you:", "%(count)s stay with you:", count) % {"count": count}
    return _("Wrapped up, and over:")
