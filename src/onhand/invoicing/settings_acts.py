"""What is laid down about invoicing: the company's details, and how documents are numbered."""

import re
from typing import Annotated, Any

from babel.core import Locale
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.invoicing import access
from onhand.invoicing.models import CompanyDetails, NumberCounter, NumberSeries, Seller
from onhand.invoicing.subjects import COMPANY, COMPANY_LABELS, SERIES, company_values
from onhand.kernel.acts import Run, act
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

MOST_DUE_DAYS = 365
LARGEST_NUMBER = 10**12
_PREFIX = re.compile(r"[A-Za-z0-9/_.-]*")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")


def _field(name: str, length: int, widget: str = "") -> Field:
    def now(details: Any) -> Any:
        return getattr(details, name)

    return Field(label=COMPANY_LABELS[name], max_length=length, widget=widget, current=now)


@act(subject=COMPANY, permission=access.MANAGE, label=gettext_lazy("Change the company's details"), row_only=True)
def change_company_details(
    details: CompanyDetails,
    *,
    run: Run,
    name: Annotated[str, _field("name", 200)],
    country: Annotated[str, _field("country", 2, "country")],
    address_lines: Annotated[str, _field("address_lines", 300, "textarea")] = "",
    postal_code: Annotated[str, _field("postal_code", 20)] = "",
    city: Annotated[str, _field("city", 100)] = "",
    tax_number: Annotated[str, _field("tax_number", 40)] = "",
    registration: Annotated[str, _field("registration", 100)] = "",
    email: Annotated[str, _field("email", 254, "email")] = "",
    telephone: Annotated[str, _field("telephone", 40)] = "",
    website: Annotated[str, _field("website", 200)] = "",
    iban: Annotated[str, _field("iban", 42)] = "",
    bic: Annotated[str, _field("bic", 11)] = "",
    footer: Annotated[str, _field("footer", 500)] = "",
    due_days: Annotated[int, Field(label=COMPANY_LABELS["due_days"], current=lambda details: details.due_days)] = 14,
) -> None:
    """Change what stands on the letterhead of invoices from now on. Documents keep the details they were issued with."""
    if not 0 <= due_days <= MOST_DUE_DAYS:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 0, "most": MOST_DUE_DAYS}, field="due_days")
    if country not in Locale("en").territories or len(country) != 2:
        raise NotPossible(_("Choose one of the list."), field="country")
    given = {
        "name": name,
        "country": country,
        "address_lines": address_lines,
        "postal_code": postal_code,
        "city": city,
        "tax_number": tax_number,
        "registration": registration,
        "email": email,
        "telephone": telephone,
        "website": website,
        "iban": _account(iban),
        "bic": _bank(bic),
        "footer": footer,
        "due_days": due_days,
    }
    for field, value in given.items():
        setattr(details, field, value)
    Seller.objects.create(details=company_values(details), since=run.at)


@act(subject=SERIES, permission=access.MANAGE, label=gettext_lazy("Change the numbers"), row_only=True)
def change_number_series(
    series: NumberSeries,
    *,
    run: Run,
    prefix: Annotated[
        str, Field(label=gettext_lazy("Begins with"), max_length=20, current=lambda one: one.prefix)
    ] = "",
    by_year: Annotated[
        bool, Field(label=gettext_lazy("Each year begins anew"), current=lambda one: one.by_year)
    ] = False,
    digits: Annotated[int, Field(label=gettext_lazy("Digits"), current=lambda one: one.digits)] = 5,
    next_number: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Next number"),
            help=gettext_lazy("Only before the first document: where another system left off."),
        ),
    ] = None,
) -> None:
    """Change how documents of this kind are numbered from now on. Numbers have no gaps, so the next one is chosen only at the start."""
    if not _PREFIX.fullmatch(prefix):
        raise NotPossible(_("Use letters, figures and - / _ . only."), field="prefix")
    if not 1 <= digits <= 12:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": 12}, field="digits")
    run_prepared("select id from invoicing_numberseries where id = %s for update", [series.pk])
    series.prefix, series.by_year, series.digits = prefix, by_year, digits
    if next_number is not None:
        _begin_at(series, next_number, run.at.year if by_year else 0)
        run.changed("next_number", after=next_number)


def _begin_at(series: NumberSeries, number: int, year: int) -> None:
    if not 1 <= number <= LARGEST_NUMBER:
        raise NotPossible(_("Give a number from 1 on."), field="next_number")
    counter, _made = NumberCounter.objects.select_for_update().get_or_create(series=series, year=year)
    if counter.last >= counter.first:
        raise NotPossible(_("Documents are numbered already: the next number follows the last."), field="next_number")
    counter.first, counter.last = number, number - 1
    counter.save(update_fields=["first", "last"])


def _account(typed: str) -> str:
    bare = "".join(typed.split()).upper()
    if bare and not (_IBAN.fullmatch(bare) and _is_right(bare)):
        raise NotPossible(_("This is not an IBAN: a figure is wrong or missing."), field="iban")
    return bare


def _is_right(iban: str) -> bool:
    """Whether the check figures fit (ISO 7064, MOD 97-10)."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _bank(typed: str) -> str:
    bare = "".join(typed.split()).upper()
    if bare and not _BIC.fullmatch(bare):
        raise NotPossible(_("A BIC has eight or eleven letters and figures."), field="bic")
    return bare
