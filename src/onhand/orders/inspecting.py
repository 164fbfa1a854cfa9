"""What came back: written down as it arrives, looked at, put back into stock or not, credited, and settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.orders import goods
from onhand.orders.amounts import portion, share
from onhand.orders.enums import ChangeKind, Grade, ReturnKind, ReturnReason, ReturnState
from onhand.orders.invoices import credit_pieces, creditable, left_to_credit
from onhand.orders.models import Order, OrderLine, Return, ReturnLine, ShippedPiece
from onhand.orders.noting import By, follow_state, note_change
from onhand.orders.returning import drop_pieces, uncount
from onhand.orders.settling import Settlement, refund
from onhand.orders.surcharges import came_in, leave_due

TO_STOCK = (Grade.AS_NEW, Grade.OPENED)


@dataclass(frozen=True, slots=True)
class Arrived:
    """So many pieces of a line that arrived, with their serial numbers."""

    line_id: int
    pieces: int
    serials: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """How a line came back: its state, how many of it are taken (None: all that arrived), what is deducted, in minor units."""

    line_id: int
    grade: Grade
    taken: int | None = None
    deduction: int = 0


@dataclass(slots=True)
class Inspected:
    """What an inspection came to."""

    settlement: Settlement
    notes: list[str] = field(default_factory=list)
    restocked: int = 0


def receive(order: Order, one: Return, arrived: Sequence[Arrived], by: By) -> None:
    """
    Note that goods arrived.

    :raises NotPossible: the return is over, more came than was agreed, or a serial number is not one that was shipped to them.
    """
    _require_open(one)
    rows = _rows(one)
    if not arrived or len({row.line_id for row in arrived}) < len(arrived):
        raise NotPossible(_("Give each line that arrived once."), field="rows")
    for came in arrived:
        row = rows.get(came.line_id)
        if row is None:
            raise NotPossible(_("Choose lines of this return."), field="rows")
        left = row.pieces - row.received
        if not 1 <= came.pieces <= left:
            words = {"article": row.line.title, "left": left}
            raise NotPossible(_("Of %(article)s %(left)s are still to arrive.") % words, field="rows")
        _bring_back(row, came)
        row.received += came.pieces
        row.save(update_fields=["received"])
        row.line.received += came.pieces
        row.line.save(update_fields=["received"])
    one.state, one.received_at = ReturnState.RECEIVED, one.received_at or by.at
    one.save(update_fields=["state", "received_at"])
    after = {
        "return": one.reference,
        "lines": [{"article": rows[came.line_id].line.title, "pieces": came.pieces} for came in arrived],
    }
    note_change(order, ChangeKind.RETURN_RECEIVED, by, after=after)
    follow_state(order, by.at)


def _bring_back(row: ReturnLine, came: Arrived) -> None:
    """Serial numbers that came back: only those that were shipped on that line and have not come back."""
    if not came.serials:
        return
    if len(came.serials) > came.pieces:
        raise NotPossible(_("There are more serial numbers than pieces."), field="rows")
    there = ShippedPiece.objects.filter(line=row.line_id, serial__in=list(came.serials), return_line__isnull=True)
    if there.count() < len(came.serials):
        raise NotPossible(_("A serial number is not one that was shipped with this line."), field="rows")
    there.update(return_line=row)


def inspect(order: Order, one: Return, findings: Sequence[Finding], place_id: int | None, by: By) -> Inspected:
    """
    Settle a return: what is as good as new goes back into stock, what is taken is credited and paid back, what is wanted instead may leave.

    :raises NotPossible: nothing arrived, a line is missing, or more is taken or deducted than there is.
    """
    _require_open(one)
    rows = _rows(one)
    _require_found(one, rows, findings)
    fresh = list(OrderLine.objects.filter(in_return=one).order_by("number"))
    _lock_stock(rows, fresh)
    _take(order, one, rows, findings, place_id, by)
    for row in rows.values():
        if row.pieces > row.received:  # what never came is with them still, and can come back another time
            uncount(row.line, row.pieces - row.received, is_exchange=bool(fresh))
    _replacements_after(order, rows, fresh, by)
    amounts = _amounts(order, rows)
    result = Inspected(Settlement(order.currency), restocked=sum(row.restocked for row in rows.values()))
    result.notes = _credited(order, one, amounts, by)
    _settle(order, one, amounts, fresh, result.settlement, by)
    one.state, one.closed_at = ReturnState.CLOSED, by.at
    one.save()
    after = {
        "return": one.reference,
        "lines": [
            {"article": row.line.title, "pieces": row.taken, "grade": str(row.grade), "restocked": row.restocked}
            for row in rows.values()
        ],
        "credit_note": result.notes,
    }
    note_change(order, ChangeKind.RETURN_INSPECTED, by, after=after, settlement=result.settlement.as_json())
    follow_state(order, by.at)
    return result


def refund_of(order: Order, one: Return, findings: Sequence[Finding]) -> Money:
    """What will be given back for what was found, for the authority: by the same reckoning as settles it. Changes nothing."""
    rows = _rows(one)
    for found in findings:
        if row := rows.get(found.line_id):
            row.taken, row.deduction_minor = max(0, _taken(found, row)), max(0, found.deduction)
    minor = sum(amount.minor for _row, amount in _amounts(order, rows))
    if one.kind != ReturnKind.RETURN:
        minor += came_in(order, one, locks=False).minor
        for line, row in zip(OrderLine.objects.filter(in_return=one).order_by("number"), rows.values(), strict=False):
            pieces = min(line.pieces, row.taken) if line.is_held else line.pieces
            minor -= share(Money(line.gross_minor, order.currency), line.pieces, pieces).minor if line.pieces else 0
    return Money(max(0, minor), order.currency)


def _require_open(one: Return) -> None:
    if one.state in (ReturnState.CLOSED, ReturnState.WITHDRAWN):
        raise NotPossible(_("This return is over."))


def _rows(one: Return) -> dict[int, ReturnLine]:
    """The lines of a return in the order they were agreed in, which is that of what is sent for them."""
    found = ReturnLine.objects.filter(in_return=one).select_related("line").order_by("pk")
    return {row.line_id: row for row in found}


def _require_found(one: Return, rows: Mapping[int, ReturnLine], findings: Sequence[Finding]) -> None:
    arrived = {number for number, row in rows.items() if row.received}
    if one.state != ReturnState.RECEIVED or not arrived:
        raise NotPossible(_("Nothing of this return has arrived."))
    if len({found.line_id for found in findings}) < len(findings) or {f.line_id for f in findings} != arrived:
        raise NotPossible(_("Say of each line that arrived in what state it is."), field="rows")
    for found in findings:
        row = rows[found.line_id]
        taken = _taken(found, row)
        words = {"article": row.line.title, "most": row.received}
        if not 0 <= taken <= row.received:
            raise NotPossible(_("Of %(article)s %(most)s arrived.") % words, field="rows")
        if found.grade == Grade.REFUSED and taken:
            raise NotPossible(_("What is not taken back cannot be taken."), field="rows")


def _taken(found: Finding, row: ReturnLine) -> int:
    if found.taken is not None:
        return found.taken
    return 0 if found.grade == Grade.REFUSED else row.received


def _lock_stock(rows: Mapping[int, ReturnLine], fresh: Sequence[OrderLine]) -> None:
    """Lock what goes back into stock and what is kept for what is sent instead at once, by id: in two steps two returns could cross."""
    lines = [row.line for row in rows.values() if row.received] + [line for line in fresh if line.is_held]
    goods.lock_for([line.pk for line in fresh], more_variants=[v for line in lines for v, _pieces in line.parts])


def _take(
    order: Order, one: Return, rows: Mapping[int, ReturnLine], findings: Sequence[Finding], place_id: int | None, by: By
) -> None:
    for found in findings:
        row = rows[found.line_id]
        row.grade, row.taken = found.grade, _taken(found, row)
        row.restocked = row.taken if found.grade in TO_STOCK else 0
        most = _credit_of(order, row)
        if found.deduction > most.minor:
            words = {"most": most.formatted()}
            raise NotPossible(_("At most %(most)s can be deducted.") % words, field="rows")
        row.deduction_minor = found.deduction
        row.save()
    restocked = [(row.pk, row.line, row.restocked) for row in rows.values() if row.restocked]
    if not restocked:
        return
    place = place_id or goods.usual_place([line.pk for _number, line, _count in restocked])
    if place is None:
        raise NotPossible(_("There is no place of stock."), field="place")
    goods.put_back(restocked, place_id=place, document=("return", one.pk), at=by.at, by_name=by.name)


def _credit_of(order: Order, row: ReturnLine) -> Money:
    """What is given back for the pieces taken, as far as it was not credited by hand, less what is deducted for use."""
    whole = Money(row.line.gross_minor, order.currency)
    amount = portion(whole, row.line.pieces, row.line.credited, row.taken)
    if row.line.invoiced:  # what was not invoiced at all is refused when it is to be credited
        amount = min(amount, creditable(row.line, order.currency), key=lambda one: one.minor)
    return amount - Money(row.deduction_minor, order.currency)


def _amounts(order: Order, rows: Mapping[int, ReturnLine]) -> list[tuple[ReturnLine, Money]]:
    """What is credited for each line: all of them no more than the order comes to less goodwill, or more would go back than was paid."""
    left, amounts = left_to_credit(order), []
    for row in rows.values():
        if row.taken:
            amount = min(_credit_of(order, row), left, key=lambda one: one.minor)
            left -= amount
            amounts.append((row, amount))
    return amounts


def _replacements_after(order: Order, rows: Mapping[int, ReturnLine], fresh: Sequence[OrderLine], by: By) -> None:
    """What is sent instead may leave now: as many pieces as were taken, unless they have left already."""
    held = [line for line in fresh if line.is_held]
    if not held:
        return
    goods.lock_for([line.pk for line in held], more_variants=[v for line in held for v, _pieces in line.parts])
    for line, row in zip(fresh, rows.values(), strict=True):
        if not line.is_held:
            continue
        refused = row.pieces - row.taken
        if refused:
            goods.release([line], at=by.at)
            drop_pieces(order, [line], {line.pk: refused})
            goods.keep([line], at=by.at, customer_id=order.customer_id)
        line.is_held = False
        line.save(update_fields=["is_held"])


def _credited(order: Order, one: Return, amounts: Sequence[tuple[ReturnLine, Money]], by: By) -> list[str]:
    wanted = [(row.line, row.taken, amount) for row, amount in amounts]
    notes = credit_pieces(
        order, wanted, key=f"return:{one.pk}", reason=f"{one.reference}: {ReturnReason(one.reason).label}", by=by
    )
    one.credited_minor = sum(amount.minor for _row, amount in amounts)
    return [note.label for note in notes]


def _settle(
    order: Order,
    one: Return,
    amounts: Sequence[tuple[ReturnLine, Money]],
    fresh: Sequence[OrderLine],
    settlement: Settlement,
    by: By,
) -> None:
    """Pay back what was credited, less what is sent instead and was not paid beside it: what came in counts, not what was asked for."""
    for row, amount in amounts:
        settlement.add(row.line.title, -amount, row.taken)
    if one.kind != ReturnKind.RETURN:
        for line in fresh:
            if line.pieces:
                settlement.add(line.title, Money(line.gross_minor, order.currency), line.pieces)
        if (paid := came_in(order, one)).minor:
            settlement.add(_("Paid for the exchange"), -paid)
    total = settlement.total
    coming = leave_due(order, one, total, by)
    if total.minor < 0:
        given, settlement.ways = refund(
            order, -total, to=one.refund_to, document=("return", one.pk), key=f"return:{one.pk}", by=by
        )
        one.given_back_minor = given.minor
    elif total.minor > 0:
        settlement.ways = coming or [{"paid_by": _("Their account with us"), "amount": total.as_json()}]
