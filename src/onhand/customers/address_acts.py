"""Where customers live and receive post, by the rules of the country."""

from typing import Annotated

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.addresses import LONGEST_POSTAL_CODE, InvalidAddress, PostalAddress, read_address
from onhand.customers.arguments import Country, on_file
from onhand.customers.enums import AddressKind
from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.membership import of_file
from onhand.customers.models import Address, Customer
from onhand.customers.operations import assign_search_text
from onhand.customers.reference_types import FURTHER_ADDRESS
from onhand.customers.scopes import CONTACT_DETAILS
from onhand.customers.subjects import CUSTOMER
from onhand.customers.time_zones import follow_country
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import ArgumentsInvalid, NotPossible
from onhand.kernel.fields import Field

PARTS = ("address_lines", "postal_code", "city", "region", "country")

Lines = Annotated[
    str,
    Field(
        label=gettext_lazy("Street and number"),
        widget="textarea",
        max_length=300,
        autocomplete="street-address",
        current=lambda c: c.address_lines,
    ),
]
City = Annotated[
    str, Field(label=gettext_lazy("City"), max_length=100, autocomplete="address-level2", current=lambda c: c.city)
]
PostalCode = Annotated[
    str,
    Field(
        label=gettext_lazy("Postal code"),
        max_length=LONGEST_POSTAL_CODE,
        autocomplete="postal-code",
        current=lambda c: c.postal_code,
    ),
]
Region = Annotated[
    str, Field(label=gettext_lazy("Region"), max_length=100, autocomplete="address-level1", current=lambda c: c.region)
]
# The same for an address that is not the customer's main one: the form does not open filled with that.
OtherLines = Annotated[str, Field(label=gettext_lazy("Street and number"), widget="textarea", max_length=300)]
OtherCity = Annotated[str, Field(label=gettext_lazy("City"), max_length=100)]
OtherPostalCode = Annotated[str, Field(label=gettext_lazy("Postal code"), max_length=LONGEST_POSTAL_CODE)]
OtherRegion = Annotated[str, Field(label=gettext_lazy("Region"), max_length=100)]
Kind = Annotated[AddressKind, Field(label=gettext_lazy("Kind of address"))]
Further = Annotated[int, Field(label=gettext_lazy("Address"), reference=FURTHER_ADDRESS)]


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Change the address"),
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
    follows=("time_zone",),
    row_only=True,
)
def change_address(
    customer: Customer,
    *,
    run: Run,
    address_lines: Lines,
    country: Country,
    postal_code: PostalCode = "",
    city: City = "",
    region: Region = "",
) -> None:
    """Change where the customer lives and receives post. Their time becomes that of a new country."""
    given = _read(address_lines=address_lines, city=city, postal_code=postal_code, region=region, country=country)
    customer.time_zone = follow_country(customer.time_zone, customer.country, given.country)
    for part in PARTS:
        setattr(customer, part, getattr(given, part))
    assign_search_text(customer)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Add a further address"),
    only_adds=True,
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def add_address(
    customer: Customer,
    *,
    run: Run,
    address_kind: Kind,
    address_lines: OtherLines,
    country: Country,
    postal_code: OtherPostalCode = "",
    city: OtherCity = "",
    region: OtherRegion = "",
) -> None:
    """Add an address beside the main one, such as for deliveries or bills."""
    given = _read(address_lines=address_lines, city=city, postal_code=postal_code, region=region, country=country)
    parts = {part: getattr(given, part) for part in PARTS}
    if _of(customer).filter(kind=address_kind, **parts).exists():
        raise NotPossible(_("This is already on the customer's file."), field="address_lines")
    Address.objects.create(customer=customer, kind=address_kind, valid_from=run.at, **parts)
    assign_search_text(customer)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("Correct a further address"),
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def correct_address(
    customer: Customer,
    *,
    run: Run,
    address: Further,
    address_kind: Kind,
    address_lines: OtherLines,
    country: Country,
    postal_code: OtherPostalCode = "",
    city: OtherCity = "",
    region: OtherRegion = "",
) -> None:
    """Correct an address beside the main one. Where somebody has moved, end it and add the new one."""
    given = _read(address_lines=address_lines, city=city, postal_code=postal_code, region=region, country=country)
    found = on_file(_of(customer), address, "address")
    parts = {part: getattr(given, part) for part in PARTS}
    _of(customer).filter(pk=found.pk).update(kind=address_kind, **parts)
    assign_search_text(customer)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_CONTACT_POINTS,
    label=gettext_lazy("End a further address"),
    protects=IDENTIFIED,
    scope=CONTACT_DETAILS,
)
def end_address(customer: Customer, *, run: Run, address: Further) -> None:
    """Say that an address beside the main one holds no more. It stays on the file's history."""
    found = on_file(_of(customer), address, "address")
    _of(customer).filter(pk=found.pk).update(ended_at=run.at)
    assign_search_text(customer)


def _read(**given: str) -> PostalAddress:
    try:
        return read_address(**given)
    except InvalidAddress as error:
        if "country" in error.fields:
            raise NotPossible(error.fields["country"][0], field="country") from None
        raise ArgumentsInvalid(error.fields) from None


def _of(customer: Customer) -> QuerySet[Address]:
    return Address.objects.filter(of_file(customer.pk), ended_at__isnull=True)
