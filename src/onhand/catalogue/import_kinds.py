"""Which rows about the catalogue come from other systems, in the order they are best brought in."""

from django.utils.translation import gettext_lazy as _

from onhand.catalogue import access, bringing_in, taking_out
from onhand.customers.imports.kinds import ImportKind, register_kind
from onhand.customers.intake.fields import IntakeField

_OUTSIDE = IntakeField(
    "outside_id",
    _("Number in the other system"),
    ("id", "external id", "outside id", "record id", "uuid", "guid", "id externo", "identificador"),
)
_NAME = IntakeField("name", _("Name"), ("name", "title", "product name", "nombre", "titulo", "articulo"))
_SKU = IntakeField(
    "sku",
    _("Article number"),
    (
        "sku",
        "article number",
        "article",
        "item number",
        "part number",
        "variant sku",
        "referencia",
        "codigo de articulo",
    ),
    longest=60,
)
_IN_USE = IntakeField(
    "in_use", _("In use"), ("in use", "active", "published", "status", "activo", "en uso"), longest=10
)

register_kind(
    ImportKind(
        name="categories",
        label=_("Categories"),
        permission=access.MANAGE,
        fields=(
            _OUTSIDE,
            IntakeField("name", _("Name"), ("name", "category", "nombre", "categoria"), longest=100),
            IntakeField(
                "within", _("Within"), ("within", "parent", "parent category", "dentro de", "padre"), longest=1_000
            ),
        ),
        needs=("name",),
        take=bringing_in.CATEGORIES,
        read=taking_out.read_categories,
    )
)
register_kind(
    ImportKind(
        name="products",
        label=_("Products"),
        permission=access.MANAGE,
        fields=(
            _OUTSIDE,
            IntakeField("code", _("Code"), ("code", "product code", "handle", "slug", "codigo"), longest=40),
            _NAME,
            IntakeField("kind", _("Kind"), ("kind", "type", "product type", "tipo", "clase"), longest=40),
            IntakeField("category", _("Category"), ("category", "product category", "categoria"), longest=1_000),
            IntakeField("brand", _("Brand"), ("brand", "vendor", "manufacturer", "marca", "fabricante"), longest=100),
            IntakeField(
                "description", _("Description"), ("description", "body", "text", "descripcion", "texto"), longest=20_000
            ),
            IntakeField("tax_class", _("Tax"), ("tax", "tax class", "vat", "iva", "impuesto"), longest=60),
            IntakeField(
                "options",
                _("What variants differ in"),
                ("options", "attributes", "opciones", "variaciones"),
                longest=400,
            ),
            IntakeField(
                "warranty_months", _("Months of warranty"), ("warranty", "warranty months", "garantia"), longest=10
            ),
            _IN_USE,
        ),
        needs=("code",),
        take=bringing_in.PRODUCTS,
        read=taking_out.read_products,
    )
)
register_kind(
    ImportKind(
        name="variants",
        label=_("Variants"),
        permission=access.MANAGE,
        fields=(
            _OUTSIDE,
            _SKU,
            IntakeField(
                "product", _("Code of the product"), ("product", "product code", "parent", "producto"), longest=40
            ),
            IntakeField("options", _("Options"), ("options", "variation", "opciones", "variacion"), longest=1_000),
            IntakeField(
                "gtin", _("Bar code"), ("gtin", "barcode", "bar code", "ean", "upc", "codigo de barras"), longest=14
            ),
            IntakeField(
                "weight_grams", _("Weight in grams"), ("weight", "weight grams", "grams", "peso", "gramos"), longest=12
            ),
            _IN_USE,
        ),
        needs=("sku",),
        take=bringing_in.VARIANTS,
        read=taking_out.read_variants,
    )
)
register_kind(
    ImportKind(
        name="prices",
        label=_("Prices"),
        permission=access.MANAGE,
        fields=(
            _SKU,
            IntakeField(
                "price_list", _("Price list"), ("price list", "list", "tarifa", "lista de precios"), longest=60
            ),
            IntakeField("price", _("Price of one"), ("price", "amount", "unit price", "precio", "importe"), longest=40),
            IntakeField(
                "from_pieces",
                _("From how many"),
                ("from pieces", "minimum", "quantity", "desde", "cantidad"),
                longest=10,
            ),
        ),
        needs=("sku", "price_list", "price"),
        take=bringing_in.PRICES,
        read=taking_out.read_prices,
    )
)
register_kind(
    ImportKind(
        name="stock",
        label=_("Stock that was counted"),
        permission=access.COUNT,
        fields=(
            _SKU,
            IntakeField(
                "place", _("Place"), ("place", "location", "warehouse", "branch", "almacen", "lugar"), longest=100
            ),
            IntakeField(
                "pieces", _("Pieces"), ("pieces", "stock", "quantity", "qty", "count", "existencias", "cantidad")
            ),
            IntakeField("shelf", _("Shelf"), ("shelf", "bin", "estante", "ubicacion"), longest=40),
        ),
        needs=("sku", "place", "pieces"),
        take=bringing_in.take_stock,
        read=taking_out.read_stock,
    )
)
