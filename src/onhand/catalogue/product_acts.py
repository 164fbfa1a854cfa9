"""What is done on products and their variants."""

import re
from typing import Annotated, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.catalogue import access, subjects
from onhand.catalogue.enums import AttributeType, ProductKind
from onhand.catalogue.models import Attribute, BundlePart, Category, Product, TaxClass, Variant
from onhand.catalogue.rows import PartRow
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money

_GTIN = re.compile(r"\d{8}|\d{12,14}", re.ASCII)
MOST_OPTIONS, LONGEST_OPTION = 6, 40
LONGEST_WARRANTY = 1200  # months

Code = Annotated[str, Field(label=gettext_lazy("Code"), max_length=40)]
Sku = Annotated[str, Field(label=gettext_lazy("Article number"), max_length=60)]


def _attribute_parts(_subject_id: int | None) -> list[Field]:
    return [
        Field(
            name=one.key,
            label=f"{one.name} ({one.unit})" if one.unit else one.name,
            required=False,
            options=(lambda: [("yes", _("Yes")), ("no", _("No"))]) if one.type == AttributeType.YES_NO else None,
            widget="choice" if one.type == AttributeType.YES_NO else "text",
            max_length=200,
        )
        for one in Attribute.objects.order_by("name")
    ]


@act(subject=subjects.PRODUCT, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a product"))
def add_product(
    *,
    run: Run,
    code: Code,
    product_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=200)],
    kind: Annotated[ProductKind, Field(label=gettext_lazy("Kind"))],
    tax_class: Annotated[int, Field(label=gettext_lazy("Tax"), reference=subjects.REF_TAX_CLASS)],
    options: Annotated[
        list[str] | None,
        Field(
            label=gettext_lazy("What variants differ in"), help=gettext_lazy("Such as size and colour, in this order.")
        ),
    ] = None,
) -> Product:
    """Add a product. It can be ordered when it has a variant with a price."""
    if Product.objects.filter(code=code).exists():
        raise NotPossible(_("There is a product of this code."), field="code")
    names = [name for name in (options or []) if name]
    if len(names) > MOST_OPTIONS or len(set(names)) < len(names) or any(len(name) > LONGEST_OPTION for name in names):
        raise NotPossible(_("Give each option once, at most six of them, in few words."), field="options")
    return Product.objects.create(
        code=code,
        name=product_name,
        kind=kind,
        tax_class=_one(TaxClass.objects.all(), tax_class, "tax_class"),
        options=names,
    )


@act(subject=subjects.PRODUCT, permission=access.MANAGE, label=gettext_lazy("Change the product"))
def change_product(
    product: Product,
    *,
    run: Run,
    product_name: Annotated[
        str, Field(label=gettext_lazy("Name"), max_length=200, current=lambda product: product.name)
    ],
    tax_class: Annotated[
        int,
        Field(
            label=gettext_lazy("Tax"),
            reference=subjects.REF_TAX_CLASS,
            current=lambda product: product.tax_class_id,
        ),
    ],
    brand: Annotated[
        str, Field(label=gettext_lazy("Brand"), max_length=100, current=lambda product: product.brand)
    ] = "",
    category: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Category"),
            reference=subjects.REF_CATEGORY,
            current=lambda product: product.category_id,
        ),
    ] = None,
    description: Annotated[
        str,
        Field(
            label=gettext_lazy("Description"),
            widget="textarea",
            max_length=20_000,
            current=lambda product: product.description,
        ),
    ] = "",
    warranty_months: Annotated[
        int | None,
        Field(label=gettext_lazy("Months of warranty"), current=lambda product: product.warranty_months),
    ] = None,
    warranty_terms: Annotated[
        str,
        Field(
            label=gettext_lazy("Terms of warranty"),
            widget="textarea",
            current=lambda product: product.warranty_terms,
        ),
    ] = "",
    serial_numbers: Annotated[
        bool,
        Field(label=gettext_lazy("Has serial numbers"), current=lambda product: product.has_serial_numbers),
    ] = False,
    in_use: Annotated[bool, Field(label=gettext_lazy("In use"), current=lambda product: product.is_active)] = True,
) -> None:
    """Describe the product anew. What was ordered keeps what it was ordered as."""
    product.name, product.brand, product.description = product_name, brand, description
    product.tax_class = _one(TaxClass.objects.all(), tax_class, "tax_class")
    product.category = None if category is None else _one(Category.objects.all(), category, "category")
    product.warranty_months, product.warranty_terms = _months(warranty_months), warranty_terms
    product.has_serial_numbers, product.is_active = serial_numbers, in_use


