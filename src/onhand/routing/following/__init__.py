"""
What waits, as work: each file says of one sort of thing when it is work and whose, lets its item follow it in the transaction of every
change, and does to it what follows from what the router did. A sweep each minute finds what was missed.
"""

from collections.abc import Callable
from datetime import datetime

from onhand.routing.following import cases, contacts, help_asked, releases, tasks

SWEEPS: list[Callable[[datetime], int]] = [
    contacts.sweep,
    releases.sweep,
    cases.sweep,
    tasks.sweep,
    help_asked.sweep,
]


def connect() -> None:
    """Register the kinds of work of contacts and cases, and follow both from now on."""
    for one in (contacts, releases, cases, tasks, help_asked):
        one.connect()


def sweep(at: datetime) -> int:
    """Make right what no change told of: things to do without their item, and items of what stands otherwise; how many there were."""
    return sum(one(at) for one in SWEEPS)
