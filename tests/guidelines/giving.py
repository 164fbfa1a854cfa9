"""
A company in which something is given away by whoever may and wherever they come in, and what its guidelines and limits must say of it,
reckoned anew in a few plain lines.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from onhand.customers.models import Customer
from onhand.guidelines.models import Given, Guideline, Limit
from onhand.invoicing.models import Document, DocumentLine
from onhand.kernel.actor import ActorKind, system_actor
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.orders.models import Order, OrderLine
from onhand.payments.models import Payment
from tests.coupons.giving import make_campaign
from tests.guidelines.company import document, publish, somebody
from tests.guidelines.doors import Deed
from tests.orders.shop import Shop, account_of, buyer, card_of, deliver, place, ship, variants

APPROVERS = ("supervisor", "administrator")
Says = tuple[str, tuple[str, ...]]
_STRICT = {"refuse": 0, "ask": 1, "allow": 2}
GIVING = (
    "invoicing.give_goodwill",
    "invoicing.credit_lines",
    "coupons.give_coupon",
    "orders.add_goodwill",
    "orders.discount_line",
    "orders.place_order",
    "payments.refund_payment",
)
CANCEL = "orders.cancel_order"
COUPONS = (500, 3000, 7000)
# Tables that tell of reading, of drafts, of tokens used and of pages open: no act is needed for what stands in them.
ASIDE = (
    "session",
    "access",
    "draft",
    "rate",
    "token",
    "hint",
    "heartbeat",
    "refus",
    "_seal",
    "procrastinate",
    "attempt",
)

ONLY_GROW = ("kernel_actrecord", "kernel_eventrecord", "ledger_journal", "ledger_entry")


@dataclass(frozen=True)
class Laid:
    """A guideline of tests: up to `alone` it is allowed, up to `asked` a role is asked, above it is refused. In cents."""

    guideline: Guideline
    acts: tuple[str, ...]
    alone: int
    asked: int
    role: str

    def says(self, minor: int) -> Says:
        """(its answer for that much, who may approve)."""
        if minor <= self.alone:
            return "allow", ()
        return ("ask", (self.role,)) if minor <= self.asked else ("refuse", ())


@dataclass
class Laws:
    """What is in force, as the test knows it."""

    guidelines: list[Laid] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)

    def lay_down(self, acts: Iterable[str], alone: int, asked: int, role: str, number: int) -> None:
        """Publish a guideline."""
        acts = tuple(acts)
        rows = [
            (f"<= {alone / 100:.2f}", '"allow"', "", "", ""),
            (f"({alone / 100:.2f}..{asked / 100:.2f}]", '"ask"', f'"{role}"', "", ""),
            (f"> {asked / 100:.2f}", '"refuse"', "", "", ""),
        ]
        what = document(acts, ["amount given"], rows if alone >= 0 else [("-", '"refuse"', "", "", "")])
        self.guidelines.append(Laid(publish(f"Law {number}", what), acts, alone, asked, role))

    def retire(self, which: int) -> None:
        """Retire one of them."""
        gone = self.guidelines.pop(which % len(self.guidelines))
        given: dict[str, Any] = {"arguments": {"note": "."}, "at": timezone.now(), "subject_id": gone.guideline.pk}
        perform("guidelines.retire_guideline", actor=system_actor("tests"), **given)

    def limit(self, per: str, most: int, beyond: str, number: int) -> None:
        """Set a limit that adds up over 30 days."""
        given = {"name": f"Limit {number}", "per": per, "period": "days", "days": 30, "most": euro(most)}
        given |= {"beyond": beyond, "approvers": ["supervisor"]}
        made = perform("guidelines.add_limit", actor=boss(), arguments=given, at=timezone.now())
        self.limits.append(Limit.objects.get(pk=made.subject_id))

    def end_limit(self, which: int) -> None:
        """End one of them."""
        gone = self.limits.pop(which % len(self.limits))
        perform("guidelines.end_limit", actor=boss(), arguments={}, at=timezone.now(), subject_id=gone.pk)

    def clear(self) -> None:
        """Put everything out of force."""
        while self.guidelines:
            self.retire(0)
        while self.limits:
            self.end_limit(0)

    def of(self, deed: Deed, role: str, kind: ActorKind, actor_id: int | None, *, ahead: bool = False) -> Says:
        """
        What must be said to this actor: the strictest answer, and who may approve it. What adds up is looked at once the rest allows it, or
        with the rest where it is asked `ahead`.
        """
        gives = abs(deed.gives)
        said: list[Says] = [one.says(gives) for one in self.guidelines if deed.act in one.acts]
        if deed.act != CANCEL and not said and kind is not ActorKind.SYSTEM:
            said.append(("ask", APPROVERS))
        adding_up: list[Says] = []
        for one in self.limits if gives else ():
            if used(one, deed.customer_id, kind, actor_id) + gives > (one.most or {})["EUR"]:
                adding_up.append(("refuse", ()) if one.beyond == "refuse" else ("ask", ("supervisor",)))
        if ahead:
            return together([*said, *adding_up], role)
        first = together(said, role)
        return together(adding_up, role) if first[0] == "allow" else first


def together(said: list[Says], role: str) -> Says:
    """One answer out of several, for somebody of a role."""
    own: list[Says] = [
        ("allow", ()) if answer == "ask" and role in roles else (answer, roles) for answer, roles in said
    ]
    strictest = min((answer for answer, _roles in own), key=lambda one: _STRICT[one], default="allow")
    asking = [set(roles) for answer, roles in own if answer == "ask"]
    common = set.intersection(*asking) if asking else set()
    return strictest, tuple(sorted(common or {"administrator"})) if strictest == "ask" else ()


def used(limit: Limit, customer_id: int, kind: ActorKind, actor_id: int | None) -> int:
    """What was given in all of what a limit adds up over, by what is kept of each time."""
    rows = Given.objects.filter(currency="EUR")
    if limit.per == "customer":
        rows = rows.filter(customer_id=customer_id)
    if limit.per == "representative":
        rows = rows.filter(actor_kind=kind, actor_id=actor_id)
    return sum(rows.values_list("minor", flat=True))


def boss() -> Any:
    """Somebody who sets limits."""
    return somebody("administrator", 1)


def euro(minor: int) -> dict[str, Any]:
    """An amount as acts take it."""
    return Money(minor, "EUR").as_json()


class Company:
    """A customer with an order delivered, one that has not left, an invoice, and payments that can be given back."""

    def __init__(self, shop: Shop) -> None:
        begun = timezone.now() - timedelta(days=2)
        self.shop = shop
        self.customer: Customer = buyer("Ana Prieto")
        card = card_of(self.customer, 1_000_000)
        self.account = account_of(self.customer)
        chairs = variants(shop.chair)
        self.delivered = place(self.customer, [(chairs[0], 2)], card, at=begun)
        ship(self.delivered, at=begun + timedelta(hours=1))
        deliver(self.delivered, at=begun + timedelta(hours=2))
        self.kept = place(self.customer, [(chairs[1], 2)], card, at=begun)
        self.to_cancel = [place(self.customer, [(chairs[1], 1)], card, at=begun) for _number in range(2)]
        self.campaigns = [make_campaign(minor=minor, from_day=FIRST, until_day=LAST, **MANY) for minor in COUPONS]
        self.invoice = Document.objects.filter(customer=self.customer, kind="invoice").earliest("pk")

    def deed(self, which: str, minor: int, variety: int) -> Deed:
        """Something to be done with that amount; amounts that cannot be are asked for as well."""
        ways = {
            "invoicing.give_goodwill": self._goodwill,
            "invoicing.credit_lines": self._credit,
            "coupons.give_coupon": self._coupon,
            "orders.add_goodwill": self._order_goodwill,
            "orders.discount_line": self._discount,
            "orders.place_order": self._order,
            "payments.refund_payment": self._refund,
            CANCEL: self._cancel,
        }
        return ways[which](minor, variety)

    def _of_customer(self, act: str, arguments: dict[str, Any], gives: int, typed: dict[str, str] | None) -> Deed:
        return Deed(act, self.customer.pk, arguments, gives, self.customer.pk, True, typed)

    def _goodwill(self, minor: int, _variety: int) -> Deed:
        typed = {**as_typed(minor), "reason": "Late"}
        return self._of_customer(GIVING[0], {"amount": euro(minor), "reason": "Late"}, minor, typed)

    def _coupon(self, _minor: int, variety: int) -> Deed:
        one = self.campaigns[variety % len(self.campaigns)]
        typed = {"campaign": str(one.pk), "reason": "Late"}
        return self._of_customer("coupons.give_coupon", {"campaign": one.pk, "reason": "Late"}, one.minor, typed)

    def _order(self, minor: int, _variety: int) -> Deed:
        rows = [{"variant": variants(self.shop.chair)[2].pk, "pieces": 1}]
        arguments = {"rows": rows, "payments": [{"method": self.account.pk}], "discount": euro(minor)}
        return self._of_customer("orders.place_order", arguments, minor, None)

    def _order_goodwill(self, minor: int, variety: int) -> Deed:
        arguments = {"amount": euro(minor), "reason": "Late", "on_account": variety % 2 == 0}
        typed = {**as_typed(minor), "reason": "Late", "given_as": "compensation"}
        typed |= {"on_account": "true"} if variety % 2 == 0 else {}
        return Deed("orders.add_goodwill", self.delivered.pk, arguments, minor, self.customer.pk, typed=typed)

    def _discount(self, minor: int, _variety: int) -> Deed:
        line = OrderLine.objects.filter(order=self.kept).earliest("pk")
        arguments = {"line": line.pk, "reason": "Late", "amount": euro(minor)}
        typed = {**as_typed(minor), "line": str(line.pk), "reason": "Late"}
        return Deed("orders.discount_line", self.kept.pk, arguments, minor, self.customer.pk, typed=typed)

    def _refund(self, minor: int, variety: int) -> Deed:
        paid = Payment.objects.filter(customer=self.customer, method__kind="stored_value").order_by("pk")
        one = list(paid)[variety % len(paid)]
        arguments = {"amount": euro(minor)}
        return Deed("payments.refund_payment", one.pk, arguments, minor, self.customer.pk, typed=as_typed(minor))

    def _credit(self, minor: int, variety: int) -> Deed:
        line = DocumentLine.objects.filter(document=self.invoice).earliest("position")
        parts = [minor, *((-minor,) if variety % 5 == 4 else ())]  # a row that takes another's amount away again
        rows = [{"line": line.pk, "amount": euro(part)} for part in parts]
        arguments = {"rows": rows, "reason": "Late"}
        return Deed("invoicing.credit_lines", self.invoice.pk, arguments, sum(parts), self.customer.pk)

    def _cancel(self, _minor: int, variety: int) -> Deed:
        order: Order = self.to_cancel[variety % 2]
        return Deed(CANCEL, order.pk, {"reason": "other"}, 0, self.customer.pk, typed={"reason": "other"})


FIRST, LAST = date(2020, 1, 1), date(2099, 1, 1)
MANY = {"per_customer": 1_000, "budget_minor": 10**9}


def as_typed(minor: int) -> dict[str, str]:
    """An amount as it is typed into a form."""
    return {"amount": f"{minor / 100:.2f}", "amount__currency": "EUR"}


_EFFECTS = """
select 'note', id, gross_minor from invoicing_document where kind = 'credit_note' and customer_id = %(c)s
union all select 'coupon', id, minor from coupons_coupon where customer_id = %(c)s
union all select 'refund', id, minor from payments_refund where customer_id = %(c)s
union all select 'discount', l.id, l.own_discount_minor from orders_orderline l join orders_order o on o.id = l.order_id
  where o.customer_id = %(c)s and l.own_discount_minor > 0
