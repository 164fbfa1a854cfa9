"""Messages reach their endpoints: signed, in order, again after failing; and endpoints that fail are switched off and say so."""

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from onhand.kernel.bulk import Done, decide_for_all, record_all
from onhand.kernel.models import ActRecord, EventRecord
from onhand.webhooks import deliverer, delivering
from onhand.webhooks.enums import DeliveryState, EndpointState
from onhand.webhooks.models import Attempt, Delivery, Endpoint, EndpointHealth
from tests.factories import NOON, make_actor, make_customer
from tests.webhooks.acting import act, add, change_language, deliver_due
from tests.webhooks.receiver import Receiver, answering, dripping, endless, hanging

pytestmark = pytest.mark.django_db(transaction=True)
SOON = timedelta(hours=1)


def quick(monkeypatch: pytest.MonkeyPatch, seconds: float = 0.5) -> None:
    monkeypatch.setattr(delivering, "LIMITS", delivering.Limits(seconds=seconds, connect_seconds=0.5, most_bytes=1_000))


def test_a_change_is_told_signed_so_that_the_library_believes_it(receiver: Receiver) -> None:
    _endpoint, secret = add(receiver.url)
    customer = make_customer("Ana Prieto")
    record = change_language(customer)
    assert deliver_due() == 1
    (got,) = receiver.got
    said = Webhook(secret).verify(got.body, got.headers)
    assert said["type"] == "customers.change_language"
    assert said["version"] == 1
    assert said["data"]["subject"] == {"type": "customer", "id": customer.pk}
    assert said["data"]["record_id"] == record
    assert said["data"]["changed"] == ["language"]
    assert got.headers["webhook-id"] == f"evt_{said['data']['event_id']}"
    assert "Ana" not in got.body.decode()  # no names, neither the customer's nor the representative's
    one = Delivery.objects.get()
    assert (one.state, one.attempts, one.last_status) == (DeliveryState.DELIVERED, 1, 200)
    tried = Attempt.objects.get()
    assert (tried.status, tried.answer, tried.body) == (200, "ok", got.body.decode())
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(got.body + b" ", got.headers)


def test_only_what_was_chosen_is_told_also_of_what_is_written_in_bulk(receiver: Receiver) -> None:
    chosen, _secret = add(receiver.url, areas=[], events="customers.change_language")
    add(receiver.url, areas=["staff.*"])
    customers = [make_customer() for _ in range(3)]
    name = "customers.change_language"
    with transaction.atomic():
        decision = decide_for_all(name, actor=make_actor(), at=NOON)
        done = [Done(one.pk, {"language": "es"}, {"language": "en"}, {"language": "es"}) for one in customers]
        record_all(name, done, actor=make_actor(), at=NOON, decision=decision)
    assert list(Delivery.objects.values_list("endpoint_id", "order_key")) == [
        (chosen.pk, f"customer:{one.pk}") for one in customers
    ]
    act("change_endpoint", chosen, endpoint_name="Shop", url=receiver.url, areas=["contacts.*"])
    change_language(customers[0])
    assert Delivery.objects.count() == 3


def test_what_is_rolled_back_is_not_told_and_endpoints_are_not_told_of_themselves(receiver: Receiver) -> None:
    endpoint, _secret = add(receiver.url, areas=["*"])
    with pytest.raises(RuntimeError), transaction.atomic():
        change_language(make_customer())
        raise RuntimeError
    assert not Delivery.objects.exists()
    act("rotate_secret", endpoint)
    assert not Delivery.objects.exists()


def test_messages_on_one_subject_wait_for_the_earlier_one_others_do_not(receiver: Receiver) -> None:
    add(receiver.url)
    first, other = make_customer(), make_customer()
    for language in ("es", "en", "es"):
        change_language(first, language)
    receiver.behave = answering(500)
    assert deliver_due() == 1
    change_language(other)
    receiver.behave = answering(200)
    assert deliver_due() == 1  # the other customer's; the first's second waits for its first
    assert json.loads(receiver.got[-1].body)["data"]["subject"]["id"] == other.pk
    assert deliver_due(timezone.now() + SOON) == 3
    assert receiver.ids()[0] == receiver.ids()[2]
    told = [int(one.removeprefix("evt_")) for one in receiver.ids()[2:]]
    assert told == sorted(told)


def test_it_is_tried_for_days_with_growing_pauses_and_then_given_up(receiver: Receiver) -> None:
    add(receiver.url)
    change_language(make_customer())
    receiver.behave = answering(503)
    at, pauses = timezone.now(), []
    while Delivery.objects.filter(state=DeliveryState.WAITING).exists():
        assert deliver_due(at) <= 1
        EndpointHealth.objects.update(failing_since=at, not_before=None)  # of the endpoint more below
        one = Delivery.objects.get()
        pauses.append(one.due_at - at)
        at = max(one.due_at, at + timedelta(seconds=1))
    assert len(pauses) == len(delivering.PAUSES) + 1 == Attempt.objects.count()
    assert all(p < q * 1.5 for p, q in zip(pauses, [*pauses[1:-1], timedelta(days=9)], strict=False))
    assert timedelta(days=2) < sum(pauses[:-1], timedelta()) < timedelta(days=4)
    assert Delivery.objects.get().state == DeliveryState.FAILED


def test_no_two_pauses_are_alike_and_none_is_shorter_than_the_receiver_asked(receiver: Receiver) -> None:
    assert len({delivering.pause_after(4) for _ in range(20)}) > 15
    add(receiver.url)
    change_language(make_customer())
    receiver.behave = answering(429, Retry_After="1800")
    deliver_due()
    assert Delivery.objects.get().due_at > timezone.now() + timedelta(minutes=29)


