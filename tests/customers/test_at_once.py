"""Two at the same time on one file: each act counts once, and what may be there once is there once."""

from typing import Any

import pytest

from onhand.customers.models import Customer, Flag, Identity, Relation
from onhand.kernel.errors import ActError
from onhand.kernel.perform import Outcome
from tests.customers.acting import do
from tests.factories import NOON, make_customer
from tests.kernel.sessions import together

pytestmark = pytest.mark.django_db(transaction=True)


def once(*tries: Any) -> None:
    done = together(*tries)
    assert sum(isinstance(one, Outcome) for one in done) == 1, done
    assert all(isinstance(one, Outcome | ActError) for one in done), done


def test_what_may_be_there_once_is_there_once() -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    once(*[lambda: do("set_flag", ana, flag="abusive", reason="x")] * 4)
    once(*[lambda: do("add_email", ana, email="ana@b.example")] * 4)
    speaks: dict[str, Any] = {"other": ben.pk, "relation_kind": "lawyer", "may_be_told": [], "may_do": []}
    once(*[lambda: do("add_relation", ana, **speaks)] * 4)
    assert (Flag.objects.count(), Identity.objects.count(), Relation.objects.count()) == (1, 1, 1)
    once(*[lambda: do("lift_flag", ana, flag=Flag.objects.get().pk, reason="x")] * 4)


def test_different_things_at_once_all_count() -> None:
    ana = make_customer("Ana")
    address = {"address_lines": "Calle 1", "postal_code": "28013", "city": "Madrid", "country": "ES"}
    done = together(
        lambda: do("change_address", ana, **address),
        lambda: do("change_accessibility_needs", ana, accessibility_needs=["deaf"]),
        lambda: do("change_preferences", ana, preferred_channel="letter"),
        lambda: do("record_consent", ana, purpose="surveys", answer="given", proof="x"),
        lambda: do("found_household", ana),
    )
    assert all(isinstance(one, Outcome) for one in done), done
    now = Customer.objects.get(pk=ana.pk)
    assert (now.city, now.accessibility_needs, now.preferred_channel) == ("Madrid", ["deaf"], "letter")
    assert (now.version, now.household_id is None, now.consents.count(), NOON) == (6, False, 1, NOON)


def test_joining_each_others_household_at_once_ends_with_both_in_one_or_the_other() -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    for one in (ana, ben):
        do("found_household", one)
        one.refresh_from_db()
    done = together(
        lambda: do("join_household", ana, household=ben.household_id),
        lambda: do("join_household", ben, household=ana.household_id),
    )
    assert all(isinstance(one, Outcome | ActError) for one in done), done
    homes = set(Customer.objects.values_list("household", flat=True))
    assert homes <= {ana.household_id, ben.household_id}