@act(subject=subjects.PRODUCT, permission=access.MANAGE, label=gettext_lazy("Say the product's attributes"))
def set_attributes(
    product: Product,
    *,
    run: Run,
    values: Annotated[
        dict[str, Any],
        Field(label=gettext_lazy("Attributes"), parts=_attribute_parts, current=lambda product: product.values),
    ],
) -> None:
    """Say what the product is like: what it is compared and proposed by. What is left out stays; an empty value takes it away."""
    known = {one.key: one for one in Attribute.objects.all()}
    kept = dict(product.values)
    for key, value in values.items():
        if key not in known:
            raise NotPossible(_("There is no attribute called %(name)s.") % {"name": key}, field="values")
        read = _attribute_value(known[key], value)
        if read is None:
            kept.pop(key, None)
        else:
            kept[key] = read
    product.values = kept


@act(subject=subjects.PRODUCT, permission=access.MANAGE, label=gettext_lazy("Add a variant"))
def add_variant(
    product: Product,
    *,
    run: Run,
    sku: Sku,
    options: Annotated[
        dict[str, Any],
        Field(
            label=gettext_lazy("Options"),
            parts=lambda subject_id: [
                Field(name=name, label=name, max_length=60)
                for name in (Product.objects.filter(pk=subject_id or 0).values_list("options", flat=True).first() or [])
            ],
        ),
    ],
    gtin: Annotated[str, Field(label=gettext_lazy("Bar code"), max_length=14)] = "",
    weight_grams: Annotated[int | None, Field(label=gettext_lazy("Weight in grams"))] = None,
) -> None:
    """Add a variant that can be ordered: one choice of each option."""
    chosen = {name: str(options.get(name) or "").strip() for name in product.options}
    if missing := [name for name, value in chosen.items() if not value]:
        raise NotPossible(_("Say which: %(names)s.") % {"names": ", ".join(missing)}, field="options")
    if unknown := sorted(options.keys() - chosen.keys()):
        raise NotPossible(_("This product has no %(names)s.") % {"names": ", ".join(unknown)}, field="options")
    if Variant.objects.filter(sku=sku).exists():
        raise NotPossible(_("There is an article of this number."), field="sku")
    if product.variants.filter(options=chosen).exists():
        raise NotPossible(_("There is this variant already."), field="options")
    variant = Variant.objects.create(
        product=product,
        sku=sku,
        options=chosen,
        gtin=_gtin(gtin),
        weight_grams=_weight(weight_grams),
    )
    run.changed("variant", after={"id": variant.pk, "sku": sku, **chosen})


@act(subject=subjects.VARIANT, permission=access.MANAGE, label=gettext_lazy("Change the variant"))
def change_variant(
    variant: Variant,
    *,
    run: Run,
    gtin: Annotated[
        str, Field(label=gettext_lazy("Bar code"), max_length=14, current=lambda variant: variant.gtin)
    ] = "",
    weight_grams: Annotated[
        int | None, Field(label=gettext_lazy("Weight in grams"), current=lambda variant: variant.weight_grams)
    ] = None,
    in_use: Annotated[bool, Field(label=gettext_lazy("In use"), current=lambda variant: variant.is_active)] = True,
) -> None:
    """Change a variant's bar code and weight, or take it out of use. Its options stay: another choice is another variant."""
    variant.gtin, variant.weight_grams, variant.is_active = _gtin(gtin), _weight(weight_grams), in_use


