"""What administrators do with outside shops: set up, change, pause, try again. Keys are stored locked and never shown."""

import secrets
from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.catalogue.subjects import REF_VARIANT
from onhand.connectors import access
from onhand.connectors.enums import OutgoingKind, OutgoingState, OutsideState, ShopKind, ShopState
from onhand.connectors.models import Outgoing, OutsideOrder, OutsideShop, ShopHealth
from onhand.connectors.shops import locked_key, locked_secret, locked_webhook_secret
from onhand.connectors.subjects import SHOP
from onhand.connectors.tasks import queue_poll, queue_reading, queue_sending
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.outside import why_no_address

HOOK_BYTES = 18
MOST_AGAIN = 200
_KEPT = gettext_lazy("It is stored locked and never shown. Left empty, it stays as it is.")
Url = Annotated[
    str,
    Field(
        label=gettext_lazy("Address"),
        max_length=500,
        current=lambda shop: shop.url,
        help=gettext_lazy("Where the shop is, for example https://shop.example.com."),
    ),
]
Key = Annotated[
    str, Field(label=gettext_lazy("Consumer key"), max_length=200, widget="password", secret=True, help=_KEPT)
]
Secret = Annotated[
    str, Field(label=gettext_lazy("Consumer secret"), max_length=200, widget="password", secret=True, help=_KEPT)
]
WebhookSecret = Annotated[
    str,
    Field(label=gettext_lazy("Secret of its webhooks"), max_length=200, widget="password", secret=True, help=_KEPT),
]
StandIn = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Article for what the catalogue does not know"),
        reference=REF_VARIANT,
        current=lambda shop: shop.stand_in_id,
        help=gettext_lazy("Empty: orders of articles with unknown numbers are not taken, and say so."),
    ),
]


@act(subject=SHOP, creates=True, permission=access.MANAGE, label=gettext_lazy("Add an outside shop"))
def add_shop(
    *,
    run: Run,
    shop_name: Annotated[
        str,
        Field(
            label=gettext_lazy("Name"),
            max_length=60,
            help=gettext_lazy("Its customers and orders are known by it here; it does not change."),
        ),
    ],
    url: Url,
    api_key: Key,
    api_secret: Secret,
    webhook_secret: WebhookSecret = "",
    kind: Annotated[ShopKind, Field(label=gettext_lazy("Kind"))] = ShopKind.WOOCOMMERCE,
    since: Annotated[
        datetime | None,
        Field(
            label=gettext_lazy("Orders changed since"),
            help=gettext_lazy("Empty: from now on."),
        ),
    ] = None,
    stand_in: StandIn = None,
) -> OutsideShop:
    """Keep the orders and refunds of an outside shop in step with it, in both directions."""
    if OutsideShop.objects.filter(name=shop_name).exists():
        raise NotPossible(_("There is a shop of this name."), field="shop_name")
    if not shop_name.strip():
        raise NotPossible(_("Give the shop a name."), field="shop_name")
    if not (api_key and api_secret):
        raise NotPossible(_("Give the key and the secret the shop made for this."), field="api_key")
    if since is not None and since > run.at:
        raise NotPossible(_("This moment is still to come."), field="since")
    _require_address(url)
    shop = OutsideShop.objects.create(
        name=shop_name,
        kind=kind,
        url=url,
        api_key=locked_key(api_key),
        api_secret=locked_secret(api_secret),
        webhook_secret=locked_webhook_secret(webhook_secret),
        hook=secrets.token_urlsafe(HOOK_BYTES),
        since=since or run.at,
        stand_in_id=stand_in,
    )
    ShopHealth.objects.create(shop=shop)
    queue_poll(shop.pk)
    return shop


@act(subject=SHOP, permission=access.MANAGE, label=gettext_lazy("Change the outside shop"))
def change_shop(shop: OutsideShop, *, run: Run, url: Url, stand_in: StandIn = None) -> None:
    """Change where an outside shop is, and which article stands for what the catalogue does not know."""
    _require_address(url)
    shop.url, shop.stand_in_id = url, stand_in


@act(subject=SHOP, permission=access.MANAGE, label=gettext_lazy("Change its secrets"))
def change_shop_secrets(
    shop: OutsideShop, *, run: Run, api_key: Key = "", api_secret: Secret = "", webhook_secret: WebhookSecret = ""
) -> None:
    """Give the key, the secret or the secret of the webhooks of an outside shop anew."""
    if not (api_key or api_secret or webhook_secret):
        raise NotPossible(_("Give at least one of them."), field="api_key")
    if api_key:
        shop.api_key = locked_key(api_key)
    if api_secret:
        shop.api_secret = locked_secret(api_secret)
    if webhook_secret:
        shop.webhook_secret = locked_webhook_secret(webhook_secret)
    run.changed("secrets", after=_("changed"))


