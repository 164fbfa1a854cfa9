"""What forms offer: rows of lines that can still be shipped, returned or changed, other variants of what was ordered, payment methods."""

from collections.abc import Callable, Iterable

from django.db.models import F, Q
from django.utils.translation import gettext as _

from onhand.catalogue.models import Variant
from onhand.catalogue.stock import available
from onhand.catalogue.subjects import variant_title
from onhand.customers.access import visible_customers
from onhand.customers.membership import of_file
from onhand.kernel.actor import Actor
from onhand.kernel.fields import OfferedRow
from onhand.kernel.money import Money
from onhand.kernel.subjects import Option, ReferenceType, register_reference
from onhand.orders.access import visible_orders
from onhand.orders.enums import ShipmentState
from onhand.orders.models import OrderLine, ReturnLine, Shipment
from onhand.payments.enums import MethodKind
from onhand.payments.models import PaymentMethod

METHOD_OF_CUSTOMER, METHOD_OF_ORDER = "orders.method_of_customer", "orders.method_of_order"
REFUND_TO, REPLACEMENT, SHIPMENT = "orders.refund_to", "orders.replacement", "orders.shipment"
LINE_OF_ORDER, LINE_WITH_DISCOUNT = "orders.line_of_order", "orders.line_with_discount"
MOST = 20
MOST_ROWS = 200


def method_label(method: PaymentMethod) -> str:
    """A payment method in words, such as "Card ···· 4242"."""
    kind = str(MethodKind(method.kind).label)
    named = f"{kind} ···· {method.last4}" if method.last4 else kind
    return f"{named} ({method.label})" if method.label else named


def _methods(customer_ids: Q, typed: str, *, kinds: Iterable[str] = ()) -> list[Option]:
    found = PaymentMethod.objects.filter(customer_ids, is_active=True).order_by("pk")
    if kinds:
        found = found.filter(kind__in=kinds)
    options = [Option(one.pk, method_label(one)) for one in found[:100]]
    return [one for one in options if typed.casefold() in one.label.casefold()][:MOST]


def _of_customer(actor: Actor, customer_id: int | None, typed: str) -> list[Option]:
    seen = customer_id is not None and visible_customers(actor).filter(pk=customer_id).exists()
    return _methods(of_file(customer_id), typed) if seen else []


def _customer_of(actor: Actor, order_id: int | None) -> int | None:
    """The file an order belongs to, if the actor may see it."""
    found = (
        visible_orders(actor).filter(pk=order_id or 0).values_list("customer_id", "customer__merged_into_id").first()
    )
    return None if found is None else (found[1] or found[0])


def _of_order(actor: Actor, order_id: int | None, typed: str) -> list[Option]:
    customer = _customer_of(actor, order_id)
    return _methods(of_file(customer), typed) if customer else []


def _refunds(actor: Actor, order_id: int | None, typed: str) -> list[Option]:
    customer = _customer_of(actor, order_id)
    return _methods(of_file(customer), typed, kinds=[MethodKind.STORED_VALUE]) if customer else []


def _method_label(actor: Actor, method_id: int) -> str:
    seen = PaymentMethod.objects.filter(pk=method_id, customer__in=visible_customers(actor).values("pk")).first()
    return method_label(seen) if seen else ""


def _replacements(actor: Actor, order_id: int | None, typed: str) -> list[Option]:
    """The variants of the products of an order, with what is free of them."""
    if not visible_orders(actor).filter(pk=order_id or 0).exists():
        return []
    products = OrderLine.objects.filter(order_id=order_id or 0).values("variant__product")
    found = Variant.objects.filter(product__in=products, is_active=True, product__is_active=True)
    for word in typed.split()[:5]:
        found = found.filter(
            Q(sku__istartswith=word) | Q(product__name__icontains=word) | Q(options__icontains=word) | Q(gtin=word)
        )
    chosen = list(found.select_related("product").order_by("product__name", "pk")[: 3 * MOST])
    free: dict[int, int] = {}
    for one in available([variant.pk for variant in chosen]):
        free[one.variant_id] = free.get(one.variant_id, 0) + one.free
    return [
        Option(
            one.pk,
            _("%(article)s (%(sku)s), %(count)s free")
            % {"article": variant_title(one), "sku": one.sku, "count": free.get(one.pk, 0)},
        )
        for one in chosen
    ]


def _variant_label(_actor: Actor, variant_id: int) -> str:
    one = Variant.objects.select_related("product").filter(pk=variant_id).first()
    return f"{variant_title(one)} ({one.sku})" if one else ""


def _shipments(actor: Actor, order_id: int | None, typed: str) -> list[Option]:
    if not visible_orders(actor).filter(pk=order_id or 0).exists():
        return []
    found = Shipment.objects.filter(order_id=order_id or 0, state=ShipmentState.UNDERWAY).order_by("number")
    options = [Option(one.pk, shipment_label(one)) for one in found[:MOST]]
    return [one for one in options if typed.casefold() in one.label.casefold()]


