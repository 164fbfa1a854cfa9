"""
Stripe as a payment provider.

Every request names our token in its metadata and is made under a key of it. A request that may have been made before is looked for first:
Stripe forgets keys after a day, and answers a key that met an error of its own with that error again.
"""

import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import stripe

from onhand.kernel.money import Money
from onhand.payments.enums import ChargebackState, MethodKind
from onhand.payments.provider import (
    About,
    Account,
    Answer,
    Charge,
    ChargebackSaid,
    Entry,
    EntryWanted,
    GivenMethod,
    Heard,
    Misconfigured,
    MoneyMoved,
    News,
    PageWanted,
    Result,
    Return,
)
from onhand.payments.stripe.amounts import to_minor, to_units
from onhand.payments.stripe.asked import Refused, ask, make_client

NAME = "onhand"  # under which our token stands in metadata
LOOKED_AT = 100
_KINDS = {MethodKind.CARD: "card", MethodKind.BANK: "sepa_debit"}
_PAYMENT = {
    "succeeded": Result.DONE,
    "requires_capture": Result.AUTHORISED,
    "processing": Result.GOES_ON,
    "requires_confirmation": Result.GOES_ON,
}
_DISPUTE = {
    "warning_needs_response": ChargebackState.ASKED,
    "warning_under_review": ChargebackState.ANSWERED,
    "warning_closed": ChargebackState.DROPPED,
    "needs_response": ChargebackState.OPEN,
    "under_review": ChargebackState.ANSWERED,
    "won": ChargebackState.WON,
    "lost": ChargebackState.LOST,
    "prevented": ChargebackState.DROPPED,
}
_REFUND = {"succeeded": Result.DONE, "pending": Result.GOES_ON, "requires_action": Result.GOES_ON}


