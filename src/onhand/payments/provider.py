"""
The port to who carries payments out. A provider does as many of these protocols as it can; `register` says under which kind of account.

They are called in jobs, outside of any transaction, and again after a time-out: each call carries a key by which the provider knows that
it is the same. Amounts are minor units of the currency, as everywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.payments.enums import ChargebackState, MethodKind


class Unreachable(Exception):
    """The provider did not answer, or has trouble of its own: nobody knows whether it was done. Asked again, by the same key."""


class Misconfigured(Exception):
    """The provider does not know us: a wrong key, or an account that may not do this. Asked again once somebody mended it."""


class Result(StrEnum):
    """How it went. What goes on is told later by the provider, or found by asking again."""

    DONE = "done"
    AUTHORISED = "authorised"
    GOES_ON = "goes_on"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a provider said of a payment or refund: how it went, what it calls it, why it failed (for people), and what it is now worth
    where that is not all.
    """

    result: Result
    reference: str = ""
    why: str = ""
    minor: int | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """
    A payment as a provider is asked for it. `token` names it there for ever, and is the key under which it is asked; `is_again` says it
    may have been asked before, so the provider looks first: keys run out. `method` and `customer` are what the provider calls them.
    """

    token: str
    amount: Money
    method: str
    customer: str
    text: str
    captures: bool
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Return:
    """A refund as a provider is asked for it: of the payment it calls so; the rest as with a charge."""

    token: str
    payment: str
    amount: Money
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the provider on which a customer gives a payment method."""

    reference: str
    url: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class EntryWanted:
    """What the page is for. `token` comes back with the provider's message; `back` is where the customer is sent in the end."""

    token: str
    kind: MethodKind
    name: str
    email: str
    language: str
    back: str


@dataclass(frozen=True, slots=True)
class PageWanted:
    """A page on which a customer pays one amount, once. `token` names the payment; after `expires_at` nothing is paid on it any more."""

    token: str
    amount: Money
    text: str
    email: str
    language: str
    back: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class GivenMethod:
    """A payment method a customer gave to the provider: what it is called there, and as much as may be shown."""

    reference: str
    customer: str
    kind: MethodKind
    label: str
    last4: str
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of a provider, its sender proven: its name there, what kind it is."""

    outside_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class MoneyMoved:
    """
    Money a provider took for a chargeback (`minor` above nothing, in the payment's currency) or gave back (below), under its name there,
    with its fee: above nothing where it costs.
    """

    reference: str
    minor: int
    fee: Money


@dataclass(frozen=True, slots=True)
class ChargebackSaid:
    """A chargeback as it is at the provider now, with everything that was moved for it so far."""

    reference: str
    state: ChargebackState
    amount: Money
    reason: str
    respond_by: datetime | None
    moves: tuple[MoneyMoved, ...]


class About(StrEnum):
    """What a message is about. A chargeback is told by the token of its payment, with how that is."""

    PAYMENT = "payment"
    CHARGEBACK = "chargeback"
    REFUND = "refund"
    REQUEST = "request"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class News:
    """
    What a message says of a payment, a refund or a request for a method, by our own token: how it is now, or what was given. A request
    with nothing given has run out, and so has a page to pay on.
    """

    about: About
    token: str
    answer: Answer | None = None
    method: GivenMethod | None = None
    chargeback: ChargebackSaid | None = None


@runtime_checkable
class Authorises(Protocol):
    """Takes payments."""

    def authorise(self, charge: Charge) -> Answer:
        """Take the money, or where the charge does not capture set it aside."""


@runtime_checkable
class Captures(Protocol):
    """Takes what it set aside before, or lets it go."""

    def capture(self, reference: str, amount: Money, key: str) -> Answer:
        """Take what was set aside."""

    def cancel(self, reference: str, key: str) -> Answer:
        """Let go of what was set aside, or of a payment that is not through: FAILED once it is gone, DONE where it was too late."""


@runtime_checkable
class Refunds(Protocol):
    """Gives money back to where it came from."""

    def refund(self, wanted: Return) -> Answer:
        """Give back an amount of a payment."""


@runtime_checkable
class TakesMethods(Protocol):
    """Has pages on which customers give payment methods."""

    def make_entry(self, wanted: EntryWanted) -> Entry:
        """A new page, to be sent to the customer."""

    def forget(self, method: str) -> None:
        """Forget a payment method."""


@runtime_checkable
class TakesByPage(Protocol):
    """Has pages on which customers pay one amount. What is paid there is told as any payment, by the token, with its method."""

    def make_page(self, wanted: PageWanted) -> Entry:
        """A new page; asked again for the same token the same one."""

    def shut_page(self, reference: str) -> News | None:
        """Let nothing be paid on a page any more. What was paid on it before is what is answered."""


@runtime_checkable
class TakesWebhooks(Protocol):
    """Tells by messages to an address of ours."""

    def verify(self, body: bytes, signature: str) -> Heard | None:
        """What kind of message it is; None unless it is proven to come from the provider."""

    def read(self, body: bytes) -> News | None:
        """What a message stored before says, now: asks the provider where messages may come out of order. None: nothing to us."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account with a provider, unlocked."""

    api_key: str
    webhook_secret: str
    base_url: str


_makers: dict[str, Callable[[Account], object]] = {}
_with_pages: set[str] = set()
_paid_by_page: set[str] = set()


def register(
    kind: str, make: Callable[[Account], object], *, takes_methods: bool = False, takes_by_page: bool = False
) -> None:
    """Say what speaks to accounts of a kind, in place of what did before; and which pages it has for customers."""
    _makers[kind] = make
    if takes_by_page:
        _paid_by_page.add(kind)
    if takes_methods:
        _with_pages.add(kind)


def pays_by_page(kind: str) -> bool:
    """Whether providers of a kind have pages on which customers pay an amount."""
    return kind in _paid_by_page


def has_pages(kind: str) -> bool:
    """Whether providers of a kind have pages on which customers give payment methods."""
    return kind in _with_pages


def find_maker(kind: str) -> Callable[[Account], object]:
    """What speaks to accounts of a kind; raises NotPossible where nothing does."""
    made = _makers.get(kind)
    if made is None:
        raise NotPossible(f"no program speaks to providers of the kind {kind}")
    return made
