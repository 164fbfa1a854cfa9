"""
What was told lately, by topic: a page is written first and hears of changes only once its script runs and its stream is open. What
changed in between would be shown as it was until the next change.
"""

import math
from collections import OrderedDict
from collections.abc import Iterable

KEPT_SECONDS = 60.0
MOST_TOPICS = 100_000


class Memory:
    """When each topic was last told, bounded in time and number. Times are of the monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, float] = OrderedDict()
        self._complete_from = math.inf

    def begin(self, at: float) -> None:
        """From now on everything is heard; what came before may not have been."""
        self._complete_from = at
        self._told.clear()

    def note(self, topic: str, at: float) -> None:
        """A topic was told."""
        self._told[topic] = at
        self._told.move_to_end(topic)
        while len(self._told) > MOST_TOPICS or next(iter(self._told.values())) < at - KEPT_SECONDS:
            _topic, told_at = self._told.popitem(last=False)
            self._complete_from = max(self._complete_from, told_at)

    def note_late(self, topic: str, at: float, lateness: float) -> None:
        """A topic was found to have changed within the last `lateness` seconds; one told in that time keeps its moment."""
        if self._told.get(topic, -math.inf) < at - 2 * lateness:
            self.note(topic, at)

    def told_since(self, moment: float, topics: Iterable[str]) -> list[str]:
        """Those of the topics that were told since; all of them if that cannot be known any more."""
        if moment < self._complete_from:
            return sorted(topics)
        return sorted(topic for topic in topics if self._told.get(topic, -math.inf) >= moment)
