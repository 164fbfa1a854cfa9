"""
What can be done to a customer's file as such: opening it, names and dates, language, notes. Each function is the whole definition:
form, palette, API, MCP and record follow from it. Beside it: `identity_acts`, `address_acts`, `party_acts`, `care_acts`.
"""

from datetime import date, timedelta
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.arguments import FormOfAddress, Language, Name, OptionalCountry, read_as, require_offered
from onhand.customers.contact_points import country_options, language_options, read_name, read_tax_number
from onhand.customers.enums import CustomerKind, IdentityKind
from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.identity_acts import add_identity
from onhand.customers.models import Customer, Note
from onhand.customers.operations import assign_search_text, new_customer
from onhand.customers.scopes import PERSONAL_DATA
from onhand.customers.subjects import CUSTOMER
from onhand.customers.time_zones import time_zone_options
from onhand.kernel.actor import Visibility
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

OLDEST = 130  # years


@act(subject=CUSTOMER, creates=True, permission=access.REGISTER, label=gettext_lazy("Register a customer"))
def register_customer(
    *,
    run: Run,
    customer_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=300)],
    kind: Annotated[CustomerKind, Field(label=gettext_lazy("Kind"))] = CustomerKind.PERSON,
    form_of_address: FormOfAddress = "",
    language: Language = "en",
    country: OptionalCountry = "",
    city: Annotated[str, Field(label=gettext_lazy("City"), max_length=100, autocomplete="address-level2")] = "",
    telephone: Annotated[
        str | None, Field(label=gettext_lazy("Telephone number"), widget="telephone", max_length=40)
    ] = None,
    email: Annotated[str | None, Field(label=gettext_lazy("E-mail address"), widget="email", max_length=254)] = None,
    born_on: Annotated[date | None, Field(label=gettext_lazy("Date of birth"))] = None,
) -> Customer:
    """Open a file for a new customer. Their number is read by the rules of the country, and their time is the country's."""
    require_offered("language", language, language_options())
    if country:
        require_offered("country", country, country_options())
    actor = run.actor
    customer = new_customer(
        name=read_as("customer_name", lambda: read_name(customer_name)),
        kind=kind,
        language=language,
        form_of_address=form_of_address,
        born_on=_read_birth(born_on, kind, run),
        country=country,
        city=" ".join(city.split()),
        at=run.at,
        site_id=min(actor.site_ids, default=None),
        # Whoever sees only a part of the company sees whom they register.
        team_id=min(actor.team_ids, default=None) if actor.visibility is Visibility.TEAM else None,
        owner_id=actor.id if actor.visibility is Visibility.OWN else None,
    )
    for identity_kind, typed in ((IdentityKind.TELEPHONE, telephone), (IdentityKind.EMAIL, email)):
        if typed:
            add_identity(customer, identity_kind, typed, run)
    return customer


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_PERSON,
    label=gettext_lazy("Change the name"),
    protects=IDENTIFIED,
    scope=PERSONAL_DATA,
    row_only=True,
)
def change_name(customer: Customer, *, run: Run, name: Name) -> None:
    """Change the name the customer is called by."""
    customer.name = read_as("name", lambda: read_name(name))
    assign_search_text(customer)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_PERSON,
    label=gettext_lazy("Change the form of address"),
    protects=IDENTIFIED,
    scope=PERSONAL_DATA,
    row_only=True,
)
def change_form_of_address(customer: Customer, *, run: Run, form_of_address: FormOfAddress = "") -> None:
    """Change how the customer is addressed; empty takes it away."""
    customer.form_of_address = form_of_address


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_PERSON,
    label=gettext_lazy("Change the date of birth"),
    protects=IDENTIFIED,
    scope=PERSONAL_DATA,
    row_only=True,
)
def change_born_on(
    customer: Customer,
    *,
    run: Run,
    born_on: Annotated[
        date | None,
        Field(label=gettext_lazy("Date of birth"), autocomplete="bday", current=lambda c: c.born_on),
    ] = None,
) -> None:
    """Change the day the customer was born; empty takes it away."""
    customer.born_on = _read_birth(born_on, CustomerKind(customer.kind), run)


@act(
    subject=CUSTOMER,
    permission=access.CHANGE_PERSON,
    label=gettext_lazy("Change the tax number"),
    protects=IDENTIFIED,
    scope=PERSONAL_DATA,
    row_only=True,
)
def change_tax_number(
    customer: Customer,
    *,
    run: Run,
    tax_number: Annotated[
        str, Field(label=gettext_lazy("Tax number"), max_length=40, current=lambda c: c.tax_number)
    ] = "",
) -> None:
    """Change the number tax offices know the customer by; empty takes it away."""
    customer.tax_number = read_as("tax_number", lambda: read_tax_number(tax_number))


@act(subject=CUSTOMER, permission=access.CHANGE_LANGUAGE, label=gettext_lazy("Change the time zone"), row_only=True)
def change_time_zone(
    customer: Customer,
    *,
    run: Run,
    time_zone: Annotated[
        str, Field(label=gettext_lazy("Time zone"), widget="time_zone", current=lambda c: c.time_zone)
    ],
) -> None:
    """Change which time the customer lives by, where it is not that of most people of the country."""
    require_offered("time_zone", time_zone, time_zone_options())
    customer.time_zone = time_zone


@act(subject=CUSTOMER, permission=access.CHANGE_LANGUAGE, label=gettext_lazy("Change the language"), row_only=True)
def change_language(customer: Customer, *, run: Run, language: Language) -> None:
    """Change the language the customer is spoken and written to in."""
    require_offered("language", language, language_options())
    customer.language = language


@act(subject=CUSTOMER, permission=access.ADD_NOTE, label=gettext_lazy("Write a note"), only_adds=True, row_only=True)
def add_note(
    customer: Customer,
    *,
    run: Run,
    text: Annotated[str, Field(label=gettext_lazy("Note"), widget="textarea", max_length=10_000)],
) -> None:
    """Write down what the next person should know."""
    Note.objects.create(
        customer=customer,
        text=text,
        author_id=run.actor.id,
        author_name=run.actor.name,
        contact_id=run.contact_id,
        created_at=run.at,
    )
    run.changed("note", after=text)


def _read_birth(born_on: date | None, kind: CustomerKind, run: Run) -> date | None:
    if born_on is None:
        return None
    if kind is CustomerKind.ORGANISATION:
        raise NotPossible(_("An organisation has no date of birth."), field="born_on")
    if born_on > run.at.date() + timedelta(days=1):  # it may be tomorrow already where they live
        raise NotPossible(_("This day is still to come."), field="born_on")
    if born_on.year < run.at.year - OLDEST:
        raise NotPossible(_("Nobody is as old as that. Check the year."), field="born_on")
    return born_on
