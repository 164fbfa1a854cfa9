"""Windows and times of callbacks in words, by the clock of the customer."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from onhand.routing.callbacks.models import Callback
from onhand.routing.callbacks.times import Span


def span_words(span: Span, zone: str) -> str:
    """ "Mon 23 Nov, 16:00–18:00", by that clock, which is named where it is not the reader's."""
    begins, ends = (one.astimezone(ZoneInfo(zone)) for one in span)
    last = f"{ends:%H:%M}" if begins.date() == ends.date() else f"{_day(ends)}, {ends:%H:%M}"
    words = f"{_day(begins)}, {begins:%H:%M}–{last}"
    return words if _same_clock(span[0], zone) else f"{words} ({zone})"


def window_words(callback: Callback) -> str:
    """The window of a callback, or that it is wanted as soon as possible."""
    if not callback.is_soon:
        return span_words((callback.window_from, callback.window_until), callback.time_zone)
    ends = callback.window_until.astimezone(ZoneInfo(callback.time_zone))
    words = _("as soon as possible, until %(end)s") % {"end": f"{_day(ends)}, {ends:%H:%M}"}
    return words if _same_clock(callback.window_until, callback.time_zone) else f"{words} ({callback.time_zone})"


def _day(moment: datetime) -> str:
    return date_format(moment, "D j M")


def _same_clock(at: datetime, zone: str) -> bool:
    here = at.astimezone(timezone.get_current_timezone()).utcoffset()
    return here == at.astimezone(ZoneInfo(zone)).utcoffset()
