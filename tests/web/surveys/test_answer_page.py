"""The page customers answer on, used well and used badly."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onhand.contacts.models import Message
from onhand.contacts.surveys.models import Survey
from onhand.contacts.surveys.tokens import link
from onhand.customers.models import Consent
from onhand.kernel.models import RateBucket
from tests.contacts.surveys.talks import asked, make_talk, set_rules
from tests.factories import make_customer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def token() -> str:
    set_rules()
    _survey, token = asked(at=timezone.now() - DAY)
    return token


def page(token: str, tail: str = "", **query: Any) -> Any:
    return Client().get(f"/survey/{token}/{tail}", query)


def say(token: str, **fields: Any) -> Any:
    return Client(enforce_csrf_checks=True).post(f"/survey/{token}/", fields)


def test_the_links_of_the_mail_are_the_pages_addresses(token: str) -> None:
    assert link(token) == settings.ONHAND_ADDRESS + reverse("surveys:answer", args=[token])
    assert link(token, "no-more/") == settings.ONHAND_ADDRESS + reverse("surveys:no_more", args=[token])


def test_a_click_in_the_mail_chooses_and_records_nothing(token: str) -> None:
    for method in ("get", "head"):
        for score in range(1, 6):
            answer = getattr(Client(), method)(f"/survey/{token}/", {"score": score})
            assert answer.status_code == 200
    shown = page(token, score=2).content.decode()
    assert 'value="2" required checked' in shown
    assert shown.count(" checked") == 1
    assert "“The broken lamp”" in shown
    assert Survey.objects.get().score is None
    assert not Consent.objects.exists()
    assert page(token, "no-more/").status_code == 200
    assert not Consent.objects.exists(), "mail scanners open that link too"


def test_the_form_records_and_says_thank_you(token: str) -> None:
    done = say(token, score="4", comment="Quick.\r\nKind.")
    assert (done.status_code, done["Location"]) == (303, f"/survey/{token}/?said")
    survey = Survey.objects.get()
    assert (survey.score, survey.comment) == (4, "Quick.\nKind.")
    thanks = Client().get(done["Location"]).content.decode()
    assert "Thank you, your answer has been kept." in thanks
    assert 'value="4" required checked' in thanks
    assert "Kind." not in thanks, "who else opens the link does not read what was written"
    say(token, score="5")
    assert Survey.objects.get().comment == "Quick.\nKind."
    say(token, score="5", take_back="1")
    assert (Survey.objects.get().score, Survey.objects.get().comment) == (5, "")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"score": ""},
        {"score": "0"},
        {"score": "6"},
        {"score": "٣"},
        {"score": "-1"},
        {"score": "3.5"},
        {"score": "3; drop table surveys_survey"},
        {"score": "3", "comment": "a\x00b"},
        {"score": "3", "comment": "x" * 2_001},
        {"score": "3", "comment": "e" + "\u0301" * 500},
    ],
)
def test_what_is_no_answer_is_refused_in_words(token: str, fields: dict[str, str]) -> None:
    refused = say(token, **fields)
    assert refused.status_code == 422
    assert "Nothing has been kept yet." in refused.content.decode()
    assert Survey.objects.get().score is None


def test_what_is_written_is_shown_as_text_only(token: str) -> None:
    bad = "<script>alert(1)</script>{{ 7*7 }}"
    assert "<script>" not in say(token, score="9", comment=bad).content.decode()
    Survey.objects.update(comment=bad)
    survey = Survey.objects.get()
    survey.contact.subject = bad
    survey.contact.save()
    shown = page(token, score="<script>").content.decode()
    assert "<script" not in shown
    assert "{{ 7*7 }}" in shown


@pytest.mark.parametrize("path", ["", "no-more/"])
def test_a_token_nobody_has_opens_nothing(path: str, token: str) -> None:
    for wrong in (token[::-1], "A" * 43):
        for answer in (page(wrong, path), Client().post(f"/survey/{wrong}/{path}", {"score": "5"})):
            assert answer.status_code == 404
            assert "There is no such survey." in answer.content.decode()
    for wrong in (token[:-1], token + "A", token[:-1] + "/", f"{token[:-1]}%2F"):
        assert Client().get(f"/survey/{wrong}/{path}").status_code in (301, 404)
    assert Survey.objects.get().score is None


def test_it_asks_for_no_cookie_no_script_and_tells_nobody(token: str) -> None:
    for answer in (page(token), page(token, "no-more/"), page("A" * 43)):
        assert not answer.cookies
        assert answer["Content-Security-Policy"].startswith(
            "default-src 'none'; style-src 'self'; img-src 'self'; form"
        )
        assert "script-src" not in answer["Content-Security-Policy"]
        assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["X-Frame-Options"] == "DENY"
        shown = answer.content.decode()
        assert "<script" not in shown
        assert "csrf" not in shown


def test_it_speaks_the_language_of_the_contact() -> None:
    set_rules()
    _survey, token = asked(make_talk(language="es", at=timezone.now() - DAY), at=timezone.now() - DAY)
    answer = Client(headers={"Accept-Language": "en"}).get(f"/survey/{token}/")
    assert '<html lang="es"' in answer.content.decode()
    assert answer["Content-Language"] == "es"


def test_after_the_date_nothing_is_taken_and_refusing_still_is() -> None:
    set_rules(open_days=1)
    _survey, token = asked(at=timezone.now() - 3 * DAY)
    assert page(token).status_code == 410
    assert say(token, score="5").status_code == 410
    assert Survey.objects.get().score is None
    assert Client().post(f"/survey/{token}/no-more/", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Consent.objects.get().answer == "objected"


def test_refusing_needs_the_button_or_the_mail_programs_post(token: str) -> None:
    for _ in range(3):
        answer = Client(enforce_csrf_checks=True).post(
            f"/survey/{token}/no-more/", "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
        assert "You will not be asked again." in answer.content.decode()
    assert Consent.objects.count() == 1


def test_one_link_is_not_written_to_without_end(token: str) -> None:
    codes = [say(token, score=str(1 + number % 5)).status_code for number in range(25)]
    assert codes[:20] == [303] * 20
    assert codes.count(429) >= 3
    refused = say(token, score="1")
    assert int(refused["Retry-After"]) >= 1
    assert "Please wait a moment." in refused.content.decode()


def test_who_tries_tokens_is_stopped_and_their_address_is_not_kept() -> None:
    set_rules()
    client = Client(REMOTE_ADDR="192.0.2.7")
    codes = [client.get(f"/survey/{number:043}/").status_code for number in range(70)]
    assert codes[:60] == [404] * 60
    assert codes.count(429) >= 5, "one is given back each second"
    assert Client(REMOTE_ADDR="192.0.2.8").get(f"/survey/{1:043}/").status_code == 404
    assert not RateBucket.objects.filter(key__contains="192.0.2").exists()


def test_large_bodies_and_other_methods_are_refused(token: str) -> None:
    assert say(token, score="5", comment="x" * 40_000).status_code == 413
    for method in ("put", "delete", "patch"):
        assert getattr(Client(), method)(f"/survey/{token}/").status_code == 405
    assert Survey.objects.get().score is None


def test_another_customers_survey_stays_as_it_is(token: str) -> None:
    at = timezone.now() - DAY
    other, _token = asked(make_talk(make_customer("Bea"), at=at), at=at)
    say(token, score="1", comment="bad", survey=str(other.pk), id=str(other.pk), contact=str(other.contact_id))
    untouched = Survey.objects.get(pk=other.pk)
    assert (untouched.score, untouched.comment) == (None, "")
    assert not Message.objects.filter(contact=other.contact_id, is_internal=True).exists()


def test_the_log_does_not_hold_the_token(token: str, caplog: pytest.LogCaptureFixture) -> None:
    from django.test import RequestFactory
    from django.urls import resolve

    from onhand.config.protection import told_path

    for tail in ("", "no-more/"):
        request = RequestFactory().get(f"/survey/{token}/{tail}")
        request.resolver_match = resolve(request.path)
        assert told_path(request) == "/survey/…"
