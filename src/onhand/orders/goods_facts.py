"""
What guidelines can ask about the goods of an act: the lines it names, or all of the order where it names none. With them stands what the
catalogue knows, which stands beside guidelines and cannot tell them itself.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.facts import Fact, Source, customer_of, in_units, register_facts
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.decisions import Question
from onhand.orders.enums import Grade, Remedy
from onhand.orders.facts import SEVERAL, order_id_of
from onhand.orders.subjects import ORDER, RETURN
from onhand.orders.warranty import months_after

_LINES = """
select l.id, l.pieces, l.unit_minor, o.currency, g.name, p.warranty_months, o.placed_at, (
    select min(s.delivered_at) from orders_shipmentline x join orders_shipment s on s.id = x.shipment_id where x.line_id = l.id)
from orders_orderline l join orders_order o on o.id = l.order_id join catalogue_variant v on v.id = l.variant_id
join catalogue_product p on p.id = v.product_id left join catalogue_category g on g.id = p.category_id
where l.order_id = %(order)s and case when cardinality(%(lines)s::bigint[]) > 0 or %(serial)s <> ''
  then l.id = any(%(lines)s::bigint[])
    or %(serial)s <> '' and exists (select from orders_shippedpiece q where q.line_id = l.id and q.serial = %(serial)s)
  else not l.is_service and l.in_return_id is null and l.pieces > 0 end
order by l.number limit 200
"""
_OF_RETURN = "select line_id, pieces from orders_returnline where in_return_id = %s"
_VARIANTS = """
select distinct g.name from catalogue_variant v join catalogue_product p on p.id = v.product_id
left join catalogue_category g on g.id = p.category_id where v.id = any(%s::bigint[])
"""
_GROUPS = """
select distinct g.name from customers_customer c join customers_customer m
  on m.id = coalesce(c.merged_into_id, c.id) or m.merged_into_id = coalesce(c.merged_into_id, c.id)
join catalogue_groupmember b on b.customer_id = m.id join catalogue_customergroup g on g.id = b.group_id
where c.id = %s limit 2
"""
_WORST_LAST = tuple(Grade)


def _of_the_goods(question: Question) -> Mapping[str, object]:
    order = order_id_of(question)
    if order is None:
        return _of_what_is_ordered(question)
    named = _named(question)
    serial = str(question.values.get("serial") or "").strip().upper()
    rows = run_prepared(_LINES, {"order": order, "lines": list(named), "serial": serial})
    if not rows:
        return {}
    today = company_day(question.at)
    remedy = question.values.get("remedy")
    ends = [end for row in rows if (end := _warranty_end(row[5], row[7] or row[6])) is not None]
    return {
        "pieces": sum(named.get(row[0], 1 if serial else row[1]) for row in rows),
        "product category": _only(row[4] for row in rows),
        "list price": max(in_units(row[2], row[3]) for row in rows),
        "warranty left": min((end - today).days for end in ends) if len(ends) == len(rows) else None,
        "grade of the goods": _grade(question),
        "chosen remedy": None if remedy is None else str(remedy),
    }


def _of_what_is_ordered(question: Question) -> Mapping[str, object]:
    """Of goods that are only being ordered: what they are, and how many."""
    wanted = [(row.variant, row.pieces) for row in _rows(question) if getattr(row, "variant", None)]
    if not wanted:
        return {}
    names = run_prepared(_VARIANTS, [[variant for variant, _pieces in wanted]])
    return {"pieces": sum(pieces for _variant, pieces in wanted), "product category": _only(name for (name,) in names)}


def _named(question: Question) -> dict[int, int]:
    """The lines an act names, with how many pieces of each: by its rows, by one line, or by the return it is on."""
    found = {row.line: getattr(row, "pieces", None) for row in _rows(question) if getattr(row, "line", None)}
    if isinstance(line := question.values.get("line"), int):
        found[line] = None
    if question.subject_type == RETURN:
        of_return = dict(run_prepared(_OF_RETURN, [question.subject_id]))
        return {line: found.get(line) or pieces for line, pieces in of_return.items() if not found or line in found}
    return {line: 1 if pieces is None else pieces for line, pieces in found.items()}


def _rows(question: Question) -> list[Any]:
    rows = question.values.get("rows")
    return list(rows) if isinstance(rows, list) else []


def _only(names: Iterable[str | None]) -> str | None:
    """The one name there is; “several” for more, None where none has one."""
    found = {name for name in names if name}
    return SEVERAL if len(found) > 1 else next(iter(found), None)


def _warranty_end(months: int | None, begins: datetime) -> date | None:
    return None if months is None else months_after(company_day(begins), months)


def _grade(question: Question) -> str | None:
    """The worst state of goods an act says it found."""
    grades = [grade for row in _rows(question) if (grade := getattr(row, "grade", None))]
    return str(max(grades, key=_WORST_LAST.index)) if grades else None


def _of_the_group(question: Question) -> Mapping[str, object]:
    customer = customer_of(question)
    if customer is None:
        return {}
    return {"customer group": _only(name for (name,) in run_prepared(_GROUPS, [customer]))}


register_facts(
    Source(
        "goods",
        _("The goods"),
        (
            Fact("pieces", "number", _("How many pieces it is about."), example="<= 2"),
            Fact("product category", "string", _("The shelf of the catalogue; “several” for more."), example='"Lamps"'),
            Fact(
                "list price",
                "number",
                _("What one piece of the dearest of them costs, in the order's currency."),
                example="> 500",
            ),
            Fact(
                "warranty left",
                "number",
                _("Days until the shortest warranty ends, below nothing if it has; null where one has none."),
                example=">= 0",
            ),
            Fact(
                "grade of the goods",
                "string",
                _("In what state they came back, the worst of them; null before that was looked at."),
                dict(Grade.choices),
                '"as_new","opened"',
            ),
            Fact(
                "chosen remedy",
                "string",
                _("What is done about what is claimed under warranty, where the act says it."),
                dict(Remedy.choices),
                '"replace"',
            ),
        ),
        _of_the_goods,
        subjects=frozenset({ORDER, RETURN, "payment", "document", "customer"}),
    )
)
register_facts(
    Source(
        "customer group",
        _("The customer's group"),
        (
            Fact(
                "customer group", "string", _("The group they get prices of; “several” for more."), example='"Dealers"'
            ),
        ),
        _of_the_group,
    )
)
