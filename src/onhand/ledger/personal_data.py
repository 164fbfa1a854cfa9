"""What the ledger keeps about a person: the money between them and the company. The law asks for it to be kept."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.privacy.holdings import TableHolding, Treatment, hold
from onhand.ledger.models import Entry, Journal, LedgerAccount

_LAW = _("Books must be kept for the years the law says. They hold amounts and days, no words of or about the person.")

hold(
    TableHolding(
        name="ledger_accounts",
        label=_("Accounts in the books"),
        model=LedgerAccount,
        shown=(("role", _("Account")), ("currency", _("Currency")), ("balance", _("Balance in minor units"))),
        treatment=Treatment.KEEP,
        why_kept=_LAW,
    )
)
hold(
    TableHolding(
        name="ledger_journals",
        label=_("Bookings"),
        model=Journal,
        shown=(("booked_on", _("Booked on")), ("what", _("What")), ("text", _("Text"))),
        treatment=Treatment.KEEP,
        why_kept=_LAW,
    )
)
hold(
    TableHolding(
        name="ledger_entries",
        label=_("Amounts booked"),
        model=Entry,
        paths=("account__customer_id",),
        shown=(
            ("journal__booked_on", _("Booked on")),
            ("account__role", _("Account")),
            ("amount", _("Amount in minor units")),
            ("account__currency", _("Currency")),
        ),
        treatment=Treatment.KEEP,
        why_kept=_LAW,
    )
)