def _parts(product: Product) -> list[dict[str, int]]:
    return [{"variant": one.variant_id, "pieces": one.pieces} for one in product.parts.order_by("variant__sku")]


@act(subject=subjects.PRODUCT, permission=access.MANAGE, label=gettext_lazy("Say what a bundle is made of"))
def set_bundle_parts(
    product: Product, *, run: Run, parts: Annotated[list[PartRow], Field(label=gettext_lazy("Parts"), current=_parts)]
) -> None:
    """Say which variants, and how many pieces of each, a bundle is sold as."""
    if product.kind != ProductKind.BUNDLE:
        raise NotPossible(_("Only a bundle is made of parts."))
    pieces: dict[int, int] = {}
    for row in parts:
        if row.pieces < 1:
            raise NotPossible(_("Give at least one piece."), field="parts")
        pieces[row.variant] = pieces.get(row.variant, 0) + row.pieces
    found = {one.pk: one for one in Variant.objects.filter(pk__in=pieces).select_related("product")}
    if len(found) < len(pieces):
        raise NotPossible(_("Choose one of the list."), field="parts")
    if any(one.product.kind == ProductKind.BUNDLE for one in found.values()):
        raise NotPossible(_("A bundle is not made of bundles."), field="parts")
    product.parts.all().delete()
    BundlePart.objects.bulk_create(
        BundlePart(bundle=product, variant_id=variant, pieces=count) for variant, count in sorted(pieces.items())
    )
    run.changed("parts", after=[f"{count} × {found[variant].sku}" for variant, count in sorted(pieces.items())])


def _one(things: QuerySet[Any], pk: int, field: str) -> Any:
    found = things.filter(pk=pk).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field=field)
    return found


def _gtin(typed: str) -> str:
    """
    A bar code with its check digit proven (GS1 General Specifications, 7.9), as 14 figures are compared; empty stays empty.
    """
    figures = typed.replace(" ", "")
    if not figures:
        return ""
    if not _GTIN.fullmatch(figures):
        raise NotPossible(_("A bar code has 8, 12, 13 or 14 figures."), field="gtin")
    total = sum(int(figure) * (3 if place % 2 else 1) for place, figure in enumerate(reversed(figures)))
    if total % 10:
        raise NotPossible(_("This bar code is misspelt: its check digit is wrong."), field="gtin")
    return figures


def _months(warranty: int | None) -> int | None:
    if warranty is not None and not 0 <= warranty <= LONGEST_WARRANTY:
        words = {"least": 0, "most": LONGEST_WARRANTY}
        raise NotPossible(_("Give %(least)s to %(most)s.") % words, field="warranty_months")
    return warranty


def _weight(grams: int | None) -> int | None:
    if grams is not None and not 0 <= grams <= 100_000_000:
        raise NotPossible(_("Give a weight that can be."), field="weight_grams")
    return grams


def _attribute_value(attribute: Attribute, value: Any) -> str | bool | None:
    if isinstance(value, bool):
        value = "yes" if value else "no"
    text = "" if value is None or isinstance(value, Money) else str(value).strip()
    if not text:
        return None
    if attribute.type == AttributeType.YES_NO:
        if text not in ("yes", "no"):
            raise NotPossible(_("Give yes or no."), field="values")
        return text == "yes"
    if attribute.type == AttributeType.NUMBER and not re.fullmatch(
        r"-?\d{1,12}(\.\d{1,6})?", text.replace(",", "."), re.ASCII
    ):
        raise NotPossible(_("%(name)s is a number.") % {"name": attribute.name}, field="values")
    return text.replace(",", ".") if attribute.type == AttributeType.NUMBER else text[:200]
