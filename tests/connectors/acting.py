"""A simulated shop and what is kept of it here, moved along together by one clock."""

from datetime import timedelta
from typing import Any

from onhand.connectors import bringing_in, hooks, sending
from onhand.connectors.enums import OutgoingState, OutsideState
from onhand.connectors.models import Outgoing, OutsideOrder, OutsideShop
from onhand.kernel.perform import Outcome, perform
from onhand.ledger.checks import find_faults
from onhand.orders.models import Order, OrderLine
from tests.connectors.woocommerce_simulator import KEY, SECRET, WEBHOOK_SECRET, Shop, cents
from tests.factories import make_actor

STATES = {
    "pending": "pending",
    "on-hold": "pending",
    "failed": "pending",
    "processing": "in_process",
    "completed": "completed",
    "cancelled": "cancelled",
}


class Both:
    """Both sides. The shop's clock is the clock."""

    def __init__(self, there: Shop, **arguments: Any) -> None:
        self.there = there
        given = {"shop_name": "Web shop", "url": there.url, "api_key": KEY, "api_secret": SECRET}
        given |= {"webhook_secret": WEBHOOK_SECRET} | arguments
        there.now += timedelta(hours=1)
        outcome = self.act("add_shop", **given)
        self.shop = OutsideShop.objects.get(pk=outcome.subject_id)

    def act(self, name: str, subject_id: int | None = None, **arguments: Any) -> Outcome:
        """One of the connectors' acts, now."""
        return perform(
            f"connectors.{name}", actor=make_actor(), subject_id=subject_id, arguments=arguments, at=self.there.now
        )

    def poll(self, minutes: float = 6) -> int:
        """Time passes, and the shop is asked what changed; how many orders were read."""
        self.there.pass_time(minutes=minutes)
        return bringing_in.poll(self.shop.pk, lambda: self.there.now)

    def read(self) -> None:
        """Read the orders the shop told of."""
        for number in bringing_in.due_orders(self.there.now, 100):
            bringing_in.read_again(number, lambda: self.there.now)

    def send(self, minutes: float = 0) -> None:
        """Time passes, and the shop is told what waits for it, as far as its time has come."""
        self.there.pass_time(minutes=minutes)
        while due := sending.due_outgoing(self.there.now, 100):
            before = {pk: Outgoing.objects.get(pk=pk).tries for pk in due}
            for pk in due:
                sending.send(pk, lambda: self.there.now)
            if all(Outgoing.objects.get(pk=pk).tries == tries for pk, tries in before.items()):
                break  # what waits behind something else

    def hear(self, number: int, **headers: str) -> tuple[int, int | None]:
        """The shop's message of an order arrives."""
        body, said = self.there.message(number)
        reply, pk = hooks.take_in(self.shop.hook, body, said | headers, self.there.now)
        return int(reply), pk

    def outside(self, number: int) -> OutsideOrder:
        return OutsideOrder.objects.get(shop=self.shop, outside_id=str(number))

    def order(self, number: int) -> Order:
        found = self.outside(number).order
        assert found is not None
        return found

    def settle(self) -> None:
        """Everything gets through, however often it has to be tried."""
        self.there.outage = ""
        self.there.faults.clear()
        self.there.read_faults.clear()
        for _try in range(6):
            self.send(minutes=90)
            self.poll(minutes=90)
            self.read()

    def differences(self) -> list[str]:
        """Where the two sides say different things of orders, lines, money or states."""
        found = []
        for number, there in self.there.orders.items():
            one = OutsideOrder.objects.filter(shop=self.shop, outside_id=str(number)).first()
            if one is None or one.state != OutsideState.KEPT or one.order is None:
                found.append(f"{number} is not kept: {one.problem if one else ''}")
                continue
            order = one.order
            wanted = STATES.get(there["status"]) or ("completed" if there["date_completed_gmt"] else "cancelled")
            says = {
                "state": (order.state, wanted),
                "total": (order.gross_minor, cents(there["total"])),
                "tax": (order.tax_minor, cents(there["total_tax"])),
                "refunded": (one.refunded_minor, self.there.refunded(number)),
                "refunds": (
                    sorted(one.refunds.filter(gone_at=None).values_list("minor", flat=True)),
                    sorted(cents(each["amount"]) for each in self.there.refunds.get(number, [])),
                ),
                "lines": (
                    sorted(
                        OrderLine.objects.filter(order=order).values_list("sku", "pieces", "net_minor", "tax_minor")
                    ),
                    sorted(
                        (each["sku"], each["quantity"], cents(each["total"]), cents(each["total_tax"]))
                        for each in there["line_items"]
                    ),
                ),
            }
            found += [
                f"{number}: {what} {here} here, {said} there" for what, (here, said) in says.items() if here != said
            ]
        done = Outgoing.objects.filter(
            state=OutgoingState.DONE,
            kind="refund",
            outside_order__outside_id__in=[str(one) for one in self.there.orders],
        ).values_list("key", flat=True)
        keys = [
            each["reason"].rpartition("[onhand ")[2].rstrip("]")
            for many in self.there.refunds.values()
            for each in many
            if "[onhand " in each["reason"]
        ]
        if sorted(keys) != sorted(done):
            found.append(f"refunds made for us {sorted(keys)}, done here {sorted(done)}")
        return [*found, *find_faults()]
