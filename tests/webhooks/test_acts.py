"""What can be done with endpoints."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from onhand.kernel import reactor
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.models import Delivery as KernelDelivery
from onhand.kernel.perform import perform
from onhand.webhooks.enums import DeliveryState, EndpointState
from onhand.webhooks.event_types import areas, event_types, is_known
from onhand.webhooks.models import Delivery, Endpoint
from onhand.webhooks.telling import tell_of_switching_off
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_person
from tests.webhooks.acting import act, add, change_language, deliver_due
from tests.webhooks.receiver import Receiver, answering

pytestmark = pytest.mark.django_db(transaction=True)


def refused(name: str, endpoint: Endpoint | None = None, **arguments: object) -> str:
    """The field at fault."""
    with pytest.raises(NotPossible) as told:
        act(name, endpoint, **arguments)
    return next(iter(told.value.fields), "")


def test_every_act_and_event_can_be_chosen_but_the_endpoints_own() -> None:
    names = {one.name for one in event_types()}
    assert {"customers.change_language", "customers.merged", "contacts.promise_broken"} <= names
    assert not [name for name in names if name.startswith("webhooks.")]
    assert "kernel.act_done" not in names
    assert all(is_known(name) for name in names)
    assert is_known("*")
    assert is_known("customers.*")
    assert not is_known("webhooks.*")
    assert not is_known("nobody.*")
    assert "catalogue" in areas()


def test_add_endpoint_shows_its_secret_once_and_keeps_it_out_of_everything_stored(receiver: Receiver) -> None:
    endpoint, secret = add(receiver.url, events="staff.signed_in")
    assert secret.startswith("whsec_")
    assert endpoint.event_types == ["customers.*", "staff.signed_in"]
    (record,) = ActRecord.objects.filter(act="webhooks.add_endpoint")
    assert secret not in str([record.arguments, record.before, record.after])
    assert secret.encode() not in bytes(endpoint.secret)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://shop.example.com/", "https://", "https://u:p@shop.example.com/", "https://shop.example.com/#here"),
        *(
            "http://shop.example.com/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.0.0.8/x",
            "https://localhost/",
        ),
        *("https://169.254.169.254/latest", "https://[::ffff:127.0.0.1]/", "https://shop.example.com:99999/"),
        *("https://shop.example.com/ x", "https://shop.example.com\\@evil.example/", "shop.example.com"),
    ],
)
def test_addresses_that_are_none_of_ours_to_reach_are_refused(url: str) -> None:
    assert refused("add_endpoint", endpoint_name="x", url=url, areas=["*"]) == "url"


def test_events_nobody_knows_and_logs_of_no_days_are_refused(receiver: Receiver) -> None:
    given = {"endpoint_name": "x", "url": receiver.url}
    assert refused("add_endpoint", **given, events="orders.invented") == "events"
    assert refused("add_endpoint", **given, areas=["webhooks.*"]) == "areas"
    assert refused("add_endpoint", **given) == "areas"
    assert refused("add_endpoint", **given, areas=["*"], log_days=0) == "log_days"
    with pytest.raises(NotPermitted):
        perform("webhooks.add_endpoint", actor=make_actor(permissions=frozenset()), arguments=given, at=NOON)


def test_rotate_secret_lets_both_secrets_be_valid_for_as_long_as_said(receiver: Receiver) -> None:
    now = timezone.now()
    endpoint, old = add(receiver.url)
    new = act("rotate_secret", endpoint, at=now, hours=2).shown["secret"]
    change_language(make_customer())
    deliver_due()
    both = receiver.got[-1]
    assert Webhook(old).verify(both.body, both.headers) == Webhook(new).verify(both.body, both.headers)
    change_language(make_customer())
    later = now + timedelta(hours=2, seconds=1)
    deliver_due(later)
    assert receiver.got[-1].headers["webhook-signature"].count("v1,") == 1
    newest = act("rotate_secret", endpoint, at=now, hours=0).shown["secret"]
    change_language(make_customer())
    deliver_due()
    last = receiver.got[-1]
    Webhook(newest).verify(last.body, last.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(last.body, last.headers)


def test_switch_off_endpoint_lets_go_of_what_waits_and_switch_on_endpoint_begins_anew(receiver: Receiver) -> None:
    endpoint, _secret = add(receiver.url)
    change_language(make_customer())
    act("switch_off_endpoint", endpoint)
    assert refused("switch_off_endpoint", endpoint) == ""
    change_language(make_customer())
    assert Delivery.objects.get().state == DeliveryState.FAILED
    assert refused("send_test", endpoint) == ""
    act("switch_on_endpoint", endpoint)
    assert endpoint.state == EndpointState.ON
    assert deliver_due() == 0
    change_language(make_customer())
    assert deliver_due() == 1


def test_send_test_is_tried_once_and_says_that_it_is_a_test(receiver: Receiver) -> None:
    endpoint, secret = add(receiver.url)
    act("send_test", endpoint)
    assert deliver_due() == 1
    said = Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers)
    assert said["type"] == "webhooks.test"
    receiver.behave = answering(500)
    act("send_test", endpoint)
    deliver_due()
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["delivered", "failed"]
    for _ in range(5):
        act("send_test", endpoint)
    assert refused("send_test", endpoint) == ""


def test_replay_delivery_tells_again_under_the_same_id(receiver: Receiver) -> None:
    endpoint, _secret = add(receiver.url)
    change_language(make_customer())
    one = Delivery.objects.get()
    assert refused("replay_delivery", endpoint, delivery=one.pk) == "delivery"  # it waits
    deliver_due()
    act("replay_delivery", endpoint, delivery=one.pk)
    deliver_due()
    assert len(receiver.got) == 2
    assert len(set(receiver.ids())) == 1
    other, _secret = add(receiver.url)
    assert refused("replay_delivery", other, delivery=one.pk) == "delivery"


def test_replay_since_brings_what_failed_and_if_wanted_what_was_missed(receiver: Receiver) -> None:
    now = timezone.now()
    endpoint, _secret = add(receiver.url)
    customers = [make_customer() for _ in range(4)]
    change_language(customers[0])
    deliver_due()
    change_language(customers[1])
    act("switch_off_endpoint", endpoint)
    change_language(customers[2])
    change_language(customers[3])
    act("switch_on_endpoint", endpoint)
    assert refused("replay_since", endpoint, at=now, since=(now + timedelta(hours=1)).isoformat()) == "since"
    assert refused("replay_since", endpoint, at=now, since=(NOON + timedelta(hours=1)).isoformat()) == "since"
    act("replay_since", endpoint, at=now, since=NOON.isoformat())
    assert deliver_due() == 1
    long_ago = (NOON - timedelta(days=1)).isoformat()
    act("replay_since", endpoint, at=NOON, since=long_ago, missed=True)
    assert deliver_due() == 2
    assert len(set(receiver.ids())) == 4
    assert refused("replay_since", endpoint, at=NOON, since=long_ago, missed=True) == "since"


def test_remove_endpoint_takes_it_out_with_its_secret(receiver: Receiver) -> None:
    endpoint, _secret = add(receiver.url)
    change_language(make_customer())
    act("remove_endpoint", endpoint)
    assert (endpoint.state, bytes(endpoint.secret)) == (EndpointState.REMOVED, b"")
    assert deliver_due() == 0
    change_language(make_customer())
    assert Delivery.objects.count() == 1


def test_give_up_endpoint_says_why(receiver: Receiver) -> None:
    endpoint, _secret = add(receiver.url)
    act("give_up_endpoint", endpoint, reason="The shop closed.")
    assert (endpoint.state, endpoint.why_off) == (EndpointState.FAILED, "The shop closed.")


def test_who_added_an_endpoint_is_written_to_when_it_is_given_up(settings: Any, receiver: Receiver) -> None:
    settings.ONHAND_SENDS_MAIL = True
    person = make_person("administrator")
    endpoint, _secret = add(receiver.url)
    Endpoint.objects.update(created_by_id=person.pk)
    assert not tell_of_switching_off(endpoint.pk)
    act("give_up_endpoint", endpoint, reason="It answered 410.")
    assert KernelDelivery.objects.filter(handler="webhooks.tell_of_failed_endpoint").count() == 1
    assert reactor.deliver(50).failed == 0
    assert tell_of_switching_off(endpoint.pk)
    (mail,) = django_mail.outbox
    assert mail.to == [person.email]
    assert "It answered 410." in mail.body
    assert f"/settings/webhooks/{endpoint.pk}/" in mail.body
