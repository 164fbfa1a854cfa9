"""
Random changes on both sides with random failures in between: when everything has got through, both sides say the same of every order,
each refund asked for here was made once, and the books are right.
"""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from onhand.connectors.enums import ShopState
from onhand.connectors.models import Outgoing, OutsideOrder, OutsideShop
from onhand.kernel.errors import ActError
from onhand.kernel.money import Money
from onhand.orders.models import OrderLine
from tests.connectors.acting import Both
from tests.connectors.woocommerce_simulator import BUSY, DOWN, ERROR, ERROR_AFTER, LOST, PAGE, STOPPED

FAULTS = st.sampled_from(["", "", DOWN, ERROR, BUSY, PAGE, ERROR_AFTER, LOST, STOPPED])
STATES = st.sampled_from(["pending", "on-hold", "processing", "completed", "cancelled", "failed"])
STEPS = st.sampled_from(
    [
        *("buy", "put", "put", "line", "drop", "give_back", "undo", "cancel", "complete", "refund", "refund", "pieces"),
        *("poll", "poll", "hear", "read", "send", "send", "send", "fault", "fault"),
    ]
)


class World:
    """Both sides, and a step at a time on one of them."""

    def __init__(self, both: Both, draw: Any) -> None:
        self.both, self.there, self.draw = both, both.there, draw

    def step(self) -> None:
        name = self.draw(STEPS)
        if name in ("poll", "read", "send"):
            getattr(self.both, name)()
        elif name == "fault":
            self.there.faults.append(self.draw(FAULTS))
            self.there.read_faults.append(self.draw(FAULTS))
        elif name == "buy" or not self.there.orders:
            pieces = st.lists(
                st.tuples(st.sampled_from(["KETTLE", "CHAIR"]), st.integers(1, 4), st.integers(0, 5000)),
                min_size=1,
                max_size=3,
            )
            self.there.buy(self.draw(pieces), status=self.draw(STATES), customer=self.draw(st.integers(0, 2)))
        else:
            self.one(name, self.draw(st.sampled_from(sorted(self.there.orders))))

    def one(self, name: str, number: int) -> None:
        """Something about one order."""
        self.there.pass_time(seconds=self.draw(st.integers(0, 90)))
        if name == "hear":
            self.both.hear(number)
        elif name == "put" and self.there.orders[number]["status"] != "refunded":
            self.there.put(number, self.draw(STATES))
        elif name in ("line", "drop") and number not in self.there.refunds:
            if name == "line":
                self.there.add_line(number, "CHAIR", self.draw(st.integers(1, 3)), self.draw(st.integers(0, 999)))
            elif len(self.there.orders[number]["line_items"]) > 1:
                self.there.drop_line(number)
        elif name == "give_back":
            self.there.give_back(number, self.draw(st.integers(1, 6000)))
        elif name == "undo" and self.there.refunds.get(number):
            if "[onhand " not in self.there.refunds[number][-1]["reason"]:
                self.there.take_back_refund(number)
        elif name in ("cancel", "complete", "refund", "pieces"):
            self.here(name, number)

    def here(self, name: str, number: int) -> None:
        """Something done here; refused where the order is not kept, or not such that it makes sense."""
        outside = OutsideOrder.objects.filter(shop=self.both.shop, outside_id=str(number)).first()
        if outside is None or outside.order_id is None:
            return
        try:
            if name == "refund":
                amount = Money(self.draw(st.integers(1, 9000)), "EUR").as_json()
                self.both.act("refund_at_shop", outside.order_id, reason="Late", amount=amount)
            elif name == "pieces":
                line = OrderLine.objects.filter(order=outside.order_id).order_by("number").first()
                rows = [{"line": line.pk if line else 1, "pieces": self.draw(st.integers(1, 3))}]
                self.both.act("refund_at_shop", outside.order_id, reason="Back", rows=rows)
            elif name == "cancel":
                self.both.act("cancel_at_shop", outside.order_id, reason="other", give_back=self.draw(st.booleans()))
            else:
                self.both.act("complete_at_shop", outside.order_id)
        except ActError:
            pass


@settings(
    max_examples=20,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # an example takes seconds: the first that fails is shown as it is
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_both_sides_agree_whatever_happens(both: Both, data: st.DataObject) -> None:
    # A shop of its own for each example: what another one left has no part in it.
    OutsideShop.objects.update(state=ShopState.PAUSED)
    both.there.orders.clear()
    both.there.refunds.clear()
    fresh = Both(both.there, shop_name=f"Web shop {OutsideShop.objects.count()}")
    world = World(fresh, data.draw)
    for _step in range(data.draw(st.integers(5, 40))):
        world.step()
    fresh.settle()
    assert fresh.differences() == []
    assert not Outgoing.objects.filter(state="waiting", outside_order__shop=fresh.shop).exists()
    assert OutsideOrder.objects.filter(shop=fresh.shop).count() == len(both.there.orders)
