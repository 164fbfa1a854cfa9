"""
Matching lines of statements: by the reference that was written, by the account it came from, by name and amount. What fits nobody, or more
than one, is left to people: money on the wrong customer's account is worse than money on nobody's.

A line is locked before its customer; nothing that holds a customer waits for a line.
"""

import re
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from onhand.customers.models import Customer
from onhand.kernel.hints import send_after_commit
from onhand.kernel.locking import lock_in_order
from onhand.kernel.references import InvalidReference, read_reference
from onhand.payments import settling
from onhand.payments.enums import LineState, MatchedBy, MethodKind, PaymentState, RefundState
from onhand.payments.iban import read_iban
from onhand.payments.models import BankLine, Payment, PaymentMethod, Refund

_CODE = re.compile(r"\b[2-9A-Za-z]{3,6}-[2-9A-Za-z]{3,6}\b")
MOST_CODES = 20
LEAST_NAME = 3  # letters of a word of a name that tells anything
PENDING_BY_BANK = {"state": PaymentState.PENDING, "method__kind": MethodKind.BANK, "method__provider": None}


def match_statement(import_id: int, clock: Callable[[], datetime]) -> int:
    """Match every new line of a statement, each in a transaction of its own; how many found their customer."""
    matched = 0
    numbers = BankLine.objects.filter(statement=import_id, state=LineState.NEW).order_by("pk")
    for line_id in list(numbers.values_list("pk", flat=True)):
        matched += match_line(line_id, clock())
    send_after_commit(f"bank_import:{import_id}")
    return matched


@transaction.atomic
def match_line(line_id: int, at: datetime) -> bool:
    """Match one line that is new; whether it found its customer."""
    rows = BankLine.objects.select_for_update(of=("self",), no_key=True)
    line = rows.filter(pk=line_id, state=LineState.NEW).first()
    if line is None:
        return False
    found = _find_incoming(line) if line.minor > 0 else _find_outgoing(line)
    if found is None:
        line.state = LineState.UNMATCHED
    else:
        by, what = found
        settle(line, what, by, at)
    line.version += 1
    line.save()
    return found is not None


def settle(line: BankLine, what: Payment | Refund | int, by: MatchedBy, at: datetime) -> None:
    """Write onto a locked line what it is, and settle that: a pending payment or refund, or money for the account of a customer."""
    if isinstance(what, Refund):
        refund, payment = settling.lock_refund(what.pk)
        settling.note_refunded(refund, payment, at, reference=line.bank_reference, is_on_statement=True)
        line.refund, line.customer_id = refund, payment.customer_id
    else:
        payment = settling.lock_payment(what.pk) if isinstance(what, Payment) else _new_payment(line, what, at)
        settling.note_captured(payment, at, reference=line.bank_reference, is_on_statement=True)
        line.payment, line.customer_id = payment, payment.customer_id
    line.state, line.matched_by, line.matched_at = LineState.MATCHED, by, at


def fits(line: BankLine, what: Payment | Refund) -> bool:
    """Whether a line is exactly what a pending payment or refund waits for."""
    if isinstance(what, Refund):
        return what.state == RefundState.PENDING and (-line.minor, line.currency) == (what.minor, what.payment.currency)
    return what.state == PaymentState.PENDING and (line.minor, line.currency) == (what.minor, what.currency)


def _new_payment(line: BankLine, customer_id: int, at: datetime) -> Payment:
    lock_in_order(Customer, [customer_id])
    return Payment.objects.create(
        customer_id=customer_id,
        method=_method(line, customer_id, at),
        minor=line.minor,
        currency=line.currency,
        document_type="customer",
        document_id=customer_id,
        key=f"bank_line:{line.pk}",
        made_at=at,
        made_by_name="",
    )


def _method(line: BankLine, customer_id: int, at: datetime) -> PaymentMethod:
    """The account it came from, on the customer's file."""
    iban = read_iban(line.iban)
    theirs = PaymentMethod.objects.filter(customer=customer_id, kind=MethodKind.BANK, provider=None, is_active=True)
    found = theirs.filter(reference=iban).first()
    return found or PaymentMethod.objects.create(
        customer_id=customer_id, kind=MethodKind.BANK, reference=iban, last4=iban[-4:], added_at=at
    )


def _find_incoming(line: BankLine) -> tuple[MatchedBy, Payment | int] | None:
    """The one payment or customer a line is for; None where there is none, or more than one."""
    if (customer_id := _by_reference(line)) is not None:
        return MatchedBy.REFERENCE, _pending_of(customer_id, line) or customer_id
    if (customer_id := _by_iban(line)) is not None:
        return MatchedBy.IBAN, _pending_of(customer_id, line) or customer_id
    alike = Payment.objects.filter(minor=line.minor, currency=line.currency, **PENDING_BY_BANK).select_related(
        "customer"
    )
    named = [one for one in alike[:50] if _is_named(one.customer.name, line.name, wholly=True)]
    return (MatchedBy.AMOUNT, named[0]) if len(named) == 1 else None


def _by_reference(line: BankLine) -> int | None:
    """Whose reference code is written in the line: only with a part of their name, since any word may look like a code."""
    codes = set()
    for written in _CODE.findall(line.text)[:MOST_CODES]:
        try:
            codes.add(read_reference(written))
        except InvalidReference:
            continue
    found = {
        customer.merged_into_id or customer.pk
        for customer in Customer.objects.filter(reference__in=codes, erased_at=None)
        if _is_named(customer.name, f"{line.name} {line.text}", wholly=False)
    }
    return found.pop() if len(found) == 1 else None


def _by_iban(line: BankLine) -> int | None:
    iban = read_iban(line.iban)
    if not iban:
        return None
    methods = PaymentMethod.objects.filter(
        kind=MethodKind.BANK, provider=None, reference=iban, is_active=True, customer__erased_at=None
    )
    rows = list(methods.values_list("customer_id", "customer__merged_into_id", "customer__name"))
    found = {root or pk for pk, root, _name in rows}
    # Anybody can say that an account is theirs: where the bank names who paid, it must be them.
    is_theirs = not line.name or any(_is_named(name, line.name, wholly=False) for _pk, _root, name in rows)
    return found.pop() if len(found) == 1 and is_theirs else None


def _pending_of(customer_id: int, line: BankLine) -> Payment | None:
    """The one payment the customer was to make by bank, of just that amount."""
    found = list(
        Payment.objects.filter(customer=customer_id, minor=line.minor, currency=line.currency, **PENDING_BY_BANK)[:2]
    )
    return found[0] if len(found) == 1 else None


def _find_outgoing(line: BankLine) -> tuple[MatchedBy, Refund] | None:
    """The one refund that waits for a transfer to this account, of just that amount."""
    iban = read_iban(line.iban)
    if not iban:
        return None
    found = list(
        Refund.objects.filter(
            state=RefundState.PENDING,
            minor=-line.minor,
            payment__currency=line.currency,
            to__kind=MethodKind.BANK,
            to__provider=None,
            to__reference=iban,
        )[:2]
    )
    return (MatchedBy.IBAN, found[0]) if len(found) == 1 else None


def _is_named(name: str, said: str, *, wholly: bool) -> bool:
    """Whether a name stands in a text: all of its words, or one that tells something."""
    words = {word for word in re.findall(r"\w+", name.casefold()) if len(word) >= LEAST_NAME}
    there = words & set(re.findall(r"\w+", said.casefold()))
    return bool(words) and (there == words if wholly else bool(there))
