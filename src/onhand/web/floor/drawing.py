"""The last hour of a queue, drawn: what waited at the end of each minute as a line, what was taken as bars. Plain numbers for SVG."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from onhand.routing.floor import LINE_MINUTES, Minute
from onhand.web.templating import show_time

SMALL = (120, 28)
LARGE = (640, 180)
STRIP = (240, 28)
WIDEST_BAR = 14.0
LEFT, BELOW, TOP = 34, 22, 10  # room for figures and times in the large drawing
TICKS = 4


def draw_small(minutes: Sequence[Minute], waiting: int, now: datetime) -> dict[str, Any]:
    """A line for a row: the last hour, and now at its end."""
    width, height = SMALL
    most = max([waiting, 1, *(one.waiting for one in minutes)])
    points = [(_at(one.at, now, 2, width - 4), _height(one.waiting, most, 3, height - 3)) for one in minutes]
    points.append((float(width - 4), _height(waiting, most, 3, height - 3)))
    low = min([waiting, *(one.waiting for one in minutes)])
    high = max([waiting, *(one.waiting for one in minutes)])
    return {
        "width": width,
        "height": height,
        "line": " ".join(f"{x:g},{y:g}" for x, y in points),
        "area": f"{points[0][0]:g},{height} " + " ".join(f"{x:g},{y:g}" for x, y in points) + f" {width - 4},{height}",
        "end": points[-1],
        "words": _("In the last hour between %(low)s and %(high)s waited, now %(now)s.")
        % {"low": low, "high": high, "now": waiting}
        if minutes
        else _("No minute of the last hour is known yet."),
    }


def draw_large(minutes: Sequence[Minute], waiting: int, now: datetime) -> dict[str, Any]:
    """The same for the page of a queue, with what was taken each minute, figures and times."""
    width, height = LARGE
    base = height - BELOW
    most = max([waiting, 4, *(max(one.waiting, one.taken, one.came) for one in minutes)])
    step = max(1, -(-most // TICKS))
    most = step * TICKS
    points = [(_at(one.at, now, LEFT, width), _height(one.waiting, most, TOP, base)) for one in minutes]
    points.append((float(width), _height(waiting, most, TOP, base)))
    bar = (width - LEFT) / LINE_MINUTES
    return {
        "width": width,
        "height": height,
        "left": LEFT,
        "line": " ".join(f"{x:g},{y:g}" for x, y in points),
        "ticks": [{"words": step * tick, "y": _height(step * tick, most, TOP, base)} for tick in range(TICKS + 1)],
        "bars": [
            {
                "x": round(_at(one.at, now, LEFT, width) + 0.15 * bar, 1),
                "y": _height(one.taken, most, TOP, base),
                "width": round(0.7 * bar, 1),
                "height": round(base - _height(one.taken, most, TOP, base), 1),
            }
            for one in minutes
            if one.taken
        ],
        "times": [
            {
                "x": round(LEFT + (LINE_MINUTES - ago) / LINE_MINUTES * (width - LEFT), 1),
                "words": show_time(now - timedelta(minutes=ago)),
                "anchor": "start" if ago == LINE_MINUTES else "end" if ago == 0 else "middle",
            }
            for ago in (60, 45, 30, 15, 0)
        ],
    }


def draw_bars(shares: Sequence[float], mean: float | None) -> dict[str, Any]:
    """Shares from 0 to 1 as bars in a row, from the smallest up, with a line at their mean."""
    most, height = STRIP
    step = min(WIDEST_BAR, most / max(1, len(shares)))
    width = round(step * len(shares), 1)
    gap = min(1.0, 0.2 * step)
    return {
        "width": width,
        "height": height,
        "bars": [
            {
                "x": round(place * step, 2),
                "y": _height(one, 1.0, 0, height),
                "width": round(step - gap, 2),
                "height": round(height - _height(one, 1.0, 0, height), 1),
            }
            for place, one in enumerate(shares)
        ],
        "mean": None if mean is None else _height(mean, 1.0, 0, height),
        "words": _("From %(low)s %% to %(high)s %%.") % {"low": round(100 * shares[0]), "high": round(100 * shares[-1])}
        if shares
        else "",
    }


def _at(moment: datetime, now: datetime, left: float, right: float) -> float:
    ago = min(1.0, max(0.0, (now - moment).total_seconds() / (60 * LINE_MINUTES)))
    return round(left + (1 - ago) * (right - left), 1)


def _height(value: float, most: float, top: float, base: float) -> float:
    return round(base - value / most * (base - top), 1)
