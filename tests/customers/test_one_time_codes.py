"""One-time codes: sent to an address on file, tried, used once; and how the message gets there."""

import json
import os
import re
import smtplib
import socket
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import connection
from pytest_django import Settings

from onhand.customers.demo_mailbox import demo_mails
from onhand.customers.identification import code_carriers
from onhand.customers.identification.level import reached
from onhand.customers.identification.one_time_codes import LAST_TRY, code_of, send_message
from onhand.customers.identification.queries import failed_tries, ways_to_identify
from onhand.customers.models import CodeState, Customer, Identity, IdentityCheck, OneTimeCode
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Visibility, system_actor
from onhand.kernel.errors import NotPossible, SubjectNotFound
from onhand.kernel.models import ActRecord, EventRecord, RateBucket
from onhand.kernel.perform import Outcome, perform
from onhand.kernel.subjects import reference_type
from tests.customers.mail_server import Postfix
from tests.factories import NOON, make_customer
from tests.factories.contacts import make_contact, make_server
from tests.kernel.sessions import together

pytestmark = pytest.mark.django_db
JOB = system_actor("one-time codes")
LONG_AGO = NOON - timedelta(days=90)


@pytest.fixture(autouse=True)
def mail_server(settings: Settings, tmp_path: Path) -> None:
    settings.ONHAND_SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ONHAND_DEMO_FILE = tmp_path / "demo.json"
    settings.ONHAND_MAILBOX = tmp_path / "mailbox"


def make_reachable(**changes: Any) -> tuple[Customer, Identity, Any]:
    customer = make_customer("Ana Núñez", **({"language": "es"} | changes))
    identity = customer.identities.create(kind="email", value="ana@correo.example", created_at=LONG_AGO)
    return customer, identity, make_contact(customer)


def do(name: str, customer: Customer, contact: Any, minutes: float = 0, **arguments: Any) -> Outcome:
    return perform(
        f"customers.{name}",
        actor=make_server(),
        subject_id=customer.pk,
        arguments=arguments,
        at=NOON + timedelta(minutes=minutes),
        contact_id=contact.pk,
    )


def level(customer: Customer, contact: Any, minutes: float = 0) -> int:
    return reached(make_server(), customer.pk, contact.pk, NOON + timedelta(minutes=minutes)).level


def the_code() -> str:
    return code_of(OneTimeCode.objects.select_related("identity").latest("pk"))


def wrong_code() -> str:
    return f"{(int(the_code()) + 1) % 10**6:06}"


def jobs() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("select args::text from procrastinate_jobs where task_name = 'customers.send_code' order by id")
        return [json.loads(row[0]) for row in cursor.fetchall()]


def test_send_code_then_check_code_identifies_strongly() -> None:
    customer, identity, contact = make_reachable()
    outcome = do("send_code", customer, contact, address=identity.pk)
    assert outcome.after == {"code_sent": "a•••@correo.example"}
    row = OneTimeCode.objects.get()
    assert jobs() == [{"code_id": row.pk}]
    assert row.state == CodeState.QUEUED
    assert send_message(row.pk, attempt=1, at=NOON, actor=JOB)
    sent = mail.outbox[0]
    assert (sent.to, sent.subject.count(the_code())) == (["ana@correo.example"], 0)
    told = re.search(r"\d{3} \d{3}", str(sent.body))
    assert told is not None
    row.refresh_from_db()
    assert (row.state, row.sent_at) == (CodeState.SENT, NOON)
    outcome = do("check_code", customer, contact, 2, code=f" {told[0]}. ")
    assert outcome.after["identification"] == {"way": "code", "level": 2}
    assert (level(customer, contact, 3), level(customer, contact, 63)) == (2, 0)
    contact.refresh_from_db()
    assert (contact.identified_level, contact.identified_how) == (2, "code")
    with pytest.raises(NotPossible, match="No code is waiting"):  # used once only
        do("check_code", customer, contact, 3, code=told[0])


