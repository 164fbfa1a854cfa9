"""What everything on the company's paper shares: who it is from and whom it is to, its language, and how days and places are written."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.core import Locale
from babel.dates import format_date
from django.utils import translation
from django.utils.translation import get_language_info, to_locale
from django.utils.translation import gettext as _
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

PAGES = Path(__file__).parent / "pages"


@cache
def _environment(folder: Path) -> Environment:
    loader = FileSystemLoader([folder, PAGES])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)


def draw_page(folder: Path, template: str, words: Mapping[str, Any]) -> str:
    """A page of paper in the language that is set, from a template of this folder; with the company's style sheet."""
    language = translation.get_language() or "en"
    context = dict(words) | {
        "language": language,
        "direction": "rtl" if _is_rtl(language) else "ltr",
        "css": Markup((PAGES / "document.css").read_text()),  # noqa: S704  (our own file)
    }
    return _environment(folder).get_template(template).render(context)


def letter_head(seller: Mapping[str, Any], to: Mapping[str, Any]) -> dict[str, Any]:
    """Who a letter is from and whom it is to: `seller` and `to` as they are kept with documents."""
    return {
        "seller": {"name": seller.get("name", "")},
        "seller_lines": joined(place(seller), seller.get("telephone"), seller.get("email"), seller.get("website")),
        "sender_line": " · ".join(filter(None, [seller.get("name"), *place(seller).split("\n")])),
        "to_lines": joined(to.get("name"), place(to)),
        "foot": _foot(seller),
    }


def account_words(seller: Mapping[str, Any]) -> str:
    """To which bank account is paid; empty where none is set."""
    iban = str(seller.get("iban") or "")
    if not iban:
        return ""
    parted = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
    return _("Account: %(iban)s") % {"iban": parted} + (f" · BIC {seller['bic']}" if seller.get("bic") else "")


def place(said: Mapping[str, Any]) -> str:
    """An address, a line each."""
    town = " ".join(filter(None, [said.get("postal_code"), said.get("city")]))
    country = str(said.get("country") or "")
    return joined(said.get("address_lines"), town, said.get("region"), paper_locale().territories.get(country, country))


def joined(*parts: Any) -> str:
    """What there is of these, a line each."""
    return "\n".join(str(part) for part in parts if part)


def long_day(day: Any) -> str:
    """A day in words, in the language that is set."""
    return str(format_date(day, format="long", locale=paper_locale()))


def paper_locale() -> Locale:
    """The locale of the language that is set."""
    return Locale.parse(to_locale(translation.get_language() or "en"))


def _is_rtl(language: str) -> bool:
    try:
        return bool(get_language_info(language)["bidi"])
    except KeyError:
        return False


def _foot(seller: Mapping[str, Any]) -> str:
    tax = _("Tax number: %(number)s") % {"number": seller["tax_number"]} if seller.get("tax_number") else ""
    return " · ".join(filter(None, [seller.get("name"), seller.get("registration"), tax, seller.get("footer")]))
