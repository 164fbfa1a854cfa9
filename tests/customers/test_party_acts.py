"""Households, and who may speak for whom."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from onhand.customers.file_queries import read_file
from onhand.customers.models import Customer, Relation
from onhand.customers.scopes import all_scopes, scope, scope_label
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import ArgumentsInvalid, NotPossible
from tests.customers.acting import do
from tests.factories import NOON, make_actor, make_customer, make_representative

pytestmark = pytest.mark.django_db
TOLD = {"may_be_told": ["contact_details"], "may_do": []}


def authorise(customer: Customer, party: Customer, /, **changes: Any) -> Any:
    return do("add_relation", customer, **{"other": party.pk, "relation_kind": "authorised", **TOLD} | changes)


def test_add_relation_says_who_may_be_told_and_do_what() -> None:
    ana, ben = make_customer("Ana", time_zone="Europe/Madrid"), make_customer("Ben")
    outcome = authorise(
        ana,
        ben,
        function="son",
        proof="letter of 3 March",
        may_do=["preferences", "preferences"],
        valid_until="2026-12-31",
    )
    (recorded,) = outcome.after["represented_by"]
    assert recorded == {
        "other": f"Ben ({ben.reference})",
        "relation_kind": "authorised",
        "function": "son",
        "may_be_told": ["contact_details"],
        "may_do": ["preferences"],
        "proof": "letter of 3 March",
        "valid_until": recorded["valid_until"],
    }
    relation = Relation.objects.get()
    assert relation.valid_until is not None
    assert relation.valid_until.isoformat() == "2026-12-31T23:00:00+00:00", "through the day, where the customer lives"
    assert (relation.set_by_name, relation.valid_from) == ("Ana Prieto", NOON)


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"other": 424242}, NotPossible, "other"),
        ({"relation_kind": "company_contact"}, NotPossible, "relation_kind"),
        ({"valid_until": "2026-11-20"}, NotPossible, "valid_until"),
        ({"may_be_told": ["everything"]}, ArgumentsInvalid, "may_be_told"),
        ({"may_do": "contact_details"}, ArgumentsInvalid, "may_do"),
        ({"relation_kind": "friend"}, ArgumentsInvalid, "relation_kind"),
    ],
)
def test_relations_that_cannot_be(changes: dict[str, Any], error: type[Exception], field: str) -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    with pytest.raises(error) as refused:
        authorise(ana, ben, **changes)
    assert list(refused.value.fields) == [field]  # type: ignore[attr-defined]
    assert not Relation.objects.exists()


def test_nobody_speaks_for_themselves_nor_is_found_where_not_seen() -> None:
    ana = make_customer("Ana")
    twin = make_customer("A.", merged_into=ana)
    for other in (ana, twin):
        with pytest.raises(NotPossible):
            authorise(ana, other)
    person = make_representative()
    mine, stranger = make_customer("Eva", owner=person), make_customer("Ben")
    narrow = make_actor(visibility=Visibility.OWN, id=person.pk)
    with pytest.raises(NotPossible):
        authorise(mine, stranger, actor=narrow)
    with pytest.raises(NotPossible):
        authorise(mine, make_customer("—", erased_at=NOON))


def test_of_somebody_merged_the_file_they_are_read_in_is_meant() -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    twin = make_customer("B.", merged_into=ben)
    authorise(ana, twin)
    assert Relation.objects.get().other == ben
    with pytest.raises(NotPossible):
        authorise(ana, ben)


def test_change_relation_and_end_relation() -> None:
    ana, ben, eva = make_customer("Ana"), make_customer("Ben"), make_customer("Eva")
    authorise(ana, ben, proof="letter")
    relation = Relation.objects.get()
    changed = do(
        "change_relation", ana, relation=relation.pk, may_be_told=[], may_do=["preferences"], function="lawyer"
    )
    assert changed.after["represented_by"][0]["may_do"] == ["preferences"]
    assert (changed.before["represented_by"][0]["proof"], changed.after["represented_by"][0]["proof"]) == ("letter", "")
    with pytest.raises(NotPossible):
        do("end_relation", eva, relation=relation.pk)
    assert do("end_relation", ana, relation=relation.pk).after == {"represented_by": []}
    for act, more in (("end_relation", {}), ("change_relation", TOLD)):
        with pytest.raises(NotPossible):
            do(act, ana, relation=relation.pk, **more)
    authorise(ana, ben)
    assert Relation.objects.count() == 2


def test_what_has_run_out_makes_way_for_a_new_one() -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    authorise(ana, ben, valid_until="2026-11-21")
    later = NOON + timedelta(days=3)
    authorise(ana, ben, at=later)
    old, new = Relation.objects.order_by("pk")
    assert (old.ended_at, new.ended_at) == (old.valid_until, None)


def test_who_speaks_for_whom() -> None:
    hotel, ana, ben = make_customer("Hotel", kind="organisation"), make_customer("Ana"), make_customer("Ben")
    authorise(hotel, ana, relation_kind="company_contact", function="accounts")
    authorise(hotel, ana, relation_kind="broker", may_be_told=[], may_do=["preferences"])
    authorise(ben, ana, valid_until="2026-11-21")
    after = NOON + timedelta(days=2)

    def speaks_for(at: datetime) -> list[tuple[str, str]]:
        return [(one.party.name, one.kind) for one in read_file(make_actor(), ana.pk, at=at).represents]

    def speakers_of(customer: Customer, at: datetime) -> list[tuple[str, list[str], list[str]]]:
        found = read_file(make_actor(), customer.pk, at=at).represented_by
        return [(one.party.name, list(one.may_be_told), list(one.may_do)) for one in found]

    assert speaks_for(NOON) == [("Hotel", "company_contact"), ("Hotel", "broker"), ("Ben", "authorised")]
    assert speaks_for(after) == [("Hotel", "company_contact"), ("Hotel", "broker")]
    assert speakers_of(hotel, NOON) == [("Ana", ["contact_details"], []), ("Ana", [], ["preferences"])]
    assert [name for name, _told, _do in speakers_of(ben, NOON)] == ["Ana"]
    assert speakers_of(ben, after) == []
    merged = make_customer("A.", merged_into=ana)
    Relation.objects.create(customer=ben, other=merged, kind="lawyer", valid_from=NOON, set_by_name="R")
    assert [name for name, _told, _do in speakers_of(ben, after)] == ["Ana"]


def test_a_household_is_founded_joined_and_left() -> None:
    ana, ben = make_customer("Ana Núñez"), make_customer("Ben Núñez")
    assert do("found_household", ana).after == {"household": "Ana Núñez"}
    ana.refresh_from_db()
    home = ana.household_id
    with pytest.raises(NotPossible):
        do("found_household", ana)
    assert do("join_household", ben, household=home).after == {"household": "Ana Núñez"}
    for wrong in (home, 424242):
        with pytest.raises(NotPossible):
            do("join_household", ben, household=wrong)
    file = read_file(make_actor(), ben.pk)
    assert file.household
    assert (file.household.name, [one.name for one in file.household.others]) == ("Ana Núñez", ["Ana Núñez"])
    assert do("rename_household", ben, household_name="Calle Luna 3").after == {"household": "Calle Luna 3"}
    assert do("leave_household", ben).before == {"household": "Calle Luna 3"}
    with pytest.raises(NotPossible):
        do("leave_household", ben)
    person = make_representative()
    mine = make_customer("Eva", owner=person)
    with pytest.raises(NotPossible):  # of people they may not see
        do("join_household", mine, household=home, actor=make_actor(visibility=Visibility.OWN, id=person.pk))
    assert do("found_household", mine, household_name="Calle Mayor 1").after == {"household": "Calle Mayor 1"}


def test_scopes_are_declared_once() -> None:
    keys = [one.key for one in all_scopes()]
    assert {"contact_details", "personal_data", "preferences"} <= set(keys)
    with pytest.raises(ValueError, match="contact_details"):
        scope("contact_details", "again")
    assert scope_label("of an app taken out") == "of an app taken out"
    assert scope_label("preferences") == "Consent and preferences"
