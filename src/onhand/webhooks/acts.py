"""What can be done with endpoints: set up, change, switch on and off, change the secret, test, deliver again."""

from datetime import datetime, timedelta
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.locked_texts import lock_text
from onhand.kernel.outside import why_no_address
from onhand.webhooks import access
from onhand.webhooks.delivering import GIVEN_UP_AFTER, SECRET, let_go, wait_again
from onhand.webhooks.enums import DeliveryState, EndpointState
from onhand.webhooks.event_types import EVERYTHING, TEST, areas, is_known
from onhand.webhooks.models import Delivery, Endpoint, EndpointHealth
from onhand.webhooks.replaying import failed_since, make_missed
from onhand.webhooks.signing import new_secret
from onhand.webhooks.subjects import ENDPOINT, REF_DELIVERY

MOST_TYPES = 200
LONGEST_LOG = 400
MOST_TESTS = 5  # that wait at a time


def _areas_offered() -> list[tuple[str, str]]:
    return [(EVERYTHING, _("Everything")), *((f"{area}.*", area.capitalize()) for area in areas() if area != "kernel")]


Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda e: e.name)]
Address = Annotated[
    str,
    Field(
        label=gettext_lazy("Address"),
        max_length=2000,
        current=lambda e: e.url,
        help=gettext_lazy("Where messages are sent, for example https://shop.example.com/onhand."),
    ),
]
Areas = Annotated[
    list[str] | None,
    Field(
        label=gettext_lazy("Areas"),
        options=_areas_offered,
        widget="choices",
        current=lambda e: [one for one in e.event_types if one == EVERYTHING or one.endswith(".*")],
        help=gettext_lazy("All that happens in these parts of the product, also what later versions add."),
    ),
]
Single = Annotated[
    str | None,
    Field(
        label=gettext_lazy("Single events"),
        widget="textarea",
        max_length=20_000,
        current=lambda e: "\n".join(one for one in e.event_types if one != EVERYTHING and not one.endswith(".*")),
        help=gettext_lazy("One a line, such as customers.change_language. The page of webhooks lists them all."),
    ),
]
LogDays = Annotated[
    int,
    Field(
        label=gettext_lazy("Days the log is kept"),
        current=lambda e: e.log_days,
        help=gettext_lazy("What was sent, and what was answered. As long can it be delivered again."),
    ),
]


