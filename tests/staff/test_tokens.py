"""API tokens: shown once, kept as a digest, never more than their owner may, over at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from onhand.kernel.actor import ActorKind, Via
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.perform import Outcome, perform
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import ApiToken, Representative
from onhand.staff.tokens import actor_from_token
from tests.factories import NOON
from tests.factories.staff import actor_of, make_person, role

pytestmark = pytest.mark.django_db


def create(owner: Representative, by: Representative | None = None, **changes: Any) -> Outcome:
    arguments: dict[str, Any] = {"token_name": "Webshop", "scopes": ["customers.view"], "days": 30} | changes
    return perform("staff.create_token", actor=actor_of(by or owner), subject_id=owner.pk, arguments=arguments, at=NOON)


def test_token_acts_for_its_owner_within_its_scopes() -> None:
    owner = make_person("senior")
    secret = create(owner).shown["token"]
    actor = actor_from_token(secret, via=Via.MCP, at=NOON)
    assert actor is not None
    assert (actor.id, actor.via, actor.permissions) == (owner.pk, Via.MCP, frozenset({"customers.view"}))
    assert ApiToken.objects.get().last_used_at == NOON
    actor_from_token(secret, via=Via.API, at=NOON + timedelta(minutes=1))
    assert ApiToken.objects.get().last_used_at == NOON  # noted coarsely


def test_a_permission_taken_from_the_role_is_gone_from_its_tokens() -> None:
    owner = make_person("senior")
    secret = create(owner).shown["token"]
    senior = role("senior")
    senior.permissions = ["staff.own_account"]
    senior.save()
    actor = actor_from_token(secret, via=Via.API, at=NOON)
    assert actor is not None
    assert actor.permissions == frozenset()


def test_the_secret_is_nowhere_in_the_database() -> None:
    secret = create(make_person("senior")).shown["token"]
    assert ActRecord.objects.get().after["token"]["prefix"] == secret[:10]
    with connection.cursor() as cursor:
        for table in ("kernel_actrecord", "kernel_eventrecord", "staff_apitoken"):
            cursor.execute(f"select coalesce(string_agg(t::text, ' '), '') from {table} t")
            assert secret[10:] not in cursor.fetchone()[0]
    assert EventRecord.objects.count() == 1


def test_preview_shows_no_secret_and_makes_no_token() -> None:
    owner = make_person("senior")
    outcome = perform(
        "staff.create_token",
        actor=actor_of(owner),
        subject_id=owner.pk,
        arguments={"token_name": "x", "scopes": ["customers.view"]},
        at=NOON,
        preview=True,
    )
    assert not outcome.shown
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["staff.manage_roles"]}, "scopes"),
        ({"scopes": ["no.such"]}, "scopes"),
        ({"days": 366}, "days"),
        ({"days": 0}, "days"),
    ],
)
def test_wrong_wishes_name_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(NotPossible) as refused:
        create(make_person("senior"), **changes)
    assert list(refused.value.fields) == [field]
    assert not ApiToken.objects.exists()


def test_a_token_cannot_make_a_wider_one() -> None:
    owner = make_person("senior")
    narrow = create(owner, scopes=["staff.manage_tokens"]).shown["token"]
    actor = actor_from_token(narrow, via=Via.API, at=NOON)
    assert actor is not None
    with pytest.raises(NotPossible):
        perform(
            "staff.create_token",
            actor=actor,
            subject_id=owner.pk,
            arguments={"token_name": "x", "scopes": ["customers.view"]},
            at=NOON,
        )


def test_nobody_makes_tokens_in_the_name_of_another_person() -> None:
    with pytest.raises(NotPossible):
        create(make_person("senior"), by=make_person("administrator"))


def test_programs_get_their_tokens_from_who_manages_people() -> None:
    shop = make_person("service", kind=RepresentativeKind.SERVICE)
    secret = create(shop, by=make_person("administrator")).shown["token"]
    actor = actor_from_token(secret, via=Via.API, at=NOON)
    assert actor is not None
    assert actor.kind is ActorKind.SERVICE
    with pytest.raises(NotPermitted):
        create(shop, by=make_person("representative"))


@pytest.mark.parametrize("text", ["", "onh_", "x" * 47, "onh_" + "é" * 43, "onh_" + "a" * 43, "onh_" + "a" * 10_000])
def test_garbage_is_nobody(text: str) -> None:
    assert actor_from_token(text, via=Via.API, at=NOON) is None


def test_expired_revoked_and_deactivated_tokens_are_nobody() -> None:
    owner = make_person("senior")
    secret = create(owner).shown["token"]
    assert actor_from_token(secret, via=Via.API, at=NOON + timedelta(days=30)) is None
    perform(
        "staff.revoke_token",
        actor=actor_of(owner),
        subject_id=owner.pk,
        arguments={"token": ApiToken.objects.get().pk},
        at=NOON,
    )
    assert actor_from_token(secret, via=Via.API, at=NOON) is None
    second = create(owner).shown["token"]
    Representative.objects.filter(pk=owner.pk).update(is_active=False)
    assert actor_from_token(second, via=Via.API, at=NOON) is None


@pytest.mark.parametrize(
    ("act", "arguments"),
    [
        ("make_sign_in_link", {}),
        ("remove_second_factors", {}),
        ("change_person", {"full_name": "Ana", "email": "elsewhere@example.com"}),
    ],
)
def test_a_narrow_token_does_not_open_its_owners_account(act: str, arguments: dict[str, str]) -> None:
    owner = make_person("administrator")
    secret = create(owner, scopes=["staff.manage_people"]).shown["token"]
    narrow = actor_from_token(secret, via=Via.API, at=NOON)
    assert narrow is not None
    with pytest.raises(NotPossible) as refused:
        perform(f"staff.{act}", actor=narrow, subject_id=owner.pk, arguments=arguments, at=NOON)
    assert "token" in refused.value.message