@pytest.mark.parametrize(
    ("behave", "problem"),
    [
        (hanging(3), "no whole answer within 0.5 seconds"),
        (dripping(3), "no whole answer within 0.5 seconds"),
        (answering(302, Location="http://127.0.0.1:1/else"), "redirects are not followed"),
        (answering(400), "answered 400"),
    ],
)
def test_a_receiver_that_behaves_badly_costs_a_try_and_no_more(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, behave: Any, problem: str
) -> None:
    quick(monkeypatch)
    add(receiver.url)
    change_language(make_customer())
    receiver.behave = behave
    began = time.monotonic()
    assert deliver_due() == 1
    assert time.monotonic() - began < 2
    one = Delivery.objects.get()
    assert one.state == DeliveryState.WAITING
    assert problem in one.last_problem
    assert len(receiver.got) == 1


def test_of_an_endless_answer_the_first_bytes_are_kept(receiver: Receiver) -> None:
    add(receiver.url)
    change_language(make_customer())
    receiver.behave = endless(50 * 2**20)
    began = time.monotonic()
    deliver_due()
    assert time.monotonic() - began < 2
    assert len(Attempt.objects.get().answer) == 1_000
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


def test_nobody_there_and_answers_that_cannot_be_stored_as_they_are(receiver: Receiver) -> None:
    add(receiver.url)
    change_language(make_customer())
    receiver.behave = answering(500, b"\x00\xff no")
    deliver_due()
    assert Attempt.objects.get().answer == "�� no"
    receiver.stop()
    deliver_due(timezone.now() + SOON)
    assert "not reached" in Delivery.objects.get().last_problem


def test_410_switches_the_endpoint_off_and_the_history_says_why(receiver: Receiver) -> None:
    endpoint, _secret = add(receiver.url)
    customer = make_customer()
    change_language(customer)
    change_language(customer, "en")
    receiver.behave = answering(410)
    assert deliver_due() == 1
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.FAILED
    assert "410" in endpoint.why_off
    assert {one.state for one in Delivery.objects.all()} == {DeliveryState.FAILED}
    record = ActRecord.objects.get(act="webhooks.give_up_endpoint")
    assert (record.actor_kind, record.after["state"]) == ("system", "failed")
    change_language(customer)
    assert Delivery.objects.count() == 2


def test_an_endpoint_that_fails_for_three_days_is_switched_off_one_that_answers_in_between_is_not(
    receiver: Receiver,
) -> None:
    endpoint, _secret = add(receiver.url)
    customer = make_customer()
    receiver.behave = answering(500)
    change_language(customer)
    now = timezone.now()
    deliver_due(now)
    receiver.behave = answering(200)
    deliver_due(now + timedelta(days=2))
    receiver.behave = answering(500)
    change_language(customer, "en")
    deliver_due(now + timedelta(days=2))
    deliver_due(now + timedelta(days=4))
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.ON
    change_language(customer)
    Delivery.objects.update(give_up_at=now + timedelta(days=9))  # the database's clock does not jump with ours
    deliver_due(now + timedelta(days=5, hours=20))
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.ON  # the message is new: the receiver may have been well meanwhile
    deliver_due(now + timedelta(days=5, hours=21))
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.FAILED
    assert "answered 500" in endpoint.why_off


def test_an_endpoint_that_fails_is_asked_one_message_at_a_time(receiver: Receiver) -> None:
    add(receiver.url)
    for _ in range(20):
        change_language(make_customer())
    receiver.behave = answering(500)
    now = timezone.now()
    tries = deliver_due(now)
    assert delivering.PROBING_AFTER <= tries <= delivering.PROBING_AFTER + delivering.AT_ONCE
    assert len(delivering.take(now + timedelta(seconds=400), lambda _e: delivering.AT_ONCE, 10)) == 1


def test_what_somebody_took_and_died_with_is_taken_again(receiver: Receiver) -> None:
    add(receiver.url)
    change_language(make_customer())
    now = timezone.now()
    assert delivering.take(now, lambda _e: 4, 10)
    assert not delivering.take(now + timedelta(seconds=30), lambda _e: 4, 10)
    assert deliver_due(now + delivering.TAKEN) == 1
    assert Delivery.objects.get().attempts == 2


def test_the_deliverer_delivers_side_by_side_and_a_slow_endpoint_stops_no_other(
    receivers: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, good = receivers(behave=hanging(2)), receivers()
    add(slow.url)
    add(good.url)
    stop = threading.Event()
    thread = threading.Thread(target=deliverer.run, args=(stop, timezone.now))
    thread.start()
    try:
        for _ in range(30):
            change_language(make_customer())
        end = time.monotonic() + 10
        while len(good.got) < 30 and time.monotonic() < end:
            time.sleep(0.05)
        assert len(set(good.ids())) == 30
        assert len(slow.got) < 30
    finally:
        stop.set()
        thread.join(10)
        time.sleep(2.5)  # what hangs ends, and lets go of the database


def test_old_entries_of_the_log_go_and_those_that_wait_stay(receiver: Receiver) -> None:
    endpoint, _secret = add(receiver.url, log_days=7)
    for _ in range(3):
        change_language(make_customer())
    deliver_due()
    change_language(make_customer())
    kept = timezone.now() + timedelta(days=6)
    assert delivering.forget_old(kept) == 0
    assert delivering.forget_old(kept + timedelta(days=2), most=2) == 2
    assert delivering.forget_old(kept + timedelta(days=2)) == 1
    assert (Delivery.objects.count(), Attempt.objects.count()) == (1, 0)
    assert EventRecord.objects.filter(name="kernel.act_done").count() == 5
    assert Endpoint.objects.get() == endpoint
