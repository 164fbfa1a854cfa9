"""A person with something of theirs in every place where something can be, and what must be gone afterwards."""

from datetime import date, time, timedelta
from typing import Any

from django.db import connection

from onhand.contacts.models import Case, Contact, Promise
from onhand.customers.models import (
    Address,
    Consent,
    Customer,
    Flag,
    Household,
    Identity,
    IdentityCheck,
    Merge,
    OneTimeCode,
    OutsideId,
    Relation,
)
from onhand.kernel.perform import perform
from onhand.kernel.records import Subject, record_access
from onhand.web.models import Draft
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_person

CANARY = "Zyxwvu"  # in every value about the person, and nowhere else
LONG_AGO = NOON - timedelta(days=400)


def do(act: str, customer: Customer, **arguments: Any) -> int:
    """An act on a customer by somebody who may do everything; the record's id."""
    done = perform(act, actor=make_actor(), subject_id=customer.pk, arguments=arguments, at=NOON)
    assert done.record_id
    return done.record_id


def make_whole_person() -> Customer:
    """A customer with an absorbed one, everything filled in with the canary."""
    person = make_customer(f"{CANARY} Root")
    fill(person)
    absorbed = make_customer(f"{CANARY} Absorbed")
    fill(absorbed, number=2)
    Merge.objects.create(absorbed=absorbed, survivor=person, reason=f"{CANARY} twice", at=NOON, by_name="Ana")
    Customer.objects.filter(pk=absorbed.pk).update(merged_into=person)
    return Customer.objects.get(pk=person.pk)


def fill(person: Customer, number: int = 1) -> None:
    """Acts first, so that records hold values, then a row in every table."""
    do("customers.add_note", person, text=f"{CANARY} likes tea")
    do("customers.add_email", person, email=f"{CANARY}{number}@example.com")
    do(
        "customers.change_address",
        person,
        address_lines=f"{CANARY} Street 1",
        city=f"{CANARY}ville",
        postal_code="28001",
        region="Madrid",
        country="ES",
    )
    with connection.cursor() as cursor:
        cursor.execute("update kernel_delivery set last_error = %s", [f"failed on {CANARY}"])
    record_access(
        actor=make_actor(),
        subject=Subject("customer", person.pk),
        page="desk.customer",
        reason=f"{CANARY} calls",
        at=NOON,
    )
    Customer.objects.filter(pk=person.pk).update(
        form_of_address=f"Dr {CANARY}",
        tax_number=f"TAX{CANARY}",
        born_on=date(1980, 2, 3),
        accessibility_needs=[f"{CANARY}"],
        reach_from=time(9),
        household=Household.objects.create(name=f"The {CANARY}s", created_at=NOON),
    )
    Identity.objects.create(customer=person, kind="handle", network="net", value=f"@{CANARY}", created_at=NOON)
    OutsideId.objects.create(customer=person, system="shop", value=f"{CANARY}-{number}", created_at=NOON)
    Address.objects.create(
        customer=person, kind="delivery", address_lines=f"{CANARY} Road", country="ES", valid_from=NOON
    )
    Flag.objects.create(customer=person, kind="vulnerable", reason=f"{CANARY} is ill", set_by_name="Ana", set_at=NOON)
    Consent.objects.create(
        customer=person, purpose="surveys", answer="given", proof=f"{CANARY} said so", at=NOON, taken_by_name="Ana"
    )
    other = make_customer("Other Person")
    relation = Relation.objects.create(
        customer=other, other=person, kind="authorised", proof=f"letter of {CANARY}", valid_from=NOON, set_by_name="Ana"
    )
    do("customers.add_note", other, text=f"{CANARY} Root speaks for her" if number == 1 else "speaks for her")
    case = Case.objects.create(
        reference=f"C-{person.pk}", customer=person, kind="question", subject=f"{CANARY} asks", opened_at=LONG_AGO,
        closed_at=NOON, state="closed",
    )  # fmt: skip
    contact = Contact.objects.create(
        customer=person, case=case, channel="telephone", outside_address=f"tel {CANARY}", subject=f"{CANARY} asks",
        summary=f"{CANARY} was helped", started_at=LONG_AGO, ended_at=NOON, identified_how=f"code to {CANARY}",
    )  # fmt: skip
    Promise.objects.create(
        customer=person, contact=contact, text=f"call {CANARY}", made_at=LONG_AGO, made_by_name="Ana", due_at=NOON,
        kept_at=NOON,
    )  # fmt: skip
    IdentityCheck.objects.create(
        customer=person, contact_id=contact.pk, way="questions", level=1, detail=f"asked {CANARY}", relation=relation,
        at=NOON, until=NOON, by_name="Ana",
    )  # fmt: skip
    OneTimeCode.objects.create(
        customer=person, identity=person.identities.get(kind="handle"), contact_id=contact.pk, nonce=b"n",
        trouble=f"{CANARY} bounced", at=NOON, until=NOON, by_name="Ana",
    )  # fmt: skip
    Draft.objects.create(person=make_person(), key=f"note:{person.pk}", text=f"draft on {CANARY}", updated_at=NOON)


def canaries(canary: str = CANARY) -> list[str]:
    """Every table and column of the database with the canary in it."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'public'"
            " and data_type in ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY', 'tsvector', 'USER-DEFINED')"
            " order by 1, 2"
        )
        for table, column in cursor.fetchall():
            cursor.execute(
                f'select count(*) from "{table}" where lower("{column}"::text) like %s or "{column}"::text like %s',
                [f"%{canary.lower()}%", f"%{canary.encode().hex()}%"],
            )
            (count,) = cursor.fetchone()
            if count:
                found.append(f"{table}.{column}: {count}")
    return found


def file_of(customer_id: int) -> int:
    """The id of the customer whose file this one is read as part of: its own, unless it was merged. Unknown ids are their own."""
    root = Customer.objects.filter(pk=customer_id).values_list("merged_into", flat=True).first()
    return root or customer_id
