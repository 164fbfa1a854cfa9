"""The Jinja2 environment of every page: translation, addresses, and the way dates, times and money are shown."""

import json
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import dates
from babel.core import Locale
from django.core.serializers.json import DjangoJSONEncoder
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from jinja2 import Environment, StrictUndefined

from onhand.kernel.money import Money
from onhand.web.addresses import address_of
from onhand.web.translated import PageEnvironment

MANIFEST = Path(__file__).parent / "static" / "dist" / "manifest.json"


class UnknownName(StrictUndefined):
    """A name the view did not give: false when asked, an error when shown."""

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


def environment(**options: Any) -> Environment:
    """The environment Django's Jinja2 backend uses: escaping on, an unknown name in a template is an error."""
    options |= {
        "undefined": UnknownName,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "extensions": ["jinja2.ext.i18n"],
    }
    env = PageEnvironment(autoescape=True, **{k: v for k, v in options.items() if k != "autoescape"})
    env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    env.globals |= {
        "url": lambda name, *args, **kwargs: reverse(name, kwargs=kwargs) if kwargs else address_of(name, *args),
        "static": asset,
        "asset": asset,
        "datetime": show_datetime,
        "date_time": show_datetime,
    }
    env.filters |= {
        "money": show_money,
        "date": show_date,
        "datetime": show_datetime,
        "date_time": show_datetime,
        "exact": show_exact,
        "ago": show_ago,
        "time": show_time,
        "iso": show_iso,
        "to_json": show_json,
        "browser": show_browser,
    }
    return env


def asset(name: str) -> str:
    """Address of a built front-end file, for example `main.js`."""
    built = _manifest(MANIFEST.stat().st_mtime_ns if MANIFEST.exists() else 0)
    return static(f"dist/{built.get(name, name)}")


@lru_cache(maxsize=4)
def _manifest(_changed: int) -> dict[str, str]:
    return dict(json.loads(MANIFEST.read_text())) if MANIFEST.exists() else {}


def reading_locale() -> Locale:
    """How the reader writes days and hours. English goes as most of the world writes it: 21 Nov 2026, 14:02."""
    return _locale(translation.get_language() or "en")


@cache
def _locale(language: str) -> Locale:
    name = translation.to_locale(language)
    return Locale.parse("en_GB" if name == "en" else name)


def show_money(amount: Money) -> str:
    """An amount with its currency, as the reader writes it."""
    return amount.formatted()


def show_date(value: date | datetime) -> str:
    """A day, in the reader's time zone and words."""
    local = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return _day(local, "medium", translation.get_language() or "en")


def show_datetime(value: datetime, time_zone: str | None = None) -> str:
    """Day, hours and minutes, in the reader's time zone unless another is named."""
    local = value.astimezone(ZoneInfo(time_zone)) if time_zone else timezone.localtime(value)
    language = translation.get_language() or "en"
    return _joined("medium", language).format(
        _clock(local.hour, local.minute, language), _day(local.date(), "medium", language)
    )


def show_exact(value: datetime) -> str:
    """Day and time to the second with the time zone, for who points at a shorter one."""
    local = timezone.localtime(value)
    language = translation.get_language() or "en"
    clock = f"{_clock(local.hour, local.minute, language)}:{local:%S} {local:%Z}"
    return _joined("long", language).format(clock, _day(local.date(), "long", language))


def show_time(value: datetime, time_zone: str | None = None) -> str:
    """Hours and minutes, in the reader's time zone unless another is named."""
    local = value.astimezone(ZoneInfo(time_zone)) if time_zone else timezone.localtime(value)
    return _clock(local.hour, local.minute, translation.get_language() or "en")


# A page shows dozens of days and times, most of which another page has just shown.


@lru_cache(maxsize=10_000)
def _day(day: date, length: Literal["medium", "long"], language: str) -> str:
    return dates.format_date(day, length, locale=_locale(language))


@lru_cache(maxsize=10_000)
def _clock(hour: int, minute: int, language: str) -> str:
    return dates.format_time(time(hour, minute), "short", locale=_locale(language))


@cache
def _joined(length: Literal["medium", "long"], language: str) -> str:
    """How a time {0} and a day {1} stand together."""
    return str(dates.get_datetime_format(length, locale=_locale(language))).replace("'", "")


def show_ago(value: datetime, now: datetime | None = None) -> str:
    """How long ago, short: `4 min`. Never less than a minute."""
    gone = max((now or timezone.now()) - value, timedelta(minutes=1))
    language = translation.to_locale(translation.get_language() or "en")
    return dates.format_timedelta(gone, format="short", locale=language)


def show_iso(value: datetime) -> str:
    """A point in time for programs and for the `datetime` attribute."""
    return value.isoformat()


def show_json(value: Any) -> str:
    """A value for a script, to be put into an attribute (which escapes it)."""
    return json.dumps(value, cls=DjangoJSONEncoder)


def show_browser(user_agent: str) -> str:
    """Which browser on which system, in two words, from what the browser says about itself."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " · ".join(part for part in (browser, system) if part) or user_agent[:60] or "?"


# The first that fits: most browsers also name those they descend from.
_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
