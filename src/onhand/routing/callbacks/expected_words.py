"""The expected wait as it is told to a customer: truthful, with its spread, and said not to be known where it is not."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.routing.expected import Expected, expected_wait

MINUTE, HOUR = 60, 3600


def wait_words(expected: Expected | None) -> str:
    """ "about 14 to 25 minutes": eight of ten waits lie within."""
    if expected is None:
        return _("not known: too little was taken lately to say")
    if expected.latest < MINUTE:
        return _("less than a minute")
    if expected.latest < 2 * HOUR:
        low, high = int(expected.earliest // MINUTE), -int(-expected.latest // MINUTE)
        if low == high:
            return ngettext("about %(high)s minute", "about %(high)s minutes", high) % {"high": high}
        if low == 0:
            return _("up to %(high)s minutes") % {"high": high}
        return _("about %(low)s to %(high)s minutes") % {"low": low, "high": high}
    low, high = int(expected.earliest // HOUR), -int(-expected.latest // HOUR)
    if low == 0:
        return _("up to %(high)s hours") % {"high": high}
    return _("about %(low)s to %(high)s hours") % {"low": low, "high": high}


def wait_now(queue_id: int, order_at: datetime, at: datetime) -> str:
    """The same of what would be arranged in a queue now."""
    return wait_words(expected_wait(queue_id, order_at, at))
