"""What is done on prices and taxes."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from babel.numbers import list_currencies
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.catalogue import access, subjects
from onhand.catalogue.models import CustomerGroup, Price, PriceList, TaxClass, TaxRate, Variant
from onhand.catalogue.rows import PriceRow
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

HIGHEST_RANK = 1000


@act(subject=subjects.PRICE_LIST, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a price list"))
def add_price_list(
    *,
    run: Run,
    list_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=60)],
    currency: Annotated[str, Field(label=gettext_lazy("Currency"), max_length=3)],
    from_day: Annotated[date, Field(label=gettext_lazy("From"))],
    includes_tax: Annotated[bool, Field(label=gettext_lazy("Tax is in the prices"))] = True,
) -> PriceList:
    """Add a price list in one currency, with tax in its prices or without. For everybody, until it is given to a group."""
    if currency not in list_currencies():
        raise NotPossible(_("There is no such currency. Give its three letters, such as EUR."), field="currency")
    if PriceList.objects.filter(name=list_name).exists():
        raise NotPossible(_("There is a price list of this name."), field="list_name")
    return PriceList.objects.create(name=list_name, currency=currency, from_day=from_day, includes_tax=includes_tax)


@act(subject=subjects.PRICE_LIST, permission=access.MANAGE, label=gettext_lazy("Change the price list"))
def change_price_list(
    prices: PriceList,
    *,
    run: Run,
    list_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=60, current=lambda prices: prices.name)],
    from_day: Annotated[date, Field(label=gettext_lazy("From"), current=lambda prices: prices.from_day)],
    until_day: Annotated[
        date | None, Field(label=gettext_lazy("Until"), current=lambda prices: prices.until_day)
    ] = None,
    group: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Customer group"), reference=subjects.REF_GROUP, current=lambda prices: prices.group_id
        ),
    ] = None,
    rank: Annotated[
        int,
        Field(
            label=gettext_lazy("Rank"),
            help=gettext_lazy("Where several lists have a price, that of the highest rank counts."),
            current=lambda prices: prices.rank,
        ),
    ] = 0,
) -> None:
    """Say when a price list holds, for whom, and which of several comes first."""
    if until_day is not None and until_day < from_day:
        raise NotPossible(_("It ends before it begins."), field="until_day")
    if not 0 <= rank <= HIGHEST_RANK:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 0, "most": HIGHEST_RANK}, field="rank")
    if group is not None and not CustomerGroup.objects.filter(pk=group).exists():
        raise NotPossible(_("Choose one of the list."), field="group")
    if PriceList.objects.filter(name=list_name).exclude(pk=prices.pk).exists():
        raise NotPossible(_("There is a price list of this name."), field="list_name")
    prices.name, prices.from_day, prices.until_day = list_name, from_day, until_day
    prices.group_id, prices.rank = group, rank


@act(subject=subjects.PRICE_LIST, permission=access.MANAGE, label=gettext_lazy("Set prices"))
def set_prices(
    prices: PriceList, *, run: Run, rows: Annotated[list[PriceRow], Field(label=gettext_lazy("Prices"))]
) -> None:
    """Set what articles cost by this list from now on. Orders keep the price they were placed at."""
    for number, row in enumerate(rows, 1):
        if row.amount.currency != prices.currency:
            wrong = _("Row %(number)s: this list is in %(currency)s.") % {"number": number, "currency": prices.currency}
            raise NotPossible(wrong, field="rows")
        if row.amount.minor < 0 or not 1 <= row.from_pieces <= 1_000_000:
            raise NotPossible(
                _("Row %(number)s: a price is not negative, and from one piece on.") % {"number": number}, field="rows"
            )
    keys = [(row.variant, row.from_pieces) for row in rows]
    known = dict(Variant.objects.filter(pk__in={variant for variant, _from in keys}).values_list("pk", "sku"))
    if len(set(keys)) < len(keys) or len(known) < len({variant for variant, _from in keys}):
        raise NotPossible(_("Give each article of the catalogue once."), field="rows")
    before = {
        (one.variant_id, one.from_pieces): one.minor for one in prices.prices.filter(variant__in=known).order_by("pk")
    }
    Price.objects.bulk_create(
        (
            Price(price_list=prices, variant_id=row.variant, from_pieces=row.from_pieces, minor=row.amount.minor)
            for row in rows
        ),
        update_conflicts=True,
        unique_fields=["variant", "price_list", "from_pieces"],
        update_fields=["minor"],
    )

    def said(minor: int | None, row: PriceRow) -> dict[str, object]:
        price = None if minor is None else {"minor": minor, "currency": prices.currency}
        return {"article": known[row.variant], "from": row.from_pieces, "price": price}

    run.changed(
        "prices",
        before=[said(before.get((row.variant, row.from_pieces)), row) for row in rows],
        after=[said(row.amount.minor, row) for row in rows],
    )


@act(subject=subjects.TAX_CLASS, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a tax class"))
def add_tax_class(
    *, run: Run, class_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=60)]
) -> TaxClass:
    """Add a way products are taxed. Its rates are set by country and day."""
    if TaxClass.objects.filter(name=class_name).exists():
        raise NotPossible(_("There is a tax class of this name."), field="class_name")
    return TaxClass.objects.create(name=class_name)


@act(subject=subjects.TAX_CLASS, permission=access.MANAGE, label=gettext_lazy("Set a tax rate"))
def set_tax_rate(
    tax_class: TaxClass,
    *,
    run: Run,
    country: Annotated[str, Field(label=gettext_lazy("Country"), widget="country", max_length=2)],
    from_day: Annotated[date, Field(label=gettext_lazy("From"))],
    percent: Annotated[
        str, Field(label=gettext_lazy("Percent"), help=gettext_lazy("Such as 21 or 5.5."), max_length=8)
    ],
    region: Annotated[str, Field(label=gettext_lazy("Region"), max_length=10)] = "",
) -> None:
    """Set the rate of a class in a country, or a region of it, from a day on, until the day of the next rate."""
    try:
        rate = Decimal(percent.replace(",", "."))
        exact = rate.is_finite() and 0 <= rate <= 100 and rate == round(rate, 3)
    except ArithmeticError:
        exact = False
    if not exact:
        raise NotPossible(_("Give a percentage from 0 to 100, with at most three decimal places."), field="percent")
    old = TaxRate.objects.filter(tax_class=tax_class, country=country, region=region, from_day=from_day).first()
    TaxRate.objects.update_or_create(
        tax_class=tax_class, country=country, region=region, from_day=from_day, defaults={"percent": rate}
    )
    place = f"{country}-{region}" if region else country
    was = f"{place} {from_day.isoformat()}: {old.percent.normalize():f} %" if old else None
    run.changed("rate", before=was, after=f"{place} {from_day.isoformat()}: {rate.normalize():f} %")
