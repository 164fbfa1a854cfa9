"""A statement of account on paper, in the customer's language."""

from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from onhand.billing.standing import OpenItem
from onhand.billing.statements import Movement, Statement
from onhand.customers.models import Customer
from onhand.invoicing.issuing import written_to
from onhand.invoicing.models import Seller
from onhand.invoicing.paper import account_words, draw_page, letter_head, long_day
from onhand.kernel.money import Money
from onhand.kernel.pdf import draw_pdf
from onhand.ledger.words import booked_words

PAGES = Path(__file__).parent / "pages"
MEDIA_TYPE = "application/pdf"


def statement_pdf(statement: Statement) -> bytes:
    """
    The PDF of a statement: some tenths of a second, and with as many bookings as fit some seconds.

    :raises CannotDraw: this machine cannot.
    """
    return draw_pdf(statement_html(statement))


def statement_html(statement: Statement) -> str:
    """The page the PDF is made of, in the language of the customer."""
    customer = statement.account.customer
    whose = Customer.objects.get(pk=customer.merged_into_id) if customer.merged_into_id else customer
    with translation.override(whose.language or "en"):
        return draw_page(PAGES, "statement.html", _words(statement, whose))


def file_name(statement: Statement) -> str:
    """What the file is called when it is downloaded or sent."""
    return f"statement-{statement.first.isoformat()}-{statement.last.isoformat()}.pdf"


def _words(statement: Statement, customer: Customer) -> dict[str, Any]:
    latest = Seller.objects.order_by("-pk").first()
    seller = latest.details if latest else {}
    facts = [
        (_("Date"), long_day(statement.made_on)),
        (_("From"), long_day(statement.first)),
        (_("To"), long_day(statement.last)),
        (_("Your customer number"), customer.reference),
    ]
    return letter_head(seller, written_to(customer, {})) | {
        "title": _("Statement of account"),
        "facts": facts,
        "words": {
            "day": _("Day"),
            "what": _("What"),
            "owed": _("Charged"),
            "given": _("Paid or credited"),
            "balance": _("Balance"),
            "due": _("Due"),
            "amount": _("Amount"),
            "open": _("Still open"),
            "document": _("Document"),
            "open_title": _("Open on %(day)s") % {"day": long_day(statement.made_on)},
            "no_movements": _("Nothing was booked in this time."),
            "overdue": _("overdue"),
        },
        "opening": (_("Balance before %(day)s") % {"day": long_day(statement.first)}, statement.opening.formatted()),
        "closing": (_("Balance on %(day)s") % {"day": long_day(statement.last)}, statement.closing.formatted()),
        "movements": [_movement(one) for one in statement.movements],
        "items": [_item(one, one.due_on < statement.made_on) for one in statement.open_items],
        "open_sum": (_("Open in all"), Money(max(0, statement.open_balance.minor), _currency(statement)).formatted()),
        "after": _after(statement, seller),
    }


def _currency(statement: Statement) -> str:
    return statement.account.currency


def _movement(one: Movement) -> dict[str, str]:
    owes = one.amount.minor > 0
    return {
        "day": long_day(one.day),
        "what": f"{booked_words(one.what)} {one.text}".strip(),
        "owed": one.amount.formatted() if owes else "",
        "given": "" if owes else (-one.amount).formatted(),
        "balance": one.balance.formatted(),
    }


def _item(one: OpenItem, is_late: bool) -> dict[str, Any]:
    return {
        "label": one.label if one.kind == "document" else _("Instalment %(number)s") % {"number": one.label},
        "due": long_day(one.due_on),
        "amount": one.amount.formatted(),
        "left": one.left.formatted(),
        "is_late": is_late,
    }


def _after(statement: Statement, seller: dict[str, Any]) -> list[str]:
    if statement.open_balance.minor < 0:
        credit = (-statement.open_balance).formatted()
        return [_("%(amount)s are to your credit.") % {"amount": credit}]
    if not statement.open_items:
        return [_("Nothing is open.")]
    account = account_words(seller)
    return [account] if account else []
