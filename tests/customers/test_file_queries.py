"""One statement reads the whole file, over the customer and those merged into it, as it holds at a time."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.customers.access import may_see, visible_customers
from onhand.customers.file_queries import Party, read_file
from onhand.customers.models import Household, Relation
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import SubjectNotFound
from tests.factories import NOON, make_actor, make_customer, make_representative
from tests.factories.staff import make_site, make_team

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


def relate(customer: Any, other: Any, **changes: Any) -> Relation:
    given: dict[str, Any] = {"kind": "authorised", "valid_from": NOON, "set_by_name": "Rosa", "may_be_told": ["orders"]}
    return Relation.objects.create(customer=customer, other=other, **given | changes)


def test_a_bare_file_has_nothing_on_it() -> None:
    file = read_file(make_actor(), make_customer("Ana").pk)
    assert (file.identities, file.flags, file.addresses, file.represented_by, file.represents, file.consents) == (
        [],
        [],
        [],
        [],
        [],
        [],
    )
    assert (file.household, file.merged_into, file.erased_at, file.born_on) == (None, None, None, None)


def test_a_file_is_read_over_those_merged_into_it() -> None:
    ana = make_customer("Ana")
    twin = make_customer("A. Prieto", merged_into=ana)
    company, merged_company = make_customer("Hotel"), make_customer("Hotel Sol")
    merged_company.merged_into = company
    merged_company.save()
    twin.identities.create(kind="handle", network="telegram", value="@ana", created_at=NOON, valid_from=NOON)
    ana.identities.create(kind="email", value="a@b.example", created_at=NOON, is_shared=True, confidence=3)
    twin.flags.create(kind="vulnerable", reason="said so", set_by_name="Rosa", set_at=NOON)
    ana.addresses.create(kind="delivery", address_lines="Calle 1", country="ES", valid_from=NOON)
    ana.addresses.create(kind="work", address_lines="Calle 2", country="ES", valid_from=NOON, ended_at=NOON)
    relate(merged_company, twin, function="Accounts", may_do=["bills"], proof="letter", valid_until=LATER)
    relate(ana, twin, kind="guardian")  # of the same person, as was found out: nobody speaks for themselves
    for answer, on, minutes in (("given", twin, 0), ("refused", ana, 1), ("given", ana, -1)):
        on.consents.create(
            purpose="surveys", channel="email", answer=answer, at=NOON + timedelta(minutes=minutes), taken_by_name="R"
        )
    file = read_file(make_actor(), ana.pk, at=NOON)
    assert [(one.kind, one.value, one.network, one.is_shared, one.valid_from) for one in file.identities] == [
        ("handle", "@ana", "telegram", False, NOON),
        ("email", "a@b.example", "", True, None),
    ]
    assert [(one.kind, one.reason, one.set_at, one.until) for one in file.flags] == [
        ("vulnerable", "said so", NOON, None)
    ]
    assert [(one.kind, one.address_lines) for one in file.addresses] == [("delivery", "Calle 1")]
    (speaks,) = file.represents
    assert speaks.party == Party(company.pk, "Hotel", company.reference)
    assert (speaks.function, speaks.may_be_told, speaks.may_do, speaks.valid_until) == (
        "Accounts",
        ["orders"],
        ["bills"],
        LATER,
    )
    assert file.represented_by == []
    assert [(one.purpose, one.channel, one.answer) for one in file.consents] == [("surveys", "email", "refused")]
    (spoken,) = read_file(make_actor(), company.pk, at=NOON).represented_by
    assert spoken.party == Party(ana.pk, "Ana", ana.reference)


def test_who_sees_nobody_finds_no_file() -> None:
    ana = make_customer("Ana", accessibility_needs=["deaf"])
    assert read_file(make_actor(), ana.pk).accessibility_needs == ["deaf"]
    for blind in (
        make_actor(permissions=frozenset()),
        make_actor(visibility=Visibility.SITE),
        make_actor(visibility=Visibility.TEAM),
    ):
        with pytest.raises(SubjectNotFound):
            read_file(blind, ana.pk)


def test_what_has_run_out_is_not_shown() -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    ana.flags.create(kind="abusive", reason="x", set_by_name="R", set_at=NOON, until=LATER)
    ana.flags.create(kind="deceased", reason="x", set_by_name="R", set_at=NOON, lifted_at=NOON)
    relate(ana, ben, valid_until=LATER)
    relate(ana, ben, kind="lawyer", ended_at=NOON)
    early, late = (read_file(make_actor(), ana.pk, at=at) for at in (NOON, LATER))
    assert ([one.kind for one in early.flags], [one.kind for one in early.represented_by]) == (
        ["abusive"],
        ["authorised"],
    )
    assert (late.flags, late.represented_by) == ([], [])


def test_being_named_on_a_file_opens_no_other() -> None:
    site, person = make_site(), make_representative()
    household = Household.objects.create(name="Prieto", created_at=NOON)
    ana = make_customer("Ana", site=site, household=household)
    near = make_customer("Eva", site=site, household=household)
    far = make_customer("Ben", household=household)
    make_customer("Eva again", site=site, household=household, merged_into=near)
    relate(ana, far)
    actor = make_actor(id=person.pk, visibility=Visibility.SITE, site_ids=frozenset({site.pk}))
    file = read_file(actor, ana.pk)
    assert file.represented_by[0].party == Party(None, "Ben", "")
    assert file.household
    assert [one.name for one in file.household.others] == ["Eva"]
    household_of_all = read_file(make_actor(), ana.pk).household
    assert household_of_all
    assert [one.name for one in household_of_all.others] == ["Eva", "Ben"]


def test_one_row_is_seen_by_the_same_rule_as_many() -> None:
    site, person = make_site(), make_representative()
    team = make_team(site)
    for places in ({}, {"site": site}, {"team": team}, {"owner": person}, {"site": make_site(), "owner": person}):
        customer = make_customer("Ana", **places)
        for visibility in Visibility:
            for permissions in (frozenset({"customers.view"}), frozenset[str]()):
                actor = make_actor(
                    id=person.pk,
                    visibility=visibility,
                    permissions=permissions,
                    site_ids=frozenset({site.pk}),
                    team_ids=frozenset({team.pk}),
                )
                seen = may_see(
                    actor,
                    site_id=customer.site_id,
                    team_id=customer.team_id,
                    team_site_id=customer.team.site_id if customer.team else None,
                    owner_id=customer.owner_id,
                )
                assert seen == visible_customers(actor).filter(pk=customer.pk).exists(), (places, visibility)
