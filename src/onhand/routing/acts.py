"""What is done with work: taking it, passing it on, putting it by; and what supervisors do to steer it."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.enums import Priority
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.routing import access, items
from onhand.routing.enums import DecisionKind, ItemState, WrapUp
from onhand.routing.expressions import WrongExpressionError, read_names
from onhand.routing.item_steps import read_own_steps, steps_text, stored_steps, whom_they_reach
from onhand.routing.kinds import Holder
from onhand.routing.models import WorkItem
from onhand.routing.plan_texts import write_steps_text
from onhand.routing.queues import plan_of
from onhand.routing.seats import lock_seats
from onhand.routing.subjects import COLLEAGUE, QUEUE, WORK_ITEM
from onhand.staff.access import visible_representatives

PRIORITIES = {str(value): label for value, label in Priority.choices}
Why = Annotated[str, Field(label=gettext_lazy("Why"), max_length=300)]


@act(subject=WORK_ITEM, permission=access.WORK, label=gettext_lazy("Accept"), only_adds=True)
def accept_work(item: WorkItem, *, run: Run) -> None:
    """Take the work that is offered to you."""
    me = _require_mine(item, run, ItemState.OFFERED)
    if item.offer_until is not None and item.offer_until < run.at:
        raise NotPossible(_("This offer has run out."))
    if not items.is_time(item, run.at):
        raise NotPossible(_("The time in which this may be done is over."))
    items.accept(item, me, run.at)


@act(subject=WORK_ITEM, permission=access.WORK, label=gettext_lazy("Pass"), only_adds=True)
def pass_work(item: WorkItem, *, run: Run, why: Why = "") -> None:
    """Let work that is offered to you go to somebody else. You are not offered it again for a while."""
    _require_mine(item, run, ItemState.OFFERED)
    items.wait_again(item, run.at, DecisionKind.PASSED, by_name=run.actor.name, why=why)


@act(subject=WORK_ITEM, permission=access.WORK, label=gettext_lazy("Put aside"), only_adds=True)
def park_work(item: WorkItem, *, run: Run, why: Why = "") -> None:
    """Keep this work, and be given other work meanwhile. It comes back when you have room, or when you go on with it."""
    _require_mine(item, run, ItemState.IN_WORK)
    items.park(item, run.at, by_name=run.actor.name, why=why)


@act(subject=WORK_ITEM, permission=access.WORK, label=gettext_lazy("Go on with it"), only_adds=True)
def resume_work(item: WorkItem, *, run: Run) -> None:
    """Go on with work you put aside. It needs room beside what you have."""
    me = _require_mine(item, run, ItemState.PARKED)
    if not items.is_time(item, run.at):
        raise NotPossible(_("This may not be done now: it has a time of its own."))
    seat = lock_seats([me.id], run.at)[me.id]
    if not items.fits(item, seat):
        raise NotPossible(_("You have no room for this beside what you have: finish something or put it aside first."))
    items.hold(item, me.id, run.at, DecisionKind.RESUMED, by_name=me.name)


@act(subject=WORK_ITEM, permission=access.WORK, label=gettext_lazy("Wrap-up is finished"), only_adds=True)
def finish_wrap_up(item: WorkItem, *, run: Run) -> None:
    """Say that what comes after the work is done, so that you can be given the next."""
    _require_mine(item, run, ItemState.WRAP_UP)
    if plan_of(item.queue).wrap_up == WrapUp.FORCED:
        raise NotPossible(_("This wrap-up ends by itself."))
    items.finish_wrap_up(item, run.at, by_name=run.actor.name)


@act(subject=WORK_ITEM, permission=access.WORK, label=gettext_lazy("Give it back"), only_adds=True)
def return_work(item: WorkItem, *, run: Run, why: Why) -> None:
    """Let work you have go back to its queue, with its age and the reason, for somebody else."""
    _require_mine(item, run, ItemState.IN_WORK, ItemState.PARKED)
    items.wait_again(item, run.at, DecisionKind.RETURNED, by_name=run.actor.name, why=why)


@act(subject=WORK_ITEM, permission=access.STEER, label=gettext_lazy("Change the priority"))
def prioritise_work(
    item: WorkItem,
    *,
    run: Run,
    priority: Annotated[
        str,
        Field(
            label=gettext_lazy("Priority"),
            widget="choice",
            options=lambda: list(PRIORITIES.items()),
            current=lambda item: str(item.priority),
        ),
    ],
) -> None:
    """Let work come earlier or later among all that waits."""
    _require_open(item)
    if priority not in PRIORITIES:
        raise NotPossible(_("Choose one of the list."), field="priority")
    items.reorder(item, run.at, priority=int(priority))


@act(subject=WORK_ITEM, permission=access.STEER, label=gettext_lazy("Move it to a queue"))
def move_work(
    item: WorkItem,
    *,
    run: Run,
    queue: Annotated[int, Field(label=gettext_lazy("Queue"), reference=QUEUE)],
    note: Annotated[str, Field(label=gettext_lazy("Note"), max_length=300)] = "",
) -> None:
    """Let work wait in another queue, with its age. Whoever has it or is offered it has it no more."""
    _require_open(item)
    found = access.visible_queues(run.actor).filter(pk=queue, is_active=True).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="queue")
    if item.state != ItemState.WAITING:
        items.wait_again(item, run.at, DecisionKind.WITHDRAWN, by_name=run.actor.name, why=note)
    items.reorder(item, run.at, queue=found, is_queue_chosen=True)
    items.decide(item, DecisionKind.MOVED, run.at, by_name=run.actor.name, explanation={"why": note})


@act(subject=WORK_ITEM, permission=access.STEER, label=gettext_lazy("Give it to somebody"))
def assign_work(
    item: WorkItem,
    *,
    run: Run,
    representative: Annotated[int, Field(label=gettext_lazy("To whom"), reference=COLLEAGUE)],
) -> None:
    """Give work to somebody past the order. If they have no room for it, it is put aside for them."""
    _require_open(item)
    person = visible_representatives(run.actor).filter(pk=representative, is_active=True).first()
    if person is None:
        raise NotPossible(_("Choose one of the list."), field="representative")
    if item.holder_id == person.pk and item.state != ItemState.OFFERED:
        raise NotPossible(_("They have this already."), field="representative")
    items.give(item, Holder(person.pk, person.name), run.at, DecisionKind.ASSIGNED, by_name=run.actor.name)


@act(subject=WORK_ITEM, permission=access.STEER, label=gettext_lazy("Change the steps"))
def change_steps(
    item: WorkItem,
    *,
    run: Run,
    steps: Annotated[
        str,
        Field(
            label=gettext_lazy("Whom it goes to"),
            help=gettext_lazy(
                "A step a line, as in the settings of its queue: Refunds 4+ and Spanish 3+ for 30 s. Last line: anybody. "
                "Left empty, or as they are written there, it goes by the steps of its queue."
            ),
            widget="textarea",
            max_length=5_000,
            current=steps_text,
        ),
    ] = "",
) -> None:
    """Say for this work alone whom it goes to, and after how long to whom else. It begins with the first step."""
    if item.state not in (ItemState.WAITING, ItemState.OFFERED):
        raise NotPossible(_("Only work that waits has steps to go."))
    names = read_names()
    try:
        wanted = read_own_steps(steps, item, names)
    except WrongExpressionError as error:
        raise NotPossible(str(error), field="steps") from None
    run.changed("steps", before=steps_text(item, names), after=write_steps_text(wanted, names))
    run.changed("reach", after=whom_they_reach(item, wanted, run.at))
    items.write(item, steps=stored_steps(wanted, item), step=0, step_since=run.at)
    items.decide(item, DecisionKind.STEPPED, run.at, by_name=run.actor.name, explanation={"why": "by_hand"})


def _require_mine(item: WorkItem, run: Run, *states: ItemState) -> Holder:
    """Who acts, if the item is theirs and in one of these states."""
    if run.actor.id is None or item.holder_id != run.actor.id:
        raise NotPossible(_("This is not with you any more."))
    if item.state not in states:
        raise NotPossible(_("This is not possible now: it is “%(state)s”.") % {"state": ItemState(item.state).label})
    return Holder(run.actor.id, run.actor.name)


def _require_open(item: WorkItem) -> None:
    if item.state in (ItemState.ENDED, ItemState.WRAP_UP):
        raise NotPossible(_("This has ended."))
