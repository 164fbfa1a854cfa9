"""Articles read as acts on orders need them."""

from collections.abc import Iterable

from onhand.catalogue.models import Product, Variant
from onhand.kernel.reading import read_rows


def variants_by_id(variant_ids: Iterable[int]) -> dict[int, Variant]:
    """These variants with their products, by id; those there are."""
    found = read_rows(Variant, "id = any(%s::bigint[])", [sorted(set(variant_ids))])
    wanted = sorted({one.product_id for one in found})
    products = {one.pk: one for one in read_rows(Product, "id = any(%s::bigint[])", [wanted])}
    for one in found:
        one.product = products[one.product_id]
    return {one.pk: one for one in found}
