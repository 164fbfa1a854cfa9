"""What can be done with a file of customers, and what imports do to each customer."""

from typing import Annotated

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers import access
from onhand.customers.arguments import require_offered
from onhand.customers.contact_points import country_options, language_options
from onhand.customers.enums import CustomerKind, IdentitySource, ImportState
from onhand.customers.import_subjects import CUSTOMER_IMPORT
from onhand.customers.imports.kinds import CUSTOMERS
from onhand.customers.imports.operations import take_out_of_files
from onhand.customers.imports.queries import what_it_did
from onhand.customers.imports.steps import WORKING
from onhand.customers.intake.reading import Incoming, Reading, read_row
from onhand.customers.intake.take_back import restore_one
from onhand.customers.models import Customer, CustomerImport, Identity, OutsideId
from onhand.customers.operations import assign_search_text, new_customer
from onhand.customers.privacy.holdings import settles_before_erasure
from onhand.customers.protection import PROTECTED, open_to_all, protect
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Visibility
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field


@act(subject=CUSTOMER_IMPORT, permission=access.IMPORT, label=gettext_lazy("Run the import"))
def start_import(one: CustomerImport, *, run: Run) -> None:
    """Bring in the customers of a checked file, or go on where it was stopped."""
    from onhand.customers.import_tasks import queue_work

    stopped = one.state == ImportState.CANCELLED and "done" in one.counts and one.position < one.chunk_count
    broken = one.state == ImportState.FAILED and "done" in one.counts
    if (one.state != ImportState.CHECKED and not stopped and not broken) or one.emptied_at is not None:
        raise NotPossible(_("Only a checked file can be brought in."))
    if one.state == ImportState.CHECKED:
        one.position = 0
    one.state, one.problem = ImportState.RUNNING, ""
    one.started_by_id, one.started_by_name = run.actor.id, run.actor.name
    queue_work(one.pk)


@act(subject=CUSTOMER_IMPORT, permission=access.IMPORT, label=gettext_lazy("Stop"))
def stop_import(one: CustomerImport, *, run: Run) -> None:
    """Stop the check or the run of a file. What was brought in already stays, and can be undone."""
    if one.state not in WORKING:
        raise NotPossible(_("This is not under way."))
    if one.state == ImportState.UNDOING:
        raise NotPossible(_("An undoing is not stopped half-way."))
    one.state = ImportState.UPLOADED if one.state == ImportState.CHECKING else ImportState.CANCELLED
    one.ended_at = run.at


@act(subject=CUSTOMER_IMPORT, permission=access.IMPORT, label=gettext_lazy("Undo the import"))
def undo_import(one: CustomerImport, *, run: Run) -> None:
    """Take back what the import did: customers it made and nobody touched since are removed, what it changed is put back."""
    from onhand.customers.import_tasks import queue_work

    if one.kind != CUSTOMERS:
        raise NotPossible(_("Only imports of customers are undone. Bring the earlier values in again."))
    ended = one.state in (ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED)
    if not ended or not _did_something(one):
        raise NotPossible(_("There is nothing to undo."))
    one.state, one.position, one.problem = ImportState.UNDOING, 0, ""
    one.counts = {name: found for name, found in one.counts.items() if name != "undone"}
    one.started_by_id, one.started_by_name = run.actor.id, run.actor.name
    queue_work(one.pk)


def _did_something(one: CustomerImport) -> bool:
    done = one.counts.get("done", {})
    return bool(done.get("created") or done.get("updated"))


# Of the arguments and recorded keys only numbers in other systems say something about a person: as much as a customer number does.
for _name in ("outside_id", "outside_ids"):
    protect(_name, PROTECTED["customer_number"])
open_to_all("outside_system", "import_id")
settles_before_erasure(take_out_of_files)

Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=300)]
Kind = Annotated[CustomerKind, Field(label=gettext_lazy("Kind"))]
System = Annotated[str, Field(label=gettext_lazy("Other system"), max_length=60)]
OutsideNumber = Annotated[
    str, Field(label=gettext_lazy("Number in the other system"), max_length=200, keeps_figures=True)
]
Language = Annotated[str, Field(label=gettext_lazy("Language"), widget="language", options=language_options)]
Country = Annotated[str, Field(label=gettext_lazy("Country"), widget="country", options=country_options)]
Email = Annotated[str | None, Field(label=gettext_lazy("E-mail address"), widget="email", max_length=254)]
Telephone = Annotated[str | None, Field(label=gettext_lazy("Telephone number"), widget="telephone", max_length=40)]