def test_the_code_is_nowhere_but_in_the_message() -> None:
    customer, identity, contact = make_reachable()
    do("send_code", customer, contact, address=identity.pk)
    code = the_code()
    do("check_code", customer, contact, code=code)
    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'select t::text from "{table}" t')
            assert not [row for row in cursor.fetchall() if re.search(rf"(?<!\d){code}(?!\d)", row[0])], table


def test_three_wrong_tries_end_a_code_and_lock() -> None:
    customer, identity, contact = make_reachable()
    do("send_code", customer, contact, address=identity.pk)
    left = [do("check_code", customer, contact, code=wrong_code()).after["tries_left"] for _ in range(3)]
    assert left == [2, 1, 0]
    with pytest.raises(NotPossible, match="Too many tries"):
        do("check_code", customer, contact, code=the_code())
    assert level(customer, contact) == 0
    assert IdentityCheck.objects.filter(level=0, way="code").count() == 3
    assert EventRecord.objects.filter(name="customers.identification_failed").count() == 3


def test_a_code_ends_by_time() -> None:
    customer, identity, contact = make_reachable()
    do("send_code", customer, contact, address=identity.pk)
    with pytest.raises(NotPossible, match="No code is waiting"):
        do("check_code", customer, contact, 10, code=the_code())


def test_a_code_is_bound_to_its_address_and_contact() -> None:
    customer, identity, contact = make_reachable()
    do("send_code", customer, contact, address=identity.pk)
    code, other = the_code(), make_contact(customer)
    with pytest.raises(NotPossible, match="No code is waiting"):
        do("check_code", customer, other, code=code)
    Identity.objects.filter(pk=identity.pk).update(value="eva@correo.example")
    do("check_code", customer, contact, code=code)
    assert level(customer, contact) == 0
    Identity.objects.filter(pk=identity.pk).update(value="ana@correo.example", withdrawn_at=NOON)
    with pytest.raises(NotPossible, match="its address changed"):
        do("check_code", customer, contact, code=code)
    assert not send_later(OneTimeCode.objects.get())


def send_later(row: OneTimeCode) -> bool:
    """Whether a message goes out."""
    send_message(row.pk, attempt=1, at=NOON, actor=JOB)
    return bool(mail.outbox)


def test_a_new_code_takes_the_place_of_the_one_before() -> None:
    customer, identity, contact = make_reachable()
    do("send_code", customer, contact, address=identity.pk)
    first = the_code()
    do("send_code", customer, contact, 1, address=identity.pk)
    do("check_code", customer, contact, 2, code=first)
    assert level(customer, contact, 2) == 0
    do("check_code", customer, contact, 2, code=the_code())
    assert level(customer, contact, 2) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"created_at": NOON - timedelta(hours=23)}, "less than 24 hours"),
        ({"is_shared": True}, "Several customers share"),
        ({"confidence": 1}, "not sure"),
        ({"withdrawn_at": NOON}, "No code can be sent"),
        ({"kind": "telephone", "value": "+34910123456"}, "No code can be sent"),
    ],
)
def test_addresses_that_prove_too_little(changes: dict[str, Any], words: str) -> None:
    customer, identity, contact = make_reachable()
    Identity.objects.filter(pk=identity.pk).update(**changes)
    with pytest.raises(NotPossible, match=words):
        do("send_code", customer, contact, address=identity.pk)
    stranger = make_customer().identities.create(kind="email", value="x@correo.example", created_at=LONG_AGO)
    with pytest.raises(NotPossible, match="No code can be sent"):
        do("send_code", customer, contact, address=stranger.pk)
    assert (jobs(), OneTimeCode.objects.count()) == ([], 0)


def test_addresses_are_offered_masked() -> None:
    customer, _identity, _contact = make_reachable()
    offered = reference_type("customers.code_address").options(make_server(), customer.pk, "")
    assert [one.label for one in offered] == ["a•••@correo.example"]


