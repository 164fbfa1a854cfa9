"""What may be chosen for an argument: what is on the file, and other customers and households the actor may see."""

import pytest

from onhand.customers.models import Household, Relation
from onhand.customers.operations import refresh_search_text
from onhand.kernel.actor import Visibility
from onhand.kernel.subjects import reference_type
from tests.factories import NOON, make_actor, make_customer, make_representative

pytestmark = pytest.mark.django_db


def offered(name: str, customer_id: int | None, typed: str = "", **actor: object) -> list[str]:
    return [
        option.label for option in reference_type(f"customers.{name}").options(make_actor(**actor), customer_id, typed)
    ]


def test_what_is_on_the_file_can_be_chosen_also_of_merged_rows() -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    twin = make_customer("A.", merged_into=ana)
    twin.identities.create(kind="telephone", value="+34910123456", label="work", created_at=NOON)
    ana.identities.create(kind="handle", network="telegram", value="ana", created_at=NOON)
    ana.identities.create(kind="email", value="old@b.example", created_at=NOON, withdrawn_at=NOON)
    Relation.objects.create(customer=twin, other=ben, kind="lawyer", valid_from=NOON, set_by_name="R")
    twin.flags.create(kind="vulnerable", reason="x", set_by_name="R", set_at=NOON)
    ana.flags.create(kind="abusive", reason="x", set_by_name="R", set_at=NOON, until=NOON.replace(year=2020))
    ana.addresses.create(kind="work", address_lines="Calle 1", city="Madrid", country="ES", valid_from=NOON)
    expected = {
        "identity": ["+34 910 12 34 56 (work)", "telegram: ana"],
        "telephone": ["+34 910 12 34 56 (work)"],
        "email": [],
        "handle": ["telegram: ana"],
        "relation": ["Ben: Lawyer"],
        "flag": ["Vulnerable"],
        "address": ["Calle 1, Madrid"],
    }
    person = make_representative()
    for name, labels in expected.items():
        assert offered(name, ana.pk) == labels, name
        assert offered(name, ben.pk) == [], name
        assert offered(name, None) == [], name
        assert offered(name, ana.pk, visibility=Visibility.OWN, id=person.pk) == [], name
    assert offered("identity", ana.pk, "WORK") == ["+34 910 12 34 56 (work)"]


def test_other_customers_and_households_are_found_by_typing_among_those_seen() -> None:
    person = make_representative()
    home = Household.objects.create(name="Calle Mayor", created_at=NOON)
    ana = make_customer("Ana Núñez", owner=person, household=home)
    eva = make_customer("Eva Núñez", household=home)
    for one in (ana, eva):
        refresh_search_text(one)
    assert offered("other", ana.pk, "nunez") == [f"Eva Núñez ({eva.reference})"]
    assert offered("other", ana.pk) == []
    assert offered("household", ana.pk, "nunez") == ["Calle Mayor: Ana Núñez, Eva Núñez"]
    narrow = {"visibility": Visibility.OWN, "id": person.pk}
    assert offered("household", ana.pk, "nunez", **narrow) == ["Calle Mayor: Ana Núñez"]
    assert offered("other", None, "eva", **narrow) == []
    assert offered("household", ana.pk, "eva", **narrow) == []