@act(subject=CUSTOMER, creates=True, permission=access.IMPORT, label=gettext_lazy("Take over a customer"))
def import_customer(
    *,
    run: Run,
    customer_name: Name,
    outside_system: System,
    outside_id: OutsideNumber,
    kind: Kind = CustomerKind.PERSON,
    language: Language = "en",
    country: Country = "",
    email: Email = None,
    telephone: Telephone = None,
) -> Customer:
    """Open a file for a customer of another system. Imports do this for every new row, with all the row says."""
    require_offered("language", language, language_options())
    if country:
        require_offered("country", country, country_options())
    row = _read(outside_system, country, name=customer_name, outside_id=outside_id, email=email, telephone=telephone)
    actor = run.actor
    customer = new_customer(
        name=row.values["name"],
        kind=kind,
        language=language,
        at=run.at,
        site_id=min(actor.site_ids, default=None),
        team_id=min(actor.team_ids, default=None) if actor.visibility is Visibility.TEAM else None,
        owner_id=actor.id if actor.visibility is Visibility.OWN else None,
    )
    if country:
        customer.country = country
        customer.save(update_fields=["country"])
    _take(customer, row, run)
    return customer


@act(subject=CUSTOMER, permission=access.IMPORT, label=gettext_lazy("Bring up to date from another system"))
def import_changes(
    customer: Customer,
    *,
    run: Run,
    outside_system: System,
    outside_id: OutsideNumber,
    customer_name: Annotated[str | None, Field(label=gettext_lazy("Name"), max_length=300)] = None,
    email: Email = None,
    telephone: Telephone = None,
) -> None:
    """Take over what another system says of a customer. Imports do this for every known row, with all the row says."""
    country = customer.country
    row = _read(outside_system, country, name=customer_name, outside_id=outside_id, email=email, telephone=telephone)
    customer.name = row.values.get("name", customer.name)
    _take(customer, row, run)
    assign_search_text(customer)


@act(subject=CUSTOMER, permission=access.IMPORT, label=gettext_lazy("Take back an import's changes"))
def take_back_import(
    customer: Customer,
    *,
    run: Run,
    import_id: Annotated[int, Field(label=gettext_lazy("Number of the import"))],
) -> None:
    """Put back what an import changed on one customer. Undoing an import does this for all of them."""
    one = access.visible_imports(run.actor).filter(pk=import_id).first()
    did = what_it_did(one, customer.pk) if one else []
    if not did:
        raise NotPossible(_("This import changed nothing on this customer."), field="import_id")
    if any(status == "created" for status, _taken in did):
        raise NotPossible(_("This import made the customer: undo the whole import."), field="import_id")
    if not any(restore_one(customer, taken) for _status, taken in reversed(did)):
        raise NotPossible(_("Everything it changed was changed again since."), field="import_id")
    assign_search_text(customer)


def _read(system: str, country: str, **given: str | None) -> Incoming:
    raw = {name: [value] for name, value in given.items() if value}
    row, problems = read_row(raw, Reading(system=system, country=country))
    if problems:
        name = {"name": "customer_name"}.get(problems[0].field, problems[0].field)
        raise NotPossible(problems[0].message, field=name)
    return row


def _take(customer: Customer, row: Incoming, run: Run) -> None:
    """Add what the row identifies the customer by."""
    if row.outside:
        system, value = row.outside
        holder = OutsideId.objects.filter(system=system, value=value).values_list("customer", flat=True).first()
        if holder not in (None, customer.pk):
            raise NotPossible(_("Another customer has this number in that system."), field="outside_id")
        if holder is None:
            try:
                with transaction.atomic():
                    OutsideId.objects.create(customer=customer, system=system, value=value, created_at=run.at)
            except IntegrityError:
                raise NotPossible(_("Another customer has this number in that system."), field="outside_id") from None
            run.changed("outside_ids", after=[f"{system}: {value}"])
    for kind, value in row.identities:
        known = Identity.objects.filter(customer=customer, kind=kind, match_key=value.lower(), withdrawn_at=None)
        if not known.exists():
            source = IdentitySource.IMPORTED
            Identity.objects.create(
                customer=customer, kind=kind, value=value, source=source, valid_from=run.at, created_at=run.at
            )
