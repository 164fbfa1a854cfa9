"""Goods kept for a customer who comes for them."""

from datetime import datetime, timedelta
from typing import Annotated

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.catalogue import access, subjects
from onhand.catalogue.enums import ProductKind, ReservationState
from onhand.catalogue.models import Reservation, Stock, StockPlace, Variant
from onhand.catalogue.stock import end_reservations, reserve
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.subjects import Option, ReferenceType, register_reference

REF_RESERVATION = "catalogue.reservation"
FOR_CUSTOMER = "customer"  # the document of what is kept for somebody who comes, not for an order
LONGEST = timedelta(days=60)


@act(subject=CUSTOMER, permission=access.RESERVE, label=gettext_lazy("Reserve goods"))
def reserve_goods(
    customer: Customer,
    *,
    run: Run,
    variant: Annotated[int, Field(label=gettext_lazy("Article"), reference=subjects.REF_VARIANT)],
    place: Annotated[int, Field(label=gettext_lazy("Where"), reference=subjects.REF_PLACE)],
    pieces: Annotated[int, Field(label=gettext_lazy("Pieces"))] = 1,
    until: Annotated[datetime, Field(label=gettext_lazy("Kept until"))],
) -> None:
    """Keep goods at a branch for a customer who comes for them, until a moment. Then they are free for others again."""
    if not run.at < until <= run.at + LONGEST:
        raise NotPossible(
            _("Keep it until a moment within the next %(days)s days.") % {"days": LONGEST.days}, field="until"
        )
    if pieces < 1:
        raise NotPossible(_("Give at least one piece."), field="pieces")
    article = access.visible_variants(run.actor).select_related("product").filter(pk=variant, is_active=True).first()
    where = access.visible_places(run.actor).filter(pk=place, is_active=True).first()
    if article is None or article.product.kind != ProductKind.GOODS:
        raise NotPossible(_("Only goods of the catalogue are in stock."), field="variant")
    if where is None:
        raise NotPossible(_("Choose one of the list."), field="place")
    row = Stock.objects.filter(variant=article, place=where).first()
    if row is None:
        raise NotPossible(_elsewhere(article, where), field="place")
    reserve({row.pk: pieces}, document=(FOR_CUSTOMER, customer.pk), at=run.at, until=until, customer_id=customer.pk)
    said = {"article": article.sku, "pieces": pieces, "place": where.name, "until": until.isoformat()}
    run.changed("reserved", after=said)


@act(subject=CUSTOMER, permission=access.RESERVE, label=gettext_lazy("Release reserved goods"))
def release_goods(
    customer: Customer,
    *,
    run: Run,
    reservation: Annotated[int, Field(label=gettext_lazy("Reserved"), reference=REF_RESERVATION)],
) -> None:
    """Give goods free again that were kept for a customer."""
    found = _open(customer.pk).filter(pk=reservation).select_related("stock__variant").first()
    if found is None or not end_reservations([found], ReservationState.RELEASED, at=run.at):
        raise NotPossible(_("Nothing is kept under this any more."), field="reservation")
    run.changed("reserved", before={"article": found.stock.variant.sku, "pieces": found.pieces})


def _elsewhere(article: Variant, where: StockPlace) -> str:
    """That a place has none, and where there are some."""
    rows = Stock.objects.filter(variant=article, place__is_active=True).select_related("place").order_by("place__name")
    others = [f"{row.place.name} ({row.on_hand - row.reserved})" for row in rows if row.on_hand > row.reserved]
    if not others:
        return _("%(place)s has none, and no other place has any free.") % {"place": where.name}
    return _("%(place)s has none. Free: %(others)s.") % {"place": where.name, "others": ", ".join(others)}


def _open(customer_id: int | None) -> QuerySet[Reservation]:
    return Reservation.objects.filter(
        customer=customer_id, document_type=FOR_CUSTOMER, state=ReservationState.OPEN
    ).order_by("pk")


def _options(actor: Actor, customer_id: int | None, _typed: str) -> list[Option]:
    if not actor.may(access.RESERVE):
        return []
    found = _open(customer_id).select_related("stock__variant__product", "stock__place")
    return [
        Option(one.pk, f"{one.pieces} × {subjects.variant_title(one.stock.variant)}, {one.stock.place.name}")
        for one in found[: subjects.SHOWN]
    ]


register_reference(ReferenceType(name=REF_RESERVATION, options=_options, is_short=True))
