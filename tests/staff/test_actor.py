"""Who a signed-in person is, and what roles start with."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from onhand.kernel.actor import ActorKind, Via, Visibility
from onhand.kernel.models import ActRecord
from onhand.kernel.permissions import all_permissions, require_known
from onhand.staff.models import Role
from onhand.staff.operations import ensure_builtin_roles, new_permissions
from onhand.staff.queries import actor_for
from onhand.staff.roles import BUILT_IN
from onhand.staff.sign_in import SignInBackend
from tests.factories import NOON
from tests.factories.staff import actor_of, make_person, make_site, make_team, role
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db


def test_actor_has_role_places_and_door(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    madrid, leeds = make_site(), make_site()
    team = make_team(leeds)
    person = make_person("senior", sites=(madrid,), teams=(team,))
    with statements() as sent:
        signed_in = SignInBackend().get_user(person.pk)
    assert signed_in is not None
    assert len(sent) == 1
    with django_assert_num_queries(0):
        actor = actor_for(signed_in, Via.API)
    assert (actor.kind, actor.id, actor.name, actor.role, actor.via) == (
        ActorKind.PERSON,
        person.pk,
        person.name,
        "senior",
        Via.API,
    )
    assert actor.site_ids == {madrid.pk, leeds.pk}
    assert actor.team_ids == {team.pk}
    assert actor.visibility is Visibility.SITE
    assert actor.permissions == set(role("senior").permissions)


def test_own_visibility_wins_and_partners_never_see_the_company() -> None:
    assert actor_of(make_person("planner")).visibility is Visibility.ALL
    narrowed = make_person("planner")
    narrowed.visibility = "own"
    narrowed.save()
    assert actor_of(narrowed).visibility is Visibility.OWN
    partner = make_site(is_partner=True)
    assert actor_of(make_person("administrator", sites=(partner,))).visibility is Visibility.SITE
    assert actor_of(make_person("administrator", teams=(make_team(partner),))).visibility is Visibility.SITE


def test_nobody_and_inactive_people_are_no_actors() -> None:
    person = make_person()
    person.is_active = False
    person.save()
    for user in (AnonymousUser(), person):
        with pytest.raises(PermissionError):
            actor_for(user)
    assert SignInBackend().get_user(person.pk) is None


def test_built_in_roles_are_there_and_know_their_permissions() -> None:
    assert {r.key for r in Role.objects.all()} == {
        *("beginner", "representative", "senior", "supervisor", "planner", "quality", "administrator", "service", "ai")
    }
    for built_in in BUILT_IN:
        require_known(built_in.default_permissions())
        assert role(built_in.key).permissions == built_in.default_permissions()
    assert set(role("administrator").permissions) == {p.name for p in all_permissions()}


def older(key: str, *, lacks: str, has: str = "", **changes: Any) -> None:
    """A role as an older version defined it: without one permission of today, with one that is gone today."""
    then = sorted({*role(key).known_defaults, *([has] if has else [])} - {lacks})
    Role.objects.filter(key=key).update(**{"known_defaults": then, "permissions": then} | changes)


def test_a_role_nobody_changed_follows_the_product(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        ensure_builtin_roles(at=NOON)
    older("quality", lacks="records.view", has="old.permission")
    older("administrator", lacks="payments.refund")
    ensure_builtin_roles(at=NOON)
    for built_in in BUILT_IN:
        one = role(built_in.key)
        assert one.permissions == one.known_defaults == built_in.default_permissions()
    assert new_permissions(role("quality")) == []
    told = {record.subject_id: record for record in ActRecord.objects.all()}
    assert set(told) == {role("quality").pk, role("administrator").pk}
    record = told[role("quality").pk]
    assert (record.act, record.actor_name) == ("staff.change_role_permissions", "upgrade")
    assert "old.permission" in record.before["permissions"]
    assert "old.permission" not in record.after["permissions"]
    with django_assert_num_queries(1):
        ensure_builtin_roles(at=NOON)


def test_a_role_the_company_changed_is_left_alone_and_what_is_new_is_offered(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    older("quality", lacks="records.view", permissions=["customers.view"])
    older("planner", lacks="", permissions=[])
    with django_assert_num_queries(1):
        ensure_builtin_roles(at=NOON)
    assert role("quality").permissions == ["customers.view"]
    assert role("planner").permissions == []
    assert not ActRecord.objects.exists()
    assert new_permissions(role("quality")) == ["records.view"], "what it lost before is not offered"
    assert new_permissions(role("planner")) == []


def test_a_role_changed_to_what_the_product_says_now_follows_again() -> None:
    older("quality", lacks="records.view", permissions=role("quality").permissions)
    ensure_builtin_roles(at=NOON)
    assert role("quality").known_defaults == role("quality").permissions
    older("quality", lacks="surveys.view_figures")
    ensure_builtin_roles(at=NOON)
    assert "surveys.view_figures" in role("quality").permissions
