"""Which time a country's people live by."""

from functools import cache
from zoneinfo import available_timezones

from babel.core import get_global

DEFAULT = "UTC"  # of a customer of whom no country is known

# Of the zones of a country that has several: that of most of its people.
_MAIN = frozenset(
    """
    Africa/Kinshasa America/Argentina/Buenos_Aires America/Guayaquil America/Mexico_City America/New_York America/Nuuk
    America/Santiago America/Sao_Paulo America/Toronto Antarctica/McMurdo Asia/Almaty Asia/Hebron Asia/Jakarta Asia/Kuala_Lumpur
    Asia/Nicosia Asia/Shanghai Asia/Tashkent Asia/Ulaanbaatar Australia/Sydney Europe/Berlin Europe/Kyiv Europe/Lisbon Europe/Madrid
    Europe/Moscow Pacific/Auckland Pacific/Majuro Pacific/Pohnpei Pacific/Port_Moresby Pacific/Tahiti Pacific/Tarawa Pacific/Wake
    """.split()  # noqa: SIM905
)
# Those the zone tables do not know.
_BESIDE = {
    "AC": "Africa/Abidjan",
    "DG": "Indian/Chagos",
    "EA": "Africa/Ceuta",
    "IC": "Atlantic/Canary",
    "XK": "Europe/Belgrade",
}


@cache
def time_zone_of(country: str) -> str:
    """The time zone most people of a country (ISO 3166 alpha-2) live by; UTC for none or an unknown one."""
    zones: list[str] = get_global("territory_zones").get(country) or [_BESIDE.get(country, DEFAULT)]
    return next((zone for zone in zones if zone in _MAIN), zones[0])


def follow_country(time_zone: str, before: str, after: str) -> str:
    """
    The time zone of a customer who moves from one country to another: the new country's, unless they live by one that was not the
    old country's.
    """
    return time_zone_of(after) if time_zone in (DEFAULT, time_zone_of(before)) else time_zone


@cache
def time_zone_options() -> tuple[tuple[str, str], ...]:
    """(name, name) of the zones to choose from: those named after a place, and UTC."""
    return tuple((name, name) for name in sorted(available_timezones()) if "/" in name or name == DEFAULT)
