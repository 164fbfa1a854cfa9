"""Means drawn with how sure they are: a dot on a line from 1 to 5. Plain numbers for the page to put into SVG."""

from typing import Any

from babel.dates import format_skeleton

from onhand.contacts.surveys.figures import Line
from onhand.web.templating import reading_locale

# The drawing of weeks: the whole, and the room for figures (left) and days (below).
WIDTH, HEIGHT, LEFT, TOP, BELOW = 640, 220, 24, 12, 24
BASE = HEIGHT - BELOW
ROW_WIDTH, ROW_HEIGHT, ROW_EDGE = 160, 20, 6
MOST_DAYS_NAMED = 12


def draw_weeks(weeks: list[Line]) -> dict[str, Any]:
    """The weeks side by side; one of which nothing can be said stays empty."""
    step = (WIDTH - LEFT) / max(len(weeks), 1)
    every = -(-len(weeks) // MOST_DAYS_NAMED)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "lines": [{"score": score, "y": _y(score)} for score in range(1, 6)],
        "weeks": [
            {
                "day": week.key,
                "x": round(LEFT + (place + 0.5) * step, 1),
                "label": format_skeleton("MMMd", week.key, locale=reading_locale())
                if (len(weeks) - 1 - place) % every == 0
                else "",
                "mean": _y(week.mean.value) if week.mean else None,
                "low": _y(week.mean.low) if week.mean else None,
                "high": _y(week.mean.high) if week.mean else None,
                "is_open": week.is_open,
            }
            for place, week in enumerate(weeks)
        ],
    }


def draw_rows(lines: list[Line]) -> list[dict[str, Any] | None]:
    """One small drawing a line of a table; none where there are too few answers."""
    return [
        {
            "width": ROW_WIDTH,
            "height": ROW_HEIGHT,
            "left": _x(1),
            "right": _x(5),
            "ticks": [_x(score) for score in range(1, 6)],
            "mean": _x(line.mean.value),
            "low": _x(line.mean.low),
            "high": _x(line.mean.high),
        }
        if line.mean
        else None
        for line in lines
    ]


def _y(score: float) -> float:
    return round(BASE - (score - 1) / 4 * (BASE - TOP), 1)


def _x(score: float) -> float:
    return round(ROW_EDGE + (score - 1) / 4 * (ROW_WIDTH - 2 * ROW_EDGE), 1)
