"""Whom the company asks how it was, when, and by which mail; and whom it leaves in peace."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from onhand.contacts.delivery import note_not_delivered, note_try
from onhand.contacts.events import ContactWrappedUp
from onhand.contacts.finishing import finish
from onhand.contacts.models import Contact, Message
from onhand.contacts.surveys.asking import ask_next
from onhand.contacts.surveys.models import Survey, SurveyRules
from onhand.contacts.surveys.planning import plan
from onhand.contacts.surveys.rules import is_chosen
from onhand.contacts.surveys.tokens import digest, token_of
from onhand.kernel.errors import NotPossible
from onhand.kernel.perform import perform
from onhand.kernel.reactor import deliver
from onhand.kernel.records import Subject, publish
from tests.contacts.surveys.talks import ASKED, asked, consent, make_talk, set_rules, write
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db


def decided(contact: Contact) -> Survey:
    """What became of asking about a contact."""
    plan(contact.pk, None, NOON)
    ask_next(ASKED)
    return Survey.objects.filter(contact=contact).latest("pk")


def test_a_contact_that_was_wrapped_up_is_asked_about_after_the_delay() -> None:
    set_rules()
    contact = make_talk()
    with transaction.atomic():
        publish(ContactWrappedUp(contact.pk, None), actor=make_actor(), subject=Subject("contact", contact.pk), at=NOON)
    deliver()
    survey = Survey.objects.get(contact=contact)
    assert (survey.state, survey.due_at) == ("planned", NOON + timedelta(hours=2))
    assert ask_next(ASKED - timedelta(seconds=1)) is None
    done = ask_next(ASKED)
    assert done is not None
    assert (done.pk, done.state, done.representative_name) == (survey.pk, "asked", "Ana Prieto")
    assert done.open_until == ASKED + timedelta(days=14)
    assert ask_next(ASKED) is None


def test_the_mail_is_kept_without_its_token_and_goes_out_with_it() -> None:
    set_rules()
    survey, token = asked()
    message = Message.objects.get(pk=survey.message_id)
    assert (message.state, message.automatic, message.sender_address) == ("waiting", "survey", "help@lamps.example")
    assert message.recipients == [{"name": "Ana Núñez", "address": "ana@home.example", "as": "to"}]
    assert "“The broken lamp”" in message.text
    assert "5 – Very satisfied:" in message.text
    assert "Lamps &amp; Co" in message.html
    kept = " ".join([message.text, message.html, str(message.checks), str(bytes(survey.nonce))])
    assert token not in kept
    assert bytes(Survey.objects.get(pk=survey.pk).token_hash or b"") == digest(token)
    finish(message)
    assert f"/survey/{token}/?score=5" in message.text
    assert f"/survey/{token}/?score=1" in message.html
    assert message.checks["list_unsubscribe"].endswith(f"/survey/{token}/no-more/")
    assert "…/" not in message.text + message.html
    again = Message.objects.get(pk=survey.message_id)
    finish(again)
    assert (again.text, again.html) == (message.text, message.html), "a second try is the same mail"


def test_on_its_way_it_has_the_token_and_where_it_bounces_it_is_nobodys_work() -> None:
    set_rules()
    survey, token = asked()
    assert survey.message_id is not None
    message = note_try(survey.message_id, at=ASKED)
    assert message is not None
    assert f"/survey/{token}/?score=3" in message.text
    note_not_delivered(message, "550 no such user", at=ASKED, actor=make_actor())
    stored = Message.objects.get(pk=message.pk)
    assert (stored.state, token in stored.text) == ("failed", False)
    contact = Contact.objects.get(pk=survey.contact_id)
    assert (contact.needs_answer, contact.ended_at) == (False, NOON)


def test_it_is_written_in_the_language_of_the_contact() -> None:
    set_rules()
    survey, _token = asked(make_talk(language="es-MX"))
    message = Message.objects.get(pk=survey.message_id)
    assert '<div lang="es">' in message.html
    other, _token = asked(make_talk(make_customer("Zoé"), language="fr"))
    assert '<div lang="en">' in Message.objects.get(pk=other.message_id).html, "one the product speaks"


@pytest.mark.parametrize(
    "changes",
    [{"channel": "telephone"}, {"ended_at": None}],
)
def test_calls_and_contacts_that_go_on_are_not_planned(changes: dict[str, Any]) -> None:
    set_rules()
    assert plan(make_talk(**changes).pk, None, NOON) is None


def test_nobody_is_asked_where_an_automaton_wrote_or_nobody_answered() -> None:
    set_rules()
    automaton, unanswered = make_talk(), make_talk()
    Message.objects.filter(contact=automaton, direction="inbound").update(automatic="auto_reply")
    Message.objects.filter(contact=unanswered, direction="outbound").update(automatic="rule")
    assert plan(automaton.pk, None, NOON) is None
    assert plan(unanswered.pk, None, NOON) is None


def test_switched_off_nobody_is_asked() -> None:
    set_rules(is_on=False)
    assert plan(make_talk().pk, None, NOON) is None
    set_rules()
    contact = make_talk()
    plan(contact.pk, None, NOON)
    set_rules(is_on=False)
    survey = ask_next(ASKED)
    assert survey is not None
    assert survey.why_not == "off"


def test_whose_contact_goes_on_is_left_in_peace() -> None:
    set_rules()
    contact = make_talk()
    plan(contact.pk, None, NOON)
    Contact.objects.filter(pk=contact.pk).update(ended_at=None)
    survey = ask_next(ASKED)
    assert survey is not None
    assert (survey.state, survey.why_not) == ("left_out", "goes_on")
    assert not Message.objects.filter(contact=contact, automatic="survey").exists()
    Contact.objects.filter(pk=contact.pk).update(ended_at=ASKED)
    plan(contact.pk, None, ASKED)
    assert Survey.objects.filter(contact=contact, state="planned").count() == 1, "wrapped up again"


def test_wrapped_up_twice_before_it_is_due_it_is_asked_about_once() -> None:
    set_rules()
    contact = make_talk()
    plan(contact.pk, None, NOON)
    plan(contact.pk, 7, NOON + timedelta(hours=1))
    (planned,) = Survey.objects.filter(contact=contact)
    assert (planned.due_at, planned.reason_id) == (NOON + timedelta(hours=3), 7)


def test_who_refused_is_not_asked_and_with_strict_rules_only_who_agreed_is() -> None:
    set_rules()
    for answer in ("refused", "withdrawn", "objected"):
        customer = make_customer()
        consent(customer, answer)
        assert decided(make_talk(customer)).why_not == "opposed"
    set_rules(needs_consent=True)
    silent, willing = make_customer(), make_customer()
    consent(willing, "given")
    assert decided(make_talk(silent)).why_not == "no_consent"
    assert decided(make_talk(willing)).state == "asked"


def test_unknown_erased_and_dead_customers_are_not_asked() -> None:
    set_rules()
    unknown = make_talk()
    Contact.objects.filter(pk=unknown.pk).update(customer=None)
    assert decided(unknown).why_not == "unknown"
    assert decided(make_talk(make_customer(erased_at=NOON))).why_not == "may_not"
    dead = make_customer()
    dead.flags.create(kind="deceased", reason="the family called", set_by_name="Ana", set_at=NOON)
    assert decided(make_talk(dead)).why_not == "may_not"


def test_where_mail_does_not_arrive_none_is_sent() -> None:
    set_rules()
    contact = make_talk()
    write(contact, "outbound", at=NOON, author_id=1, state="failed")
    assert decided(contact).why_not == "no_address"


def test_a_customer_is_asked_once_in_the_rest_days_whatever_file_it_was_merged_into() -> None:
    set_rules(rest_days=30)
    one, other = make_customer("Ana"), make_customer("Ana N.")
    assert decided(make_talk(one)).state == "asked"
    assert decided(make_talk(one)).why_not == "asked_lately"
    other.merged_into = one
    other.save()
    assert decided(make_talk(other)).why_not == "asked_lately"
    later = NOON + timedelta(days=31)
    contact = make_talk(one, at=later)
    plan(contact.pk, None, later)
    survey = ask_next(later + timedelta(hours=2))
    assert survey is not None
    assert survey.state == "asked"


def test_the_share_is_by_chance_and_stays_the_same_for_a_contact() -> None:
    chosen = [number for number in range(1, 4001) if is_chosen(number, 25)]
    assert 850 < len(chosen) < 1150
    assert all(is_chosen(number, 60) for number in chosen)
    assert [number for number in range(1, 4001) if is_chosen(number, 25)] == chosen
    assert all(is_chosen(number, 100) for number in range(1, 200))


def test_change_rules_keeps_numbers_in_bounds_and_is_recorded() -> None:
    rules = SurveyRules.objects.get()
    given = {
        "is_on": True,
        "share": 40,
        "delay_hours": 1,
        "rest_days": 60,
        "open_days": 7,
        "needs_consent": False,
        "low_score": 3,
        "low_comes_back": False,
        "company": "Lamps & Co",
    }
    outcome = perform("surveys.change_rules", actor=make_actor(), subject_id=rules.pk, arguments=given, at=NOON)
    assert outcome.after == given
    for name, value in {"share": 0, "delay_hours": 169, "rest_days": 0, "open_days": 91, "low_score": 5}.items():
        with pytest.raises(NotPossible) as refused:
            perform(
                "surveys.change_rules",
                actor=make_actor(),
                subject_id=rules.pk,
                arguments=given | {name: value},
                at=NOON,
            )
        assert list(refused.value.fields) == [name]


@pytest.mark.django_db(transaction=True)
def test_many_jobs_at_once_ask_a_customer_once() -> None:
    set_rules()
    customer = make_customer("Ana")
    for _ in range(6):
        plan(make_talk(customer).pk, None, NOON)
    wrong: list[BaseException] = []

    def ask() -> None:
        try:
            while ask_next(ASKED):
                pass
        except BaseException as error:  # noqa: BLE001  (told by the assertion below)
            wrong.append(error)
        finally:
            connection.close()

    jobs = [threading.Thread(target=ask) for _ in range(4)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert wrong == []
    assert sorted(Survey.objects.values_list("state", flat=True)) == ["asked"] + ["left_out"] * 5
    assert Message.objects.filter(automatic="survey").count() == 1
    assert token_of(Survey.objects.get(state="asked"))