def _lines(actor: Actor, order_id: int | None, typed: str) -> list[Option]:
    """The lines of an order of which nothing was shipped."""
    if not visible_orders(actor).filter(pk=order_id or 0).exists():
        return []
    options = [Option(int(row.fixed["line"]), row.label) for row in to_change(order_id)]
    return [one for one in options if typed.casefold() in one.label.casefold()]


def _discounted(actor: Actor, order_id: int | None, typed: str) -> list[Option]:
    """The lines of an order on which a discount was given that can be taken back, with what it is."""
    order = visible_orders(actor).filter(pk=order_id or 0).first()
    if order is None:
        return []
    lines = OrderLine.objects.filter(order=order, own_discount_minor__gt=0, invoiced=0).order_by("number")[:MOST_ROWS]
    options = [
        Option(
            line.pk,
            _("%(article)s (%(sku)s), %(amount)s off")
            % {
                "article": line.title,
                "sku": line.sku,
                "amount": Money(line.own_discount_minor, order.currency).formatted(),
            },
        )
        for line in lines
    ]
    return [one for one in options if typed.casefold() in one.label.casefold()]


def shipment_label(shipment: Shipment) -> str:
    """A shipment in words."""
    said = _("Shipment %(number)s: %(carrier)s") % {"number": shipment.number, "carrier": shipment.carrier}
    return f"{said} {shipment.tracking}".strip()


for _name, _options, _label in (
    (METHOD_OF_CUSTOMER, _of_customer, _method_label),
    (METHOD_OF_ORDER, _of_order, _method_label),
    (REFUND_TO, _refunds, _method_label),
):
    register_reference(ReferenceType(name=_name, options=_options, is_short=True, is_protected=True, label=_label))
register_reference(ReferenceType(name=REPLACEMENT, options=_replacements, is_short=True, label=_variant_label))
register_reference(ReferenceType(name=SHIPMENT, options=_shipments, is_short=True))
register_reference(ReferenceType(name=LINE_OF_ORDER, options=_lines, is_short=True))
register_reference(ReferenceType(name=LINE_WITH_DISCOUNT, options=_discounted, is_short=True))


def _offered(order_id: int | None, condition: Q, left: Callable[[OrderLine], int]) -> list[OfferedRow]:
    lines = OrderLine.objects.filter(condition, order_id=order_id or 0).order_by("number")[:MOST_ROWS]
    return [
        OfferedRow(
            _("%(article)s (%(sku)s), up to %(count)s") % {"article": line.title, "sku": line.sku, "count": left(line)},
            {"line": line.pk},
        )
        for line in lines
    ]


def to_ship(order_id: int | None) -> list[OfferedRow]:
    """Lines of which something is still to be shipped."""
    return _offered(
        order_id, Q(is_service=False, is_held=False, shipped__lt=F("pieces")), lambda line: line.pieces - line.shipped
    )


def to_return(order_id: int | None) -> list[OfferedRow]:
    """Lines of which something was delivered and is not on its way back."""
    return _offered(
        order_id,
        Q(is_service=False, delivered__gt=F("returned") + F("exchanged")),
        lambda line: line.delivered - line.returned - line.exchanged,
    )


def to_change(order_id: int | None) -> list[OfferedRow]:
    """Lines of which nothing was shipped."""
    return _offered(
        order_id, Q(is_service=False, shipped=0, pieces__gt=0, in_return__isnull=True), lambda line: line.pieces
    )


def to_cancel(order_id: int | None) -> list[OfferedRow]:
    """Lines of which pieces that were ordered are still to be shipped; what is sent in exchange belongs to its return."""
    return _offered(
        order_id,
        Q(is_service=False, shipped__lt=F("pieces"), in_return__isnull=True),
        lambda line: line.pieces - line.shipped,
    )


def to_receive(return_id: int | None) -> list[OfferedRow]:
    """Lines of a return of which something is still to arrive."""
    return _of_return(return_id, Q(received__lt=F("pieces")), lambda one: one.pieces - one.received)


def to_inspect(return_id: int | None) -> list[OfferedRow]:
    """Lines of a return that arrived."""
    return _of_return(return_id, Q(received__gt=0), lambda one: one.received)


def _of_return(return_id: int | None, condition: Q, left: Callable[[ReturnLine], int]) -> list[OfferedRow]:
    found = ReturnLine.objects.filter(condition, in_return_id=return_id or 0).select_related("line").order_by("pk")
    return [
        OfferedRow(
            _("%(article)s (%(sku)s), up to %(count)s")
            % {"article": one.line.title, "sku": one.line.sku, "count": left(one)},
            {"line": one.line_id},
        )
        for one in found[:MOST_ROWS]
    ]
