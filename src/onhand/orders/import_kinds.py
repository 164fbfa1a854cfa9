"""Which rows about orders come from other systems and go out to them."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.imports.kinds import ImportKind, register_kind
from onhand.customers.intake.fields import IntakeField
from onhand.orders import access, bringing_in, bringing_shipments, taking_out

ORDERS = register_kind(
    ImportKind(
        name=bringing_in.KIND,
        label=_("Orders that are over"),
        permission=access.IMPORT,
        fields=(
            IntakeField(
                "outside_id",
                _("Number in the other system"),
                ("order", "order id", "order number", "id", "outside id", "number", "pedido", "numero de pedido"),
            ),
            IntakeField(
                "customer_id", _("Customer's number there"), ("customer", "customer id", "cliente", "id cliente")
            ),
            IntakeField(
                "customer_reference",
                _("Customer's Onhand reference"),
                ("customer reference", "onhand reference"),
                longest=100,
            ),
            IntakeField("placed_at", _("Placed"), ("placed", "date", "created at", "order date", "fecha"), longest=40),
            IntakeField("state", _("State"), ("state", "status", "estado"), longest=20),
            IntakeField("currency", _("Currency"), ("currency", "moneda", "divisa"), longest=3),
            IntakeField(
                "lines",
                _("Lines, as ARTICLE x 2 @ 12.50; …"),
                ("lines", "items", "lineas", "articulos"),
                longest=20_000,
            ),
            IntakeField("tax_percent", _("Tax in percent"), ("tax", "tax percent", "vat", "iva"), longest=10),
            IntakeField(
                "includes_tax",
                _("Tax is in the prices"),
                ("includes tax", "prices include tax", "iva incluido"),
                longest=10,
            ),
            IntakeField(
                "shipping", _("Shipping costs"), ("shipping", "shipping total", "envio", "gastos de envio"), longest=20
            ),
            IntakeField("carrier", _("Carrier"), ("carrier", "transportista"), longest=60),
            IntakeField("tracking", _("Tracking number"), ("tracking", "tracking number", "seguimiento"), longest=60),
            IntakeField("shipped_at", _("Shipped"), ("shipped", "shipped at", "enviado"), longest=40),
            IntakeField("delivered_at", _("Delivered"), ("delivered", "delivered at", "entregado"), longest=40),
            IntakeField("ship_name", _("Goes to: name"), ("ship name", "shipping name", "recipient"), longest=200),
            IntakeField(
                "ship_address_lines", _("Goes to: street"), ("ship address lines", "shipping address"), longest=300
            ),
            IntakeField(
                "ship_postal_code", _("Goes to: postal code"), ("ship postal code", "shipping postcode"), longest=20
            ),
            IntakeField("ship_city", _("Goes to: city"), ("ship city", "shipping city"), longest=100),
            IntakeField("ship_region", _("Goes to: region"), ("ship region", "shipping state"), longest=100),
            IntakeField("ship_country", _("Goes to: country"), ("ship country", "shipping country"), longest=2),
            IntakeField("reference", _("Onhand number"), ("reference",), longest=40, own=True),
            IntakeField("total", _("Total"), ("total",), longest=40, own=True),
        ),
        needs=("outside_id", "placed_at", "currency", "lines"),
        take=bringing_in.take_orders,
        read=taking_out.read_orders,
        is_personal=True,
    )
)
SHIPMENTS = register_kind(
    ImportKind(
        name=bringing_shipments.KIND,
        label=_("Shipments of orders that are over"),
        permission=access.IMPORT,
        fields=(
            IntakeField(
                "outside_id",
                _("Number in the other system"),
                (
                    "shipment",
                    "shipment id",
                    "shipment number",
                    "id",
                    "outside id",
                    "delivery",
                    "envio",
                    "numero de envio",
                ),
            ),
            IntakeField(
                "order",
                _("Number of the order there"),
                ("order", "order id", "order number", "pedido", "numero de pedido"),
            ),
            IntakeField("carrier", _("Carrier"), ("carrier", "transportista"), longest=60),
            IntakeField("tracking", _("Tracking number"), ("tracking", "tracking number", "seguimiento"), longest=60),
            IntakeField(
                "lines",
                _("Pieces, as ARTICLE x 2; … (empty: all)"),
                ("lines", "items", "pieces", "lineas", "articulos"),
                longest=20_000,
            ),
            IntakeField("shipped_at", _("Shipped"), ("shipped", "shipped at", "enviado"), longest=40),
            IntakeField("delivered_at", _("Delivered"), ("delivered", "delivered at", "entregado"), longest=40),
            IntakeField("delivered_to", _("Taken by"), ("delivered to", "taken by", "received by", "recibido por")),
            IntakeField(
                "proof", _("Proof of delivery"), ("proof", "proof of delivery", "pod", "prueba de entrega"), longest=500
            ),
            IntakeField(
                "scans",
                _("Scans, as 2024-01-31T10:05 in_transit, Madrid, 28001; …"),
                ("scans", "tracking events", "events", "eventos"),
                longest=20_000,
            ),
            IntakeField("number", _("Number"), (), longest=10, own=True),
            IntakeField("state", _("State"), (), longest=20, own=True),
        ),
        needs=("outside_id", "order", "carrier"),
        take=bringing_shipments.take_shipments,
        read=taking_out.read_shipments,
        is_personal=True,
        reads=access.VIEW,
        rank=10,
    )
)
