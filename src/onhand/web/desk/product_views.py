"""Products for whoever advises: found by typing, read, compared, and proposed by a needs guide, beside the contact or alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.catalogue import access
from onhand.catalogue.comparing import MOST_COMPARED, compare, shown_value
from onhand.catalogue.enums import ProductKind, Weight
from onhand.catalogue.finding import FoundProduct, find_products
from onhand.catalogue.guiding import Proposal, Reason, Wish, advise, questions_of, wishes_of
from onhand.catalogue.models import Attribute, Stock
from onhand.catalogue.offers import Offer, currencies, currency_for, offers
from onhand.catalogue.prices import prices_for
from onhand.catalogue.subjects import chosen_options
from onhand.contacts.text_circumstances import TextCircumstances
from onhand.customers.access import VIEW
from onhand.customers.membership import member_ids
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.kernel.days import company_day
from onhand.kernel.money import Money
from onhand.orders.together import bought_with
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of, wants_fragment
from onhand.web.desk.act_views import act_address
from onhand.web.desk.customer_pages import work_sections
from onhand.web.desk.insertion_views import LONGEST_TYPED, asked_of, circumstances_asked

RESERVE = get_act("catalogue.reserve_goods")


@dataclass(frozen=True, slots=True)
class _Buyer:
    """For whom prices are shown: what the address says of the work going on, whose file it is, and in which currency."""

    about: TextCircumstances
    members: Sequence[int]
    currency: str
    currencies: Sequence[str]
    today: date

    def address(self, name: str, *args: Any, **more: Any) -> str:
        """An address that keeps for whom it is."""
        asked = asked_of(self.about, currency=self.currency)
        further = urlencode([(key, each) for key, value in more.items() for each in _many(value)])
        return f"{address_of(name, *args)}?{'&'.join(part for part in (asked, further) if part)}"

    @property
    def kept(self) -> dict[str, Any]:
        """The same for a form to say again."""
        if self.about.contact_id is not None:
            return {"contact": self.about.contact_id}
        return {CUSTOMER: self.about.customer.pk} if self.about.customer else {}


def _many(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _buyer(request: HttpRequest, actor: Actor) -> _Buyer:
    actor.require(access.VIEW)
    about, today = circumstances_asked(request, actor), company_day(timezone.now())
    ours, asked = currencies(today), request.GET.get("currency", "")
    customer = about.customer
    usual = currency_for(customer.country if customer else "", today)
    members = member_ids(customer.pk) if customer else []
    return _Buyer(about, members, asked if asked in ours else usual, ours, today)


@require_safe
@desk_view
def products(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Find a product by anything of it that is typed; tick some to compare them."""
    buyer = _buyer(request, actor)
    typed = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_TYPED]
    found = find_products(typed) if typed else []
    offered = _offers([one.id for one in found], buyer)
    context = {
        "typed": typed,
        "products": [_row(one, offered[one.id], buyer) for one in found],
        "guides": [
            {"url": buyer.address("desk:guide", one.pk), "name": one.name}
            for one in access.visible_guides(actor).filter(is_active=True).order_by("name")
        ],
        "compare_url": address_of("desk:compare"),
        "most": MOST_COMPARED,
        "close_url": address_of("desk:home"),
    }
    return _page(request, actor, buyer, "finder", context)


