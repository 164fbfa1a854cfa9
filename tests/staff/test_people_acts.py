"""What may be done with people, and what never may."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client

from onhand.kernel.errors import NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import Outcome, perform
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Representative
from tests.factories import NOON
from tests.factories.staff import PASSWORD, actor_of, make_person, make_site, make_team, role

pytestmark = pytest.mark.django_db


def do(name: str, by: Representative, to: Representative | None = None, **arguments: Any) -> Outcome:
    return perform(f"staff.{name}", actor=actor_of(by), subject_id=to.pk if to else None, arguments=arguments, at=NOON)


def invite(by: Representative, **changes: Any) -> Representative:
    given: dict[str, Any] = {"full_name": "Eve Marsh", "email": "Eve@example.com", "role": role("representative").pk}
    return Representative.objects.get(pk=do("invite_representative", by, **given | changes).subject_id or 0)


def test_invited_person_sets_a_password_by_a_link_that_works_once(client: Client) -> None:
    administrator, team = make_person("administrator"), make_team()
    eve = invite(administrator, teams=[team.pk], language="es", time_zone="Europe/Madrid")
    assert (eve.email, eve.language, eve.has_usable_password()) == ("eve@example.com", "es", False)
    link = do("make_sign_in_link", administrator, eve).shown["link"]
    assert link.split("/account/")[1] not in str(list(ActRecord.objects.values()))
    path = "/account/" + link.split("/account/")[1]
    client.get(path, follow=True)
    form = client.get(path, follow=True).redirect_chain[-1][0]
    new = "orchard-bicycle-9-rain"
    assert client.post(form, {"password1": new, "password2": new}).status_code == 302
    eve.refresh_from_db()
    assert eve.check_password(new)
    again = Client().get(path, follow=True)
    assert b"password1" not in again.content
    answer = Client().post("/account/login/", {"login": "eve@example.com", "password": new})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": "TAKEN@example.com"}, "email"),
        ({"role": 999_999}, "role"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"sites": [999_999]}, "sites"),
        ({"teams": [999_999]}, "teams"),
    ],
)
def test_wrong_invitations_name_the_field(changes: dict[str, Any], field: str) -> None:
    administrator = make_person("administrator")
    make_person(email="taken@example.com")
    with pytest.raises(NotPossible) as refused:
        invite(administrator, **changes)
    assert list(refused.value.fields) == [field]
    assert not Representative.objects.filter(name="Eve Marsh").exists()


def test_supervisor_stays_within_rank_and_site() -> None:
    leeds, madrid = make_site(), make_site()
    supervisor = make_person("supervisor", sites=(leeds,))
    administrator = make_person("administrator", sites=(leeds,))
    elsewhere = make_person("representative", sites=(madrid,))
    eve = invite(supervisor, sites=[leeds.pk])
    with pytest.raises(NotPossible):
        invite(supervisor, email="two@example.com", sites=[madrid.pk])
    with pytest.raises(NotPossible):
        invite(supervisor, email="two@example.com")  # would be invisible to the one who invites
    with pytest.raises(NotPossible):
        invite(supervisor, email="two@example.com", sites=[leeds.pk], role=role("administrator").pk)
    for key in ("administrator", "planner"):  # more permissions, or a wider view
        with pytest.raises(NotPossible):
            do("change_role", supervisor, eve, role=role(key).pk)
    with pytest.raises(NotPossible):
        do("change_role", supervisor, eve, role=role("senior").pk, visibility="all")
    for name, arguments in (
        ("deactivate", {}),
        ("change_role", {"role": role("representative").pk}),
        ("change_person", {"full_name": "X", "email": "x@example.com"}),
        ("make_sign_in_link", {}),
        ("end_all_sessions", {}),
    ):
        with pytest.raises(NotPossible):
            do(name, supervisor, administrator, **arguments)
        with pytest.raises(SubjectNotFound):
            do(name, supervisor, elsewhere, **arguments)
    do("change_role", supervisor, eve, role=role("senior").pk, visibility="team")
    eve.refresh_from_db()
    assert (eve.role.key, eve.visibility) == ("senior", "team")


def test_nobody_raises_themselves() -> None:
    supervisor = make_person("supervisor", sites=(make_site(),))
    with pytest.raises(NotPossible):
        do("change_role", supervisor, supervisor, role=role("administrator").pk)
    with pytest.raises(NotPermitted):
        do("change_role", make_person("senior"), supervisor, role=role("senior").pk)


def test_the_last_administrator_stays() -> None:
    first, second = make_person("administrator"), make_person("administrator")
    make_person("administrator", sites=(make_site(is_partner=True),))  # sees only a partner's site
    make_person("administrator", kind=RepresentativeKind.SERVICE)
    do("deactivate", first, second)
    for name, arguments in (
        ("deactivate", {}),
        ("change_role", {"role": role("representative").pk}),
        ("change_role", {"role": role("administrator").pk, "visibility": "site"}),
        ("change_places", {"sites": [make_site(is_partner=True).pk]}),
    ):
        with pytest.raises(NotPossible):
            do(name, first, first, **arguments)
    do("reactivate", first, second)
    do("change_role", first, first, role=role("representative").pk)


def test_changing_the_address_shuts_the_old_one(client: Client) -> None:
    administrator, person = make_person("administrator"), make_person(email="old@example.com")
    EmailAddress.objects.create(user=person, email="old@example.com", primary=True, verified=True)
    do("change_person", administrator, person, full_name="Ana Núñez", email="New@example.com")
    for email, status in (("old@example.com", 200), ("new@example.com", 302)):
        answer = Client().post("/account/login/", {"login": email, "password": PASSWORD})
        assert answer.status_code == status
    record = ActRecord.objects.get()
    assert record.after == {"name": "Ana Núñez", "email": "new@example.com"}


def test_everybody_chooses_their_own_look_and_nobody_elses() -> None:
    person, colleague = make_person(), make_person("administrator")
    look = {"language": "es", "theme": "dark", "text_size": 150, "time_zone": "Europe/Madrid"}
    do("change_preferences", person, person, **look)
    person.refresh_from_db()
    assert (person.language, person.theme, person.text_size, person.time_zone) == tuple(look.values())
    with pytest.raises(NotPossible):
        do("change_preferences", colleague, person, **look)
    for wrong in ({"text_size": 99}, {"text_size": 201}, {"time_zone": "nowhere"}):
        with pytest.raises(NotPossible):
            do("change_preferences", person, person, **look | wrong)


def test_places_change_only_where_one_sees() -> None:
    leeds, madrid = make_site(), make_site()
    supervisor = make_person("supervisor", sites=(leeds,))
    person = make_person(sites=(leeds, madrid))
    with pytest.raises(NotPossible):
        do("change_places", supervisor, person, sites=[leeds.pk])  # would take Madrid away
    team = make_team(leeds)
    do("change_places", supervisor, person, sites=[leeds.pk, madrid.pk], teams=[team.pk])
    assert ActRecord.objects.get().after == {"teams": [team.name]}


def test_lost_second_factors_are_removed_by_who_may() -> None:
    administrator, person = make_person("administrator"), make_person()
    with pytest.raises(NotPossible):
        do("remove_second_factors", administrator, person)
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    outcome = do("remove_second_factors", administrator, person)
    assert (outcome.before, outcome.after) == ({"two_factor": 1}, {"two_factor": 0})
    assert not Authenticator.objects.exists()
