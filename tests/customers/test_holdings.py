"""Every table that leads to a customer is answered for, and of what is anonymised every column is kept on purpose or emptied."""

from collections.abc import Iterator

from django.apps import apps
from django.db.models import ForeignKey, Model

from onhand.customers.models import Customer
from onhand.customers.privacy.file import KEPT
from onhand.customers.privacy.holdings import TableHolding, Treatment, all_holdings, blank_values
from onhand.kernel.models import AccessRecord, ActRecord, EventRecord

# Columns that name a customer or something of theirs without a foreign key.
PLAIN_IDS = {"customer_id", "contact_id", "case_id", "subject_id"}


def leading_to_customers() -> Iterator[type[Model]]:
    """Every model with a path of foreign keys to the customer, or with a plain id of one."""
    models = [model for model in apps.get_models() if model.__module__.startswith("onhand.")]
    reached: set[type[Model]] = {Customer}
    while True:
        more = {
            model
            for model in models
            if model not in reached
            and any(isinstance(f, ForeignKey) and f.related_model in reached for f in model._meta.concrete_fields)
        }
        if not more:
            break
        reached |= more
    yield from reached
    yield from (model for model in models if {f.attname for f in model._meta.concrete_fields} & PLAIN_IDS)


def test_every_table_about_a_customer_is_in_a_holding() -> None:
    held = {model for holding in all_holdings() for model in holding.models}
    missing = {model.__name__ for model in leading_to_customers()} - {model.__name__ for model in held}
    assert not missing, "say in the app's personal_data.py what of these is exported, erased or kept"
    assert {ActRecord, EventRecord, AccessRecord} <= held


def test_what_is_anonymised_is_emptied_column_by_column() -> None:
    for holding in all_holdings():
        if isinstance(holding, TableHolding) and holding.treatment is Treatment.ANONYMISE:
            blanks = blank_values(holding.model, holding.kept)  # raises for a column that is neither
            names = {f.name for f in holding.model._meta.concrete_fields} | {
                f.attname for f in holding.model._meta.concrete_fields
            }
            assert holding.kept <= names, f"{holding.name} keeps columns that are gone: {holding.kept - names}"
            assert blanks, f"{holding.name} empties nothing; say KEEP"
            assert holding.why_kept, holding.name
    assert "name" in blank_values(Customer, KEPT)
    assert not {"born_on", "tax_number", "city"} & KEPT


def test_every_section_says_what_it_is() -> None:
    for holding in all_holdings():
        assert str(holding.label)
        names = [column.name for column in holding.columns]
        assert len(set(names)) == len(names)
        assert all(str(column.label) for column in holding.columns)
