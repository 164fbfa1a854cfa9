"""What is done on stock: places, what came and went, what was counted."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.catalogue import access, subjects
from onhand.catalogue.enums import PlaceKind, ProductKind, StockWhy
from onhand.catalogue.models import Stock, StockPlace, Variant
from onhand.catalogue.rows import CountRow
from onhand.catalogue.stock import Move, lock_stock, move_stock
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

MOST_PIECES = 100_000_000
Rows = Annotated[list[CountRow], Field(label=gettext_lazy("Goods"))]


@act(subject=subjects.PLACE, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a place of stock"))
def add_stock_place(
    *,
    run: Run,
    place_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=100)],
    kind: Annotated[PlaceKind, Field(label=gettext_lazy("Kind"))],
    address: Annotated[str, Field(label=gettext_lazy("Address"), max_length=300)] = "",
) -> StockPlace:
    """Add a branch or warehouse where goods are."""
    if StockPlace.objects.filter(name=place_name).exists():
        raise NotPossible(_("There is a place of this name."), field="place_name")
    return StockPlace.objects.create(name=place_name, kind=kind, address=address)


@act(subject=subjects.PLACE, permission=access.COUNT, label=gettext_lazy("Goods came in"))
def receive_stock(
    place: StockPlace,
    *,
    run: Run,
    rows: Rows,
    delivery: Annotated[str, Field(label=gettext_lazy("Delivery note"), max_length=60)],
) -> None:
    """Write down goods that came in with a delivery. The same delivery note is taken once."""
    counts = _goods(rows, least=1)
    move_stock(
        [
            Move(place.pk, variant, pieces, StockWhy.RECEIVED, f"in:{place.pk}:{delivery}:{variant}")
            for variant, (_sku, pieces) in counts.items()
        ],
        at=run.at,
        by_name=run.actor.name,
    )
    _shelve(place, rows)
    run.changed("moves", after=[f"+{pieces} {sku}" for sku, pieces in counts.values()])


@act(subject=subjects.PLACE, permission=access.COUNT, label=gettext_lazy("Goods were counted"))
def count_stock(place: StockPlace, *, run: Run, rows: Rows) -> None:
    """Write down how many there really are: the difference to what should be there is a move of its own."""
    counts = _goods(rows, least=0)
    there = lock_stock([(place.pk, variant) for variant in counts])
    differences = {variant: pieces - there[place.pk, variant].on_hand for variant, (_sku, pieces) in counts.items()}
    moment = run.at.isoformat()
    move_stock(
        [
            Move(place.pk, variant, pieces, StockWhy.COUNTED, f"count:{place.pk}:{variant}:{moment}")
            for variant, pieces in differences.items()
        ],
        at=run.at,
        by_name=run.actor.name,
    )
    _shelve(place, rows)
    run.changed("moves", after=[f"{differences[variant]:+d} {sku}" for variant, (sku, _pieces) in counts.items()])


def _goods(rows: list[CountRow], *, least: int) -> dict[int, tuple[str, int]]:
    """The pieces by article, with its number; refused with what is wrong."""
    counts: dict[int, int] = {}
    for number, row in enumerate(rows, 1):
        if not least <= row.pieces <= MOST_PIECES:
            words = {"number": number, "least": least, "most": MOST_PIECES}
            raise NotPossible(_("Row %(number)s: give %(least)s to %(most)s pieces.") % words, field="rows")
        if row.variant in counts:
            raise NotPossible(_("Give each article of the catalogue once."), field="rows")
        counts[row.variant] = row.pieces
    goods = Variant.objects.filter(pk__in=counts, product__kind=ProductKind.GOODS)
    found = dict(goods.values_list("pk", "sku"))
    if len(found) < len(counts):
        raise NotPossible(_("Only goods of the catalogue are in stock."), field="rows")
    return {variant: (found[variant], pieces) for variant, pieces in sorted(counts.items())}


def _shelve(place: StockPlace, rows: list[CountRow]) -> None:
    for row in rows:
        if row.shelf:
            Stock.objects.filter(place=place, variant=row.variant).update(shelf=row.shelf)
