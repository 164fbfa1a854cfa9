"""Calls of Stripe: what goes wrong is told apart into not reached, not set up, and refused."""

from collections.abc import Callable
from typing import TypeVar

import stripe

from onhand.payments.provider import Account, Answer, Misconfigured, Result, Unreachable

SECONDS = 25  # Stripe answers within a few; longer is nobody there
T = TypeVar("T")


class Refused(Exception):
    """Stripe will not do it, for good; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.why)
        self.answer = answer


def make_client(account: Account, seconds: float = SECONDS) -> stripe.StripeClient:
    """The SDK's client of an account. It retries nothing by itself: jobs do, under the same key."""
    addresses: stripe._base_address.BaseAddresses | None = {"api": account.base_url} if account.base_url else None
    return stripe.StripeClient(
        account.api_key,
        base_addresses=addresses,
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=seconds),
    )


def ask(call: Callable[[], T]) -> T:
    """
    Make a call.

    :raises Refused: for good: the card was declined, or the request makes no sense to Stripe.
    :raises Unreachable: nobody knows whether it was done.
    :raises Misconfigured: a wrong key, or an account that may not.
    """
    try:
        return call()
    except stripe.CardError as error:
        raise Refused(Answer(Result.FAILED, _intent_of(error), error.user_message or error.code or "")) from error
    except (stripe.AuthenticationError, stripe.PermissionError, stripe.IdempotencyError) as error:
        raise Misconfigured(str(error)) from error
    except stripe.InvalidRequestError as error:
        raise Refused(Answer(Result.FAILED, "", error.user_message or str(error))) from error
    except stripe.StripeError as error:  # rates, their own trouble, and everything on the way
        raise Unreachable(str(error)) from error


def _intent_of(error: stripe.StripeError) -> str:
    """What Stripe calls the payment that was declined."""
    body = error.json_body
    said = body.get("error", {}) if isinstance(body, dict) else {}
    intent = said.get("payment_intent") or {}
    return str(intent.get("id", ""))
