"""A customer's time zone follows the country, unless it was said otherwise."""

from zoneinfo import ZoneInfo

from babel.core import get_global

from onhand.customers.contact_points import country_options
from onhand.customers.time_zones import _MAIN, follow_country, time_zone_of, time_zone_options

WITHOUT = {"BV", "CP", "CQ", "HM", "TA"}  # islands without people, or hardly any


def test_every_country_has_a_time_zone_that_can_be_chosen() -> None:
    options = dict(time_zone_options())
    without = []
    for country, _name in country_options():
        zone = time_zone_of(country)
        ZoneInfo(zone)
        assert zone in options
        several = get_global("territory_zones").get(country, [zone])
        assert len(several) == 1 or zone in _MAIN, country
        if zone == "UTC":
            without.append(country)
    assert set(without) == WITHOUT


def test_of_several_zones_the_main_one_is_taken() -> None:
    assert [time_zone_of(country) for country in ("ES", "US", "RU", "PT", "GB", "", "QQ")] == [
        *("Europe/Madrid", "America/New_York", "Europe/Moscow", "Europe/Lisbon", "Europe/London", "UTC", "UTC")
    ]


def test_moving_changes_the_zone_unless_it_was_chosen() -> None:
    assert follow_country("UTC", "", "ES") == "Europe/Madrid"
    assert follow_country("Europe/Madrid", "ES", "PT") == "Europe/Lisbon"
    assert follow_country("Atlantic/Canary", "ES", "PT") == "Atlantic/Canary"
    assert follow_country("Atlantic/Canary", "ES", "ES") == "Atlantic/Canary"
    assert follow_country("Europe/Madrid", "ES", "ES") == "Europe/Madrid"