@require_safe
@desk_view
def product(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One product: what it is, each variant with its price and where it is free, its warranty."""
    buyer = _buyer(request, actor)
    one = access.visible_products(actor).select_related("category").filter(pk=pk).first()
    if one is None:
        raise Http404
    variants = list(one.variants.filter(is_active=True).order_by("sku")[:100])
    for variant in variants:
        variant.product = one
    prices = prices_for([(v.pk, 1) for v in variants], buyer.currency, customer_ids=buyer.members, on=buyer.today)
    stock = _free([v.pk for v in variants])
    names = {each.key: each for each in Attribute.objects.all()}
    context = {
        "product": one,
        "kind": ProductKind(one.kind).label,
        "facts": [
            (names[key].name, shown_value(names[key], value)) for key, value in one.values.items() if key in names
        ],
        "options": one.options,
        "variants": [
            {
                "sku": variant.sku,
                "options": list(chosen_options(variant).values()),
                "price": price.amount.formatted() if price else _("no price"),
                "free": stock.get(variant.pk, []),
                "reserve_url": _reserve_url(actor, buyer, variant.pk),
            }
            for variant, price in zip(variants, prices, strict=True)
        ],
        "has_tax": next((price.includes_tax for price in prices if price), True),
        "is_goods": one.kind == ProductKind.GOODS,
        "together": _together(actor, one.pk, buyer),
        "close_url": buyer.address("desk:products"),
    }
    return _page(request, actor, buyer, "product", context)


@require_safe
@desk_view
def compared(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Products side by side: price, what is free, every attribute; what differs is marked."""
    buyer = _buyer(request, actor)
    asked = [number for number in map(number_of, request.GET.getlist("p")[:MOST_COMPARED]) if number]
    found = access.visible_products(actor).in_bulk(asked)
    chosen = [found[number] for number in dict.fromkeys(asked) if number in found]
    offered = _offers([one.pk for one in chosen], buyer)
    rows = [
        (_("Price"), [_price(offered[one.pk]) for one in chosen]),
        (_("Free"), [str(offered[one.pk].free) for one in chosen]),
        *compare(chosen),
    ]
    context = {
        "products": [{"name": one.name, "url": buyer.address("desk:product", one.pk)} for one in chosen],
        "rows": [(label, cells, len(set(cells)) > 1) for label, cells in rows],
        "close_url": buyer.address("desk:products"),
    }
    return _page(request, actor, buyer, "compare", context)


@require_safe
@desk_view
def guide(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """A needs guide: its questions, and with each answer what suits and why."""
    buyer = _buyer(request, actor)
    one = access.visible_guides(actor).filter(pk=pk).first()
    if one is None:
        raise Http404
    questions = questions_of(one)
    answers = {
        question: given
        for number, (question, offered) in enumerate(questions.items())
        if (given := request.GET.get(f"a{number}", "")) in offered
    }
    wishes = wishes_of(one, answers)
    advice = advise(one, wishes, buyer.currency, customer_ids=buyer.members, on=buyer.today) if answers else None
    names = {each.key: each for each in Attribute.objects.all()}
    context = {
        "guide": one,
        "questions": [
            {"name": f"a{number}", "question": question, "answers": offered, "chosen": answers.get(question, "")}
            for number, (question, offered) in enumerate(questions.items())
        ],
        "advice": advice,
        "proposals": [_proposal(each, names, buyer) for each in advice.proposals] if advice else [],
        "ruled_out": [(_wish(wish, names, buyer), count) for wish, count in advice.ruled_out] if advice else [],
        "compare_url": buyer.address("desk:compare", p=[each.product.pk for each in advice.proposals[:MOST_COMPARED]])
        if advice and len(advice.proposals) > 1
        else "",
        "close_url": buyer.address("desk:products"),
    }
    return _page(request, actor, buyer, "guide", context)


def _together(actor: Actor, product_id: int, buyer: _Buyer) -> list[dict[str, Any]]:
    """What others who bought it bought too, with the reason."""
    found = bought_with([product_id], actor=actor)
    offered = _offers([one.product.pk for one in found], buyer)
    return [
        {
            "name": one.product.name,
            "url": buyer.address("desk:product", one.product.pk),
            "price": _price(offered[one.product.pk]),
            "free": offered[one.product.pk].free,
            "is_goods": one.product.kind == ProductKind.GOODS,
            "orders": one.orders,
        }
        for one in found
    ]


def _offers(products: Sequence[int], buyer: _Buyer) -> dict[int, Offer]:
    return offers(products, buyer.currency, customer_ids=buyer.members, on=buyer.today)


def _row(one: FoundProduct, offer: Offer, buyer: _Buyer) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "url": buyer.address("desk:product", one.id),
        "price": _price(offer),
        "free": offer.free,
        "is_goods": one.kind == ProductKind.GOODS,
        "hints": [part for part in (one.category, one.code) if part],
        "variants": one.variants,
    }


def _price(offer: Offer) -> str:
    if offer.least is None or offer.most is None:
        return _("no price")
    return offer.least.formatted() if offer.least == offer.most else _range(offer.least, offer.most)


def _range(least: Money, most: Money) -> str:
    return _("%(least)s to %(most)s") % {"least": least.formatted(), "most": most.formatted()}


def _free(variant_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Where pieces of each variant are free, how many, and on which shelf."""
    found: dict[int, list[dict[str, Any]]] = {}
    rows = Stock.objects.filter(variant__in=variant_ids, place__is_active=True).select_related("place")
    for row in rows.order_by("place__name"):
        if row.on_hand > row.reserved:
            shown = {"place": row.place.name, "count": row.on_hand - row.reserved, "shelf": row.shelf}
            found.setdefault(row.variant_id, []).append(shown)
    return found


def _reserve_url(actor: Actor, buyer: _Buyer, variant_id: int) -> str:
    customer = buyer.about.customer
    if customer is None or not actor.may(access.RESERVE):
        return ""
    return f"{act_address(RESERVE, customer.pk)}?{urlencode({'variant': variant_id})}"


def _proposal(one: Proposal, names: Mapping[str, Attribute], buyer: _Buyer) -> dict[str, Any]:
    return {
        "name": one.product.name,
        "url": buyer.address("desk:product", one.product.pk),
        "price": _price(one.offer),
        "free": one.offer.free,
        "is_goods": one.product.kind == ProductKind.GOODS,
        "fulfilled": one.fulfilled,
        "asked": len(one.reasons),
        "reasons": [(_reason(reason, names, buyer), reason.is_fulfilled) for reason in one.reasons],
    }


def _reason(reason: Reason, names: Mapping[str, Attribute], buyer: _Buyer) -> str:
    """A wish and what the product has there: "Width at most 80 cm: it has 74 cm"."""
    wish = _wish(reason.wish, names, buyer)
    if reason.has is None:
        return _("%(wish)s: not known") % {"wish": wish}
    attribute = names.get(reason.wish.attribute)
    has = shown_value(attribute, reason.has) if attribute else _money(reason.has, buyer.currency)
    return _("%(wish)s: it has %(has)s") % {"wish": wish, "has": has}


def _wish(wish: Wish, names: Mapping[str, Attribute], buyer: _Buyer) -> str:
    attribute = names.get(wish.attribute)
    value = shown_value(attribute, wish.value) if attribute else _money(wish.value, buyer.currency)
    name = attribute.name if attribute else ""
    said = " ".join(part for part in (name, str(wish.comparison.label), value) if part)
    return _("%(wish)s (must)") % {"wish": said} if wish.weight == Weight.MUST else said


def _money(value: Any, currency: str) -> str:
    return Money.parse(str(value), currency, "en").formatted() if currency else str(value)


def _page(request: HttpRequest, actor: Actor, buyer: _Buyer, name: str, context: dict[str, Any]) -> HttpResponse:
    shared = {
        "about": buyer.kept,
        "currency": buyer.currency,
        "currencies": buyer.currencies,
        "customer_name": buyer.about.customer.name if buyer.about.customer else "",
        "fragment": f"desk/products/{name}.html",
    }
    if wants_fragment(request):
        return render(request, shared["fragment"], context | shared)  # type: ignore[arg-type]
    sections = work_sections(actor) if actor.may(VIEW) else []
    shell = {"work_sections": sections, "column": "stream", "has_file": False, "alone": True}
    return render(request, "desk/products/page.html", context | shared | shell)
