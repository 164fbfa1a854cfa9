"""The customer's own row, and the household it belongs to, as holdings."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from onhand.customers.finding.vocabulary import forget_words
from onhand.customers.models import Customer, Household
from onhand.customers.privacy.holdings import Column, Members, Row, Scope, blank_values
from onhand.kernel.redaction import ValueChange

# What stays of an erased customer: that there was one, where it belongs, and the code that was given out.
KEPT = frozenset(
    {
        "reference",
        "kind",
        "site",
        "team",
        "owner",
        "merged_into",
        "customer_since",
        "created_at",
        "erased_at",
        "version",
    }
)
_SHOWN = (
    ("reference", _("Reference")),
    ("kind", _("Kind")),
    ("name", _("Name")),
    ("form_of_address", _("Form of address")),
    ("language", _("Language")),
    ("time_zone", _("Time zone")),
    ("born_on", _("Born on")),
    ("tax_number", _("Tax number")),
    ("accessibility_needs", _("Accessibility needs")),
    ("preferred_channel", _("Preferred channel")),
    ("reach_from", _("To be reached from")),
    ("reach_until", _("To be reached until")),
    ("address_lines", _("Street and number")),
    ("postal_code", _("Postal code")),
    ("city", _("City")),
    ("region", _("Region")),
    ("country", _("Country")),
    ("customer_since", _("Customer since")),
)


def erased_name(reference: str) -> str:
    """What an erased customer is called."""
    return f"Erased customer {reference}"


def erased_values(reference: str) -> dict[str, Any]:
    """The columns of an erased customer's row, all but those kept."""
    return blank_values(Customer, KEPT) | {"name": erased_name(reference), "search_text": ""}


class FileHolding:
    """The customer's row, and those merged into it."""

    name = "file"
    label = _("The file itself")
    models: Sequence[type[Model]] = (Customer,)
    columns = tuple(
        Column(name, label, dict(getattr(Customer._meta.get_field(name), "flatchoices", ()))) for name, label in _SHOWN
    )
    subject = "customer"
    is_quick = True
    why_kept = _("Reference code, kind and place in the company stay, so that the books can name an erased customer.")

    def count(self, members: Members) -> int:
        """The customer and those merged into it."""
        return Customer.objects.filter(pk__in=members).count()

    def rows(self, members: Members) -> Iterator[Row]:
        """One row a merged customer."""
        names = [name for name, _label in _SHOWN]
        yield from Customer.objects.filter(pk__in=members).order_by("pk").values(*names)

    def erase(self, scope: Scope, limit: int) -> int:
        """Empty the rows and mark them erased."""
        rows = Customer.objects.filter(pk__in=scope.members, erased_at__isnull=True).order_by("pk")
        chosen = list(rows.values_list("pk", "reference", "search_text")[:limit])
        for pk, reference, _text in chosen:
            Customer.objects.filter(pk=pk).update(**erased_values(reference), erased_at=scope.at)
        forget_words(text for _pk, _reference, text in chosen)
        return len(chosen)

    def subject_ids(self, members: Members, after: int, limit: int) -> list[int]:
        """The customers themselves."""
        return sorted(pk for pk in members if pk > after)[:limit]

    def rewrite(self, members: Members, change: ValueChange, after: int, limit: int) -> tuple[int, int]:  # noqa: ARG002
        """Nothing: what is on the row of another customer is about them."""
        return 0, 0


class HouseholdHolding:
    """The household these customers live in. The others stay in it; of them nothing is given out."""

    name = "household"
    label = _("Household")
    models: Sequence[type[Model]] = (Household,)
    columns = (Column("name", _("Name")), Column("created_at", _("Since")))
    subject = ""
    is_quick = True
    why_kept = ""

    def count(self, members: Members) -> int:
        """The households of these customers."""
        return Household.objects.filter(members__in=members).distinct().count()

    def rows(self, members: Members) -> Iterator[Row]:
        """The name of each, and since when there is one."""
        yield from Household.objects.filter(members__in=members).distinct().order_by("pk").values("name", "created_at")

    def erase(self, scope: Scope, limit: int) -> int:
        """Delete those in which nobody else lives; the customers leave the others with the rest of their file."""
        homes = Household.objects.filter(members__in=scope.members).distinct()
        left = [home.pk for home in homes[:limit] if not home.members.exclude(pk__in=scope.members).exists()]
        if left:
            Customer.objects.filter(pk__in=scope.members, household__in=left).update(household=None)
            Household.objects.filter(pk__in=left).delete()
        return len(left)

    def subject_ids(self, members: Members, after: int, limit: int) -> list[int]:  # noqa: ARG002  (no acts on households)
        """None."""
        return []

    def rewrite(self, members: Members, change: ValueChange, after: int, limit: int) -> tuple[int, int]:
        """The names of the households of these customers."""
        homes = Household.objects.filter(members__in=members, pk__gt=after).distinct().order_by("pk")[:limit]
        found = [(home.pk, change(home.name), home.name) for home in homes]
        for pk, new, old in found:
            if new != old:
                Household.objects.filter(pk=pk).update(name=new)
        return (found[-1][0] if len(found) == limit else 0), sum(new != old for _pk, new, old in found)
