"""What other steps would change for one piece of work that waits, in sentences. Nothing is changed by asking."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor
from onhand.routing.expressions import WrongExpressionError, read_names
from onhand.routing.item_steps import reach_words, read_own_steps
from onhand.routing.matching.explaining import Explanation, explain
from onhand.routing.matching.plans import Step
from onhand.routing.matching.wanted import people_named
from onhand.routing.matching.world import QUEUE
from onhand.routing.models import WorkItem
from onhand.routing.standing import World
from onhand.routing.why import StepTold, Telling, look


@dataclass(frozen=True, slots=True)
class StepsTried:
    """
    What steps somebody wrote would do. `problem` says why they cannot be read, with nothing else then. `reach` tells of each step how many
    of those who serve the queue fit it or one before, with what is wrong with it; `steps` the same for this work and this moment.
    """

    text: str
    problem: str = ""
    steps: Sequence[StepTold] = ()
    reach: Sequence[str] = ()
    answer: str = ""


def try_steps(actor: Actor, item: WorkItem, text: str, at: datetime) -> StepsTried:
    """What would become of an item that waits if these were its steps, written as in the settings of its queue."""
    try:
        steps = read_own_steps(text, item, read_names())
    except WrongExpressionError as error:
        return StepsTried(text, problem=str(error))
    named = {one for step in steps for one in people_named(step.wanted) or ()}
    world, words, _seen = look(actor, item, at, sorted(named))
    there = replace(world, item=replace(world.item, steps=steps, step=0, step_since=at.timestamp()))
    telling = Telling(there, words, at)
    before, after = _explained(world, at), _explained(there, at)
    serves = QUEUE.format(item.queue_id)
    serving = {one.id: one.attributes for one in world.people if serves in one.attributes}
    return StepsTried(
        text,
        steps=[telling.step(step) for step in after.steps],
        reach=reach_words(steps, serving),
        answer=_answer(telling, before, after, is_same=_is_same(steps, world)),
    )


def _explained(world: World, at: datetime) -> Explanation:
    return explain(world.item, world.rules, world.kinds, world.people, at.timestamp())


def _is_same(steps: Sequence[Step], world: World) -> bool:
    return tuple(steps) == (world.rules.plan.steps if world.item.steps is None else world.item.steps)


def _answer(telling: Telling, before: Explanation, after: Explanation, *, is_same: bool) -> str:
    headline, sentence = telling.waits(after)
    if is_same:
        return _("These are its steps already.")
    if (before.waits_for, before.would_get) == (after.waits_for, after.would_get) and before.fit == after.fit:
        return _("For now nothing would change. %(sentence)s") % {"sentence": sentence}
    return f"{headline}. {sentence}"
