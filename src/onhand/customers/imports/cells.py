"""What cells of rows about money and goods say: moments, amounts, percentages, and whose it is. What cannot be read names its column."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

from django.utils.translation import gettext as _

from onhand.customers.access import visible_customers
from onhand.customers.imports.kinds import Bringing, Row
from onhand.customers.intake.choices import Unreadable, read_date
from onhand.customers.models import Customer, OutsideId
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money, MoneyError
from onhand.kernel.references import InvalidReference, read_reference

NUMBER, REFERENCE = "customer_id", "customer_reference"


@dataclass(frozen=True, slots=True)
class Holders:
    """The customers rows refer to, by their numbers there and by our references: those the actor sees, the file each belongs to."""

    by_number: Mapping[str, int]
    by_reference: Mapping[str, int]

    def holder(self, row: Row) -> int | None:
        """
        The customer a row names; None where it names nobody.

        :raises NotPossible: there is no such customer.
        """
        if NUMBER in row:
            name, found = NUMBER, self.by_number.get(row[NUMBER])
        elif REFERENCE in row:
            name, found = REFERENCE, self.by_reference.get(_reference(row[REFERENCE]))
        else:
            return None
        if found is None:
            raise NotPossible(_("There is no such customer. Bring the customers in first."), field=name)
        return found


def find_holders(rows: Sequence[Row], bringing: Bringing) -> Holders:
    """Every customer these rows name, in three statements."""
    numbers = {row[NUMBER] for row in rows if NUMBER in row}
    references = {found for row in rows if (found := _reference(row.get(REFERENCE, "")))}
    holders = OutsideId.objects.filter(system=bringing.system, value__in=numbers)
    by_number = {
        value: root or pk for value, pk, root in holders.values_list("value", "customer_id", "customer__merged_into")
    }
    referred = Customer.objects.filter(reference__in=references)
    by_reference = {value: root or pk for value, pk, root in referred.values_list("reference", "pk", "merged_into")}
    asked = set(by_number.values()) | set(by_reference.values())
    seen = set(visible_customers(bringing.actor).filter(pk__in=asked, erased_at=None).values_list("pk", flat=True))
    return Holders(
        {value: pk for value, pk in by_number.items() if pk in seen},
        {value: pk for value, pk in by_reference.items() if pk in seen},
    )


def _reference(text: str) -> str:
    try:
        return read_reference(text) if text else ""
    except InvalidReference:
        return ""


def read_moment(text: str, name: str, *, day_first: bool) -> datetime:
    """
    A day or a moment; a day is its noon, and without a zone it is UTC.

    :raises NotPossible: it is none.
    """
    given = text.strip()
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*", given):
            found = datetime.fromisoformat(given)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        return datetime.combine(read_date(given, day_first=day_first), time(12), UTC)
    except (Unreadable, ValueError):
        raise NotPossible(_("This is not a date. Write it as 2024-01-31."), field=name) from None


def moment_or(row: Row, name: str, otherwise: datetime, bringing: Bringing) -> datetime:
    """The moment a row gives in a column; another where it gives none. Raises NotPossible."""
    return read_moment(row[name], name, day_first=bringing.day_first) if name in row else otherwise


def read_amount(text: str, currency: str, name: str) -> Money:
    """
    An amount that is not negative.

    :raises NotPossible: it cannot be read, has parts its currency has not, or there is no such currency.
    """
    try:
        amount = Money.parse(text, currency, "en")
    except MoneyError as error:
        at_fault = "currency" if "currency" in str(error) else name
        words = _("Write the three letters of a currency, such as EUR.") if at_fault == "currency" else ""
        raise NotPossible(words or _("Write an amount such as 12.50."), field=at_fault) from None
    if amount.minor < 0:
        raise NotPossible(_("An amount here is not negative."), field=name)
    return amount


def read_percent(text: str, name: str) -> Decimal:
    """
    A percentage from 0 to 100.

    :raises NotPossible: it is none, or finer than can be kept.
    """
    found = text.replace(",", ".")
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3})?", found, re.ASCII) or Decimal(found) > 100:
        raise NotPossible(_("Give a percentage from 0 to 100, with at most three decimal places."), field=name)
    return Decimal(found)