def test_codes_are_sent_so_often_only() -> None:
    customer, identity, contact = make_reachable()
    for _ in range(4):
        do("send_code", customer, contact, address=identity.pk)
    with pytest.raises(NotPossible, match="Too many codes"):
        do("send_code", customer, contact, address=identity.pk)
    with pytest.raises(NotPossible, match="Too many codes"):  # by the address, also for another customer of it
        other = make_customer()
        same = other.identities.create(kind="email", value="ANA@correo.example", created_at=LONG_AGO)
        do("send_code", other, make_contact(other), address=same.pk)
    assert not [one for one in RateBucket.objects.values_list("key", flat=True) if "correo" in one]


def test_preview_sends_nothing() -> None:
    customer, identity, contact = make_reachable()
    outcome = perform(
        "customers.send_code",
        actor=make_server(),
        subject_id=customer.pk,
        arguments={"address": identity.pk},
        at=NOON,
        contact_id=contact.pk,
        preview=True,
    )
    assert outcome.after == {"code_sent": "a•••@correo.example"}
    assert (jobs(), OneTimeCode.objects.count(), ActRecord.objects.count()) == ([], 0, 0)


def test_no_mail_server_is_said(settings: Settings) -> None:
    settings.ONHAND_SENDS_MAIL = False
    customer, identity, contact = make_reachable()
    assert code_carriers.all_carriers()[0].why_not().startswith("No mail server")
    with pytest.raises(NotPossible, match="No code can be sent"):
        do("send_code", customer, contact, address=identity.pk)


def test_mails_of_the_demo_company_stay_here(settings: Settings) -> None:
    settings.ONHAND_SENDS_MAIL = False
    settings.ONHAND_DEMO_FILE.write_text("{}")
    customer, identity, contact = make_reachable()
    assert demo_mails() == []
    do("send_code", customer, contact, address=identity.pk)
    send_message(OneTimeCode.objects.get().pk, attempt=1, at=NOON, actor=JOB)
    (kept,) = demo_mails()
    code = the_code()
    assert kept.to == "ana@correo.example"
    assert f"{code[:3]} {code[3:]}" in kept.text
    (path,) = settings.ONHAND_MAILBOX.iterdir()
    assert path.stat().st_mode & 0o77 == 0
    assert mail.outbox == []


def test_sending_is_tried_again_and_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    customer, identity, contact = make_reachable()
    do("send_code", customer, contact, address=identity.pk)
    row = OneTimeCode.objects.get()

    def away(*_given: Any, **_more: Any) -> None:
        raise ConnectionRefusedError("nobody there: ana@correo.example")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", away)
    assert not send_message(row.pk, attempt=1, at=NOON, actor=JOB)
    row.refresh_from_db()
    assert (row.state, "ConnectionRefusedError" in row.trouble) == (CodeState.QUEUED, True)
    assert send_message(row.pk, attempt=LAST_TRY, at=NOON, actor=JOB)
    row.refresh_from_db()
    assert row.state == CodeState.FAILED
    assert "correo" not in row.trouble
    assert EventRecord.objects.filter(name="customers.code_not_sent", subject_type=CUSTOMER).count() == 1


def test_an_address_that_is_refused_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    customer, identity, contact = make_reachable()
    do("send_code", customer, contact, address=identity.pk)

    def refused(*_given: Any, **_more: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({"ana@correo.example": (550, b"no such user")})

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refused)
    assert send_message(OneTimeCode.objects.get().pk, attempt=1, at=NOON, actor=JOB)
    assert OneTimeCode.objects.get().state == CodeState.FAILED


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on."""
    with ExitStack() as stack:
        return [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


class Mailbox:
    """A mail server's end that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


def test_the_message_goes_through_a_real_mail_server(settings: Settings) -> None:
    mailbox = Mailbox()
    (port,) = free_ports(1)
    server = Controller(mailbox, hostname="127.0.0.1", port=port, ready_timeout=10)
    server.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        customer, identity, contact = make_reachable()
        do("send_code", customer, contact, address=identity.pk)
        assert send_message(OneTimeCode.objects.get().pk, attempt=1, at=NOON, actor=JOB)
    finally:
        server.stop()
    ((to, content),) = mailbox.mails
    code = the_code()
    assert to == ["ana@correo.example"]
    assert f"{code[:3]} {code[3:]}" in content


