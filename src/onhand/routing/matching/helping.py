"""When the people of other queues help with a queue: asked alike by the router, by explanations and by simulations."""

from collections.abc import Callable

from onhand.routing.matching.plans import Overflow


def helps(
    overflow: Overflow,
    *,
    is_nobody_here: Callable[[], bool],
    longest_wait: Callable[[], float | None],
    expected_wait: Callable[[], float | None],
) -> bool:
    """
    Whether one condition of a queue's plan holds: nobody of its own is there, its first work waits too long, or what comes now is
    expected to. Seconds, None for not known or none; only what the condition asks about is looked up.
    """
    if overflow.if_nobody and is_nobody_here():
        return True
    if overflow.waiting_seconds is not None:
        longest = longest_wait()
        if longest is not None and longest > overflow.waiting_seconds:
            return True
    if overflow.expected_seconds is not None:
        expected = expected_wait()
        return expected is not None and expected > overflow.expected_seconds
    return False
