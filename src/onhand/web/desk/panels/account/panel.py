"""The customer's money in words."""

from typing import Any

from django.utils.translation import gettext as _

from onhand.billing.enums import PlanState
from onhand.customers.panels import Reading
from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.models import Document, OutsideInvoice
from onhand.invoicing.outside import sign_of
from onhand.kernel.acts import get_act
from onhand.kernel.money import Money
from onhand.web.addresses import address_of
from onhand.web.money.account_pages import PLAN_TONES, balance_words, item_row, standing_badge
from onhand.web.templating import show_date

OPEN = "billing.open_account"


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The balance, what is due next, documents, plan and subscriptions; the way to the account, or to open one."""
    shown: dict[str, Any] = {
        "documents": [
            *(_document(one) for one in content["documents"]),
            *(_outside(one, content["paid_elsewhere"].get(one.pk, 0)) for one in content["outside"]),
        ],
        "balances": [one.formatted() for one in content["balances"]],
    }
    account = content["account"]
    if account is None:
        may = reading.actor.may(get_act(OPEN).permission)
        return shown | {"open_url": address_of("desk:customer_act", content["customer_id"], OPEN) if may else ""}
    standing, plan, today = content["standing"], content["plan"], content["day"]
    following = standing.next_due(today)
    return shown | {
        "url": address_of("money:account", account.pk),
        "balance": balance_words(standing),
        "badge": standing_badge(standing, today),
        "problem": account.problem,
        "next": item_row(following, today) if following else None,
        "plan": _plan(plan) if plan is not None else None,
        "subscriptions": [one.label or one.plan.name for one in content["subscriptions"]],
        "next_bill": show_date(account.next_bill_on),
    }


def _document(one: Document) -> dict[str, str]:
    sign = -1 if one.kind == DocumentKind.CREDIT_NOTE else 1
    return {
        "id": str(one.pk),
        "label": one.label,
        "kind": str(DocumentKind(one.kind).label),
        "day": show_date(one.issued_on),
        "amount": Money(sign * one.gross_minor, one.currency).formatted(),
        "url": address_of("money:document", one.pk),
    }


def _outside(one: OutsideInvoice, paid: int) -> dict[str, str]:
    """A document of another system, with what of it is open as it was taken over."""
    left = one.open_minor - paid
    words = _("%(amount)s open") % {"amount": Money(left, one.currency).formatted()} if left else ""
    return {
        "id": str(one.pk),
        "label": one.label,
        "kind": str(DocumentKind(one.kind).label),
        "day": show_date(one.issued_on),
        "more": " · ".join(filter(None, (one.system, words))),
        "amount": Money(sign_of(one) * one.gross_minor, one.currency).formatted(),
        "url": "",
    }


def _plan(plan: Any) -> dict[str, str]:
    state = PlanState(plan.state)
    words = _("Payment plan over %(amount)s") % {"amount": Money(plan.minor, plan.currency).formatted()}
    return {"words": words, "state": str(state.label), "tone": PLAN_TONES.get(state, "")}