class Stripe:
    """An account with Stripe."""

    def __init__(self, account: Account, *, seconds: float | None = None) -> None:
        self._account = account
        self._client = make_client(account, seconds) if seconds else make_client(account)

    def authorise(self, charge: Charge) -> Answer:
        """Take a payment, or set it aside: without the customer present, by a method they gave before."""
        if charge.is_again and (found := self._find_payment(charge)):
            return payment_answer(found)
        try:
            units = to_units(charge.amount)
        except ValueError as error:
            return Answer(Result.FAILED, why=str(error))
        params: Any = {
            "amount": units,
            "currency": charge.amount.currency.lower(),
            "customer": charge.customer,
            "payment_method": charge.method,
            "confirm": True,
            "off_session": True,
            "capture_method": "automatic" if charge.captures else "manual",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "description": charge.text,
            "metadata": {NAME: charge.token},
        }
        options: Any = {"idempotency_key": f"onhand-payment-{charge.token}"}
        try:
            return payment_answer(ask(lambda: self._client.v1.payment_intents.create(params, options)))
        except Refused as refused:
            return refused.answer

    def _find_payment(self, charge: Charge) -> Any:
        found = ask(lambda: self._client.v1.payment_intents.list({"customer": charge.customer, "limit": LOOKED_AT}))
        return next((one for one in found.data if _token_of(one) == charge.token), None)

    def capture(self, reference: str, amount: Money, key: str) -> Answer:
        """Take what was set aside. Taken before, it is answered as it is."""
        params: Any = {"amount_to_capture": to_units(amount)}
        options: Any = {"idempotency_key": f"onhand-{key}"}
        try:
            return payment_answer(ask(lambda: self._client.v1.payment_intents.capture(reference, params, options)))
        except Refused as refused:
            return self._as_it_is(reference, refused)

    def cancel(self, reference: str, key: str) -> Answer:
        """Let go of it. Where it came in first, that is the answer."""
        options: Any = {"idempotency_key": f"onhand-{key}"}
        try:
            return payment_answer(ask(lambda: self._client.v1.payment_intents.cancel(reference, {}, options)))
        except Refused as refused:
            return self._as_it_is(reference, refused)

    def _as_it_is(self, reference: str, refused: Refused) -> Answer:
        try:
            return payment_answer(ask(lambda: self._client.v1.payment_intents.retrieve(reference)))
        except Refused:
            return refused.answer

    def refund(self, wanted: Return) -> Answer:
        """Give back an amount of a payment."""
        if wanted.is_again and (found := self._find_refund(wanted)):
            return refund_answer(found)
        params: Any = {
            "payment_intent": wanted.payment,
            "amount": to_units(wanted.amount),
            "metadata": {NAME: wanted.token},
        }
        options: Any = {"idempotency_key": f"onhand-refund-{wanted.token}"}
        try:
            return refund_answer(ask(lambda: self._client.v1.refunds.create(params, options)))
        except Refused as refused:
            return refused.answer

    def _find_refund(self, wanted: Return) -> Any:
        found = ask(lambda: self._client.v1.refunds.list({"payment_intent": wanted.payment, "limit": LOOKED_AT}))
        return next((one for one in found.data if _token_of(one) == wanted.token), None)

    def make_entry(self, wanted: EntryWanted) -> Entry:
        """A page of Stripe on which the customer gives a payment method, for a customer of their own there."""
        who: Any = {"name": wanted.name, "metadata": {NAME: wanted.token}}
        if wanted.email:
            who["email"] = wanted.email
        key = f"onhand-entry-{wanted.token}"
        try:
            customer = ask(lambda: self._client.v1.customers.create(who, {"idempotency_key": f"{key}-customer"}))
            params: Any = {
                "mode": "setup",
                "customer": customer.id,
                "payment_method_types": [_KINDS[wanted.kind]],
                "success_url": wanted.back,
                "cancel_url": wanted.back,
                "metadata": {NAME: wanted.token},
            }
            page = ask(lambda: self._client.v1.checkout.sessions.create(params, {"idempotency_key": key}))
        except Refused as refused:
            raise Misconfigured(refused.answer.why) from refused
        expires = datetime.fromtimestamp(page.expires_at, UTC) if page.expires_at else None
        return Entry(page.id, page.url or "", expires)

    def make_page(self, wanted: PageWanted) -> Entry:
        """A page of Stripe on which the customer pays one amount. Stripe keeps one open for at most a day."""
        product: Any = {"currency": wanted.amount.currency.lower(), "product_data": {"name": wanted.text}}
        try:
            line = {"quantity": 1, "price_data": product | {"unit_amount": to_units(wanted.amount)}}
        except ValueError as error:
            raise Misconfigured(str(error)) from error
        params: Any = {
            "mode": "payment",
            "line_items": [line],
            "payment_intent_data": {"metadata": {NAME: wanted.token}, "description": wanted.text},
            "success_url": wanted.back,
            "cancel_url": wanted.back,
            "expires_at": int(wanted.expires_at.timestamp()),
            "metadata": {NAME: wanted.token},
        }
        if wanted.email:
            params["customer_email"] = wanted.email
        options: Any = {"idempotency_key": f"onhand-page-{wanted.token}"}
        try:
            page = ask(lambda: self._client.v1.checkout.sessions.create(params, options))
        except Refused as refused:
            raise Misconfigured(refused.answer.why) from refused
        return Entry(page.id, page.url or "", datetime.fromtimestamp(page.expires_at, UTC))

    def shut_page(self, reference: str) -> News | None:
        """Close a page; one that is over already is answered as it is."""
        with contextlib.suppress(Refused):
            ask(lambda: self._client.v1.checkout.sessions.expire(reference))
        try:
            return self._read_entry(reference)
        except Refused:
            return None

    def forget(self, method: str) -> None:
        """Detach a payment method; one that is gone already is forgotten."""
        with contextlib.suppress(Refused):
            ask(lambda: self._client.v1.payment_methods.detach(method))

    def verify(self, body: bytes, signature: str) -> Heard | None:
        """What kind of message it is, if Stripe signed it within the last minutes."""
        if not self._account.webhook_secret:
            return None
        try:
            stripe.WebhookSignature.verify_header(
                body, signature, self._account.webhook_secret, stripe.Webhook.DEFAULT_TOLERANCE
            )
            said = json.loads(body)
            heard = Heard(str(said["id"])[:200], str(said["type"])[:100])
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return heard

    def read(self, body: bytes) -> News | None:
        """
        What a message is about, as it is now: messages come late, twice and in any order, so what they hold is not believed but asked for.
        """
        said = json.loads(body)
        kind, thing = str(said.get("type", "")), _object_of(said)
        number = str(thing.get("id", ""))
        if not number:
            return None
        try:
            if kind.startswith("payment_intent."):
                return self._read_payment(number)
            if kind.startswith("refund.") or kind == "charge.refund.updated":
                refund = ask(lambda: self._client.v1.refunds.retrieve(number))
                return _news(About.REFUND, refund, refund_answer(refund))
            if kind.startswith("charge.dispute."):
                return self._read_dispute(number)
            if kind in ("checkout.session.completed", "checkout.session.expired"):
                return self._read_entry(number)
        except Refused:
            return None
        return None

    def _read_payment(self, number: str) -> News | None:
        intent = ask(lambda: self._client.v1.payment_intents.retrieve(number, {"expand": ["payment_method"]}))
        token, answer = _token_of(intent), payment_answer(intent)
        method = getattr(intent, "payment_method", None)
        given = None if method is None or isinstance(method, str) else given_method(method, str(intent.customer or ""))
        return News(About.PAYMENT, token, answer, given) if token else None

    def _read_dispute(self, number: str) -> News | None:
        dispute = ask(lambda: self._client.v1.disputes.retrieve(number))
        reference = str(getattr(dispute, "payment_intent", None) or "")
        if not reference:
            return None
        intent = ask(lambda: self._client.v1.payment_intents.retrieve(reference))
        token = _token_of(intent)
        if not token:
            return None
        return News(About.CHARGEBACK, token, payment_answer(intent), chargeback=chargeback_said(dispute, intent))

    def _read_entry(self, number: str) -> News | None:
        page = ask(
            lambda: self._client.v1.checkout.sessions.retrieve(number, {"expand": ["setup_intent.payment_method"]})
        )
        token = _token_of(page)
        if not token or page.status == "open":
            return None
        if page.mode == "payment":
            paid = str(getattr(page, "payment_intent", None) or "")
            return self._read_payment(paid) if paid else News(About.PAGE, token)
        intent = page.setup_intent
        method = getattr(intent, "payment_method", None)
        if page.status != "complete" or method is None or isinstance(method, str):
            return News(About.REQUEST, token)
        return News(About.REQUEST, token, method=given_method(method, str(getattr(page, "customer", "") or "")))


