"""A WooCommerce shop behind the port: orders read page by page, cancelled and completed, money given back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from onhand.connectors.port import Heard, Misread, NotYet, RefundWanted, ShopDown, ShopOrder, ShopRefused, Unreadable
from onhand.connectors.woocommerce.client import LIMITS, Client
from onhand.connectors.woocommerce.fields import Thing, number, text, things
from onhand.connectors.woocommerce.reading import KEY, MARK, NOT_ORDERS, key_of, read_order
from onhand.connectors.woocommerce.signature import is_signed
from onhand.connectors.words import kept
from onhand.kernel.money import Money
from onhand.kernel.outside import Limits

PAGE = 50
REFUNDS_PAGE = 100
MOST_PAGES = 2_000
MOST_PASSES = 3
LONGEST_MESSAGE = 2 * 1024 * 1024
_CANCELLABLE = frozenset({"pending", "on-hold", "processing", "failed"})
_COMPLETABLE = frozenset({"pending", "on-hold", "processing", "failed", "completed"})


class WooCommerce:
    """One shop. It speaks all protocols of the port."""

    def __init__(self, url: str, *, key: str, secret: str, webhook_secret: str, limits: Limits = LIMITS) -> None:
        self._client = Client(url, key=key, secret=secret, limits=limits)
        self._webhook_secret = webhook_secret

    def changed_since(self, mark: datetime) -> Iterator[ShopOrder | Unreadable]:
        """
        Pages go by number, which stays while orders change under the reading: what is added moves others back, so that they are read
        twice. Only what goes away can hide one at the edge of a page; then the count has fallen, and all is read again.
        """
        # A second earlier, as the shop looks for what is later than the second it is given.
        since = (mark - timedelta(seconds=1)).astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()
        asked = {"modified_after": since, "dates_are_gmt": "true", "orderby": "id", "order": "asc", "status": "any"}
        for _pass in range(MOST_PASSES):
            first, page, pages = 0, 1, 1
            while page <= pages:
                reply = self._client.get("orders", **asked, per_page=str(PAGE), page=str(page))
                first, fallen = max(first, reply.total), reply.total < first
                pages = min(max(pages, reply.pages), MOST_PAGES)
                for said in _list(reply.content):
                    if said.get("status") not in NOT_ORDERS:
                        yield self._whole(said)
                if fallen:
                    break
                page += 1
            else:
                return

    def read(self, outside_id: str) -> ShopOrder | Unreadable:
        """One order with its refunds."""
        reply = self._client.get(f"orders/{outside_id}")
        if not isinstance(reply.content, dict):
            raise ShopDown(kept(_("What came back is no order.")))
        if reply.content.get("status") in NOT_ORDERS:
            raise NotYet(kept(_("It is a basket, and no order yet.")))
        return self._whole(reply.content)

    def _whole(self, said: Thing) -> ShopOrder | Unreadable:
        try:
            outside_id = number(said.get("id"), "id")
            refunds = list(self._refunds(outside_id)) if said.get("refunds") else []
            return read_order(said, refunds)
        except Misread as error:
            raise ShopDown(str(error)) from None

    def _refunds(self, outside_id: str) -> Iterator[Thing]:
        page, pages = 1, 1
        while page <= pages:
            reply = self._client.get(f"orders/{outside_id}/refunds", per_page=str(REFUNDS_PAGE), page=str(page))
            pages = min(reply.pages, MOST_PAGES)
            yield from _list(reply.content)
            page += 1

    def cancel(self, outside_id: str) -> None:
        """Only what has not gone is cancelled: the shop itself would let a completed order be."""
        self._put_state(outside_id, "cancelled", _CANCELLABLE)

    def complete(self, outside_id: str) -> None:
        """Nothing happens to one that is completed already."""
        self._put_state(outside_id, "completed", _COMPLETABLE)

    def _put_state(self, outside_id: str, wanted: str, allowed: frozenset[str]) -> None:
        content = self._client.get(f"orders/{outside_id}").content
        now = content.get("status") if isinstance(content, dict) else None
        if now == wanted:
            return
        if now not in allowed:
            raise ShopRefused(kept(_("The order is “%(state)s” at the shop."), state=text(now, 40) or "–"))
        self._client.send("PUT", f"orders/{outside_id}", {"status": wanted})

    def find_refund(self, outside_id: str, key: str) -> str | None:
        """By its key, in its further data or at the end of its reason."""
        for one in self._refunds(outside_id):
            stored = next(
                (m.get("value") for m in things(one.get("meta_data"), "meta_data") if m.get("key") == KEY), None
            )
            if key_of(stored, text(one.get("reason"), 300)) == key:
                return str(one.get("id"))
        return None

    def refund(self, outside_id: str, wanted: RefundWanted) -> str:
        """Asked with its key in two places: see `reading.key_of`."""
        content: dict[str, Any] = {
            "amount": _decimal(wanted.minor, wanted.currency),
            "reason": f"{wanted.reason} [{MARK}{wanted.key}]".strip(),
            "api_refund": wanted.moves_money,
            "api_restock": wanted.restocks,
            "meta_data": [{"key": KEY, "value": wanted.key}],
        }
        if wanted.lines:
            content["line_items"] = [
                {
                    "id": int(line),
                    "quantity": pieces,
                    "refund_total": _decimal(net, wanted.currency),
                    "refund_tax": [
                        {"id": int(rate), "refund_total": _decimal(tax, wanted.currency)} for rate, tax in taxes
                    ],
                }
                for line, pieces, net, taxes in wanted.lines
            ]
        reply = self._client.send("POST", f"orders/{outside_id}/refunds", content).content
        if not isinstance(reply, dict) or not reply.get("id"):
            raise ShopDown(kept(_("What came back is no refund.")))
        return str(reply["id"])

    def hear(self, body: bytes, headers: dict[str, str]) -> Heard | None:
        """A message of one order; the first, unsigned one only says that the address is right."""
        if body.startswith(b"webhook_id=") and len(body) < 100:
            return Heard("")
        if not is_signed(body, headers.get("x-wc-webhook-signature", ""), self._webhook_secret):
            return None
        if not headers.get("x-wc-webhook-topic", "").startswith("order."):
            return Heard("")
        return Heard(_id_in(body))


def _id_in(body: bytes) -> str:
    """Which order a message is about; what else it says is read from the shop."""
    try:
        said = json.loads(body)
        return number(said.get("id"), "id") if isinstance(said, dict) else ""
    except (ValueError, RecursionError, Misread):
        return ""


def _list(content: Any) -> list[Thing]:
    try:
        return things(content, "list")
    except Misread as error:
        raise ShopDown(str(error)) from None


def _decimal(minor: int, currency: str) -> str:
    return str(Money(minor, currency).decimal)