@act(subject=ENDPOINT, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a webhook"))
def add_endpoint(
    *, run: Run, endpoint_name: Name, url: Address, areas: Areas = None, events: Single = None, log_days: LogDays = 30
) -> Endpoint:
    """Tell another program what happens here. Its secret is shown once; with it the program checks that messages are ours."""
    endpoint = Endpoint(created_at=run.at, created_by_id=run.actor.id, created_by_name=run.actor.name)
    _assign(endpoint, endpoint_name, url, areas, events, log_days)
    _new_secret(endpoint, run)
    endpoint.save()
    EndpointHealth.objects.create(endpoint=endpoint)
    return endpoint


@act(subject=ENDPOINT, permission=access.MANAGE, label=gettext_lazy("Change the webhook"))
def change_endpoint(
    endpoint: Endpoint,
    *,
    run: Run,
    endpoint_name: Name,
    url: Address,
    areas: Areas = None,
    events: Single = None,
    log_days: LogDays = 30,
) -> None:
    """Change where messages go and what they are about. What waits goes to the new address."""
    _assign(endpoint, endpoint_name, url, areas, events, log_days)


def _assign(
    endpoint: Endpoint, name: str, url: str, chosen: list[str] | None, events: str | None, log_days: int
) -> None:
    said = {
        "": "",
        "form": _("Write an address such as https://shop.example.com/onhand."),
        "user": _("Leave name and password out of the address: messages are signed instead."),
        "scheme": _("Write an address that begins with https."),
        "private": _("This is an address of a private network. Whoever runs this installation can allow it."),
    }[why_no_address(url)]
    if said:
        raise NotPossible(said, field="url")
    single = list(dict.fromkeys(one.strip() for one in (events or "").replace(",", "\n").splitlines() if one.strip()))
    unknown = [one for one in single if not is_known(one)]
    if unknown:
        raise NotPossible(_("No event is called so: %(name)s.") % {"name": unknown[0][:100]}, field="events")
    if any(not is_known(one) for one in chosen or []):
        raise NotPossible(_("Choose one of the list."), field="areas")
    types = list(dict.fromkeys([*(chosen or []), *single]))
    if not types:
        raise NotPossible(_("Choose at least one area or event."), field="areas")
    if len(types) > MOST_TYPES:
        raise NotPossible(_("Choose areas instead of so many events."), field="events")
    if not 1 <= log_days <= LONGEST_LOG:
        raise NotPossible(_("From 1 to %(most)s days.") % {"most": LONGEST_LOG}, field="log_days")
    endpoint.name, endpoint.url, endpoint.event_types, endpoint.log_days = name, url, types, log_days


def _new_secret(endpoint: Endpoint, run: Run) -> None:
    secret = new_secret()
    endpoint.secret = lock_text(secret, SECRET)
    run.show_once("secret", secret)


@act(subject=ENDPOINT, permission=access.MANAGE, label=gettext_lazy("Switch on"))
def switch_on_endpoint(endpoint: Endpoint, *, run: Run) -> None:
    """Tell the other program again what happens from now on. What it missed meanwhile can be delivered again."""
    if endpoint.state == EndpointState.ON:
        raise NotPossible(_("It is on already."))
    endpoint.state, endpoint.why_off = EndpointState.ON, ""
    EndpointHealth.objects.filter(endpoint=endpoint).update(failing_since=None, failures=0, not_before=None)


@act(subject=ENDPOINT, permission=access.MANAGE, label=gettext_lazy("Switch off"))
def switch_off_endpoint(endpoint: Endpoint, *, run: Run) -> None:
    """Tell the other program nothing more. What waits is not delivered; it can be delivered again later."""
    _require_on(endpoint)
    endpoint.state, endpoint.why_off = EndpointState.OFF, ""
    let_go(endpoint.pk, run.at, "switched off")


@act(subject=ENDPOINT, permission=access.MANAGE, label=gettext_lazy("Give up a webhook that fails"))
def give_up_endpoint(
    endpoint: Endpoint, *, run: Run, reason: Annotated[str, Field(label=gettext_lazy("Reason"), max_length=300)]
) -> None:
    """Switch off an endpoint that fails. The product does this by itself after three days, or when the receiver is gone for good."""
    _require_on(endpoint)
    endpoint.state, endpoint.why_off = EndpointState.FAILED, reason
    let_go(endpoint.pk, run.at, "switched off")


@act(subject=ENDPOINT, permission=access.MANAGE, label=gettext_lazy("Remove the webhook"))
def remove_endpoint(endpoint: Endpoint, *, run: Run) -> None:
    """Take the webhook out. Its log goes when its days are over."""
    endpoint.state, endpoint.why_off = EndpointState.REMOVED, ""
    endpoint.secret, endpoint.old_secret, endpoint.old_secret_until = b"", b"", None
    let_go(endpoint.pk, run.at, "removed")


@act(subject=ENDPOINT, permission=access.MANAGE, label=gettext_lazy("Make a new secret"))
def rotate_secret(
    endpoint: Endpoint,
    *,
    run: Run,
    hours: Annotated[
        int,
        Field(
            label=gettext_lazy("Hours the old one stays valid"),
            help=gettext_lazy("Meanwhile messages are signed with both. 0 where somebody knows it who should not."),
        ),
    ] = 24,
) -> None:
    """Make a new secret, shown once. Messages are signed with the old one too for as long as said."""
    if not 0 <= hours <= 24 * 30:
        raise NotPossible(_("From 0 hours to 30 days."), field="hours")
    endpoint.old_secret = endpoint.secret if hours else b""
    endpoint.old_secret_until = run.at + timedelta(hours=hours) if hours else None
    _new_secret(endpoint, run)
    run.changed("secret", after=_("made anew"))


@act(subject=ENDPOINT, permission=access.MANAGE, label=gettext_lazy("Send a test"), only_adds=True)
def send_test(endpoint: Endpoint, *, run: Run) -> None:
    """Send a message that says it is a test. It is tried once; what came back is in the log."""
    _require_on(endpoint)
    if endpoint.deliveries.filter(event_id=None, state=DeliveryState.WAITING).count() >= MOST_TESTS:
        raise NotPossible(_("Several tests are waiting already."))
    test = Delivery.objects.create(
        endpoint=endpoint, event_type=TEST, order_key="", made_at=run.at, due_at=run.at, give_up_at=run.at + GIVEN_UP_AFTER
    )  # fmt: skip
    Delivery.objects.filter(pk=test.pk).update(order_key=f"test:{test.pk}")
    run.changed("test", after=str(test.pk))


@act(subject=ENDPOINT, permission=access.MANAGE, label=gettext_lazy("Deliver again"), only_adds=True)
def replay_delivery(
    endpoint: Endpoint,
    *,
    run: Run,
    delivery: Annotated[int, Field(label=gettext_lazy("Delivery"), reference=REF_DELIVERY)],
) -> None:
    """Deliver one message again, under the id it had."""
    _require_on(endpoint)
    one = endpoint.deliveries.filter(pk=delivery).first()
    if one is None:
        raise NotPossible(_("Choose one of the list."), field="delivery")
    if not wait_again([one.pk], run.at):
        raise NotPossible(_("It waits to be delivered already."), field="delivery")
    run.changed("replayed", after=one.event_type)


@act(subject=ENDPOINT, permission=access.MANAGE, label=gettext_lazy("Deliver again since"), only_adds=True)
def replay_since(
    endpoint: Endpoint,
    *,
    run: Run,
    since: Annotated[datetime, Field(label=gettext_lazy("Since"))],
    missed: Annotated[
        bool,
        Field(
            label=gettext_lazy("Also what happened while it was switched off"),
            help=gettext_lazy("As far back as the log of this webhook is kept."),
        ),
    ] = False,
) -> None:
    """Deliver again all that could not be delivered since a moment, each under the id it had."""
    _require_on(endpoint)
    if since > run.at:
        raise NotPossible(_("This moment is still to come."), field="since")
    count = wait_again(failed_since(endpoint, since), run.at)
    if missed:
        count += make_missed(endpoint, max(since, run.at - timedelta(days=endpoint.log_days)), run.at)
    if not count:
        raise NotPossible(_("Nothing failed since then."), field="since")
    run.changed("replayed", after=str(count))


def _require_on(endpoint: Endpoint) -> None:
    if endpoint.state != EndpointState.ON:
        raise NotPossible(_("It is switched off. Switch it on first."))
