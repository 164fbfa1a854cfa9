"""What came of a simulation, as a picture: SVG, alone or in a page with the same text as in the terminal."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from onhand.routing.simulation.drawing import clock, draw, percent, seconds
from onhand.routing.simulation.figures import Outcome, QueueInterval, WorkerFigures

WIDTH, LEFT, RIGHT = 960, 70, 24
PANEL, GAP = 150, 58
MOST_PEOPLE = 200
STYLE = """
svg{font:12px system-ui,sans-serif;background:#fff;color:#15201c}
text{fill:#41504a}.name{font-size:15px;font-weight:600;fill:#15201c}
.arrived{fill:#c8d0cc}.gone{fill:#b3262d}.wait{fill:none;stroke:#0a6f63;stroke-width:2}.axis{stroke:#818c87}.busy{fill:#0a6f63}
@media(prefers-color-scheme:dark){svg{background:#0f1312}text{fill:#b9c4c0}.name{fill:#e7ecea}.arrived{fill:#3a4542}
.gone{fill:#f08a86}.wait{stroke:#62cdbc}.busy{fill:#4fbcab}}
"""


def page(outcome: Outcome, name: str) -> str:
    """A page of HTML, whole in itself."""
    title = escape(name or "Simulation")
    text = escape("\n".join(draw(outcome, name)))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">'
        "<style>body{margin:2rem;max-width:60rem}pre{overflow-x:auto}svg{max-width:100%;height:auto}</style></head>"
        f"<body>{picture(outcome, name)}<pre>{text}</pre></body></html>\n"
    )


def picture(outcome: Outcome, name: str) -> str:
    """
    An SVG: of each queue what arrived and gave up in each interval as columns, with the mean wait as a line above them; and how busy
    each person was.
    """
    parts: list[str] = []
    top = 40
    for queue in outcome.queues:
        parts += _queue(queue, [one for one in outcome.intervals if one.queue == queue], top)
        top += PANEL + GAP
    parts += _people(outcome.people[:MOST_PEOPLE], top)
    height = top + PANEL + GAP
    title = escape(name or "Simulation")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'aria-label="{title}"><title>{title}</title><style>{STYLE}</style>{"".join(parts)}</svg>'
    )


def _queue(queue: str, intervals: Sequence[QueueInterval], top: int) -> Iterator[str]:
    most = max((one.figures.arrived for one in intervals), default=0) or 1
    waits = [0.0 if math.isnan(one.figures.mean_wait) else one.figures.mean_wait for one in intervals]
    longest = max(waits, default=0.0) or 1.0
    bottom = top + PANEL
    wide = (WIDTH - LEFT - RIGHT) / max(1, len(intervals))
    yield _text(LEFT, top - 12, f"{queue}: arrived (columns), gave up (in them), mean wait (line)", "name")
    yield _text(4, top + 10, f"{most:,}") + _text(4, top + 26, seconds(longest))
    points = []
    for at, (one, wait) in enumerate(zip(intervals, waits, strict=True)):
        left, figures = LEFT + at * wide, one.figures
        said = (
            f"{clock(one.begins)}: {figures.arrived:,} arrived, {figures.abandoned:,} gave up, mean wait {seconds(figures.mean_wait)}, "
            f"{percent(figures.service_level)} in time"
        )
        yield f"<g><title>{escape(said)}</title>"
        yield _column(left, bottom, wide, PANEL * figures.arrived / most, "arrived")
        yield _column(left, bottom, wide, PANEL * figures.abandoned / most, "gone")
        yield "</g>"
        points.append(f"{left + wide / 2:.1f},{bottom - PANEL * wait / longest:.1f}")
        if at % max(1, len(intervals) // 12) == 0:
            yield _text(left, bottom + 16, clock(one.begins))
    yield f'<polyline class="wait" points="{" ".join(points)}"/>'
    yield _axis(bottom)


def _people(people: Sequence[WorkerFigures], top: int) -> Iterator[str]:
    bottom = top + PANEL
    wide = (WIDTH - LEFT - RIGHT) / max(1, len(people))
    yield _text(LEFT, top - 12, "How busy each person was", "name") + _text(4, top + 10, "100 %")
    for at, one in enumerate(people):
        left = LEFT + at * wide
        said = f"{one.name}: {percent(one.occupancy)} busy, took {one.taken:,}"
        yield f"<g><title>{escape(said)}</title>{_column(left, bottom, wide, PANEL * one.occupancy, 'busy')}</g>"
        if wide > 60:
            yield _text(left, bottom + 16, one.name[: int(wide // 7)])
    yield _axis(bottom)


def _column(left: float, bottom: float, wide: float, high: float, kind: str) -> str:
    return f'<rect class="{kind}" x="{left + wide * 0.08:.1f}" y="{bottom - high:.1f}" width="{wide * 0.84:.1f}" height="{high:.1f}"/>'


def _text(left: float, top: float, said: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{left:.1f}" y="{top:.1f}">{escape(said)}</text>'


def _axis(bottom: float) -> str:
    return f'<line class="axis" x1="{LEFT}" y1="{bottom}" x2="{WIDTH - RIGHT}" y2="{bottom}"/>'