union all select 'off', id, discount_minor from orders_order where customer_id = %(c)s and discount_minor > 0
union all select 'given', id, minor from guidelines_given where customer_id = %(c)s
"""


def effects(customer_id: int) -> set[tuple[str, int, int]]:
    """Whatever a customer was given, by kind, row and amount."""
    with connection.cursor() as cursor:
        cursor.execute(_EFFECTS, {"c": customer_id})
        return set(cursor.fetchall())


def told(names: Iterable[str]) -> str:
    """A statement that puts each of these tables into one value; of those the database refuses to change, how many rows there are."""
    whole = "(select count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from {} t)"
    grown = "(select count(*)::text from {} t)"
    return f"select array[{', '.join((grown if name in ONLY_GROW else whole).format(name) for name in names)}]"


def tables() -> list[str]:
    """Every table whose rows are there because somebody did something."""
    names = connection.introspection.table_names()
    return sorted(name for name in names if not any(part in name for part in ASIDE))


def fingerprint(names: list[str]) -> dict[str, str]:
    """Those tables, in one value each."""
    with connection.cursor() as cursor:
        cursor.execute(told(names))
        return dict(zip(names, cursor.fetchone()[0], strict=True))


def newest_record() -> int:
    """The id of the newest act record."""
    return ActRecord.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def given_since(record_id: int) -> list[ActRecord]:
    """The records of giving, and of cancelling, written since."""
    return list(ActRecord.objects.filter(pk__gt=record_id, act__in=(*GIVING, CANCEL)).order_by("pk"))
