"""Public holidays by country and region, taken over into the days of opening hours. Days set by hand are left as they are."""

from collections.abc import Mapping
from datetime import date

import holidays
from django.utils.translation import gettext as _

from onhand.contacts.models import BusinessCalendar, CalendarDay
from onhand.kernel.errors import NotPossible

YEARS_AHEAD = 1
LONGEST_NAME = 100


def regions_of(country: str) -> list[str]:
    """The regions of a country that have holidays of their own, by their usual codes. Raises NotPossible."""
    found = holidays.list_supported_countries().get(country.upper())
    if found is None:
        raise NotPossible(
            _("The public holidays of this country are not known. Set its days by hand."), field="country"
        )
    return list(found)


def public_holidays(country: str, region: str, years: range) -> Mapping[date, str]:
    """
    Day and name, in the country's own language, of the public holidays of these years.

    :raises NotPossible: the country or its region is not known; says which regions are.
    """
    known = regions_of(country)
    if region and region not in known:
        raise NotPossible(_("Give one of: %(regions)s.") % {"regions": ", ".join(known) or "–"}, field="region")
    language = holidays.country_holidays(country).default_language
    found = holidays.country_holidays(country, subdiv=region or None, years=years, language=language)
    return {day: name[:LONGEST_NAME] for day, name in found.items()}


def take_over(calendar: BusinessCalendar, today: date) -> int:
    """
    Let the calendar be closed on the public holidays of its country, this year and next; how many days are new. Those of another
    country, taken over before, go where they are still to come. The caller has the calendar locked.
    """
    wanted: Mapping[date, str] = {}
    if calendar.holiday_country:
        years = range(today.year, today.year + YEARS_AHEAD + 1)
        wanted = public_holidays(calendar.holiday_country, calendar.holiday_region, years)
    days = calendar.days.all()
    days.filter(is_public_holiday=True, day__gte=today).exclude(day__in=list(wanted)).delete()
    known = set(days.values_list("day", flat=True))
    new = [
        CalendarDay(calendar=calendar, day=day, name=name, spans=[], is_public_holiday=True)
        for day, name in sorted(wanted.items())
        if day not in known
    ]
    CalendarDay.objects.bulk_create(new)
    return len(new)
