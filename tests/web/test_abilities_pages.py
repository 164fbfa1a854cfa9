"""The settings pages of skills, languages and licences."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.staff.models import LanguageLevel, Licence, LicenceKind, Representative, Skill, SkillLevel
from tests.factories.staff import make_person, make_site, make_team
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db
PAGE = "/settings/skills/"
ACTS = "/settings/acts"


@pytest.fixture
def administrator() -> Representative:
    return make_person("administrator", name="Lena Fischer")


@pytest.fixture
def client(administrator: Representative) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def page(client: Client, address: str = PAGE, **asked: Any) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def send(client: Client, address: str, **given: Any) -> Any:
    return client.post(address, {"idempotency_key": timezone.now().isoformat(), "step": "do"} | given)


def test_from_an_empty_page_to_somebody_who_can_something(client: Client) -> None:
    ana = make_person(name="Ana Prieto")
    body = page(client)
    assert "No skills yet" in body
    assert "No kinds of licences" in body
    assert "Nothing to show across" in page(client, f"{PAGE}people/")
    made = send(client, f"{ACTS}/skill/new/staff.add_skill/", skill_name="Refunds", purpose="Money back")["Location"]
    skill = Skill.objects.get()
    assert made == f"{PAGE}{skill.pk}/"
    assert "Nobody you see has it" in page(client, made)
    give = f"{ACTS}/representative/{ana.pk}/staff.give_skill/"
    assert f'<option value="{skill.pk}" selected' in page(client, give, skill=skill.pk)
    assert send(client, give, skill=skill.pk, level="4")["Location"] == f"/settings/people/{ana.pk}/"
    assert "Ana Prieto" in page(client, made)
    assert "4 · the difficult things too" in page(client, f"/settings/people/{ana.pk}/")
    matrix = page(client, f"{PAGE}people/")
    assert re.search(r'class="level-4"[^>]*>4', matrix)
    change = re.search(r'href="([^"]+)"[^>]*class="level-4"', matrix)
    assert change
    assert '<option value="4" selected' in page(client, change[1].replace("&amp;", "&"))


def test_what_runs_out_is_warned_of_where_one_looks(client: Client) -> None:
    ana = make_person(name="Ana Prieto")
    kind, now = LicenceKind.objects.create(key="life", name="Life"), timezone.now()
    usual = {"representative": ana, "kind": kind, "valid_until": now.date()}
    for number, (place, days) in enumerate((("ES", 10), ("GB", -10), ("FR", 100), ("PT", 5))):
        Licence.objects.create(jurisdiction=place, number=str(number), ends_at=now + timedelta(days=days), **usual)
    # One that was renewed is not warned of.
    Licence.objects.create(jurisdiction="PT", number="9", representative=ana, kind=kind)
    warned = page(client).partition('id="running-out"')[2].partition("</section>")[0]
    assert [place for place in ("Spain", "United Kingdom", "France", "Portugal") if place in warned] == [
        "Spain",
        "United Kingdom",
    ]
    person = page(client, f"/settings/people/{ana.pk}/")
    assert "runs out on" in person
    assert "ran out on" in person
    held = page(client, f"/settings/licences/{kind.pk}/")
    assert "ran out on" in held
    matrix = page(client, f"{PAGE}people/", what="licences")
    assert re.search(r'class="level-5 soon"[^>]*>✓', matrix)
    assert re.search(r'class="level-1 idle"[^>]*>×', matrix)


def test_only_the_person_and_who_manages_them_sees_what_somebody_can() -> None:
    site, skill = make_site(), Skill.objects.create(key="refunds", name="Refunds by card")
    ana, bob = make_person(sites=(site,)), make_person(sites=(site,))
    SkillLevel.objects.create(representative=ana, skill=skill, level=3)
    for reader, seen in ((ana, True), (bob, False), (make_person("supervisor", sites=(site,)), True)):
        reading = Client()
        reading.force_login(reader)
        assert ("Refunds by card" in page(reading, f"/settings/people/{ana.pk}/")) is seen
        assert ("staff.give_skill" in page(reading, f"/settings/people/{ana.pk}/")) is (seen and reader != ana)


def test_the_table_is_bounded_whoever_and_whatever_there_is(client: Client) -> None:
    site = make_site()
    team = make_team(site)
    people = [make_person(name=f"Person {number:03}", teams=(team,)) for number in range(53)]
    skills = [Skill.objects.create(key=f"s{number}", name=f"Skill {number:02}") for number in range(23)]
    SkillLevel.objects.bulk_create(
        SkillLevel(representative=person, skill=skill, level=1 + (person.pk + skill.pk) % 5)
        for person in people
        for skill in skills
    )
    with statements() as sent:
        first = page(client, f"{PAGE}people/", team=team.pk)
    many = len(sent)
    assert first.count('<tr id="row-') == 50
    assert first.count('scope="col"') == 21
    later = re.search(r'href="(\?[^"]*across=[^"]*)"', first)
    assert later
    second = page(client, f"{PAGE}people/{later[1].replace('&amp;', '&')}")
    assert second.count('scope="col"') == 4
    assert "Earlier columns" in second
    rest = page(client, f"{PAGE}people/", team=team.pk, after=people[49].pk)
    assert rest.count('<tr id="row-') == 3
    with statements() as sent:
        page(client, f"{PAGE}people/", team=team.pk, q="Person 00")
    assert len(sent) == many  # however many are shown
    assert "Nobody found" in page(client, f"{PAGE}people/", q="Nobody of this name")
    assert page(client, f"{PAGE}{skills[0].pk}/").count('<tr id="row-') == 50
    LanguageLevel.objects.create(representative=people[0], language="ca", level=5)
    assert "Catalan" in page(client, f"{PAGE}people/", what="languages", q="Person 000")
    for odd in ({"across": "\x00"}, {"across": "-1"}, {"team": "x"}, {"after": "9" * 30}, {"what": "?"}):
        page(client, f"{PAGE}people/", **odd)
