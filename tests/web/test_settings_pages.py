"""The settings pages, by their happy path and by who may not."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.kernel.records import Subject, record_access
from onhand.staff.demo import create_demo_staff
from onhand.staff.models import ApiToken, Representative, Role
from onhand.web.settings import status
from tests.factories import NOON, make_customer
from tests.factories.staff import PASSWORD, actor_of, make_person, make_site, role

pytestmark = pytest.mark.django_db


def client_of(person: Representative) -> Client:
    client = Client()
    answer = client.post("/account/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


PAGES = ("account", "tokens", "people", "roles", "places", "events", "records", "accesses", "status")


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_opens_in_both_languages(language: str) -> None:
    create_demo_staff(at=NOON, password=PASSWORD)
    administrator = Representative.objects.get(email="administrator@demo.example")
    administrator.language = language
    administrator.save()
    client = client_of(administrator)
    for name in PAGES:
        answer = client.get(reverse(f"settings:{name}"))
        assert answer.status_code == 200, name
        assert "no-store" in answer["Cache-Control"], name
        assert answer["Content-Language"] == language
    for address in ("/account/password/change/", "/account/2fa/", "/account/sessions/", "/account/2fa/passkeys/"):
        assert client.get(address).status_code == 200, address


def test_people_are_found_and_paged_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.web.settings.people.PAGE", 2)
    client = client_of(make_person("administrator", name="Zed"))
    for name in ("Ana", "Ana", "Bea", "Carl"):
        make_person(name=name)
    seen, address = [], "/settings/people/"
    while address:
        page = client.get(address)
        body = page.content.decode()
        found = body.split('class="pager"><a class="button" href="')
        address = "/settings/people/" + found[1].split('"')[0].replace("&amp;", "&") if len(found) > 1 else ""
        seen += [
            part.split("<")[0] for part in body.split('">')[1:] if part.split("<")[0] in ("Ana", "Bea", "Carl", "Zed")
        ]
    assert [name for name in seen if name in ("Ana", "Bea", "Carl")] == ["Ana", "Ana", "Bea", "Carl"]
    assert "Bea" in client.get("/settings/people/?q=be").content.decode()
    assert "Nobody found" in client.get("/settings/people/?q=%00zzz' or 1=1").content.decode()


def test_records_and_opened_files_are_paged_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.web.settings.records.PAGE", 2)
    administrator = make_person("administrator")
    customer = make_customer("Ana")
    actor, about = actor_of(administrator), Subject("customer", customer.pk)
    texts = [f"note number {number}" for number in range(5)]
    for text in texts:
        perform("customers.add_note", actor=actor, subject_id=customer.pk, arguments={"text": text}, at=NOON)
        record_access(actor=actor, subject=about, page="desk.customer", reason=f"reason for {text}", at=NOON)
    client = client_of(administrator)
    for first, most in (("/settings/records/?act=customers.add_note", 2), ("/settings/records/opened/", 2)):
        seen: list[str] = []
        sizes = []
        address = first
        while address:
            body = client.get(address).content.decode()
            found = sorted({text for text in texts if text in body}, reverse=True)
            sizes.append(len(found))
            seen += found
            more = re.search(r'href="(\?[^"]*before=\d+[^"]*)"', body)
            address = first.partition("?")[0] + more[1].replace("&amp;", "&") if more else ""
        assert (seen, sizes) == (texts[::-1], [most, most, 1]), first


def test_a_role_is_changed_in_the_browser_after_a_preview() -> None:
    client = client_of(make_person("administrator"))
    planner = role("planner")
    address = reverse("settings:act", args=["role", planner.pk, "staff.change_role_permissions"])
    form = {"permissions": ["staff.own_account", "staff.view", "records.view"], "expected_version": planner.version}
    preview = client.post(address, form | {"step": "preview"})
    assert preview.status_code == 200
    assert "Search the records" in preview.content.decode()
    assert role("planner").permissions == planner.permissions
    assert not ActRecord.objects.exists()
    done = client.post(address, form | {"step": "do", "idempotency_key": "one"})
    assert done.status_code == 302
    assert "records.view" in role("planner").permissions
    assert client.post(address, form | {"step": "do"}).status_code == 409  # somebody saw an older version
    assert "Search the records" in client.get(done["Location"]).content.decode()


def test_wrong_input_stays_in_the_form_with_its_message() -> None:
    client = client_of(make_person("administrator"))
    answer = client.post(
        reverse("settings:new", args=["representative", "staff.invite_representative"]),
        {"full_name": "", "email": "nonsense", "role": "x", "kind": "robot", "language": "xx", "sites": ["999"]},
    )
    body = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="nonsense"' in body
    assert body.count('aria-invalid="true"') >= 3
    assert not ActRecord.objects.exists()


def test_a_token_is_shown_once_and_needs_the_password_again(settings: Any) -> None:
    person = make_person("senior")
    client = client_of(person)
    address = reverse("settings:act", args=["representative", person.pk, "staff.create_token"])
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    asked = client.get(address)
    assert asked["Location"].startswith("/account/reauthenticate/")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
    assert client.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302
    answer = client.post(address, {"token_name": "Webshop", "scopes": ["customers.view"], "days": "30"})
    assert answer.status_code == 200, answer.content.decode()
    token = ApiToken.objects.get()
    assert f"{token.prefix}" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    listed = client.get("/settings/tokens/").content.decode()
    assert token.prefix in listed
    secret = answer.content.decode().split('shown-once">')[1].split("<")[0]
    assert secret not in listed


@pytest.mark.parametrize("act", ["create_token", "make_sign_in_link", "remove_second_factors"])
def test_no_other_door_skips_the_password(settings: Any, act: str) -> None:
    person = make_person("administrator")
    client = client_of(person)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    given = {"token_name": "Webshop", "scopes": ["customers.view"], "days": 30}
    arguments = given if act == "create_token" else {}
    assert client.post(f"/desk/acts/staff.{act}/{person.pk}/", arguments).status_code == 404
    refused = client.post(
        f"/api/v1/acts/staff.{act}",
        {"subject_id": person.pk, "arguments": arguments},
        content_type="application/json",
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "password_needed")
    assert not ActRecord.objects.exists()


def test_own_sessions_end_one_by_one() -> None:
    person = make_person()
    here, there = client_of(person), client_of(person)
    body = here.get("/account/sessions/").content.decode()
    address = body.split('action="/settings/account/sessions/')[1].split('"')[0]
    assert client_of(make_person()).post("/settings/account/sessions/" + address).status_code == 404
    assert here.post("/settings/account/sessions/" + address).status_code == 302
    assert there.get("/settings/account/").status_code == 302
    assert here.get("/settings/account/").status_code == 200


def test_a_new_password_ends_other_sessions() -> None:
    person = make_person()
    here, there = client_of(person), client_of(person)
    new = "orchard-bicycle-9-rain"
    answer = here.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert (answer.status_code, answer["Location"]) == (302, "/settings/account/")
    assert here.get("/settings/account/").status_code == 200
    assert there.get("/settings/account/").status_code == 302


def test_supervisors_see_their_site_and_its_records_only() -> None:
    leeds, madrid = make_site(), make_site()
    supervisor = make_person("supervisor", sites=(leeds,))
    make_person("representative", sites=(leeds,), name="Near Colleague")
    elsewhere = make_person("supervisor", sites=(madrid,), name="Far Colleague")
    far = client_of(elsewhere)
    far.post(
        reverse("settings:act", args=["representative", elsewhere.pk, "staff.change_preferences"]),
        {"language": "es", "theme": "dark", "text_size": "100", "time_zone": "UTC"},
    )
    assert ActRecord.objects.count() == 1
    client = client_of(supervisor)
    listed = client.get("/settings/people/").content.decode()
    assert "Near Colleague" in listed
    assert "Far Colleague" not in listed
    assert client.get(f"/settings/people/{elsewhere.pk}/").status_code == 404
    assert "Far Colleague" not in client.get("/settings/records/").content.decode()
    assert "Far Colleague" in far.get("/settings/records/").content.decode()


def test_records_on_customers_of_other_sites_say_nothing_of_them() -> None:
    leeds, madrid = make_site(), make_site()
    client = client_of(make_person("supervisor", sites=(leeds,)))
    colleague = make_person("senior", sites=(leeds, madrid))
    near, far = make_customer("Nell Near", site=leeds), make_customer("Fay Far", site=madrid)
    for customer, text in ((near, "likes tea"), (far, "likes coffee")):
        perform(
            "customers.add_note",
            actor=actor_of(colleague),
            subject_id=customer.pk,
            arguments={"text": text},
            at=NOON,
        )
    listed = client.get("/settings/records/").content.decode()
    assert ("Nell Near" in listed, "likes tea" in listed) == (True, True)
    assert ("Fay Far" in listed, "likes coffee" in listed) == (False, False)
    assert f"Customer {far.pk}" in listed


@pytest.mark.parametrize(
    "path",
    [
        "/settings/acts/role/new/no.such/",
        "/settings/acts/customer/1/customers.add_note/",
        "/settings/acts/role/1/staff.add_role/",
        "/settings/acts/role/999999999999999999/staff.rename_role/",
        "/settings/people/999999999999999999/",
        "/settings/people/9999999999999999999999/",
    ],
)
def test_what_does_not_exist_is_not_found(path: str) -> None:
    assert client_of(make_person("administrator")).get(path).status_code == 404


def test_roles_page_shows_a_column_for_a_new_role() -> None:
    Role.objects.create(key="night", name="Night lead", permissions=["staff.view"])
    assert "Night lead" in client_of(make_person("planner")).get("/settings/roles/").content.decode()


def test_records_are_found_by_the_reference_of_a_customer() -> None:
    client = client_of(make_person("administrator"))
    writer, wanted, other = make_person("administrator"), make_customer("Nell Near"), make_customer("Fay Far")
    for customer in (wanted, other):
        perform(
            "customers.add_note",
            actor=actor_of(writer),
            subject_id=customer.pk,
            arguments={"text": f"about {customer.name}"},
            at=NOON,
        )
    for about in (wanted.reference.lower(), f"customer:{wanted.pk}"):
        listed = client.get("/settings/records/", {"about": about}).content.decode()
        assert ("about Nell Near" in listed, "about Fay Far" in listed) == (True, False)
    assert "No record found" in client.get("/settings/records/", {"about": "XXX-XXX"}).content.decode()


@pytest.mark.parametrize(("most", "end"), [(0, 1), (1, 1), (3, 4), (24, 40), (41, 60), (61, 100)])
def test_the_axis_ends_at_a_round_figure(most: int, end: int) -> None:
    assert status.round_above(most) == end


def test_roles_page_says_what_is_new_for_a_changed_role_and_gives_it() -> None:
    quality = role("quality")
    known = sorted(set(quality.known_defaults) - {"records.view"})
    Role.objects.filter(pk=quality.pk).update(known_defaults=known, permissions=["customers.view"])
    Role.objects.exclude(pk=quality.pk).exclude(key="administrator").update(permissions=["staff.view"])
    client = client_of(make_person("administrator"))
    page = client.get("/settings/roles/").content.decode()
    part = page[page.index(f'id="new-{quality.pk}"') : page.index("table-frame")]
    assert "New for Quality reviewer" in part
    assert "staff.give_new_permissions" in part
    assert "no role has it" not in part, "administrators have it"
    Role.objects.filter(key="administrator").update(
        permissions=["staff.view", "staff.manage_roles", "staff.manage_people"]
    )
    assert "no role has it" in client.get("/settings/roles/").content.decode()
    assert "staff.give_new_permissions" in client.get(f"/settings/roles/{quality.pk}/").content.decode()
    assert "staff.give_new_permissions" not in client.get(f"/settings/roles/{role('planner').pk}/").content.decode()
    assert 'id="new-' not in client_of(make_person("planner")).get("/settings/roles/").content.decode()
