"""Whatever arrives, in whatever order: each mail is one message, and nobody is in a conversation that is not theirs."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from onhand.contacts.models import Contact, Message
from onhand.kernel.perform import perform
from tests.contacts.conversations.mails import Mail, act_on, arrive, mail
from tests.examples import examples
from tests.factories import NOON, make_actor, make_customer

# Ana has two addresses, Eve one, and Zoe writes without being known.
PEOPLE = {"ana@mail.example": "ana", "ana@work.example": "ana", "eve@mail.example": "eve", "zoe@mail.example": "zoe"}
MAILBOXES = ("help@shop.example", "bills@shop.example")

one_step = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["write", "write", "again", "answer", "wrap_up", "note"]),
        "who": st.sampled_from(sorted(PEOPLE)),
        "to": st.sampled_from(MAILBOXES),
        "refers": st.lists(st.integers(0, 30), max_size=3),
        "forged": st.booleans(),
        "automatic": st.sampled_from(["", "", "", "auto_reply", "list"]),
        "days": st.integers(0, 20),
    }
)


PHASES = (
    Phase.explicit,
    Phase.reuse,
    Phase.generate,
)  # each example is a company of its own: making one smaller takes minutes


class AnyMails(TestCase):
    @settings(
        max_examples=examples(60),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )
    @given(st.lists(one_step, min_size=1, max_size=14))
    def test_any_sequence(self, steps: list[dict[str, Any]]) -> None:
        run_through(steps)


def run_through(steps: list[dict[str, Any]]) -> None:
    for name, addresses in (("Ana", ("ana@mail.example", "ana@work.example")), ("Eve", ("eve@mail.example",))):
        customer = make_customer(name)
        for address in addresses:
            perform(
                "customers.add_email", actor=make_actor(), subject_id=customer.pk, arguments={"email": address}, at=NOON
            )
    known: list[str] = []  # every Message-ID there is, for anybody to refer to
    sent: list[tuple[Mail, str, Message]] = []
    at, raw = NOON, 0
    for step in steps:
        at, raw = at + timedelta(days=step["days"], minutes=1), raw + 1
        if step["kind"] == "write" or not sent:
            refers = [known[n % len(known)] for n in step["refers"]] if known else []
            written = mail(
                step["who"],
                subject=f"Matter {raw}",
                references=refers,
                in_reply_to=refers[-1] if refers else "",
                automatic=step["automatic"],
                checks={"sender": "fail", "dmarc": "fail"} if step["forged"] else {},
            )
            sent.append((written, step["to"], arrive(written, at=at, to=step["to"], raw_id=raw)))
            known.append(written.message_id)
        elif step["kind"] == "again":
            written, to, message = sent[raw % len(sent)]
            assert arrive(written, at=at, to=to, raw_id=raw) == message
        else:
            contact = Contact.objects.get(pk=sent[raw % len(sent)][2].contact_id)
            if step["kind"] == "wrap_up" and contact.ended_at is None:
                act_on(contact, "wrap_up", at=at)
            elif step["kind"] == "note":
                act_on(contact, "write_note", text="Looked at it.", at=at)
            elif step["kind"] == "answer":
                act_on(contact, "answer", text="We look into it.", at=at)
                known.append(Message.objects.latest("pk").outside_id)
    check(sent)


def check(sent: list[tuple[Mail, str, Message]]) -> None:
    inbound = Message.objects.filter(direction="inbound")
    assert Counter(inbound.values_list("outside_id", flat=True)) == Counter(one.message_id for one, _to, _m in sent)
    for contact in Contact.objects.all():
        written = list(inbound.filter(contact=contact).order_by("pk"))
        genuine = {PEOPLE[one.sender_address] for one in written if not one.checks}
        forged = [one for one in written if one.checks]
        answered = Message.objects.filter(contact=contact, direction="outbound", is_internal=False).exists()
        if not forged:
            assert len(genuine) == 1, "a conversation of two people"
        elif answered:  # the answer went to whose address it really is: they may go on with it
            assert genuine <= {PEOPLE[forged[0].sender_address]}
        else:
            assert not genuine, "somebody joined what a forger wrote"
        if forged:
            assert len(forged) == 1, "a forged mail is alone"
            assert contact.customer_id is None
        last = written[-1]
        if contact.ended_at is not None:
            assert not contact.needs_answer
        if (
            not last.automatic
            and not Message.objects.filter(contact=contact, direction="outbound", pk__gt=last.pk).exists()
        ):
            ended_since = contact.ended_at is not None and contact.ended_at >= last.at
            assert contact.needs_answer or ended_since, "somebody waits and nobody knows"


pytestmark = pytest.mark.django_db
