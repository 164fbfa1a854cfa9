"""What came of a simulation, as text for a terminal: tables, and a line of bars for each queue."""

import math
from collections.abc import Iterator, Sequence

from onhand.routing.simulation.figures import Figures, Outcome, QueueInterval

MOST_PEOPLE = 20
WIDEST = 72  # bars of a line
BARS = " ▁▂▃▄▅▆▇█"
HEADS = ("", "arrived", "taken", "gave up", "left", "mean wait", "half", "90 %", "99 %", "longest", "in time")


def draw(outcome: Outcome, name: str) -> Iterator[str]:
    """The lines to print."""
    speed = f"{outcome.events_per_second:,.0f} a second, {outcome.times_life:,.0f} times as fast as life"
    yield f"{name or 'Simulation'}: {lasting(outcome.simulated_seconds)} in {outcome.real_seconds:.1f} s"
    yield f"{outcome.events:,} events ({speed}), {outcome.decisions:,} decisions"
    yield ""
    rows = [(queue, *_cells(figures)) for queue, figures in outcome.queues.items()]
    if len(rows) > 1:
        rows.append(("all", *_cells(outcome.whole)))
    yield from table(HEADS, rows)
    yield "Waits of what was taken; mean wait also of what gave up. In time: taken within the queue's time, of all that arrived."
    for queue in outcome.queues:
        yield from _lines(queue, [one for one in outcome.intervals if one.queue == queue])
    yield ""
    yield from _people(outcome)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows under their heads, the first column to the left, the others to the right."""
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    for row in (heads, *rows):
        first, *others = (
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, *others)).rstrip()


def seconds(value: float) -> str:
    """A wait, as short as it can be said."""
    if math.isnan(value):
        return "-"
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    return f"{value / 60:.1f} min" if value < 7200 else f"{value / 3600:.1f} h"


def percent(value: float) -> str:
    """A share."""
    return "-" if math.isnan(value) else f"{100 * value:.1f} %"


def clock(value: float) -> str:
    """A moment of the scenario, as hours and minutes from its beginning."""
    return f"{int(value // 3600)}:{int(value % 3600 // 60):02}"


def lasting(value: float) -> str:
    """How long the scenario lasts."""
    return f"{value / 3600:,.1f} hours" if value >= 7200 else f"{value / 60:,.0f} minutes"


def _cells(figures: Figures) -> tuple[str, ...]:
    half, ninety, _, ninety_nine = figures.percentiles
    counts = (figures.arrived, figures.taken, figures.abandoned, figures.left)
    waits = (figures.mean_wait, half, ninety, ninety_nine, figures.longest)
    return (*(f"{count:,}" for count in counts), *(seconds(wait) for wait in waits), percent(figures.service_level))


def _lines(queue: str, intervals: Sequence[QueueInterval]) -> Iterator[str]:
    if len(intervals) < 2:
        return
    together = math.ceil(len(intervals) / WIDEST)
    groups = [intervals[at : at + together] for at in range(0, len(intervals), together)]
    length = together * (intervals[1].begins - intervals[0].begins)
    yield ""
    yield f"{queue}, from {clock(intervals[0].begins)} in steps of {lasting(length)}"
    arrived = [sum(one.figures.arrived for one in group) for group in groups]
    waits = [max((_known(one.figures.mean_wait) for one in group), default=0.0) for group in groups]
    yield f"  arrived    {bars(arrived)}  up to {max(arrived):,}"
    yield f"  mean wait  {bars(waits)}  up to {seconds(max(waits))}"


def bars(values: Sequence[float]) -> str:
    """One character a value, as high as it is large beside the largest."""
    most = max(values, default=0.0)
    return "".join(BARS[0 if not most else math.ceil(value / most * (len(BARS) - 1))] for value in values)


def _people(outcome: Outcome) -> Iterator[str]:
    shown = outcome.people[:MOST_PEOPLE]
    rows = [
        (
            *(one.name, lasting(one.present), percent(one.occupancy), percent(one.load)),
            *(f"{one.taken:,}", f"{one.missed:,}", f"{one.passed:,}"),
        )
        for one in shown
    ]
    yield from table(("", "present", "busy", "load", "took", "missed", "passed"), rows)
    if len(shown) < len(outcome.people):
        yield f"and {len(outcome.people) - len(shown):,} more people"
    yield f"Inequality of who is how busy (Gini, 0: all the same): {outcome.gini:.3f}"


def _known(value: float) -> float:
    return 0.0 if math.isnan(value) else value
