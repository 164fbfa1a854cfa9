"""Notices on their pages: what is to be read, reading and answering, who has read what, and the way from a refusal to its notice."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onhand.guidelines.models import Guideline
from onhand.receipts.models import Notice, Receipt
from onhand.staff.models import Representative
from tests.company import NAME
from tests.factories import make_customer
from tests.factories.staff import actor_of, make_site, make_team
from tests.factories.work import make_person
from tests.receipts.reading import NOTE, QUESTIONS, TEXTS, begin, publish, understand

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![y](https://elsewhere.example/a) <img src=x onerror=alert(1)> **kept**"


@pytest.fixture
def ana() -> Representative:
    return make_person("representative")


@pytest.fixture
def browser(client: Client, ana: Representative) -> Client:
    client.force_login(ana)
    return client


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(make_person("supervisor"))
    return client


def text_of(browser: Client, address: str, status: int = 200) -> str:
    answer = browser.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def answer(browser: Client, notice: Notice, *answers: int, key: str = "") -> Any:
    chosen = {f"answer-{place}": str(one) for place, one in enumerate(answers, 1)}
    return browser.post(f"/desk/notices/{notice.pk}/understood/", chosen | {"idempotency_key": key})


def test_the_bar_and_the_desk_say_that_something_is_to_be_read(browser: Client, ana: Representative) -> None:
    assert "to read" not in text_of(browser, "/desk/notices/unread/")
    assert "You have read everything" in text_of(browser, "/desk/notices/")
    now = timezone.now()
    due, later = publish(at=now), publish(at=now, due_at=(now + timedelta(days=1)).isoformat())
    assert "2 to read" in text_of(browser, "/desk/notices/unread/")
    home = text_of(browser, "/desk/")
    assert "2 notices are to be read." in home
    assert "1 of them is due." in home
    listed = text_of(browser, "/desk/notices/")
    assert listed.index(f'id="to-read-{due.pk}"') < listed.index(f'id="to-read-{later.pk}"')
    understand(ana, due, now)
    assert "1 to read" in text_of(browser, "/desk/notices/unread/")
    assert "What you have read" in text_of(browser, "/desk/notices/")
    understand(ana, later, now)
    assert "notices are to be read" not in text_of(browser, "/desk/")


def test_reading_answering_wrong_and_right(browser: Client, ana: Representative) -> None:
    notice = publish(at=timezone.now(), acts=[NOTE])
    page = text_of(browser, f"/desk/notices/{notice.pk}/")
    assert "<strong>30 days</strong>" in page
    assert page.count('name="answer-') == 5
    assert Receipt.objects.get(representative=ana).tries == 0  # that it was opened is kept
    missing = answer(browser, notice, 2)
    assert missing.status_code == 422
    assert "Answer every question." in missing.content.decode()
    wrong = answer(browser, notice, 1, 2)
    said = wrong.content.decode()
    assert wrong.status_code == 200
    assert "1 answer is not right yet." in said
    assert 'id="question-1-errors"' in said
    assert 'id="question-2-errors"' not in said
    assert re.search(r'id="answer-2-2"[^>]* checked', said)  # what was right is kept
    done = answer(browser, notice, 2, 2, key="k-understood-1")
    assert (done.status_code, done["Location"]) == (302, f"/desk/notices/{notice.pk}/")
    assert "Read and understood" in text_of(browser, f"/desk/notices/{notice.pk}/")
    assert answer(browser, notice, 2, 2, key="k-understood-1").status_code == 302  # sent twice it is done once
    assert "already" in answer(browser, notice, 2, 2).content.decode()
    assert Receipt.objects.get(representative=ana).tries == 2


def test_a_hostile_text_does_nothing(browser: Client, boss: Client) -> None:
    texts = [{"language": "en", "title": '<b>Bold</b> & "quoted"', "text": HOSTILE}]
    questions = [QUESTIONS[0] | {"question": "<i>Which?</i>", "answers": "<u>One</u>\n<svg onload=x>"}]
    notice = publish(at=timezone.now(), texts=texts, questions=questions)
    for page in (text_of(browser, f"/desk/notices/{notice.pk}/"), text_of(boss, f"/guidelines/notices/{notice.pk}/")):
        for bad in ("<script>alert", 'href="javascript', "<img", "<b>Bold", "<i>Which", "<u>One", "<svg onload"):
            assert bad not in page, bad
        assert "<strong>kept</strong>" in page
        assert "&lt;b&gt;Bold&lt;/b&gt;" in page


def test_the_text_is_in_the_readers_language_or_says_which_it_is(browser: Client, ana: Representative) -> None:
    both, only = publish(at=timezone.now()), publish(at=timezone.now(), texts=TEXTS[1:], questions=QUESTIONS[1:2])
    assert "There is no text in your language: this is Spanish." in text_of(browser, f"/desk/notices/{only.pk}/")
    ana.language = "es"
    ana.save()
    page = text_of(browser, f"/desk/notices/{both.pk}/")
    assert "Daños en 30 días" in page
    assert "¿Cuánto?" in page
    assert "Who decides above 100?" in page  # the second question is in English only


def test_an_act_refused_says_what_to_read_and_where(browser: Client) -> None:
    customer, notice = make_customer(), publish(at=timezone.now(), acts=[NOTE])
    address = f"/desk/customers/{customer.pk}/acts/{NOTE}/"
    refused = browser.post(address, {"text": "x"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Read “Damage within 30 days” first." in page
    assert f'href="/desk/notices/{notice.pk}/"' in page
    preview = browser.post(f"{address}preview/", {"text": "x"}, headers={"HX-Request": "true"}).content.decode()
    assert f'href="/desk/notices/{notice.pk}/"' in preview
    answer(browser, notice, 2, 2)
    assert browser.post(address, {"text": "x"}, headers={"HX-Request": "true"}).status_code == 200


def test_an_act_of_the_settings_refused_says_where_too(boss: Client) -> None:
    notice = publish(at=timezone.now(), acts=["guidelines.rename_guideline"])
    one = Guideline.objects.get(name=NAME)
    address = reverse("settings:act", args=("guideline", one.pk, "guidelines.rename_guideline"))
    refused = boss.post(address, {"name": "Otherwise"})
    assert refused.status_code == 403
    assert f'href="/desk/notices/{notice.pk}/"' in refused.content.decode()


def test_what_does_not_concern_somebody_is_not_found(browser: Client) -> None:
    other = publish(at=timezone.now(), roles=["planner"])
    for address in (f"/desk/notices/{other.pk}/", "/desk/notices/999999/", f"/guidelines/notices/{other.pk}/"):
        assert browser.get(address).status_code == 404
    assert answer(browser, other, 2, 2).status_code == 404
    own = publish(at=timezone.now())
    led = browser.get(f"/guidelines/notices/{own.pk}/")
    assert (led.status_code, led["Location"]) == (302, f"/desk/notices/{own.pk}/")
    assert browser.get("/guidelines/notices/").status_code == 403


def test_a_notice_is_begun_from_a_guideline_written_and_published(boss: Client) -> None:
    one = Guideline.objects.get(name=NAME)
    page = text_of(boss, f"/guidelines/{one.pk}/")
    found = re.search(r'href="(/settings/[^"]*begin_notice[^"]*)"', page)
    assert found
    address = found[1].replace("&amp;", "&")
    form = text_of(boss, address)
    assert f'value="{NAME}, version 1"' in form
    assert f'data-value="{one.pk}"' in form
    typed = {
        "texts__0__language": "en",
        "texts__0__title": "What is new",
        "texts__0__text": "Read *this*.",
        "questions__0__number": "1",
        "questions__0__language": "en",
        "questions__0__question": "Read it?",
        "questions__0__answers": "Yes\nNo",
        "questions__0__right": "1",
        "guideline": str(one.pk),
        "guideline_version": "1",
        "roles": ["representative"],
        "acts": [NOTE],
    }
    made = boss.post(address.partition("?")[0], typed)
    notice = Notice.objects.get()
    assert (made.status_code, made["Location"]) == (302, f"/guidelines/notices/{notice.pk}/")
    page = text_of(boss, made["Location"])
    assert "/receipts.publish_notice/" in page
    published = boss.post(_act(notice, "receipts.publish_notice"), {})
    assert published.status_code == 302
    notice.refresh_from_db()
    assert (notice.is_published, notice.withheld_acts, notice.questions[0]["right"]) == (True, [NOTE], 0)
    assert "What is new" in text_of(boss, "/guidelines/notices/")
    assert "/receipts.publish_notice/" not in text_of(boss, made["Location"])


def _act(notice: Notice, name: str) -> str:
    return reverse("settings:act", args=("notice", notice.pk, name))


def test_the_form_of_a_draft_opens_with_what_is_written(boss: Client) -> None:
    notice = begin(at=timezone.now(), acts=[NOTE])
    page = text_of(boss, _act(notice, "receipts.write_notice"))
    assert 'value="Daños en 30 días"' in page
    assert "14 days\n30 days" in page
    assert re.search(rf'value="{NOTE}" checked', page)


def test_who_has_read_it_stands_by_team_and_by_name(boss: Client) -> None:
    site = make_site("Madrid")
    teams = [make_team(site, "Orders"), make_team(site, "Returns")]
    people = [make_person("beginner", name=f"Reader {n}", teams=(teams[n % 2],)) for n in range(4)]
    loose = make_person("beginner", name="Reader loose")
    notice = publish(at=timezone.now(), roles=["beginner"])
    understand(people[0], notice, timezone.now())
    understand(people[1], notice, timezone.now(), answers=(1, 1))
    page = text_of(boss, f"/guidelines/notices/{notice.pk}/")
    assert "1 of 5 passed, 1 only opened it" in page
    table = page[page.index("Who has read it, by team") :]
    cells = [
        re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr>(<th scope=.row.><bdi>.*?)<svg", table, re.S)
    ]
    assert cells == [
        ["Orders", "2", "1", "0", "1"],
        ["Returns", "2", "0", "1", "1"],
        ["In", "no", "team", "1", "0", "0", "1"],
    ]
    waiting = page[page.index('id="not-yet"') : page.index('id="text-en"')]
    assert people[0].name not in waiting
    assert all(one.name in waiting for one in (*people[1:], loose))
    assert actor_of(loose).may("receipts.read")


def test_lists_are_bounded_and_go_on(boss: Client, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from onhand.web.desk import notice_views
    from onhand.web.guidelines import notices

    monkeypatch.setattr(notices, "PAGE", 2)
    monkeypatch.setattr(notice_views, "PAGE", 2)
    made = [publish(at=timezone.now(), roles=["representative"]) for _ in range(3)]
    others = [make_person("representative", name=f"Reader {n}") for n in range(4)]
    first = text_of(browser, "/desk/notices/")
    assert f"?after={made[1].pk}" in first
    assert f'id="to-read-{made[2].pk}"' in text_of(browser, f"/desk/notices/?after={made[1].pk}")
    listed = text_of(boss, "/guidelines/notices/")
    assert f"?before={made[1].pk}" in listed
    assert f'id="row-{made[0].pk}"' in text_of(boss, f"/guidelines/notices/?before={made[1].pk}")
    seen, address = set(), f"/guidelines/notices/{made[0].pk}/"
    for _page in range(4):
        page = text_of(boss, address)
        seen |= set(re.findall(r'id="waiting-(\d+)"', page))
        found = re.search(r'href="(\?after=\d+)"', page)
        if found is None:
            break
        address = f"/guidelines/notices/{made[0].pk}/{found[1]}"
    assert {str(one.pk) for one in others} <= seen
