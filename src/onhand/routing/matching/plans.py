"""
How a queue gives out its work: steps, order, choice, offers, wrap-up, leaving, overflow. Pure; a queue's published settings and a
simulation's scenario are read by the same function.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from onhand.routing.enums import Choice, Leaving, WrapUp
from onhand.routing.matching.wanted import ANYBODY, Wanted, WrongWantedError, read_wanted

MOST_STEPS = 20
LONGEST = 7 * 24 * 3600
# Seconds within which work of a priority is to be taken: what orders it against everything else. See `order_at`.
TARGETS: Mapping[int, float] = {-1: 8 * 3600.0, 0: 4 * 3600.0, 1: 3600.0, 2: 60.0}


class WrongPlanError(ValueError):
    """Settings that cannot be read: `place` is where, like ``steps.2.seconds``; the text is English."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place


@dataclass(frozen=True, slots=True)
class Step:
    """Whom work goes to, and after how many seconds the next step counts too (None: never)."""

    wanted: Wanted = ANYBODY
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Overflow:
    """
    People of another queue may take this one's work too, while the first work waits longer than `waiting_seconds`, or is expected to
    wait longer than `expected_seconds`, or nobody of this queue is present.
    """

    queue: int
    waiting_seconds: int | None = None
    expected_seconds: int | None = None
    if_nobody: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The settings of a queue. `targets`: priority → seconds. `answer_seconds` is what a service level is counted by. An offer runs out
    after `offer_seconds`; where `accepts_itself`, there is none.
    """

    steps: tuple[Step, ...] = (Step(),)
    targets: Mapping[int, float] = field(default_factory=lambda: dict(TARGETS))
    choice: Choice = Choice.LONGEST_IDLE
    answer_seconds: int = 4 * 3600
    offer_seconds: int = 60
    accepts_itself: bool = False
    wrap_up: WrapUp = WrapUp.NONE
    wrap_up_seconds: int = 60
    leaving: Leaving = Leaving.RETURN
    hand_over_to: int | None = None
    prefers_owner_seconds: int = 24 * 3600  # how long work waits for whom it was before, while they are away
    overflow: tuple[Overflow, ...] = ()


USUAL = Plan()


def order_at(since: float, priority: int, due_at: float | None, minutes: float, targets: Mapping[int, float]) -> float:
    """
    The moment by which work is to be begun, in seconds like its arguments; what has the earliest is given out first.

    It is ``since + targets[priority]``, or when it must be begun to be ready in time (``due_at - minutes``), whichever is earlier. The
    moment does not move while work waits, so whatever waits long enough comes before all that arrives later: nothing starves, and
    priority, age and due time weigh against each other in minutes. The rule is *earliest due date first* (Jackson 1955), which keeps
    the largest lateness smallest on one server.
    """
    target = targets.get(priority, TARGETS.get(priority, TARGETS[0]))
    moment = since + target
    return moment if due_at is None else min(moment, due_at - 60 * minutes)


def read_plan(written: Mapping[str, Any]) -> Plan:
    """
    The plan that settings say; what they do not mention is as usual.

    :raises WrongPlanError: naming the first thing that is wrong and where.
    """
    unknown = set(written) - set(Plan.__dataclass_fields__)
    if unknown:
        raise WrongPlanError(sorted(unknown)[0], "there is no such setting")
    given: dict[str, Any] = dict(written)
    if "steps" in given:
        given["steps"] = read_steps(given["steps"])
    if "targets" in given:
        given["targets"] = _read_targets(given["targets"])
    if "overflow" in given:
        given["overflow"] = tuple(
            _read_overflow(one, at) for at, one in enumerate(_list(given["overflow"], "overflow"))
        )
    for name, kind in (("choice", Choice), ("wrap_up", WrapUp), ("leaving", Leaving)):
        if name in given:
            if given[name] not in kind.values:
                raise WrongPlanError(name, f"one of {', '.join(kind.values)}")
            given[name] = kind(given[name])
    for name in ("answer_seconds", "offer_seconds", "wrap_up_seconds", "prefers_owner_seconds"):
        if name in given:
            given[name] = _seconds(given[name], name)
    if type(given.get("accepts_itself", False)) is not bool:
        raise WrongPlanError("accepts_itself", "yes or no")
    if given.get("hand_over_to") is not None and type(given["hand_over_to"]) is not int:
        raise WrongPlanError("hand_over_to", "the number of a colleague")
    return Plan(**given)


def read_steps(written: Any) -> tuple[Step, ...]:
    """
    Steps as `[{"wanted": …, "seconds": 30}, …]`; all but the last need their seconds.

    :raises WrongPlanError: naming the first thing that is wrong and where.
    """
    steps = []
    found = _list(written, "steps")
    if not 1 <= len(found) <= MOST_STEPS:
        raise WrongPlanError("steps", f"from 1 to {MOST_STEPS}")
    for at, one in enumerate(found):
        place = f"steps.{at}"
        if not isinstance(one, dict) or set(one) - {"wanted", "seconds"}:
            raise WrongPlanError(place, "a step has wanted and seconds")
        try:
            wanted = read_wanted(one.get("wanted", {}))
        except WrongWantedError as error:
            raise WrongPlanError(f"{place}.wanted", str(error)) from None
        seconds = one.get("seconds")
        if seconds is not None:
            seconds = _seconds(seconds, f"{place}.seconds")
        elif at < len(found) - 1:
            raise WrongPlanError(f"{place}.seconds", "say when the next step counts")
        steps.append(Step(wanted, seconds))
    return tuple(steps)


def write_plan(plan: Plan) -> dict[str, Any]:
    """The same as JSON: `read_plan(write_plan(plan)) == plan`."""
    return {
        "steps": write_steps(plan.steps),
        "targets": {str(priority): seconds for priority, seconds in plan.targets.items()},
        "choice": plan.choice.value,
        "answer_seconds": plan.answer_seconds,
        "offer_seconds": plan.offer_seconds,
        "accepts_itself": plan.accepts_itself,
        "wrap_up": plan.wrap_up.value,
        "wrap_up_seconds": plan.wrap_up_seconds,
        "leaving": plan.leaving.value,
        "hand_over_to": plan.hand_over_to,
        "prefers_owner_seconds": plan.prefers_owner_seconds,
        "overflow": [
            {
                "queue": one.queue,
                "waiting_seconds": one.waiting_seconds,
                "expected_seconds": one.expected_seconds,
                "if_nobody": one.if_nobody,
            }
            for one in plan.overflow
        ],
    }


def write_steps(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as JSON."""
    return [{"wanted": one.wanted.as_json(), "seconds": one.seconds} for one in steps]


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise WrongPlanError(place, "a list")
    return value


