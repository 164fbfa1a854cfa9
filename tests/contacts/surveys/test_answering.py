"""What customers answer: kept once, changed until a date, told to who must know, and gone with the person."""

from datetime import timedelta

import pytest

from onhand.contacts.models import Contact, Message
from onhand.contacts.surveys.answering import NoSuchSurvey, SurveyOver, answer, find_survey, refuse
from onhand.contacts.surveys.enums import Score
from onhand.contacts.surveys.models import Survey
from onhand.customers.models import Consent, Erasure
from onhand.customers.privacy.erasure import erase_next
from onhand.customers.timeline import read_timeline, tell
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.perform import perform
from tests.contacts.surveys.talks import ASKED, asked, make_talk, set_rules
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db
LATER = ASKED + timedelta(hours=1)


def answered_events() -> list[dict[str, object]]:
    return list(EventRecord.objects.filter(name="surveys.answered").order_by("pk").values_list("payload", flat=True))


def test_an_answer_is_kept_with_its_contact_and_told() -> None:
    set_rules()
    survey, token = asked()
    answer(token, Score.GOOD, "Quick and kind.", at=LATER)
    kept = Survey.objects.get(pk=survey.pk)
    assert (kept.score, kept.comment, kept.answered_at) == (4, "Quick and kind.", LATER)
    assert answered_events() == [
        {"survey_id": survey.pk, "contact_id": survey.contact_id, "score": 4, "before": None, "is_low": False}
    ]
    assert not Contact.objects.get(pk=survey.contact_id).needs_answer


def test_answering_again_changes_it_until_the_date_and_not_after() -> None:
    set_rules(open_days=3)
    survey, token = asked()
    answer(token, Score.GOOD, "Good.", at=LATER)
    answer(token, Score.VERY_GOOD, None, at=LATER + timedelta(days=1))
    kept = Survey.objects.get(pk=survey.pk)
    assert (kept.score, kept.comment, kept.answered_at) == (5, "Good.", LATER)
    answer(token, Score.VERY_GOOD, "", at=LATER + timedelta(days=1))
    assert Survey.objects.get(pk=survey.pk).comment == "", "taken back"
    answer(token, Score.VERY_GOOD, "", at=LATER + timedelta(days=2))
    assert len(answered_events()) == 3, "the same once more is nothing new"
    with pytest.raises(SurveyOver):
        answer(token, Score.BAD, None, at=ASKED + timedelta(days=3))
    assert Survey.objects.get(pk=survey.pk).score == 5


def test_a_wrong_token_finds_nothing() -> None:
    set_rules()
    _survey, token = asked()
    for wrong in ("", token[:-1], token[::-1], token + "A"):
        with pytest.raises(NoSuchSurvey):
            find_survey(wrong)
        with pytest.raises(NoSuchSurvey):
            answer(wrong, Score.GOOD, None, at=LATER)


def test_a_low_score_makes_the_contact_work_again_once_with_what_was_said() -> None:
    set_rules(low_score=2)
    survey, token = asked()
    answer(token, Score.BAD, "Still broken!", at=LATER)
    contact = Contact.objects.get(pk=survey.contact_id)
    assert (contact.needs_answer, contact.ended_at) == (True, None)
    (note,) = Message.objects.filter(contact=contact, is_internal=True)
    assert note.text == "The customer is not satisfied with this contact: 2 of 5 (Dissatisfied).\n\nStill broken!"
    Contact.objects.filter(pk=contact.pk).update(needs_answer=False, ended_at=LATER)
    answer(token, Score.VERY_BAD, None, at=LATER + timedelta(hours=1))
    assert not Contact.objects.get(pk=contact.pk).needs_answer, "it came back before and was dealt with"


def test_where_the_rules_say_so_a_low_score_stays_a_figure() -> None:
    set_rules(low_comes_back=False)
    survey, token = asked()
    answer(token, Score.VERY_BAD, None, at=LATER)
    assert not Contact.objects.get(pk=survey.contact_id).needs_answer
    assert answered_events()[0]["is_low"] is True


def test_by_the_link_a_customer_refuses_for_good_and_it_is_an_act() -> None:
    set_rules()
    survey, token = asked()
    refuse(token, at=ASKED + timedelta(days=40))
    refuse(token, at=ASKED + timedelta(days=41))
    (consent,) = Consent.objects.filter(customer=survey.customer_id)
    assert (consent.purpose, consent.channel, consent.answer) == ("surveys", "", "objected")
    (record,) = ActRecord.objects.filter(act="customers.record_consent")
    assert (record.actor_name, record.contact_id) == ("surveys", survey.contact_id)


def test_it_stands_on_the_timeline() -> None:
    set_rules()
    survey, token = asked()
    assert survey.customer_id is not None
    assert not [one for one in read_timeline(survey.customer_id).entries if one.kind == "survey"]
    answer(token, Score.BAD, "Still broken!", at=LATER)
    (entry,) = [one for one in read_timeline(survey.customer_id).entries if one.kind == "survey"]
    told = tell(entry)
    assert (told.headline, told.said) == ("Survey answered: Dissatisfied", "Still broken!")
    assert list(told.badges) == [("2 of 5", "bad")]
    assert list(told.facts) == [("Contact with", "Ana Prieto")]


def test_with_the_person_the_words_and_the_link_go_and_the_figure_stays() -> None:
    set_rules()
    customer = make_customer("Ana")
    survey, token = asked(make_talk(customer))
    answer(token, Score.GOOD, "Ask for Ana at home.", at=LATER)
    planned = make_talk(customer)
    Survey.objects.create(contact=planned, customer=customer, language="en", wrapped_up_at=NOON, due_at=NOON)
    perform(
        "customers.erase_customer",
        actor=make_actor(),
        subject_id=customer.pk,
        arguments={"basis": "asked"},
        at=LATER,
    )
    erasure = Erasure.objects.get()
    while erase_next(erasure.pk, LATER, 1_000):
        pass
    gone = Survey.objects.get(pk=survey.pk)
    assert (gone.score, gone.comment, gone.token_hash, bytes(gone.nonce)) == (4, "", None, b"")
    assert Survey.objects.get(contact=planned).state == "left_out"
    with pytest.raises(NoSuchSurvey):
        answer(token, Score.BAD, "again", at=LATER)
    with pytest.raises(NoSuchSurvey):
        refuse(token, at=LATER)
