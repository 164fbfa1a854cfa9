"""The pages that say whether procedures were followed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from onhand.contacts.models import Contact, ContactReason
from onhand.procedures.enums import Check, Source
from onhand.procedures.followed import keep_checks
from onhand.procedures.models import Followed, Procedure, ProcedureRun, StepTaken
from tests.factories import make_customer
from tests.factories.contacts import make_contact
from tests.factories.staff import make_person, make_site, make_team
from tests.procedures.writing import publish

pytestmark = pytest.mark.django_db
ADDRESS = "/procedures/followed/"


class Company:
    """Contacts about damaged goods that ended lately: nobody went through the procedure unless `run` says so."""

    def __init__(self) -> None:
        self.site = make_site()
        self.team = make_team(self.site, name="Returns")
        self.quality = make_person("quality", sites=(self.site,))
        self.person = make_person("representative", sites=(self.site,))
        self.procedure: Procedure = publish()
        self.reason = ContactReason.objects.create(name="Damaged goods")
        self.customer = make_customer(site=self.site)
        self.now = timezone.now().replace(microsecond=0)

    def contact(self, days: int = 0, *, run: bool = False, **changes: object) -> Contact:
        at = self.now - timedelta(days=days, minutes=10)
        given = {"reason": self.reason, "team": self.team, "ended_at": at + timedelta(minutes=5)} | changes
        customer = make_customer(site=self.site)
        one = make_contact(customer, self.person.pk, started_at=at, **given)
        if run:
            self.run(one)
        keep_checks(one.pk, self.now)
        return one

    def run(self, contact: Contact) -> ProcedureRun:
        made = ProcedureRun.objects.create(
            procedure=self.procedure,
            procedure_version=self.procedure.versions.get(),
            about_type="order",
            about_id=contact.pk,
            customer=contact.customer,
            contact=contact,
            state="ended",
            outcome="through",
            begun_at=contact.started_at,
            begun_by_kind="person",
            begun_by_name="Ana",
            held_by_kind="person",
            held_by_name="Ana",
            ended_at=contact.ended_at,
        )
        StepTaken.objects.create(
            run=made,
            step="Sorry",
            source=Source.SKIPPED,
            reason="In a hurry",
            contact_id=contact.pk,
            at=contact.started_at,
            by_kind="person",
            by_name="Ana",
            via="desk",
        )
        return made

    def page(self, query: str = "", address: str = ADDRESS) -> str:
        client = Client()
        client.force_login(self.quality)
        answer = client.get(f"{address}{query}")
        assert answer.status_code == 200
        return answer.content.decode()


@pytest.fixture
def company() -> Company:
    return Company()


def test_shares_by_week_and_team_and_what_is_skipped_with_its_reasons(company: Company) -> None:
    for _number in range(3):
        company.contact(run=True)
    company.contact()
    shown = company.page()
    assert "75\xa0%" in shown or "75 %" in shown
    assert "Returns" in shown
    assert "In a hurry" in shown
    assert shown.count('class="bar-of-day"') == 1


def test_where_nothing_was_checked_it_says_so(company: Company) -> None:
    shown = company.page()
    assert "Nothing was checked in these weeks" in shown
    assert 'id="followed-rows"' not in shown


def test_contacts_in_which_it_was_not_followed_come_page_by_page_and_filtered(company: Company) -> None:
    for _number in range(60):
        company.contact()
    other = company.contact(team=make_team(company.site, name="Bills"))
    followed = company.contact(run=True)
    shown = company.page()
    assert shown.count('<tr id="followed-') == 50
    last = Followed.objects.filter(is_followed=False).order_by("-ended_at", "-pk")[49]
    assert company.page(f"?weeks=12&after={last.pk}").count('<tr id="followed-') == 11
    of_team = company.page(f"?team={other.team_id}")
    assert of_team.count('<tr id="followed-') == 1
    assert f"/procedures/followed/contacts/{other.pk}/" in of_team
    assert f"/procedures/followed/contacts/{followed.pk}/" not in shown
    assert (
        company.page(f"?person={company.person.pk}&procedure={company.procedure.pk}").count('<tr id="followed-') == 50
    )
    assert company.page("?procedure=999999").count('<tr id="followed-') == 0
    assert "Everybody, not only" in company.page(f"?person={company.person.pk}")


def test_what_is_older_than_the_weeks_asked_for_is_left_out(company: Company) -> None:
    company.contact(days=40)
    assert company.page("?weeks=4").count('<tr id="followed-') == 0
    assert company.page("?weeks=12").count('<tr id="followed-') == 1


def test_one_contact_with_every_check_and_what_shows_it(company: Company) -> None:
    one = company.contact(run=True)
    address = f"{ADDRESS}contacts/{one.pk}/"
    shown = company.page(address=address)
    for check in Check:
        assert str(check.label) in shown
    assert "Sorry: In a hurry" in shown
    assert "/desk/procedures/" in shown


def test_a_contact_nothing_is_meant_for_says_so_and_others_are_not_shown(company: Company) -> None:
    one = company.contact(reason=None)
    assert "No procedure in force is meant" in company.page(address=f"{ADDRESS}contacts/{one.pk}/")
    going_on = company.contact(ended_at=None)
    assert "once the contact has ended" in company.page(address=f"{ADDRESS}contacts/{going_on.pk}/")
    client = Client()
    client.force_login(company.quality)
    assert client.get(f"{ADDRESS}contacts/999999/").status_code == 404


def test_only_the_teams_one_sees_are_counted(company: Company) -> None:
    far = make_team(make_site(name="Far away"), name="Elsewhere")
    company.contact(team=far)
    leader = make_person("supervisor", sites=(company.site,), teams=(company.team,))
    client = Client()
    client.force_login(leader)
    shown = client.get(ADDRESS).content.decode()
    assert "Elsewhere" not in shown
    assert shown.count('<tr id="followed-') == 0


def test_the_figures_take_as_many_statements_however_many_contacts(
    company: Company, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for _number in range(5):
        company.contact()
    company.page()
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        company.page()


def test_the_page_of_a_contact_shows_it_to_who_reads_it_only(company: Company) -> None:
    one = company.contact(run=True, channel="email", last_message_at=company.now)
    shown = company.page(address=f"/desk/contacts/{one.pk}/")
    assert "contact-followed" in shown
    client = Client()
    client.force_login(company.quality)
    panel = client.get(f"{ADDRESS}contacts/{one.pk}/?panel=1", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in panel
    assert "Sorry: In a hurry" in panel
    client.force_login(company.person)
    assert "contact-followed" not in client.get(f"/desk/contacts/{one.pk}/").content.decode()
    assert client.get(f"{ADDRESS}contacts/{one.pk}/").status_code == 403
