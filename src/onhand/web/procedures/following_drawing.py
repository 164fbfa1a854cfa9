"""Shares by week drawn as bars. Plain numbers for the page to put into SVG."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from babel.dates import format_skeleton

from onhand.procedures.figures import Tally
from onhand.web.templating import reading_locale

WIDTH, HEIGHT, LEFT, TOP, BELOW = 640, 160, 40, 10, 22
BASE = HEIGHT - BELOW
FIGURES = (0, 50, 100)
MOST_DAYS_NAMED = 8
GAP = 5


def draw_weeks(weeks: Mapping[date, Tally]) -> dict[str, Any]:
    """A bar for each week, as high as the share that was followed; none for a week in which nothing was checked."""
    step = (WIDTH - LEFT) / max(len(weeks), 1)
    every = -(-len(weeks) // MOST_DAYS_NAMED)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "base": BASE,
        "step": round(step, 2),
        "bar_width": round(max(step - 2 * GAP, 2), 2),
        "lines": [{"y": _y(figure), "figure": figure} for figure in FIGURES],
        "bars": [
            {
                "day": day,
                "share": one.share,
                "checked": one.checked,
                "x": round(LEFT + place * step, 2),
                "inner": round(LEFT + place * step + GAP, 2),
                "middle": round(LEFT + (place + 0.5) * step, 2),
                "y": _y(one.share or 0),
                "height": round(BASE - _y(one.share or 0), 2),
                "label": format_skeleton("MMMd", day, locale=reading_locale())
                if (len(weeks) - 1 - place) % every == 0
                else "",
            }
            for place, (day, one) in enumerate(weeks.items())
        ],
    }


def _y(share: int) -> float:
    return round(BASE - share * (BASE - TOP) / 100, 2)
