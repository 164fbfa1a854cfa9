"""What happened to orders, as entries of the customer's timeline."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.timeline import Entry, Source, Telling, register_source
from onhand.kernel.money import Money
from onhand.orders.enums import ChangeKind, OrderState

TONES = {
    ChangeKind.DELIVERED: "good",
    ChangeKind.COMPLETED: "good",
    ChangeKind.CANCELLED: "bad",
    ChangeKind.PAYMENT_FAILED: "bad",
    ChangeKind.RETURN: "warn",
    ChangeKind.EXCHANGE: "warn",
    ChangeKind.CLAIM: "warn",
}
WORDS = {"due": gettext_lazy("Due"), "refund": gettext_lazy("Refund"), "even": gettext_lazy("Even")}


def money(value: Any) -> Money:
    """An amount as it stands in a record."""
    return Money(int(value["minor"]), str(value["currency"]))


def tell_change(entry: Entry) -> Telling:
    """One thing that happened to an order: what, how the order stands now, what came due or goes back."""
    data = entry.data
    kind = ChangeKind(data["kind"]) if data["kind"] in ChangeKind else None
    facts = [(_("Order"), data["reference"])]
    if data.get("system"):
        facts.append((_("From"), str(data["system"])))
    settlement = data.get("settlement") or {}
    if settlement.get("word") in WORDS and settlement["amount"]["minor"]:
        facts.append((str(WORDS[settlement["word"]]), money(settlement["amount"]).formatted()))
    after = data.get("after") or {}
    for key, label in (("carrier", _("Carrier")), ("tracking", _("Tracking number")), ("return", _("Return"))):
        if after.get(key):
            facts.append((label, str(after[key])))
    state = OrderState(data["state"]) if data["state"] in OrderState else None
    badges = [(str(state.label), "info")] if kind is ChangeKind.PLACED and state else []
    headline = _("Order: %(what)s") % {"what": kind.label if kind else data["kind"]}
    said = ", ".join(str(one.get("article", "")) for one in after.get("lines", [])[:5] if isinstance(one, dict))
    return Telling(headline, said=said, icon="list", facts=facts, badges=badges)


register_source(
    Source(
        kind="order",
        label=gettext_lazy("Orders"),
        order=25,
        rows="orders_orderchange h",
        of="h.customer_id = m.id",
        at="h.at",
        id="h.id",
        by="h.by_name",
        said="''",
        data="""(select jsonb_build_object('kind', h.kind, 'reference', o.reference, 'state', o.state, 'order', o.id,
          'system', o.from_system, 'settlement', h.settlement, 'after', h.after - 'address')
          from orders_order o where o.id = h.order_id)""",
        searched="(select o.reference from orders_order o where o.id = h.order_id) || ' ' || h.by_name",
        tell=tell_change,
        instead_of=frozenset({"orders.place_order"}),
    )
)
