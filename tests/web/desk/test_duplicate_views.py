"""The page of files that may be the same, and what leads from it."""

import html
import re
from datetime import date

import pytest
from django.test import Client

from onhand.customers.access import MERGE
from onhand.customers.merging.duplicates import look_again
from onhand.customers.models import Customer, DuplicateSuggestion, Merge
from onhand.staff.models import Representative
from onhand.web.desk import duplicate_views
from tests.factories import NOON, make_customer
from tests.web.desk.files import make_colleague, shows_day

pytestmark = pytest.mark.django_db
BORN = date(1980, 5, 17)


@pytest.fixture
def rosa(db: None) -> Representative:
    return make_colleague("supervisor", name="Rosa Field")


def alike(number: int = 1) -> list[Customer]:
    pair = [make_customer("Ana Prieto", born_on=BORN.replace(day=number), city="Soria") for _ in range(2)]
    look_again([one.pk for one in pair], at=NOON)
    return pair


def test_two_files_are_shown_side_by_side_with_why_and_without_protected_data(desk: Client) -> None:
    assert "No two files look alike" in desk.get("/desk/duplicates/").content.decode()
    first, second = alike()
    page = desk.get("/desk/duplicates/").content.decode()
    for one in (first, second):
        assert one.reference in page
        assert f"/desk/customers/{one.pk}/" in page
        assert f"/desk/customers/{one.pk}/acts/customers.merge_customer/" in page
    assert "Same name and date of birth" in page
    assert not shows_day(page, BORN.replace(day=1))
    assert 'href="/desk/duplicates/"' in desk.get("/desk/customers/").content.decode()


def test_the_form_opens_with_the_other_file_named_and_merges(desk: Client) -> None:
    first, second = alike()
    address = f"/desk/customers/{first.pk}/acts/customers.merge_customer/"
    form = desk.get(address, {"other": second.pk}).content.decode()
    assert f"Ana Prieto · {second.reference} · Soria" in form
    assert f'data-value="{second.pk}"' in form
    for nonsense in ("9" * 40, "x", "", "²", str(10**9)):
        assert desk.get(address, {"other": nonsense}).status_code == 200
    shown = desk.post(f"{address}preview/", {"other": second.pk, "reason": "the same"}).content.decode()
    assert second.reference in shown
    assert desk.post(address, {"other": second.pk, "reason": "the same"}).status_code in (200, 302)
    assert Merge.objects.get().survivor_id == first.pk
    assert second.reference not in desk.get("/desk/duplicates/").content.decode()


def test_not_the_same_takes_the_pair_from_the_list(desk: Client) -> None:
    first, _second = alike()
    suggestion = DuplicateSuggestion.objects.get()
    address = f"/desk/customers/{first.pk}/acts/customers.dismiss_duplicate/"
    assert f'value="{suggestion.pk}" selected' in desk.get(address, {"duplicate": suggestion.pk}).content.decode()
    desk.post(address, {"duplicate": suggestion.pk})
    assert "No two files look alike" in desk.get("/desk/duplicates/").content.decode()


def test_the_list_comes_in_pages(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicate_views, "PAGE", 2)
    references = {one.reference for number in range(1, 6) for one in alike(number)}
    address, seen = "/desk/duplicates/", set[str]()
    for _page in range(3):
        response = desk.get(address)
        page = response.content.decode()
        seen |= {reference for reference in references if reference in page}
        more = re.search(r'hx-get="(/desk/duplicates/[^"]+)"', page)
        address = html.unescape(more[1]) if more else ""
    assert address == ""
    assert seen == references
    for nonsense in (
        "?score=x&after=1",
        "?score=-1&after=1",
        "?score=1000000&after=0",
        "?after=99999999999999999999999",
    ):
        assert desk.get(f"/desk/duplicates/{nonsense}").status_code == 200


def test_who_may_not_merge_does_not_find_the_page(desk: Client, rosa: Representative) -> None:
    role = rosa.role
    role.permissions = [name for name in role.permissions if name != MERGE]
    role.save()
    assert desk.get("/desk/duplicates/").status_code == 404
    assert "/desk/duplicates/" not in desk.get("/desk/customers/").content.decode()


def test_a_merged_customers_page_and_acts_lead_to_the_file(desk: Client) -> None:
    first, second = alike()
    address = f"/desk/customers/{first.pk}/acts/customers.merge_customer/"
    desk.post(address, {"other": second.pk, "reason": "the same"})
    refused = desk.post(f"/desk/customers/{second.pk}/acts/customers.add_note/", {"text": "x"})
    assert refused.status_code == 409
    assert first.reference in refused.content.decode()
