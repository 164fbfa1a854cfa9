"""
The needs guide: which products suit somebody, and why. Each answer given asks something of an attribute (or of the price): what an answer
must have and a product has not rules it out; what would be better puts it before others. Every proposal names what spoke for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from onhand.catalogue.enums import AttributeType, Comparison, Weight
from onhand.catalogue.models import Attribute, Guide, Product
from onhand.catalogue.offers import Offer, offers
from onhand.kernel.money import Money

BY_SIZE = (Comparison.AT_MOST, Comparison.AT_LEAST, Comparison.COSTS_AT_MOST)
MOST_LOOKED_AT = 2000
MOST_PROPOSED = 10


@dataclass(frozen=True, slots=True)
class Wish:
    """What one answer asks for: `attribute` is a key of `Product.values`, empty where the price of the cheapest variant is asked for."""

    question: str
    answer: str
    attribute: str
    comparison: Comparison
    value: str
    weight: Weight


@dataclass(frozen=True, slots=True)
class Reason:
    """One wish, whether a product fulfils it, and what the product has there (None where nothing is known)."""

    wish: Wish
    is_fulfilled: bool
    has: Any


@dataclass(frozen=True, slots=True)
class Proposal:
    """A product that has all it must have, with every wish and how it stands to it."""

    product: Product
    offer: Offer
    reasons: Sequence[Reason]

    @property
    def fulfilled(self) -> int:
        """How many wishes it fulfils."""
        return sum(reason.is_fulfilled for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to propose, the best first; how many were looked at, and how many of them each necessary wish ruled out by itself."""

    proposals: Sequence[Proposal]
    looked_at: int
    ruled_out: Sequence[tuple[Wish, int]]


def questions_of(guide: Guide) -> dict[str, list[str]]:
    """The answers by question, in the order they were written."""
    found: dict[str, list[str]] = {}
    for row in guide.rows:
        answers = found.setdefault(row["question"], [])
        if row["answer"] not in answers:
            answers.append(row["answer"])
    return found


def wishes_of(guide: Guide, answers: Mapping[str, str]) -> list[Wish]:
    """What the answers given (by question) ask for. Questions and answers that are not the guide's are left out."""
    return [
        Wish(
            *(row["question"], row["answer"], row["attribute"]),
            *(Comparison(row["comparison"]), row["value"], Weight(row["weight"])),
        )
        for row in guide.rows
        if row["value"] and answers.get(row["question"]) == row["answer"]
    ]


def advise(guide: Guide, wishes: Sequence[Wish], currency: str, *, customer_ids: Sequence[int], on: date) -> Advice:
    """
    What suits. Costs the products of the guide's category, at most 2,000, and three statements. Products nobody has any free of come
    after all others that fulfil as much; the cheaper comes first.
    """
    products = Product.objects.filter(is_active=True).select_related("category").order_by("name", "pk")
    if guide.category_id is not None:
        products = products.filter(category=guide.category_id)
    looked_at = list(products[:MOST_LOOKED_AT])
    offered = offers([one.pk for one in looked_at], currency, customer_ids=customer_ids, on=on)
    judged = [Proposal(one, offered[one.pk], _reasons(one, offered[one.pk], wishes)) for one in looked_at]
    fitting = [one for one in judged if all(_is_enough(reason) for reason in one.reasons)]
    fitting.sort(
        key=lambda one: (-one.fulfilled, one.offer.free <= 0, one.offer.least is None, _minor(one.offer.least))
    )
    ruled_out = [
        (wish, sum(not one.reasons[place].is_fulfilled for one in judged))
        for place, wish in enumerate(wishes)
        if wish.weight == Weight.MUST
    ]
    return Advice(fitting[:MOST_PROPOSED], len(looked_at), ruled_out)


def _reasons(product: Product, offer: Offer, wishes: Sequence[Wish]) -> list[Reason]:
    found = []
    for wish in wishes:
        price = offer.least.decimal if offer.least else None
        has = price if wish.comparison == Comparison.COSTS_AT_MOST else product.values.get(wish.attribute)
        found.append(Reason(wish, fulfils(has, wish.comparison, wish.value), has))
    return found


def fulfils(has: Any, comparison: Comparison, value: str) -> bool:
    """Whether a value compares as asked. What is not known fulfils nothing, also not "is not"."""
    if has is None or has == "":
        return False
    if comparison in BY_SIZE:
        one, other = _number(has), _number(value)
        if one is None or other is None:
            return False
        return one >= other if comparison == Comparison.AT_LEAST else one <= other
    return (plain(has) == plain(value)) is (comparison == Comparison.IS)


def plain(value: Any) -> str:
    """A value as it is compared: yes and no, numbers by their worth, words without regard to case."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    number = _number(value)
    return str(value).strip().casefold() if number is None else f"{number.normalize():f}"


def problem_of(attribute: Attribute | None, comparison: Comparison, value: str) -> bool:
    """Whether a wish can never be understood: a number compared with what is none, words compared by size, neither yes nor no."""
    kind = AttributeType.NUMBER if attribute is None else AttributeType(attribute.type)
    if comparison in BY_SIZE or kind == AttributeType.NUMBER:
        return kind != AttributeType.NUMBER or _number(value) is None
    return not value.strip() or (kind == AttributeType.YES_NO and plain(value) not in ("yes", "no"))


def _is_enough(reason: Reason) -> bool:
    return reason.is_fulfilled or reason.wish.weight != Weight.MUST


def _minor(amount: Money | None) -> int:
    return amount.minor if amount else 0


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
