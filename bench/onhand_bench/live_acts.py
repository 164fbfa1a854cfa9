"""
Acts done beside the process that listens to them: `python -m onhand_bench.live_acts SECONDS PER_SECOND BROADCASTS CUSTOMER…`.

Prints one JSON list: for each change, the topic and the moment (seconds of the machine's monotonic clock) its commit had returned.
"""

import json
import random
import sys
import time
from collections.abc import Iterable

import django


def main() -> None:
    """Write notes on random customers at an even pace, then tell everyone something."""
    django.setup()
    from django.utils import timezone

    from onhand.kernel import hints
    from onhand.kernel.actor import system_actor
    from onhand.kernel.perform import perform

    seconds, per_second, broadcasts, *customers = (int(number) for number in sys.argv[1:])
    moments: list[tuple[str, float]] = []

    class Stamping(hints.Notifier):
        """Notes when a hint is handed over, which is right after the commit."""

        def send(self, topics: Iterable[str]) -> None:
            given = list(topics)
            now = time.monotonic()
            super().send(given)
            moments.extend((topic, now) for topic in given)

    hints.notifier = Stamping()
    actor, chance = system_actor("bench"), random.Random(7)
    begun = time.monotonic()
    for number in range(seconds * per_second):
        time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
        arguments = {"text": f"Note {number}"}
        perform(
            "customers.add_note",
            actor=actor,
            arguments=arguments,
            subject_id=chance.choice(customers),
            at=timezone.now(),
        )
    for _ in range(broadcasts):
        time.sleep(1)
        hints.send_after_commit(hints.EVERYONE)
    time.sleep(1)
    print(json.dumps(moments))


if __name__ == "__main__":
    main()