def _seconds(value: Any, place: str) -> int:
    if type(value) is not int or not 0 <= value <= LONGEST:
        raise WrongPlanError(place, f"whole seconds from 0 to {LONGEST}")
    return value


def _read_targets(written: Any) -> dict[int, float]:
    if not isinstance(written, dict):
        raise WrongPlanError("targets", "seconds by priority")
    targets = dict(TARGETS)
    for key, value in written.items():
        if str(key) not in {str(one) for one in TARGETS}:
            raise WrongPlanError(f"targets.{key}", "there is no such priority")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10 * LONGEST:
            raise WrongPlanError(f"targets.{key}", "seconds")
        targets[int(key)] = float(value)
    return targets


def _read_overflow(written: Any, at: int) -> Overflow:
    place = f"overflow.{at}"
    if not isinstance(written, dict) or set(written) - set(Overflow.__dataclass_fields__):
        raise WrongPlanError(place, "a queue and when")
    if type(written.get("queue")) is not int:
        raise WrongPlanError(f"{place}.queue", "the number of a queue")
    waits = {
        name: None if written.get(name) is None else _seconds(written[name], f"{place}.{name}")
        for name in ("waiting_seconds", "expected_seconds")
    }
    if type(written.get("if_nobody", False)) is not bool:
        raise WrongPlanError(f"{place}.if_nobody", "yes or no")
    return Overflow(
        written["queue"], waits["waiting_seconds"], waits["expected_seconds"], written.get("if_nobody", False)
    )
