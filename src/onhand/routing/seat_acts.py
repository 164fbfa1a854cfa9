"""What is done with somebody's state: by themselves, and by supervisors."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.routing import access
from onhand.routing.enums import SeatState, StateHow
from onhand.routing.events import SeatStateChanged
from onhand.routing.leaving import release, withdraw_offers
from onhand.routing.models import AwayReason, Seat
from onhand.routing.seats import change_state
from onhand.routing.subjects import REASON, SEAT

Reason = Annotated[int | None, Field(label=gettext_lazy("Reason"), reference=REASON)]
SETTABLE = {str(state): state.label for state in (SeatState.AVAILABLE, SeatState.AWAY, SeatState.SIGNED_OUT)}


@act(subject=SEAT, permission=access.WORK, label=gettext_lazy("Be available"), only_adds=True)
def become_available(seat: Seat, *, run: Run) -> None:
    """Be given work from now on."""
    _require_own(seat, run)
    if not seat.representative.is_active:
        raise NotPossible(_("They do not work here any more."))
    _set(seat, SeatState.AVAILABLE, run, StateHow.PERSON)


@act(subject=SEAT, permission=access.WORK, label=gettext_lazy("Go away"), only_adds=True)
def go_away(seat: Seat, *, run: Run, reason: Reason = None) -> None:
    """Be given no work for a while. What you have stays with you; what is offered to you goes to others."""
    _require_own(seat, run)
    _set(seat, SeatState.AWAY, run, StateHow.PERSON, _reason(reason))


@act(subject=SEAT, permission=access.WORK, label=gettext_lazy("Stop working"), only_adds=True)
def leave_work(seat: Seat, *, run: Run) -> None:
    """Be given no more work. What you have is kept, goes back or to a colleague, as the rules say."""
    _require_own(seat, run)
    _set(seat, SeatState.SIGNED_OUT, run, StateHow.SIGN_OUT)


@act(subject=SEAT, permission=access.STEER, label=gettext_lazy("Set the state"), only_adds=True)
def set_state(
    seat: Seat,
    *,
    run: Run,
    state: Annotated[
        str,
        Field(
            label=gettext_lazy("State"),
            widget="choice",
            options=lambda: list(SETTABLE.items()),
            current=lambda seat: str(seat.state),
        ),
    ],
    reason: Reason = None,
) -> None:
    """Set a colleague's state, such as when they forgot to."""
    if state not in SETTABLE:
        raise NotPossible(_("Choose one of the list."), field="state")
    if state == SeatState.AVAILABLE and not seat.representative.is_active:
        raise NotPossible(_("They do not work here any more."), field="state")
    _set(seat, SeatState(state), run, StateHow.SUPERVISOR, _reason(reason) if state == SeatState.AWAY else None)


def _set(seat: Seat, state: SeatState, run: Run, how: StateHow, reason: AwayReason | None = None) -> None:
    if seat.state == state and seat.reason_id == (reason.pk if reason else None):
        raise NotPossible(_("That is so already."))
    if state == SeatState.SIGNED_OUT:
        release(seat, run.at, str(how))
    elif state == SeatState.AWAY:
        withdraw_offers(seat, run.at, str(how))
    change_state(seat, state, run.at, how=how, reason=reason, by_name=run.actor.name)
    run.publish(SeatStateChanged(seat.pk, str(state), str(how)))


def _require_own(seat: Seat, run: Run) -> None:
    if seat.pk != run.actor.id:
        raise NotPossible(_("This is a colleague's state."))


def _reason(reason_id: int | None) -> AwayReason | None:
    if reason_id is None:
        return None
    found = AwayReason.objects.filter(pk=reason_id, is_active=True).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="reason")
    return found
