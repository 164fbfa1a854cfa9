"""The dispute file in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.enums import Direction
from onhand.customers.enums import ChannelKind
from onhand.kernel.money import Money
from onhand.orders.disputes import facts as of
from onhand.orders.disputes.contradictions import Contradiction, ContradictionKind
from onhand.orders.disputes.line_of_time import Happened
from onhand.orders.enums import ChangeKind, ReturnKind, ScanKind
from onhand.orders.models import Order
from onhand.payments.enums import ChargebackState, PaymentState, RefundState
from onhand.payments.words import reason_words
from onhand.web.addresses import address_of
from onhand.web.templating import show_date, show_datetime, show_time

K = ContradictionKind
WORDS: Mapping[ContradictionKind, Any] = {
    K.DELIVERED_ELSEWHERE: gettext_lazy("Delivered to another address"),
    K.SEEN_AFTER_DELIVERY: gettext_lazy("Still on its way after it was delivered"),
    K.DELIVERED_UNSEEN: gettext_lazy("A delivery without scan or proof"),
    K.SHIPPED_AFTER_CANCELLATION: gettext_lazy("Shipped after it was cancelled"),
    K.INVOICED_TWICE: gettext_lazy("Invoiced twice"),
    K.INVOICED_UNSHIPPED: gettext_lazy("Invoiced and not shipped"),
    K.PAID_TOO_MUCH: gettext_lazy("Paid more than was ordered"),
    K.CHARGED_AFTER_CANCELLATION: gettext_lazy("Charged although it was cancelled"),
    K.RETURNED_NOT_CREDITED: gettext_lazy("Returned and not credited"),
    K.GIVEN_BACK_TWICE: gettext_lazy("Given back, and taken back by the bank too"),
    K.REFUND_LATE: gettext_lazy("A refund has been on its way for too long"),
    K.REFUND_FAILED: gettext_lazy("A refund failed"),
    K.PROMISE_BROKEN: gettext_lazy("A promise was not kept"),
}


def dispute_context(
    order: Order, facts: of.Facts, wrong: Sequence[Contradiction], line: Sequence[Happened]
) -> dict[str, Any]:
    """The context of the dispute file."""
    return {
        "order_url": address_of("orders:order", order.pk),
        "wrong": [_wrong(one, facts.currency) for one in wrong],
        "days": _days(line, facts.currency),
        "count": len(line),
        "column": "stream",
        "live": f"order:{order.pk}",
        "here": address_of("orders:dispute", order.pk),
    }


def _anchor(mark: tuple[str, int | str]) -> str:
    return f"{mark[0]}-{mark[1]}"


def _wrong(one: Contradiction, currency: str) -> dict[str, Any]:
    parts = []
    if one.expected or one.found:
        parts.append(
            _("sent to %(expected)s, delivered to %(found)s") % {"expected": one.expected, "found": one.found}
            if one.expected
            else one.found
        )
    if one.minor:
        parts.append(Money(one.minor, currency).formatted())
    return {"words": str(WORDS[one.kind]), "details": " · ".join(parts), "links": [f"#{_anchor(m)}" for m in one.marks]}


def _days(line: Sequence[Happened], currency: str) -> list[dict[str, Any]]:
    days: list[dict[str, Any]] = []
    for one in line:
        local = timezone.localtime(one.at)
        if not days or days[-1]["id"] != f"{local:%Y%m%d}":
            days.append({"id": f"{local:%Y%m%d}", "label": show_date(local), "entries": []})
        badges = [{"words": str(WORDS[found.kind]), "tone": "bad"} for found in dict.fromkeys(one.wrong)]
        entry = {"id": _anchor(one.mark), "at": one.at, "time": show_time(one.at), "kind": "event"}
        days[-1]["entries"].append(entry | {"badges": badges} | _told(one, currency))
    return days


def _told(one: Happened, currency: str) -> dict[str, Any]:
    fact = one.fact

    def money(minor: int) -> str:
        return Money(minor, currency).formatted()

    match fact:
        case of.ChangeFact():
            return {"icon": "act", "headline": str(ChangeKind(fact.kind).label), "by": fact.by}
        case of.ShipmentFact() if one.mark[0] == "delivered":
            facts = [(_("Taken by"), fact.delivered_to), (_("Proof"), fact.proof)]
            headline = _("Shipment %(number)s delivered") % {"number": fact.number}
            return {"icon": "check", "headline": headline, "facts": _filled(facts)}
        case of.ShipmentFact():
            facts = [
                (_("Carrier"), fact.carrier),
                (_("Tracking number"), fact.tracking),
                (_("Goes to"), f"{fact.postal_code} {fact.city}"),
            ]
            headline = _("Shipment %(number)s left") % {"number": fact.number}
            return {"icon": "out", "headline": headline, "facts": _filled(facts)}
        case of.ScanFact():
            headline = f"{ScanKind(fact.kind).label} ({_('carrier')})"
            return {"icon": "place", "headline": headline, "said": f"{fact.postal_code} {fact.place}".strip()}
        case of.DocumentFact():
            named = _("Invoice %(label)s") if fact.kind == "invoice" else _("Credit note %(label)s")
            facts = [(_("Issued by"), fact.system)]
            told = {"icon": "page", "headline": named % {"label": fact.label}, "said": money(fact.gross)}
            return told | {"facts": _filled(facts)}
        case of.PaymentFact():
            facts = [
                (_("State"), str(PaymentState(fact.state).label)),
                (_("By"), fact.method),
                (_("Received by"), fact.system),
            ]
            return {"icon": "act", "headline": _("Payment"), "said": money(fact.minor), "facts": _filled(facts)}
        case of.ChargebackFact():
            return _told_chargeback(fact, currency, is_decided=one.mark[0] == "decided")
        case of.RefundFact():
            facts = [
                (_("State"), str(RefundState(fact.state).label)),
                (_("To"), fact.method),
                (_("Given back by"), fact.system),
            ]
            return {"icon": "undo", "headline": _("Refund"), "said": money(fact.minor), "facts": _filled(facts)}
        case of.ReturnFact():
            return {"icon": "undo", **_told_return(fact, came=one.mark[0] == "received")}
        case of.ContactFact():
            return _told_contact(fact)
        case of.PromiseFact():
            return {"icon": "clock", "headline": _("Promised"), "said": fact.text, "facts": _due(fact)}
    raise TypeError(f"nobody tells of {fact!r}")


def _told_chargeback(fact: of.ChargebackFact, currency: str, *, is_decided: bool) -> dict[str, Any]:
    state = str(ChargebackState(fact.state).label)
    if is_decided:
        return {"icon": "shield", "headline": _("What the bank asked back: %(state)s") % {"state": state}}
    facts = [(_("State"), state), (_("Reason"), reason_words(fact.reason))]
    if fact.taken:
        facts.append((_("Taken back"), Money(fact.taken, currency).formatted()))
    headline = _("The bank asks %(amount)s back") % {"amount": Money(fact.minor, currency).formatted()}
    return {"icon": "shield", "headline": headline, "facts": _filled(facts)}


def _filled(facts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(label, value) for label, value in facts if value.strip()]


def _told_return(fact: of.ReturnFact, *, came: bool) -> dict[str, Any]:
    named = {"label": ReturnKind(fact.kind).label, "reference": fact.reference}
    if came:
        return {"headline": _("Goods of %(reference)s arrived") % named, "facts": [(_("Pieces"), str(fact.received))]}
    return {"headline": _("%(label)s agreed: %(reference)s") % named}


def _told_contact(fact: of.ContactFact) -> dict[str, Any]:
    channel = str(dict(ChannelKind.choices).get(fact.channel, fact.channel))
    incoming = fact.direction == Direction.INBOUND
    headline = (_("%(channel)s from the customer") if incoming else _("%(channel)s to the customer")) % {
        "channel": channel
    }
    icon = {"telephone": "telephone", "email": "email"}.get(fact.channel, "stream")
    url = address_of("desk:contact", fact.id) if fact.is_written else ""
    return {"icon": icon, "headline": headline, "said": fact.subject, "url": url}


def _due(fact: of.PromiseFact) -> list[tuple[str, str]]:
    moments: list[tuple[str, datetime | None]] = [
        (_("By"), fact.due_at),
        (_("Kept"), fact.kept_at),
        (_("Broken"), fact.broken_at),
        (_("Called off"), fact.called_off_at),
    ]
    return [(label, show_datetime(at)) for label, at in moments if at]
