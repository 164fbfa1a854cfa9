"""
What happened in the demo company, in order of day: the stories of many orders and bills run beside each other, each step when it was its
turn, so that documents are numbered as they would have been.
"""

import heapq
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from onhand.customers.demo.loading import Progress
from onhand.kernel.errors import ActError

Steps = Generator[datetime, None, Any]  # says when its next step is, and takes it when it is asked to go on
Story = Callable[[], Steps]


def run_by_day(stories: Iterable[Story], *, tell: Progress | None = None, what: str = "orders") -> None:
    """
    Run stories side by side, always the one whose next step is the earliest. A story with a step that is not possible ends there. Until
    its first step a story must change nothing: it is begun once to hear when that is, and again when its time has come. Outside of a
    transaction; what is done takes as long as its steps, and memory only for what is under way.
    """
    # Of a story that has not begun only its beginning is kept.
    waiting: list[tuple[datetime, int, Story | Steps]] = [
        (next(story()), number, story) for number, story in enumerate(stories)
    ]
    heapq.heapify(waiting)
    of = len(waiting)
    while waiting:
        _moment, number, story = heapq.heappop(waiting)
        following = None
        if callable(story):
            story = story()
            next(story)
        with suppress(ActError):  # an address or a stock that does not do: the others go on
            following = next(story, None)
        if following is not None:
            heapq.heappush(waiting, (following, number, story))
        elif tell:
            tell(what, of - len(waiting), of)
