"""Choices of the ledger."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AccountType(TextChoices):
    """What an account is in the balance sheet or the statement of income."""

    ASSET = "asset", _("Asset")
    LIABILITY = "liability", _("Liability")
    EQUITY = "equity", _("Equity")
    INCOME = "income", _("Income")
    EXPENSE = "expense", _("Expense")


class Side(TextChoices):
    """On which side an account's balance may stand. The database refuses the other: a gift card is never overdrawn."""

    ANY = "any", _("Either side")
    DEBIT = "debit", _("Debit only")
    CREDIT = "credit", _("Credit only")
