"""Finding products on the desk: by words of name, brand, code and description, by article number or bar code, in any order, as typed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from onhand.kernel.database import run_prepared

MOST = 50
MOST_WORDS = 8
_SPLIT = re.compile(r"[^\w]+")
_FIND = """
select p.id, p.code, p.name, p.brand, p.kind, coalesce(c.name, ''),
  (select count(*) from catalogue_variant v where v.product_id = p.id and v.is_active)
from catalogue_product p left join catalogue_category c on c.id = p.category_id
where p.is_active and (
  (%(query)s <> '' and p.words @@ to_tsquery('pg_catalog.simple', nullif(%(query)s, '')))
  or p.id in (select product_id from catalogue_variant where sku = %(typed)s or (gtin <> '' and gtin = %(typed)s)))
order by ts_rank_cd(p.words, to_tsquery('pg_catalog.simple', nullif(%(query)s, ''))) desc nulls last, p.name, p.id limit %(most)s
"""


@dataclass(frozen=True, slots=True)
class FoundProduct:
    """One product that was found."""

    id: int
    code: str
    name: str
    brand: str
    kind: str
    category: str
    variants: int


def find_products(typed: str, *, most: int = MOST) -> Sequence[FoundProduct]:
    """
    Products in use whose words begin with every word typed, and those of exactly that article number or bar code; the best first. Costs
    what is found, by an index.
    """
    folded = run_prepared("select catalogue_folded(%s)", [typed[:200]])[0][0]
    words = [word for word in _SPLIT.split(folded) if word][:MOST_WORDS]
    query = " & ".join(f"{word}:*" for word in words)
    rows = run_prepared(_FIND, {"query": query, "typed": typed.strip()[:60], "most": most})
    return [FoundProduct(*row) for row in rows]
