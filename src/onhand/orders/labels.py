"""The label a customer puts on what they send back: a page with the return's number as a QR code, drawn when it is asked for."""

from functools import cache
from pathlib import Path
from typing import Any

import segno
from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from onhand.catalogue.models import StockPlace
from onhand.customers.addresses import PostalAddress, address_on_lines
from onhand.customers.contact_points import country_name
from onhand.invoicing.models import CompanyDetails
from onhand.kernel.pdf import draw_pdf
from onhand.orders.goods import usual_place
from onhand.orders.models import Return, ReturnLine
from onhand.orders.placing import ADDRESS

PAGES = Path(__file__).parent / "pages"


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)


def label_html(one: Return) -> str:
    """The page of the label, in the customer's language."""
    language = one.order.customer.language or "en"
    with translation.override(language):
        return _environment().get_template("label.html").render(_words(one) | {"language": language})


def label_pdf(one: Return) -> bytes:
    """
    The label as a PDF. Takes about a tenth of a second.

    :raises CannotDraw: this machine cannot.
    """
    return draw_pdf(label_html(one))


def _words(one: Return) -> dict[str, Any]:
    from babel.dates import format_date
    from django.utils.translation import to_locale

    rows = list(ReturnLine.objects.filter(in_return=one).select_related("line").order_by("pk"))
    info = get_language_info(translation.get_language() or "en")
    code = segno.make(one.reference, error="m").svg_inline(border=0)
    return {
        "direction": "rtl" if info["bidi"] else "ltr",
        "reference": one.reference,
        "order": one.order.reference,
        "code": Markup(code),  # noqa: S704  (drawn by us from our own number)
        "send_by": format_date(one.send_by, "long", locale=to_locale(translation.get_language() or "en")),
        "to": _where_to([row.line_id for row in rows]),
        "sender": ", ".join(address_lines(one.order.address)),
        "rows": [(row.line.title, row.pieces) for row in rows],
        "labels": {
            "title": _("Return"),
            "order": _("Of order"),
            "send_by": _("Please send it by"),
            "to": _("To"),
            "from": _("From:"),
            "article": _("Article"),
            "pieces": _("Pieces"),
            "how": _(
                "Put this page into the parcel, or stick it on. The code tells us which return it is as soon as it arrives."
            ),
        },
    }


def address_lines(address: dict[str, Any]) -> list[str]:
    """An address of an order in lines, with its name first and its country last."""
    if not address.get("country"):
        return [str(value) for value in address.values() if value]
    postal = PostalAddress(**{part: str(address.get(part, "")) for part in ADDRESS})
    named = [str(address.get("name", "")), *address_on_lines(postal), country_name(postal.country)]
    return [line for line in named if line]


def _where_to(line_ids: list[int]) -> list[str]:
    place = StockPlace.objects.filter(pk=usual_place(line_ids) or 0).first()
    company = CompanyDetails.objects.values_list("name", flat=True).first() or ""
    return [line for line in (company, place.name if place else "", place.address if place else "") if line]
