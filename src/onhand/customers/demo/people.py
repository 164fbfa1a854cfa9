"""Names, addresses, numbers and e-mail addresses of the demo's customers."""

from functools import cache
from random import Random

from anyascii import anyascii

from onhand.customers.demo.places import HOSTS, LANDS, UNSPACED, Land
from onhand.customers.demo.sources import chances

RARE = 0.14  # of family names made of a stem and an ending, or two
SHARES = [land.share for land in LANDS]
_PRIME = 6_364_137  # with no factor of ten: numbers of different customers differ


def land_of(chance: Random) -> Land:
    """A country, or a language of one, by its share."""
    return chance.choices(LANDS, SHARES)[0]


def family_name(chance: Random, land: Land) -> str:
    """A family name, common ones more often."""
    if chance.random() < RARE:
        middle = chance.choice(land.endings).strip() if chance.random() < 0.35 and land.language not in UNSPACED else ""
        return f"{chance.choice(land.stems)}{middle}{chance.choice(land.endings)}"
    return chance.choices(land.family, cum_weights=chances(len(land.family)))[0]


def person_name(chance: Random, land: Land, family: str) -> str:
    """A person's name of a family."""
    given = chance.choices(land.given, cum_weights=chances(len(land.given)))[0]
    if land.language in UNSPACED:
        return f"{family}{given}"
    if land.language in ("es", "en", "fr") and chance.random() < 0.18:
        given = f"{given} {chance.choice(land.given)}"
    if chance.random() < land.families:
        return f"{given} {family} {family_name(chance, land)}"
    if land.language == "en" and chance.random() < 0.04:
        return f"{given} {family}-{family_name(chance, land)}"
    return f"{given} {family}"


def company_name(chance: Random, land: Land, family: str) -> str:
    """What an organisation is called."""
    return chance.choice(land.company).format(f=family)


def address(chance: Random, land: Land) -> tuple[str, str, str, str]:
    """Street and number, postal code, city, region."""
    code, city, region = chance.choices(land.places, cum_weights=chances(len(land.places)))[0]
    street = chance.choice(land.streets).format(s=chance.choice(land.street_names), n=chance.randrange(1, 160))
    return street, _filled(code, chance.randrange(10**6)), city, region


def number_like(pattern: str, number: int) -> str:
    """A telephone number: `number` spread over the free figures, so that no two are alike until all are used."""
    free = pattern.count("#")
    return _filled(pattern, number * _PRIME % 10**free).replace(" ", "")


def _filled(pattern: str, number: int) -> str:
    figures = iter(f"{number:0{pattern.count('#')}d}"[-pattern.count("#") :] if "#" in pattern else "")
    return "".join(next(figures) if c == "#" else c for c in pattern)


def email_of(chance: Random, name: str, number: int, *, is_organisation: bool) -> str:
    """An e-mail address that looks like whose it is."""
    words = [word for word in (_latin(part) for part in name.split()) if word]
    if is_organisation:
        return f"info@{'-'.join(words[:3]) or 'company'}{number}.example"
    first, last = (words[0], words[-1]) if words else ("post", "")
    form = chance.random()
    local = f"{first}.{last}" if form < 0.5 else f"{first[:1]}{last}" if form < 0.75 else f"{last}.{first}"
    return f"{local}{number}@{chance.choices(HOSTS, cum_weights=chances(len(HOSTS)))[0]}"


@cache
def _latin(word: str) -> str:
    return "".join(c for c in anyascii(word).lower() if c.isalnum())
