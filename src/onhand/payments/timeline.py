"""Payments, refunds and deposits as entries of the customer's timeline."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.timeline import Entry, Source, Telling, register_source
from onhand.kernel.money import Money
from onhand.payments.enums import ChargebackState, DepositState, MethodKind, PaymentState, RefundState
from onhand.payments.words import reason_words, why_words

TONES: dict[str, str] = {
    PaymentState.PENDING: "warn",
    PaymentState.AUTHORISED: "info",
    PaymentState.CAPTURED: "good",
    PaymentState.FAILED: "bad",
    PaymentState.CANCELLED: "",
    RefundState.DONE: "good",
}


def _amount(entry: Entry) -> str:
    return Money(int(entry.data["minor"]), str(entry.data["currency"])).formatted()


def _with(entry: Entry) -> str:
    words = str(entry.data["label"] or MethodKind(entry.data["kind"]).label)
    return f"{words} •••• {entry.data['last4']}" if entry.data["last4"] else words


def tell_payment(entry: Entry) -> Telling:
    """What was paid with what, and whether it came in."""
    state = PaymentState(entry.data["state"])
    facts = [(_("Paid with"), _with(entry))]
    if entry.data.get("system"):
        facts.append((_("Received by"), str(entry.data["system"])))
    if entry.data["why"]:
        facts.append((_("Reason"), why_words(str(entry.data["why"]))))
    headline = _("Payment of %(amount)s") % {"amount": _amount(entry)}
    return Telling(headline, icon="act", facts=facts, badges=[(str(state.label), TONES[state])])


def tell_refund(entry: Entry) -> Telling:
    """What goes back to where, and whether it did."""
    state = RefundState(entry.data["state"])
    facts = [(_("To"), _with(entry))]
    if entry.data.get("system"):
        facts.append((_("Given back by"), str(entry.data["system"])))
    if entry.data["why"]:
        facts.append((_("Reason"), why_words(str(entry.data["why"]))))
    headline = _("Refund of %(amount)s") % {"amount": _amount(entry)}
    return Telling(headline, icon="act", facts=facts, badges=[(str(state.label), TONES[state])])


CHARGEBACK_TONES: dict[str, str] = {
    ChargebackState.ASKED: "warn",
    ChargebackState.OPEN: "bad",
    ChargebackState.ANSWERED: "warn",
    ChargebackState.WON: "good",
    ChargebackState.LOST: "bad",
}


def tell_chargeback(entry: Entry) -> Telling:
    """What the customer's bank asks back, until when it can be answered, and how it was decided."""
    state = ChargebackState(entry.data["state"])
    facts = [(_("Paid with"), _with(entry))]
    if entry.data["taken"]:
        taken = Money(int(entry.data["taken"]), str(entry.data["currency"])).formatted()
        facts.append((_("Taken back"), taken))
    headline = _("The bank asks %(amount)s back") % {"amount": _amount(entry)}
    badges = [(str(state.label), CHARGEBACK_TONES.get(state, ""))]
    return Telling(headline, said=reason_words(entry.said), icon="shield", facts=facts, badges=badges)


def tell_deposit(entry: Entry) -> Telling:
    """What was asked for as a security, and what became of it."""
    headline = _("Deposit of %(amount)s") % {"amount": _amount(entry)}
    return Telling(
        headline, said=entry.said, icon="shield", badges=[(str(DepositState(entry.data["state"]).label), "info")]
    )


_METHOD = "'kind', w.kind, 'label', w.label, 'last4', w.last4"
register_source(
    Source(
        kind="payment",
        label=gettext_lazy("Payments"),
        order=30,
        rows="payments_payment y join payments_paymentmethod w on w.id = y.method_id",
        of="y.customer_id = m.id",
        at="y.made_at",
        id="y.id",
        by="y.made_by_name",
        said="''",
        data=f"jsonb_build_object('minor', y.minor, 'currency', y.currency, 'state', y.state, 'why', y.why,"
        f" 'system', y.from_system, {_METHOD})",
        searched="''",
        tell=tell_payment,
        instead_of=frozenset({"payments.take_payment", "payments.take_cash", "payments.note_terminal_payment"}),
    )
)
register_source(
    Source(
        kind="refund",
        label=gettext_lazy("Refunds"),
        order=31,
        rows="payments_refund f join payments_paymentmethod w on w.id = f.to_id"
        " join payments_payment y on y.id = f.payment_id",
        of="f.customer_id = m.id",
        at="f.made_at",
        id="f.id",
        by="f.made_by_name",
        said="''",
        data=f"jsonb_build_object('minor', f.minor, 'currency', y.currency, 'state', f.state, 'why', f.why,"
        f" 'system', f.from_system, {_METHOD})",
        searched="''",
        tell=tell_refund,
    )
)
register_source(
    Source(
        kind="chargeback",
        label=gettext_lazy("Payments asked back"),
        order=33,
        rows="payments_chargeback g join payments_payment y on y.id = g.payment_id"
        " join payments_paymentmethod w on w.id = y.method_id cross join lateral"
        " (select sum(v.minor) as taken from payments_chargebackmove v where v.chargeback_id = g.id) t",
        of="g.customer_id = m.id",
        at="g.noted_at",
        id="g.id",
        by="''",
        said="g.reason",
        data="jsonb_build_object('minor', g.minor, 'currency', y.currency, 'state', g.state, 'taken', t.taken,"
        f" {_METHOD})",
        searched="''",
        tell=tell_chargeback,
    )
)
register_source(
    Source(
        kind="deposit",
        label=gettext_lazy("Deposits"),
        order=32,
        rows="payments_deposit d",
        of="d.customer_id = m.id",
        at="d.asked_at",
        id="d.id",
        by="d.asked_by_name",
        said="d.reason",
        data="jsonb_build_object('minor', d.minor, 'currency', d.currency, 'state', d.state)",
        searched="d.reason",
        tell=tell_deposit,
        instead_of=frozenset({"payments.ask_for_deposit"}),
    )
)