@act(subject=SHOP, permission=access.MANAGE, label=gettext_lazy("Pause"))
def pause_shop(shop: OutsideShop, *, run: Run) -> None:
    """Neither ask nor tell an outside shop anything until it goes on. What waits is kept, and what it tells is noted."""
    if shop.state == ShopState.PAUSED:
        raise NotPossible(_("It is paused already."))
    shop.state = ShopState.PAUSED


@act(subject=SHOP, permission=access.MANAGE, label=gettext_lazy("Go on"))
def resume_shop(shop: OutsideShop, *, run: Run) -> None:
    """Keep in step with an outside shop again: what changed meanwhile is read, and what waits is told."""
    if shop.state == ShopState.ON:
        raise NotPossible(_("It is not paused."))
    shop.state = ShopState.ON
    _ask_now(shop)


@act(subject=SHOP, permission=access.MANAGE, label=gettext_lazy("Try again"), only_adds=True)
def try_again(shop: OutsideShop, *, run: Run) -> None:
    """Ask an outside shop now, read again the orders that were not taken, and tell it now what waits."""
    if shop.state != ShopState.ON:
        raise NotPossible(_("The shop is paused: it is neither asked nor told anything."))
    refused = list(
        shop.orders.filter(state=OutsideState.REFUSED).order_by("-pk").values_list("pk", flat=True)[:MOST_AGAIN]
    )
    OutsideOrder.objects.filter(pk__in=refused).update(next_read_at=run.at, tries=0)
    for number in refused:
        queue_reading(number)
    waiting = Outgoing.objects.filter(outside_order__shop=shop, state=OutgoingState.WAITING, tries=0)
    for number in waiting.values_list("pk", flat=True)[:MOST_AGAIN]:
        queue_sending(number)
    _ask_now(shop)
    run.changed("again", after=str(len(refused)))


@act(subject=SHOP, permission=access.MANAGE, label=gettext_lazy("Tell the shop again"), only_adds=True)
def tell_again(
    shop: OutsideShop, *, run: Run, outgoing: Annotated[int, Field(label=gettext_lazy("What the shop refused"))]
) -> None:
    """Tell an outside shop once more what it refused. A refund keeps its key: made meanwhile, it is not made again."""
    one = _outgoing(shop, outgoing, OutgoingState.REFUSED)
    order = one.outside_order.order
    if one.kind == OutgoingKind.REFUND and order is not None:
        from onhand.connectors.asking import left_to_refund

        if one.minor > left_to_refund(order, one.outside_order).minor:
            raise NotPossible(_("Not as much is left to be given back of this order."), field="outgoing")
    one.state, one.next_try_at, one.done_at = OutgoingState.WAITING, run.at, None
    one.save(update_fields=["state", "next_try_at", "done_at"])
    queue_sending(one.pk)
    run.changed("again", after=str(one.pk))


@act(subject=SHOP, permission=access.MANAGE, label=gettext_lazy("Call off what was not told yet"), only_adds=True)
def call_off(shop: OutsideShop, *, run: Run, outgoing: Annotated[int, Field(label=gettext_lazy("What waits"))]) -> None:
    """Do not tell an outside shop something that waits. Only what was never sent: of the rest nobody knows whether it was done."""
    one = _outgoing(shop, outgoing, OutgoingState.WAITING)
    if one.tries:
        raise NotPossible(_("It was sent, and may have been done: the shop has to answer first."), field="outgoing")
    one.state, one.next_try_at, one.done_at = OutgoingState.CALLED_OFF, None, run.at
    one.save(update_fields=["state", "next_try_at", "done_at"])
    run.changed("called_off", after=str(one.pk))


def _outgoing(shop: OutsideShop, number: int, state: OutgoingState) -> Outgoing:
    rows = Outgoing.objects.select_related("outside_order__order").select_for_update(of=("self",), no_key=True)
    one = rows.filter(pk=number, outside_order__shop=shop, state=state).first()
    if one is None:
        raise NotPossible(_("Choose one of the list."), field="outgoing")
    return one


def _ask_now(shop: OutsideShop) -> None:
    ShopHealth.objects.filter(shop=shop).update(next_poll_at=None)
    queue_poll(shop.pk)


def _require_address(url: str) -> None:
    said = {
        "": "",
        "form": _("Write an address such as https://shop.example.com."),
        "user": _("Leave name and password out of the address."),
        "scheme": _("Write an address that begins with https."),
        "private": _("This is an address of a private network. Whoever runs this installation can allow it."),
    }[why_no_address(url)]
    if said or "?" in url:
        raise NotPossible(said or _("Write an address such as https://shop.example.com."), field="url")
