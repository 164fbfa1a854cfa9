"""Payments of a customer in words, with what can be done about each."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.panels import Reading
from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.kernel.money import Money
from onhand.payments.enums import DepositState, LinkState, PaymentState, RefundState
from onhand.payments.models import Deposit, MethodRequest, Payment, PaymentLink, PaymentMethod, Refund
from onhand.payments.refunding import refundable, timing
from onhand.payments.subjects import method_title
from onhand.payments.taking import asks_provider
from onhand.payments.timeline import TONES
from onhand.payments.words import disputed_words, why_words
from onhand.web.addresses import address_of
from onhand.web.templating import show_date, show_datetime

Line = dict[str, Any]


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The lines of the panel, in groups."""
    actor = reading.actor
    groups = [
        (_("Pays with"), [*map(_request, content["requests"]), *(_method(actor, one) for one in content["methods"])]),
        (_("Stored value"), [_card(actor, card, left) for card, left in content["cards"]]),
        (_("Deposits"), [_deposit(actor, one, held) for one, held in content["deposits"]]),
        (_("Links to pay by"), [_link(actor, one) for one in content["links"]]),
        (_("Payments"), [_payment(actor, one) for one in content["payments"]]),
        (_("Refunds"), [_refund(actor, one) for one in content["refunds"]]),
    ]
    return {"groups": [(title, lines) for title, lines in groups if lines]}


def _acts(actor: Actor, subject_id: int, names: Sequence[str]) -> list[Line]:
    """What this person may do about a thing, as links."""
    found = [get_act(f"payments.{name}") for name in names]
    return [
        {"label": str(act.label), "url": address_of("desk:act", act.name, subject_id)}
        for act in found
        if actor.may(act.permission)
    ]


def _line(key: str, what: str, words: str, small: str, badge: tuple[str, str] | None, acts: list[Line]) -> Line:
    return {"id": key, "what": what, "words": words, "small": small, "badge": badge, "acts": acts, "link": ""}


def _method(actor: Actor, one: PaymentMethod) -> Line:
    until = _("until %(day)s") % {"day": show_date(one.expires)} if one.expires else ""
    kind = one.get_kind_display()
    return _line(f"method-{one.pk}", kind, method_title(one), until, None, _acts(actor, one.pk, ["remove_method"]))


def _request(one: MethodRequest) -> Line:
    small = show_datetime(one.asked_at)
    words = _("asked for by a link")
    return _line(f"request-{one.pk}", one.get_kind_display(), words, small, (one.get_state_display(), "info"), [])


def _link(actor: Actor, one: PaymentLink) -> Line:
    amount = Money(one.minor, one.currency).formatted()
    small = [_("until %(day)s") % {"day": show_datetime(one.expires_at)}, why_words(one.why)]
    small.insert(0, _("sent to %(address)s") % {"address": one.address} if one.is_sent else "")
    badge = (one.get_state_display(), "info" if one.state == LinkState.READY else "")
    acts = _acts(actor, one.pk, ["cancel_link"])
    line = _line(f"link-{one.pk}", amount, one.text, " · ".join(filter(None, small)), badge, acts)
    return line | {"link": one.url if one.state == LinkState.READY else ""}


def _card(actor: Actor, card: Any, left: Money) -> Line:
    acts = _acts(actor, card.pk, ["load_card", "cancel_card"])
    return _line(f"card-{card.pk}", card.get_purpose_display(), f"•••• {card.last4}", left.formatted(), None, acts)


def _deposit(actor: Actor, one: Deposit, held: Money) -> Line:
    is_held = one.state == DepositState.HELD
    acts = ["apply_deposit", "return_deposit", "add_interest"] if is_held else ["hold_deposit", "cancel_deposit"]
    amount = held if is_held else Money(one.minor, one.currency)
    badge = (one.get_state_display(), "good" if is_held else "warn")
    return _line(f"deposit-{one.pk}", amount.formatted(), one.reason, "", badge, _acts(actor, one.pk, acts))


def _payment(actor: Actor, one: Payment) -> Line:
    acts = []
    if refundable(one).minor:
        acts = ["refund_payment"]
    elif one.state == PaymentState.AUTHORISED:
        acts = ["capture_payment", "call_off_payment"]
    elif one.state == PaymentState.PENDING:
        acts = ["call_off_payment"] if asks_provider(one.method) else ["confirm_payment", "deny_payment"]
    small = [show_datetime(one.made_at), one.from_system, why_words(one.why)]
    if back := one.refunded_minor + one.refunding_minor:
        small.append(_("%(amount)s given back") % {"amount": Money(back, one.currency).formatted()})
    if one.disputed:
        small.append(disputed_words(one))
    amount = Money(one.minor, one.currency).formatted()
    badge = (one.get_state_display(), TONES[PaymentState(one.state)])
    words = " · ".join(filter(None, small))
    return _line(f"payment-{one.pk}", amount, method_title(one.method), words, badge, _acts(actor, one.pk, acts))


def _refund(actor: Actor, one: Refund) -> Line:
    by_hand = one.state == RefundState.PENDING and not asks_provider(one.to)
    small = [show_datetime(one.made_at), one.from_system, why_words(one.why)]
    if one.state != RefundState.FAILED and not one.from_system:
        small.append(timing(one.to))
    amount = Money(one.minor, one.payment.currency).formatted()
    acts = _acts(actor, one.pk, ["confirm_refund", "deny_refund"]) if by_hand else []
    badge = (one.get_state_display(), TONES[RefundState(one.state)])
    return _line(f"refund-{one.pk}", amount, method_title(one.to), " · ".join(filter(None, small)), badge, acts)
