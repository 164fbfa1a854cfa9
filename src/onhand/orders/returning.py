"""Agreeing what comes back: a return, an exchange for other variants, a claim under warranty. Money follows once it was looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from onhand.catalogue.models import Variant
from onhand.catalogue.reading import variants_by_id
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.inserting import insert_row, update_row
from onhand.kernel.money import Money
from onhand.orders import goods
from onhand.orders.amounts import Priced, line_amount, portion, taken_apart
from onhand.orders.changing import only_method, require_replacement
from onhand.orders.enums import ChangeKind, OrderState, ReturnKind, ReturnReason, ReturnState
from onhand.orders.expecting import credits_of, expect, expected_credits
from onhand.orders.foreseeing import foresee, foreseen
from onhand.orders.invoices import creditable
from onhand.orders.models import Order, OrderLine, Return, ReturnLine
from onhand.orders.noting import By, file_ids, follow_state, lines_of, note_change
from onhand.orders.placing import DAYS_TO_RETURN, next_references, put_amounts, returnable_until
from onhand.orders.pricing import Wanted, offers
from onhand.orders.settling import Settlement, charge, is_covered
from onhand.orders.surcharges import give_all_back
from onhand.payments.models import PaymentMethod

DAYS_TO_SEND = 14
NOT_BACK = (OrderState.CANCELLED, OrderState.PENDING)


@dataclass(frozen=True, slots=True)
class Back:
    """So many pieces of a line that come back, what is sent for them (none: nothing), and what is wrong with them."""

    line_id: int
    pieces: int
    variant_id: int | None = None
    fault: str = ""


def require_back(order: Order, rows: Sequence[Back], by: By, *, in_time: bool) -> dict[int, OrderLine]:
    """
    The lines of an order, where these pieces of them can come back.

    :raises NotPossible: the order's state or the time does not permit it, or more pieces are named than were delivered and are not on
        their way back.
    """
    lines = {line.pk: line for line in lines_of(order)}
    if order.state in NOT_BACK:
        raise NotPossible(_("Nothing of this order has been delivered."))
    until = returnable_until(order)
    if in_time and until is not None and until < by.at:
        words = {"days": DAYS_TO_RETURN}
        raise NotPossible(_("Goods can be sent back for %(days)s days. That time has passed.") % words)
    if not rows:
        raise NotPossible(_("Say what comes back."), field="rows")
    if len({one.line_id for one in rows}) < len(rows):
        raise NotPossible(_("Give each line once."), field="rows")
    for one in rows:
        line = lines.get(one.line_id)
        if line is None or line.is_service:
            raise NotPossible(_("Choose lines of this order."), field="rows")
        left = line.delivered - line.returned - line.exchanged
        if not 1 <= one.pieces <= left:
            words_of = {"article": line.title, "left": left}
            raise NotPossible(_("Of %(article)s %(left)s can come back.") % words_of, field="rows")
    return lines


def amount_back(order: Order, line: OrderLine, pieces: int) -> Money:
    """What was paid for the next pieces of a line that come back."""
    whole = Money(line.gross_minor, order.currency)
    return portion(whole, line.pieces, line.returned + line.exchanged, pieces)


def refund_of(order: Order, rows: Sequence[Back]) -> Money:
    """What will be given back for pieces of lines that come back, for the authority; nothing for what cannot."""
    return Money(sum(one.minor for one in _foreseen_credits(order, rows).values()), order.currency)


def _foreseen_credits(order: Order, rows: Sequence[Back]) -> dict[int, Money]:
    lines = {line.pk: line for line in lines_of(order)}
    wanted = [(lines[one.line_id], one.pieces) for one in rows if one.line_id in lines and one.pieces > 0]
    return foresee(order, ("credits", tuple(rows)), lambda: credits_of(order, wanted))


def agree_return(
    order: Order, rows: Sequence[Back], reason: ReturnReason, note: str, to: PaymentMethod | None, by: By
) -> tuple[Return, Settlement]:
    """Agree a return: the pieces cannot be used again, and are paid back once they were looked at."""
    lines = require_back(order, rows, by, in_time=True)
    made = open_return(order, rows, lines, ReturnKind.RETURN, reason, note, to, by)
    settlement = _money_back(order, made, rows, lines)
    _note(order, made, ChangeKind.RETURN, settlement, lines, rows, by)
    return made, settlement


def _money_back(order: Order, made: Return, rows: Sequence[Back], lines: dict[int, OrderLine]) -> Settlement:
    """What will be given back for a return nothing is sent for; noted on it."""
    settlement = Settlement(order.currency)
    credits = foreseen(order, ("credits", tuple(rows)), lambda: expected_credits(order, made))
    for one in rows:
        settlement.add(lines[one.line_id].title, -credits[one.line_id], one.pieces)
    expect(order, made, settlement)
    made.save(update_fields=["expected_minor"])
    return settlement


def open_return(
    order: Order,
    rows: Sequence[Back],
    lines: dict[int, OrderLine],
    kind: ReturnKind,
    reason: ReturnReason,
    note: str,
    to: PaymentMethod | None,
    by: By,
) -> Return:
    """Store a return with its lines, and count its pieces on the lines of the order."""
    made = Return(
        reference=next_references(1, "R")[0],
        order=order,
        kind=kind,
        reason=reason,
        note=note,
        agreed_at=by.at,
        agreed_by_name=by.name,
        send_by=company_day(by.at) + timedelta(days=DAYS_TO_SEND),
        refund_to=to,
    )
    insert_row(made)
    for one in rows:
        insert_row(ReturnLine(in_return=made, line_id=one.line_id, pieces=one.pieces, fault=one.fault))
    for one in rows:
        line = lines[one.line_id]
        if one.variant_id is None:
            line.returned += one.pieces
        else:
            line.exchanged += one.pieces
        update_row(line, "returned", "exchanged")
    return made


def _note(
    order: Order,
    made: Return,
    kind: ChangeKind,
    settlement: Settlement,
    lines: dict[int, OrderLine],
    rows: Sequence[Back],
    by: By,
) -> None:
    after = {
        "return": made.reference,
        "reason": str(made.reason),
        "send_by": made.send_by.isoformat(),
        "lines": [{"article": lines[one.line_id].title, "pieces": one.pieces} for one in rows],
    }
    note_change(order, kind, by, after=after, settlement=settlement.as_json())
    follow_state(order, by.at)


def agree_exchange(
    order: Order,
    rows: Sequence[Back],
    reason: ReturnReason,
    note: str,
    method: PaymentMethod | None,
    to: PaymentMethod | None,
    by: By,
    *,
    at_once: bool,
    across: bool,
) -> tuple[Return, Settlement]:
    """
    Agree an exchange, with `across` also for other products. What is wanted instead is kept, what it costs more is taken now; what it
    costs less is paid back with the goods.

    :raises NotPossible: as for returns; or it is not another variant of the same product, or not there.
    """
    lines = require_back(order, rows, by, in_time=True)
    variants = {
        one.line_id: require_replacement(lines[one.line_id], one.variant_id or 0, across=across) for one in rows
    }
    replacements = foreseen(
        order,
        ("replacements", tuple(rows), by.at),
        lambda: _priced_replacements(order, rows, lines, variants, by.at),
    )
    made = _with_replacements(order, rows, lines, replacements, ReturnKind.EXCHANGE, reason, note, to, by, at_once)
    settlement = Settlement(order.currency)
    credits = foreseen(order, ("credits", tuple(rows)), lambda: expected_credits(order, made))
    for one, fresh in zip(rows, replacements, strict=True):
        back = _("Back: %(article)s") % {"article": lines[one.line_id].title}
        settlement.add(back, -credits[one.line_id], one.pieces)
        settlement.add(fresh.title, Money(fresh.gross_minor, order.currency), one.pieces)
    total = settlement.total
    if total.minor > 0:
        chosen = method or only_method(order)
        settlement.ways = charge(order, [(chosen, total)], f"return:{made.pk}", by)
        made.charged_minor = total.minor
        order.paid_at = order.paid_at if is_covered(order) else None
    else:
        expect(order, made, settlement)
    made.save(update_fields=["expected_minor", "charged_minor"])
    _note(order, made, ChangeKind.EXCHANGE, settlement, lines, rows, by)
    return made, settlement


def difference_of(order: Order, rows: Sequence[Back], at: datetime) -> Money | None:
    """
    What an exchange will cost more, or less, for the authority: by the same prices and credits as when it is agreed. None for what cannot
    be exchanged so, which agreeing it says why.
    """
    lines = {line.pk: line for line in lines_of(order)}
    variants = variants_by_id([one.variant_id for one in rows if one.variant_id])
    if not all(one.line_id in lines and one.variant_id in variants and one.pieces > 0 for one in rows):
        return None
    wanted = {one.line_id: variants[one.variant_id or 0] for one in rows}
    fresh = foresee(
        order, ("replacements", tuple(rows), at), lambda: _priced_replacements(order, rows, lines, wanted, at)
    )
    credits = _foreseen_credits(order, rows)
    return Money(sum(one.gross_minor for one in fresh) - sum(one.minor for one in credits.values()), order.currency)


def _with_replacements(
    order: Order,
    rows: Sequence[Back],
    lines: dict[int, OrderLine],
    replacements: Sequence[OrderLine],
    kind: ReturnKind,
    reason: ReturnReason,
    note: str,
    to: PaymentMethod | None,
    by: By,
    at_once: bool,
) -> Return:
    """The return with the lines that are sent for what comes back; their goods are kept."""
    made = open_return(order, rows, lines, kind, reason, note, to, by)
    for fresh in replacements:
        fresh.order, fresh.in_return, fresh.is_held = order, made, not at_once
    for fresh in replacements:
        insert_row(fresh)
    goods.keep(replacements, at=by.at, customer_id=order.customer_id)
    return made


def _priced_replacements(
    order: Order, rows: Sequence[Back], lines: dict[int, OrderLine], variants: dict[int, Variant], at: datetime
) -> list[OrderLine]:
    """Lines for what is wanted instead, at the price of today, less the discount the old pieces had."""
    offered = offers(
        [Wanted(variants[one.line_id].pk, one.pieces) for one in rows],
        order.currency,
        customer_ids=file_ids(order),
        address=order.address,
        on=company_day(at),
    )
    number = max(line.number for line in lines.values())
    made = []
    for place, (one, offer) in enumerate(zip(rows, offered, strict=True), 1):
        old = lines[one.line_id]
        off = portion(Money(old.discount_minor, order.currency), old.pieces, old.returned + old.exchanged, one.pieces)
        discount = min(off.minor, offer.price.amount.minor * one.pieces)
        fresh = offer.line(number + place, one.pieces, discount)
        if offer.variant.product_id == old.variant.product_id:  # the same goods are taxed as they were
            fresh.percent = old.percent
        amount = line_amount(offer.price.amount, one.pieces, Money(discount, order.currency))
        (parts,), _totals = taken_apart([Priced(amount, fresh.percent, fresh.includes_tax)])
        put_amounts(fresh, parts)
        made.append(fresh)
    return made


def same_again(order: Order, line: OrderLine, pieces: int, number: int) -> OrderLine:
    """A line for the same thing at what was paid for it and is not credited yet: what is sent under a warranty."""
    amount = min(amount_back(order, line, pieces), creditable(line, order.currency), key=lambda one: one.minor)
    (parts,), _totals = taken_apart([Priced(amount, line.percent, True)])
    fresh = OrderLine(
        number=number,
        variant_id=line.variant_id,
        sku=line.sku,
        title=line.title,
        options=line.options,
        parts=line.parts,
        pieces=pieces,
        unit_minor=amount.divided_by(pieces).minor,
        includes_tax=True,
        percent=line.percent,
    )
    put_amounts(fresh, parts)
    return fresh


def agree_replacement(
    order: Order, row: Back, lines: dict[int, OrderLine], note: str, by: By
) -> tuple[Return, Settlement]:
    """Agree that the same is sent again for what is faulty: nothing is due."""
    line = lines[row.line_id]
    again = replace(row, variant_id=line.variant_id)
    fresh = same_again(order, line, row.pieces, max(one.number for one in lines.values()) + 1)
    made = _with_replacements(
        order, [again], lines, [fresh], ReturnKind.WARRANTY, ReturnReason.FAULTY, note, None, by, at_once=False
    )
    settlement, amount = Settlement(order.currency), Money(fresh.gross_minor, order.currency)
    settlement.add(_("Back: %(article)s") % {"article": line.title}, -amount, row.pieces)
    settlement.add(line.title, amount, row.pieces)
    _note(order, made, ChangeKind.CLAIM, settlement, lines, [again], by)
    return made, settlement


def agree_money_back(
    order: Order, row: Back, lines: dict[int, OrderLine], note: str, by: By
) -> tuple[Return, Settlement]:
    """Agree that the price of what is faulty is given back once it was looked at."""
    made = open_return(order, [row], lines, ReturnKind.WARRANTY, ReturnReason.FAULTY, note, None, by)
    settlement = _money_back(order, made, [row], lines)
    _note(order, made, ChangeKind.CLAIM, settlement, lines, [row], by)
    return made, settlement


def withdraw(order: Order, one: Return, by: By) -> Settlement:
    """
    Call off a return nothing of which has arrived: its pieces can be used again, what was kept for it is free, what came in for it goes
    back.

    :raises NotPossible: something arrived, or what was wanted instead has been shipped.
    """
    if one.state != ReturnState.AGREED or ReturnLine.objects.filter(in_return=one, received__gt=0).exists():
        raise NotPossible(_("What comes back has arrived: look at it instead."))
    fresh = list(OrderLine.objects.filter(in_return=one).order_by("number"))
    if any(line.shipped for line in fresh):
        raise NotPossible(_("What was wanted instead has been shipped."))
    goods.release(fresh, at=by.at)
    drop_pieces(order, fresh, {line.pk: line.pieces for line in fresh})
    rows = list(ReturnLine.objects.filter(in_return=one).select_related("line").order_by("pk"))
    for row in rows:
        uncount(row.line, row.pieces, is_exchange=bool(fresh))
    settlement = Settlement(order.currency)
    given, settlement.ways = give_all_back(order, one, by)
    if given.minor:
        settlement.add(_("Paid for the exchange"), -given)
    one.state, one.closed_at = ReturnState.WITHDRAWN, by.at
    one.save(update_fields=["state", "closed_at"])
    note_change(
        order, ChangeKind.RETURN_WITHDRAWN, by, after={"return": one.reference}, settlement=settlement.as_json()
    )
    follow_state(order, by.at)
    return settlement


def uncount(line: OrderLine, pieces: int, *, is_exchange: bool) -> None:
    """Let pieces of a line be used again: they do not come back after all."""
    if is_exchange:
        line.exchanged -= pieces
    else:
        line.returned -= pieces
    line.save(update_fields=["returned", "exchanged"])


def drop_pieces(order: Order, lines: Sequence[OrderLine], pieces: dict[int, int]) -> None:
    """Take pieces off lines that are sent in exchange; what is left costs its share."""
    for line in lines:
        left = line.pieces - pieces.get(line.pk, 0)
        gross = portion(Money(line.gross_minor, order.currency), line.pieces, 0, left).minor if line.pieces else 0
        tax = portion(Money(line.tax_minor, order.currency), line.pieces, 0, left).minor if line.pieces else 0
        line.net_minor, line.tax_minor, line.discount_minor = gross - tax, tax, 0
        line.pieces = left
        line.save(update_fields=["pieces", "net_minor", "tax_minor", "discount_minor"])