@pytest.mark.django_db(transaction=True)
def test_tries_at_once_count_each_and_a_code_is_used_once() -> None:
    customer, identity, contact = make_reachable()
    do("send_code", customer, contact, address=identity.pk)
    right, wrong = the_code(), wrong_code()
    together(*[lambda: do("check_code", customer, contact, code=wrong) for _ in range(2)])
    assert OneTimeCode.objects.get().tries == 2
    assert IdentityCheck.objects.filter(level=0).count() == 2
    results = together(*[lambda: do("check_code", customer, contact, code=right) for _ in range(3)])
    assert sum(isinstance(one, Outcome) for one in results) == 1, results
    assert IdentityCheck.objects.filter(level=2).count() == 1


@pytest.mark.django_db(transaction=True)
def test_tries_on_two_files_of_one_contact_at_once_count_together() -> None:
    customer, _identity, contact = make_reachable()
    other = make_customer("Eva")
    pairs = []
    for one in (customer, other):
        for kind, value in (("customer_number", f"K{one.pk}77"), ("account_number", f"A{one.pk}88")):
            one.identities.create(kind=kind, value=value, created_at=LONG_AGO)
        pairs.append(one)
    said = {"first_question": "customer_number", "first_answer": "x"}
    said |= {"second_question": "account_number", "second_answer": "y"}
    results = together(*[lambda one=one: do("answer_questions", one, contact, **said) for one in pairs * 2])
    done = [one for one in results if isinstance(one, Outcome)]
    assert len(done) == 2, results  # two wrong answers each: the third try is one too many


def test_what_there_is_to_identify_by() -> None:
    customer, identity, contact = make_reachable(postal_code="28013", tax_number="X1")
    fresh = customer.identities.create(kind="email", value="new@correo.example", created_at=NOON)
    do("send_code", customer, contact, address=identity.pk)
    do("check_code", customer, contact, code=wrong_code())
    ways = ways_to_identify(make_server(), customer.pk, contact.pk, NOON)
    assert (ways.needed, len(ways.questions), ways.no_codes, ways.locked_until) == (2, 3, "", None)
    assert [(one.id, one.shown, bool(one.why_not)) for one in ways.addresses] == [
        (identity.pk, "a•••@correo.example", False),
        (fresh.pk, "n•••@correo.example", True),
    ]
    assert ways.code is not None
    assert (ways.code.state, ways.code.tries_left, ways.code.to) == ("queued", 2, "a•••@correo.example")
    for actor, contact_id in ((make_server(id=2), contact.pk), (make_server(), contact.pk + 1)):
        with pytest.raises(SubjectNotFound):
            ways_to_identify(actor, customer.pk, contact_id, NOON)
    assert [(one.customer, one.way, one.is_ended) for one in failed_tries(make_server())] == [
        ("Ana Núñez", "code", False)
    ]
    assert failed_tries(make_server(visibility=Visibility.OWN)) == []


@pytest.mark.services
def test_the_message_goes_through_postfix(settings: Settings, tmp_path: Path) -> None:
    """Debian's mail server takes the message and hands it on, to a server of ours."""
    if not Path("/usr/sbin/postfix").exists() or os.geteuid() != 0:
        pytest.skip("Postfix is not installed (scripts/install-test-services), or this is not root")
    mailbox, (inner, outer) = Mailbox(), free_ports(2)
    receiver = Controller(mailbox, hostname="127.0.0.1", port=inner, ready_timeout=10)
    receiver.start()
    postfix = Postfix(tmp_path / "postfix", port=outer, relay_to=inner)
    try:
        postfix.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", outer
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        customer, identity, contact = make_reachable()
        do("send_code", customer, contact, address=identity.pk)
        assert send_message(OneTimeCode.objects.get().pk, attempt=1, at=NOON, actor=JOB)
        deadline = time.monotonic() + 20
        while not mailbox.mails and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        postfix.stop()
        receiver.stop()
    ((to, content),) = mailbox.mails
    code = the_code()
    assert to == ["ana@correo.example"]
    assert f"{code[:3]} {code[3:]}" in content