def _object_of(said: Any) -> Mapping[str, Any]:
    data = said.get("data") if isinstance(said, dict) else None
    thing = data.get("object") if isinstance(data, dict) else None
    return thing if isinstance(thing, dict) else {}


def _token_of(thing: Any) -> str:
    """Our token on a thing of Stripe; empty on what others made there."""
    return str(getattr(thing.metadata, NAME, None) or "")


def _news(about: About, thing: Any, answer: Answer) -> News | None:
    token = _token_of(thing)
    return News(about, token, answer) if token else None


def payment_answer(intent: Any) -> Answer:
    """What Stripe says of a payment."""
    result = _PAYMENT.get(intent.status, Result.FAILED)
    minor = to_minor(intent.amount_received, intent.currency) if result is Result.DONE else None
    said = intent.last_payment_error
    why = "" if result is not Result.FAILED else (said and (said.message or said.code)) or str(intent.status)
    return Answer(result, intent.id, why, minor)


def refund_answer(refund: Any) -> Answer:
    """What Stripe says of a refund."""
    result = _REFUND.get(refund.status or "", Result.FAILED)
    why = "" if result is not Result.FAILED else str(getattr(refund, "failure_reason", None) or refund.status or "")
    return Answer(result, refund.id, why)


def chargeback_said(dispute: Any, intent: Any) -> ChargebackSaid:
    """
    What Stripe says of a dispute, with every movement of money for it, in the payment's currency. A bank that asks in another one asks for
    all of it.
    """
    currency = str(intent.currency).upper()
    asked = dispute.amount if str(dispute.currency).upper() == currency else intent.amount_received
    due = getattr(dispute.evidence_details, "due_by", None)
    return ChargebackSaid(
        reference=dispute.id,
        state=_DISPUTE.get(dispute.status, ChargebackState.OPEN),
        amount=Money(to_minor(asked, currency), currency),
        reason=str(dispute.reason or ""),
        respond_by=datetime.fromtimestamp(due, UTC) if due else None,
        moves=tuple(_moved(one, asked, currency) for one in dispute.balance_transactions),
    )


def _moved(moved: Any, asked: int, currency: str) -> MoneyMoved:
    """
    One movement. Where the account is kept in another currency than the payment, all that was asked for was taken or given back, and the
    fee alone is in the account's currency.
    """
    own = str(moved.currency).upper()
    units = -moved.amount if own == currency else (asked if moved.amount < 0 else -asked)
    return MoneyMoved(moved.id, to_minor(units, currency), Money(to_minor(moved.fee or 0, own), own))


def given_method(method: Any, customer: str) -> GivenMethod:
    """A payment method of Stripe, as much of it as may be shown."""
    if method.type == "card":
        card = method.card
        after = date(card.exp_year + card.exp_month // 12, card.exp_month % 12 + 1, 1)
        last_day = after - timedelta(days=1)
        return GivenMethod(method.id, customer, MethodKind.CARD, str(card.brand).capitalize(), card.last4, last_day)
    debit = getattr(method, method.type, None)
    return GivenMethod(method.id, customer, MethodKind.BANK, "", str(getattr(debit, "last4", None) or ""))
