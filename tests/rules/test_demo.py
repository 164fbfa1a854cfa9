"""The demo's rules are right, act on what they were written for, and its mails are enough to learn from."""

from datetime import timedelta

import pytest

from onhand.classifying.enums import Target
from onhand.classifying.learning import learn
from onhand.classifying.measuring import Measured
from onhand.contacts.models import Contact
from onhand.customers.demo.company import create_demo_customers
from onhand.rules.demo.company import create_demo_rules
from onhand.rules.models import RuleExecution
from onhand.rules.published import current
from onhand.rules.trials import run_trial, start_trial
from onhand.staff.demo import create_demo_staff
from tests.contacts.conversations.mails import arrive, mail
from tests.factories import NOON, make_actor


@pytest.mark.django_db(transaction=True)
def test_the_demo_has_rules_to_try_and_enough_to_learn_from() -> None:
    create_demo_staff(at=NOON, password="lumen-test")
    create_demo_customers(at=NOON)
    written = create_demo_rules(at=NOON)
    assert written > 500
    assert create_demo_rules(at=NOON) == 0
    assert current().published == 1
    assert len(current().draft) >= 10
    trial = start_trial(actor=make_actor(), at=NOON)
    run_trial(trial.pk, lambda: NOON)
    trial.refresh_from_db()
    assert trial.total > 150
    assert trial.different == 0
    assert trial.matched > trial.total * 0.9
    learnt = learn(Target.REASON, NOON)
    assert learnt is not None
    assert Measured.from_json(learnt.measured).right > 70
    at = NOON + timedelta(hours=1)
    message = arrive(mail(subject="Smoke", text="There is smoke coming out of the kettle!"), at=at)
    contact = Contact.objects.get(pk=message.contact_id)
    assert contact.priority == 2
    assert contact.team is not None
    assert contact.team.name == "Orders Leeds"
    assert not RuleExecution.objects.filter(has_problem=True).exists()
