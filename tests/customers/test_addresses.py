"""Addresses are read by the rules of their country, shown in its order, and never refused for what is uncertain."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.customers.addresses import InvalidAddress, PostalAddress, address_on_lines, country_rules, read_address
from onhand.customers.contact_points import country_options

COUNTRIES = sorted(code for code, _name in country_options())


def read(country: str, **changes: Any) -> PostalAddress:
    return read_address(**{"address_lines": "Main 1", "city": "Town", "country": country} | changes)


@pytest.mark.parametrize(
    ("country", "typed", "stored"),
    [
        *(("GB", "ls14ap", "LS1 4AP"), ("GB", "EC1Y8SY", "EC1Y 8SY"), ("GB", " W1a  4zz ", "W1A 4ZZ")),
        *(("ES", "28 013", "28013"), ("PT", "1100053", "1100-053"), ("PT", "1100 – 053", "1100-053")),
        *(("NL", "1012ab", "1012 AB"), ("SE", "11455", "114 55"), ("PL", "00950", "00-950"), ("CZ", "10000", "100 00")),
        *(
            ("CH", "CH-8001", "8001"),
            ("LV", "1073", "LV-1073"),
            ("US", "221621010", "22162-1010"),
            ("US", "10001", "10001"),
        ),
        *(("CA", "k1a0b1", "K1A 0B1"), ("BR", "40301110", "40301-110"), ("JP", "1540023", "154-0023")),
        *(("IE", "a65f4e2", "A65 F4E2"), ("IE", "D6W", "D6W"), ("IE", "", ""), ("FR", "33 380", "33380")),
        *(
            ("ES", "2801", None),
            ("ES", "ABCDE", None),
            ("ES", "２８０１３", "28013"),
            ("GB", "12345", None),
            ("US", "1000", None),
        ),
        *(
            ("HK", "999077", "999077"),
            ("CO", "Bogotá 7", "BOGOTÁ 7"),
            ("AR", "c1070aam", "C1070AAM"),
            ("AR", "1070", "1070"),
        ),
    ],
)
def test_postal_codes_take_the_form_of_their_country(country: str, typed: str, stored: str | None) -> None:
    given = {"postal_code": typed, "region": {"CA": "ON", "BR": "BA", "US": "NY"}.get(country, "")}
    if stored is None:
        with pytest.raises(InvalidAddress) as refused:
            read(country, **given)
        ((field, (message,)),) = refused.value.fields.items()
        assert field == "postal_code"
        assert country_rules(country).examples[0] in message
    else:
        assert read(country, **given).postal_code == stored


@pytest.mark.parametrize(
    ("country", "typed", "stored"),
    [
        *(("US", "california", "CA"), ("US", "ca", "CA"), ("CA", "québec", "QC"), ("CA", "Quebec", "QC")),
        *(
            ("AU", "new south wales", "NSW"),
            ("IT", "roma", "RM"),
            ("ES", "malaga", "Málaga"),
            ("ES", "Andalucía", "Andalucía"),
        ),
        *(("JP", "tokyo", "Tokyo"), ("JP", "東京都", "東京都"), ("GB", "Kent", "Kent"), ("DE", "", "")),
    ],
)
def test_regions_take_the_form_of_their_country_or_stay_as_said(country: str, typed: str, stored: str) -> None:
    codes = {"US": "94105", "CA": "K1A 0B1", "AU": "2000", "IT": "00144", "ES": "29001", "JP": "154-0023"}
    codes |= {"GB": "ME1 1AA", "DE": "10115"}
    assert read(country, region=typed, postal_code=codes[country]).region == stored


def test_a_needed_region_comes_from_the_postal_code() -> None:
    assert read("US", postal_code="10001").region == "NY"
    assert read("AU", postal_code="3001").region == "VIC"


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"country": "ES"}, ["postal_code"]),
        (
            {"country": "ES", "city": "", "address_lines": "\n ", "postal_code": "1"},
            ["address_lines", "city", "postal_code"],
        ),
        ({"country": "US", "postal_code": "x", "region": "Wonderland"}, ["postal_code", "region"]),
        ({"country": "CA", "postal_code": "K1A 0B1"}, ["region"]),
        ({"country": "EU"}, ["country"]),
        ({"country": ""}, ["country"]),
        ({"country": "../../etc/passwd"}, ["country"]),
    ],
)
def test_every_field_at_fault_is_named_at_once(given: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(InvalidAddress) as refused:
        read(**given)
    assert sorted(refused.value.fields) == fields
    assert all(message[0].isupper() and message.endswith(".") for (message,) in refused.value.fields.values())


def test_cities_that_are_countries_need_no_city() -> None:
    assert read("SG", city="", postal_code="546080").city == ""
    assert address_on_lines(read("SG", city="Singapore", postal_code="546080")) == ["Main 1", "SINGAPORE 546080"]
    assert address_on_lines(read("HK", city="", region="Kowloon")) == ["Main 1", "Kowloon"]


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (("Calle Mayor 1", "28013", "Madrid", "Madrid", "ES"), ["Calle Mayor 1", "28013 Madrid"]),
        (("1 High Street\nFlat 2", "LS1 4AP", "Leeds", "", "GB"), ["1 High Street", "Flat 2", "Leeds", "LS1 4AP"]),
        (("1 High Street", "ME1 1AA", "Rochester", "Kent", "GB"), ["1 High Street", "Rochester", "Kent", "ME1 1AA"]),
        (("1 Main St", "10001", "New York", "NY", "US"), ["1 Main St", "New York, NY 10001"]),
        (("1 Main St", "", "New York", "", "US"), ["1 Main St", "New York"]),
        (("1 Main St", "10001", "", "", "US"), ["1 Main St", "10001"]),
        (("Bahnhofstr. 1", "8001", "Zürich", "", "CH"), ["Bahnhofstr. 1", "8001 Zürich"]),
        (("Rua 1", "40301-110", "Salvador", "BA", "BR"), ["Rua 1", "Salvador-BA", "40301-110"]),
        (("太子堂1", "154-0023", "世田谷区", "東京都", "JP"), ["〒154-0023", "東京都", "世田谷区", "太子堂1"]),
        (("1-1 Taishido", "154-0023", "Setagaya", "Tokyo", "JP"), ["1-1 Taishido", "Setagaya, Tokyo", "154-0023"]),
        (("somewhere", "", "", "", ""), ["somewhere"]),
        (("", "", "", "", "ES"), []),
        (("", "not a code", "", "", "ES"), ["not a code"]),
    ],
)
def test_lines_stand_in_the_order_of_the_country(address: tuple[str, ...], lines: list[str]) -> None:
    assert address_on_lines(PostalAddress(*address)) == lines


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_example_of_a_country_is_an_address_of_it(country: str) -> None:
    rules = country_rules(country)
    region = rules.regions[0][0] if rules.regions else ""
    for example in rules.examples or ("",):
        stored = read(country, postal_code=example, region=region)
        assert read(country, postal_code=stored.postal_code, region=stored.region) == stored, "reading is stable"
        shown = "\n".join(address_on_lines(stored))
        for part in (stored.postal_code, stored.region):
            assert part in shown


TEXT = st.text(max_size=40)


@given(TEXT, TEXT, TEXT, TEXT, st.sampled_from(COUNTRIES))
def test_whatever_is_typed_is_read_or_refused_and_always_shown(
    lines: str, city: str, postal_code: str, region: str, country: str
) -> None:
    given = {"address_lines": lines, "city": city, "postal_code": postal_code, "region": region}
    address_on_lines(PostalAddress(**given, country=country))
    try:
        stored = read_address(**given, country=country)
    except InvalidAddress as refused:
        assert refused.fields.keys() <= {*given, "country"}
        return
    again = {name: getattr(stored, name) for name in given}
    assert read_address(**again, country=country) == stored
    shown = "".join(address_on_lines(stored))
    for line in stored.address_lines.split("\n"):
        assert line.strip(" ,-/") in shown


def test_lengths_stay_within_what_is_stored() -> None:
    for country in COUNTRIES:
        assert all(len(name) <= 100 for pair in country_rules(country).regions for name in pair)
        assert all(len(example) <= 20 for example in country_rules(country).examples)
