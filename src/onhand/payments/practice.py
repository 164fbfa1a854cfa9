"""
A provider for trying out: it says yes to everything at once, and no money moves. The demo company pays by it.

Amounts of exactly 13.13 fail, so that a failed payment can be seen too.
"""

from onhand.kernel.money import Money
from onhand.payments.enums import ProviderKind
from onhand.payments.provider import Account, Answer, Charge, Result, Return, register

REFUSED_MINOR = 1313


class Practice:
    """Says yes at once."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def authorise(self, charge: Charge) -> Answer:
        if charge.amount.minor == REFUSED_MINOR:
            return Answer(Result.FAILED, why="The bank refused the payment.")
        return Answer(Result.DONE if charge.captures else Result.AUTHORISED, f"practice-{charge.token}")

    def capture(self, reference: str, amount: Money, key: str) -> Answer:  # noqa: ARG002
        return Answer(Result.DONE, reference)

    def cancel(self, reference: str, key: str) -> Answer:  # noqa: ARG002
        return Answer(Result.FAILED, reference, why="Called off.")

    def refund(self, wanted: Return) -> Answer:
        return Answer(Result.DONE, f"practice-{wanted.token}")


register(ProviderKind.PRACTICE, Practice)
