"""Messages of shops: proven, noted which order they are about, answered; the order is then read from the shop by a job."""

from datetime import datetime
from enum import IntEnum

import structlog

from onhand.connectors.bringing_in import want
from onhand.connectors.enums import ShopState
from onhand.connectors.models import OutsideShop, ShopHealth
from onhand.connectors.port import SendsMessages
from onhand.connectors.shops import open_shop
from onhand.kernel.locked_texts import CannotUnlock

LARGEST = 2 * 1024 * 1024  # bytes of a message: it holds the whole order
log = structlog.get_logger("onhand.connectors")


class Reply(IntEnum):
    """What the sender is answered."""

    TAKEN = 200
    NOT_PROVEN = 401
    NOBODY = 404
    TOO_LARGE = 413


def take_in(hook: str, body: bytes, headers: dict[str, str], at: datetime) -> tuple[Reply, int | None]:
    """Note what a proven message is about; the reply, and the number of the order to be read. A paused shop's waits with it."""
    if len(body) > LARGEST:
        return Reply.TOO_LARGE, None
    shop = OutsideShop.objects.filter(hook=hook).first()
    if shop is None:
        return Reply.NOBODY, None
    try:
        port = open_shop(shop)
    except CannotUnlock:
        log.exception("the secrets of an outside shop cannot be unlocked", shop=shop.pk)
        return Reply.NOBODY, None
    heard = port.hear(body, headers) if isinstance(port, SendsMessages) else None
    if heard is None:
        return Reply.NOT_PROVEN, None
    if not heard.outside_id:
        return Reply.TAKEN, None
    ShopHealth.objects.filter(pk=shop.pk).update(hook_at=at)
    number = want(shop, heard.outside_id, at)
    return Reply.TAKEN, number if shop.state == ShopState.ON else None
