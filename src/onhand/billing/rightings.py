"""
What should have been charged: the same reckoning as for bills, with the facts put right (usage, plan, dates). The difference to what was
charged is the adjustment: given back on the invoices it was on, or charged with the next bill.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from onhand.billing.charging import Costs, NoTariffError, Terms, costs_of
from onhand.billing.enums import ChargeKind
from onhand.billing.explaining import span_words
from onhand.billing.models import Charge, Subscription, Tariff, UsageRecord
from onhand.invoicing.enums import DocumentKind, What
from onhand.invoicing.issuing import LineWanted, issue_credit_note
from onhand.invoicing.models import Document, DocumentLine
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money

OF_TIME = (ChargeKind.RECURRING, ChargeKind.USAGE, ChargeKind.ADJUSTMENT)


@dataclass(frozen=True, slots=True)
class Corrected:
    """Facts put right; what is None stays as it is known. `usage` is all that was used in the days looked at."""

    plan_id: int | None = None
    started_on: date | None = None
    ended_on: date | None = None
    usage: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        """What was put right, as records hold it."""
        values = {
            "plan": self.plan_id,
            "started_on": self.started_on and self.started_on.isoformat(),
            "ended_on": self.ended_on and self.ended_on.isoformat(),
            "usage": None if self.usage is None else f"{self.usage.normalize():f}",
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(slots=True)
class Righting:
    """What was charged for some days, what should have been, and how that comes about. Amounts are as the tariff gives them."""

    start: date
    end: date
    was: Money
    should: Money
    costs: list[Costs]
    charged: list[Charge] = field(default_factory=list)

    @property
    def difference(self) -> Money:
        """What is still to be charged; negative: to be given back."""
        return self.should - self.was


def reckon(one: Subscription, start: date, end: date, corrected: Corrected) -> Righting:
    """
    What the days of a subscription from `start` until before `end` should have cost, beside what was charged for them.

    :raises NotPossible: the days are not whole charges, are not billed yet, or there is no price for them.
    """
    charged = list(
        Charge.objects.filter(subscription=one.pk, from_day__lt=end, until_day__gt=start, kind__in=OF_TIME).order_by(
            "pk"
        )
    )
    if not charged or end > one.billed_until:
        raise NotPossible(_("These days are not billed yet."), field="until_day")
    if any(charge.from_day < start or charge.until_day > end for charge in charged):
        raise NotPossible(
            _("Choose whole billed spans: from %(first)s until %(last)s.") % _edges(charged), field="from_day"
        )
    currency = one.account.currency
    tariffs = Tariff.objects.filter(plan=corrected.plan_id or one.plan_id, currency=currency)
    terms = Terms(
        list(tariffs),
        corrected.started_on or one.started_on,
        corrected.ended_on or one.ended_on,
        one.account.billing_day,
        one.discount_percent,
    )
    try:
        costs = costs_of(terms, start, end, _usage(one, start, end, corrected))
    except NoTariffError as missing:
        raise NotPossible(_("There is no price of this plan on %(day)s.") % {"day": str(missing)}) from None
    was = Money(sum(charge.minor for charge in charged), currency)
    return Righting(start, end, was, Money(sum(cost.amount.minor for cost in costs), currency), costs, charged)


def _edges(charged: Sequence[Charge]) -> dict[str, str]:
    return {
        "first": min(charge.from_day for charge in charged).isoformat(),
        "last": max(charge.until_day for charge in charged).isoformat(),
    }


def _usage(one: Subscription, start: date, end: date, corrected: Corrected) -> dict[date, Decimal]:
    if corrected.usage is not None:
        return {max(start, corrected.started_on or one.started_on): corrected.usage}
    rows = UsageRecord.objects.filter(subscription=one.pk, day__gte=start, day__lt=end)
    return {row["day"]: row["total"] for row in rows.values("day").annotate(total=Sum("quantity"))}


def adjust(
    one: Subscription, righting: Righting, corrected: Corrected, *, reason: str, at: datetime, key: str
) -> tuple[list[Charge], list[Document]]:
    """
    Charge or give back the difference, in the caller's transaction with customer and account locked. What is given back is credited on
    the invoices it was on, as far as they hold it, a charge for each; the rest, and what is charged, waits for the next bill. Where no
    bill comes any more the rest is credited too.

    :raises NotPossible: there is no difference.
    """
    if not righting.difference.minor:
        raise NotPossible(_("What was charged is right: there is no difference."))
    parts = _credit(one, righting, reason, at, key) if righting.difference.minor < 0 else []
    rest = righting.difference.minor + sum(part.minor for part in parts)
    shares: list[tuple[int, Document | None]] = [(-part.minor, part.note) for part in parts]
    if rest:
        shares.append((rest, None))
    charges = []
    for place, (minor, note) in enumerate(shares):
        charge = _charge(one, righting, corrected, reason, at)
        charge.minor, charge.document = minor, note
        charge.key = f"{key}:{place + 1}" if place else key
        charge.save()
        charges.append(charge)
    return charges, [part.note for part in parts]


def _charge(one: Subscription, righting: Righting, corrected: Corrected, reason: str, at: datetime) -> Charge:
    sample = righting.charged[0]
    return Charge(
        account=one.account,
        subscription=one,
        kind=ChargeKind.ADJUSTMENT,
        text=_text(righting, reason),
        from_day=righting.start,
        until_day=righting.end,
        currency=righting.difference.currency,
        includes_tax=sample.includes_tax,
        percent=sample.percent,
        derivation={
            "reason": reason,
            "was": righting.was.as_json(),
            "should": righting.should.as_json(),
            "corrected": corrected.as_json(),
            "costs": [
                cost.derivation | {"kind": str(cost.kind), "amount": cost.amount.as_json()} for cost in righting.costs
            ],
        },
        made_at=at,
    )


def _text(righting: Righting, reason: str) -> str:
    return _("Adjustment, %(days)s: %(reason)s") % {
        "days": span_words(righting.start, righting.end),
        "reason": reason[:200],
    }


@dataclass(frozen=True, slots=True)
class _Part:
    """So much of what is given back, as the tariff gives it, is on this credit note."""

    minor: int
    note: Document


def _credit(one: Subscription, righting: Righting, reason: str, at: datetime, key: str) -> list[_Part]:
    """
    Credit notes on the invoices of these charges: on the newest that holds all of it, else on each what it holds, the newest first. What
    is left then is credited by itself where the account is not billed any more.
    """
    to_give = -righting.difference.minor
    left, given = _gross(to_give, righting), 0
    held = _held(righting)
    alone = next((each for each in held if each.most >= left), None)
    parts: list[_Part] = []
    for invoice in [alone] if alone else held:
        amount = min(left, invoice.most)
        if amount <= 0:
            continue
        note = issue_credit_note(
            invoice.document.customer_id,
            _shared(invoice.lines, amount, righting),
            of=("account", one.account_id),
            counters=invoice.document,
            address={},
            key=key if alone else f"{key}:{invoice.document.pk}",
            at=at,
            day=company_day(at),
            reason=reason,
        )
        left -= amount
        part = min(to_give - given, _as_given(amount, righting)) if left else to_give - given
        given += part
        parts.append(_Part(part, note))
    if given < to_give and not _is_billed_on(one):
        parts.append(_Part(to_give - given, _credit_alone(one, righting, to_give - given, reason, at, key)))
    return parts


def _is_billed_on(one: Subscription) -> bool:
    """Whether a bill still comes against which something can be set."""
    going = Subscription.objects.filter(Q(ended_on=None) | Q(ended_on__gte=F("billed_until")), account=one.account_id)
    return one.account.budget_minor is not None or going.exists()


def _credit_alone(one: Subscription, righting: Righting, minor: int, reason: str, at: datetime, key: str) -> Document:
    """A credit note that counters no invoice."""
    sample = righting.charged[0]
    amount = Money(minor, righting.difference.currency)
    line = LineWanted(What.CHARGE, _text(righting, reason), 1, amount, sample.percent, sample.includes_tax)
    return issue_credit_note(
        one.account.customer_id,
        [line],
        of=("account", one.account_id),
        counters=None,
        address={},
        key=f"{key}:rest",
        at=at,
        day=company_day(at),
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """An invoice with its lines of the charges put right, and what can be given back on them, with tax, in minor units."""

    document: Document
    lines: list[DocumentLine]
    most: int


def _held(righting: Righting) -> list[_Held]:
    """The invoices of what was charged, the newest first."""
    by_document: dict[int, list[DocumentLine]] = {}
    sources = [charge.pk for charge in righting.charged if charge.document_id is not None]
    lines_of = DocumentLine.objects.filter(
        source_type="charge", source_id__in=sources, document__kind=DocumentKind.INVOICE
    )
    for line in lines_of.order_by("-document", "pk"):
        by_document.setdefault(line.document_id, []).append(line)
    documents = Document.objects.in_bulk(by_document)
    return [
        _Held(documents[pk], lines, min(documents[pk].left_minor, sum(max(0, line.left_minor) for line in lines)))
        for pk, lines in by_document.items()
    ]


def _gross(minor: int, righting: Righting) -> int:
    """An amount as the tariff gives it, with its tax."""
    sample = righting.charged[0]
    if sample.includes_tax:
        return minor
    return Money(minor, righting.difference.currency).times(1 + sample.percent / 100).minor


def _as_given(gross: int, righting: Righting) -> int:
    """An amount with its tax, as the tariff gives it."""
    sample = righting.charged[0]
    if sample.includes_tax:
        return gross
    return Money(gross, righting.difference.currency).times(1 / (1 + sample.percent / 100)).minor


def _shared(lines: Sequence[DocumentLine], to_give: int, righting: Righting) -> list[LineWanted]:
    """An amount with tax that these lines hold, taken from each as far as it goes."""
    left = to_give
    wanted = []
    for line in lines:
        part = min(left, max(0, line.left_minor))
        if part:
            amount = Money(part, righting.difference.currency)
            source = (line.source_type, line.source_id or 0)
            wanted.append(LineWanted(What(line.what), line.text, 1, amount, line.percent, True, source, line.pk))
            left -= part
    return wanted
