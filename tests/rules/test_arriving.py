"""Rules and suggestions on mail that really arrives: through the chain, in one transaction, and on the contact's page."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from django.db import connection
from django.test import Client

from onhand.contacts.models import Contact, Message
from onhand.kernel.models import ActRecord
from onhand.rules.models import Arrival, RuleExecution
from onhand.rules.trials import run_trial, start_trial
from tests.contacts.conversations.mails import arrive, mail
from tests.factories import NOON, make_actor
from tests.factories.staff import make_person, make_team
from tests.rules.made import URGENT, condition, definition, publish

REFUND = definition(
    "Refunds first", condition("anywhere", "has_any", ["refund*", "money back"]), actions=[URGENT], when="message"
)


@pytest.mark.django_db
def test_a_contact_is_directed_before_anybody_sees_it() -> None:
    billing = make_team(name="Billing")
    publish(
        REFUND,
        definition(
            "Bills",
            condition("came_to", "is_any", ["service@lumen.example"]),
            actions=[
                {"do": "hand_to_team", "with": {"team": billing.pk}},
                {"do": "write_note", "with": {"text": "Check"}},
            ],
        ),
    )
    message = arrive(mail(subject="Please", text="I want to be refunded."), to="service@lumen.example")
    contact = Contact.objects.get(pk=message.contact_id)
    assert (contact.priority, contact.team_id, contact.needs_answer) == (2, billing.pk, True)
    assert contact.due_at is not None
    assert RuleExecution.objects.filter(contact=contact, has_problem=False).count() == 2
    versions = ActRecord.objects.filter(subject_type="contact", subject_id=contact.pk).count()
    assert contact.version == 1 + versions


@pytest.mark.django_db
def test_later_mail_is_asked_too_and_what_the_arrival_changed_is_not_lost() -> None:
    publish(REFUND)
    first = arrive(mail(subject="Kettle", text="It is cold."))
    Contact.objects.filter(pk=first.contact_id).update(needs_answer=False, waiting_until=NOON + timedelta(days=3))
    again = mail(subject="Re: Kettle", text="Then I want my money back.", in_reply_to=first.outside_id)
    second = arrive(again, at=NOON + timedelta(hours=2))
    assert second.contact_id == first.contact_id
    contact = Contact.objects.get(pk=first.contact_id)
    assert (contact.priority, contact.needs_answer, contact.waiting_until) == (2, True, None)
    assert contact.last_message_at == NOON + timedelta(hours=2)
    assert [one.known.get("earlier", 0) for one in Arrival.objects.order_by("pk")] == [0, 1]


@pytest.mark.django_db
def test_a_trial_on_real_arrivals_shows_what_was_really_done() -> None:
    publish(REFUND, definition("New ones", actions=[{"do": "write_note", "with": {"text": "New"}}]))
    for number, text in enumerate(["refund please", "the kettle", "my money back!", "refunds", "hello"]):
        arrive(mail(f"person{number}@mail.example", subject="x", text=text), at=NOON + timedelta(minutes=number))
    trial = start_trial(actor=make_actor(), at=NOON + timedelta(days=1))
    run_trial(trial.pk, lambda: NOON)
    trial.refresh_from_db()
    really: dict[str, int] = {}
    for key in RuleExecution.objects.values_list("rule_key", flat=True):
        really[key] = really.get(key, 0) + 1
    assert {key: one["draft"] for key, one in trial.counts["rules"].items()} == really
    assert trial.different == 0


@pytest.mark.django_db
def test_the_page_of_a_contact_says_which_rule_acted_and_why(client: Client) -> None:
    publish(REFUND)
    message = arrive(mail(subject="x", text="Refund!"))
    client.force_login(make_person("administrator"))
    page = client.get(f"/desk/contacts/{message.contact_id}/").content.decode()
    assert "Refunds first" in page
    assert "the subject or the text contains “refund*”" in page
    assert "set the priority (Urgent)" in page
    part = client.get(f"/desk/contacts/{message.contact_id}/directed/").content.decode()
    assert "Refunds first" in part
    assert client.get("/desk/contacts/999999/directed/").status_code == 404


KILLED = """
    import os, signal, django
    django.setup()
    from django.db import transaction
    from onhand.rules import running
    from tests.contacts.conversations.mails import arrive, mail
    done = running._do
    def killed(step, match, place, *more):
        if place == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return done(step, match, place, *more)
    running._do = killed
    arrive(mail(subject="x", text="refund"))
"""


@pytest.mark.resilience
@pytest.mark.django_db(transaction=True)
def test_killed_between_two_actions_nothing_is_half_done() -> None:
    publish(definition("Two", actions=[URGENT, {"do": "write_note", "with": {"text": "Look"}}]))
    name = connection.settings_dict["NAME"]
    address = os.environ["ONHAND_TEST_SERVER"].replace("/postgres?", f"/{name}?")
    environment = os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "onhand.config.settings"}
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", dedent(KILLED)], cwd=root, env=environment, check=False, capture_output=True, text=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    for table in (Contact, Message, Arrival, RuleExecution):
        assert not table.objects.exists()
    assert not ActRecord.objects.filter(subject_type="contact").exists()
    arrive(mail(subject="x", text="refund"))  # the mail is read again
    assert RuleExecution.objects.get().done[1]["record"]
