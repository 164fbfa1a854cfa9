"""Arguments several acts on customers take, and the checks they share."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.contact_points import InvalidContactPoint, country_options, language_options
from onhand.customers.models import Customer
from onhand.customers.operations import end_of_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

T = TypeVar("T")
M = TypeVar("M", bound=Model)

Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=300, current=lambda c: c.name)]
FormOfAddress = Annotated[
    str,
    Field(
        label=gettext_lazy("Form of address"),
        help=gettext_lazy("How the customer is addressed, such as Ms or Dr."),
        max_length=60,
        current=lambda c: c.form_of_address,
    ),
]
Country = Annotated[
    str,
    Field(
        label=gettext_lazy("Country"),
        widget="country",
        autocomplete="country",
        options=country_options,
        current=lambda c: c.country,
    ),
]
OptionalCountry = Annotated[
    str,
    Field(label=gettext_lazy("Country"), widget="country", autocomplete="country", options=country_options),
]
Language = Annotated[
    str,
    Field(label=gettext_lazy("Language"), widget="language", options=language_options, current=lambda c: c.language),
]
UntilDay = Annotated[
    date | None,
    Field(label=gettext_lazy("Until"), help=gettext_lazy("The last day it holds. Empty: until somebody ends it.")),
]


def require_offered(field: str, value: str, options: Sequence[tuple[str, object]]) -> None:
    """Raise NotPossible unless the value is one of those to choose from."""
    if value not in dict(options):
        raise NotPossible(_("Choose one of the list."), field=field)


def read_as(field: str, read: Callable[[], T]) -> T:
    """What `read` gives; what it cannot read is said at the field."""
    try:
        return read()
    except InvalidContactPoint as error:
        raise NotPossible(str(error), field=field) from None


def read_until(day: date | None, customer: Customer, at: datetime, field: str = "until") -> datetime | None:
    """When a last day is over where the customer lives. Raises NotPossible for a day that is over already."""
    if day is None:
        return None
    until = end_of_day(day, customer.time_zone)
    if until <= at:
        raise NotPossible(_("This day is over. Give today or a later one."), field=field)
    return until


def on_file(rows: QuerySet[M], row_id: int, field: str) -> M:
    """The row of that id of those on a customer's file; raises NotPossible where it is not there, or not any more."""
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise NotPossible(_("This is not on the customer's file any more."), field=field)
    return found
