"""Who a signed-in person is, and what roles start with."""

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from onhand.kernel.actor import ActorKind, Via, Visibility
from onhand.kernel.models import ActRecord
from onhand.kernel.permissions import all_permissions, require_known
from onhand.staff.models import Role
from onhand.staff.operations import ensure_builtin_roles
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


def test_new_permissions_are_given_once_and_what_was_taken_stays_away(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(1):
        ensure_builtin_roles(at=NOON)
    quality = role("quality")
    quality.permissions = ["customers.view"]  # the company took all else away
    quality.known_defaults = sorted(
        set(quality.known_defaults) - {"records.view"}
    )  # an older version did not know this one
    quality.save()
    Role.objects.filter(key="planner").update(permissions=[])
    ensure_builtin_roles(at=NOON)
    assert role("quality").permissions == ["customers.view", "records.view"]
    assert role("planner").permissions == []
    record = ActRecord.objects.get()
    assert (record.act, record.actor_name, record.after["permissions"]) == (
        "staff.change_role_permissions",
        "upgrade",
        ["customers.view", "records.view"],
    )
