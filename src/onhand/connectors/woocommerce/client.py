"""
Requests to a WooCommerce shop: signed in by key and secret, answers read with care. What the shop answers in words is told from what it
did not answer, as the one is over and the other is tried again.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_noop as _

from onhand.connectors.port import NotSuch, ShopDown, ShopRefused
from onhand.connectors.words import kept
from onhand.kernel.outside import Answer, Limits, Unreachable, request

LIMITS = Limits(seconds=30, connect_seconds=5, most_bytes=8 * 1024 * 1024)
LONGEST_WAIT = 3_600
LONGEST_WORDS = 300
# Answered with status 500 although the shop has looked and said no: nothing was done.
REFUSALS = frozenset({"woocommerce_rest_cannot_create_order_refund"})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was read: its JSON, and of a list how many there are in all."""

    content: Any
    pages: int
    total: int


class Client:
    """One shop's REST interface. `limits` bounds each request."""

    def __init__(self, url: str, *, key: str, secret: str, limits: Limits = LIMITS) -> None:
        self._base = f"{url.rstrip('/')}/wp-json/wc/v3/"
        self._limits = limits
        proof = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {proof}", "Accept": "application/json", "User-Agent": "Onhand/1"}

    def get(self, path: str, **asked: str) -> Reply:
        """Read something. Raises ShopDown, ShopRefused."""
        return self._read(self._ask("GET", path + (f"?{urlencode(asked)}" if asked else ""), b""))

    def send(self, method: str, path: str, content: Mapping[str, Any]) -> Reply:
        """Change something. Raises ShopDown, where it may have been done all the same; ShopRefused."""
        return self._read(self._ask(method, path, json.dumps(content).encode()))

    def _ask(self, method: str, path: str, content: bytes) -> Answer:
        headers = self._headers | ({"Content-Type": "application/json"} if content else {})
        try:
            return request(method, self._base + path, headers=headers, content=content, limits=self._limits)
        except Unreachable as error:
            raise ShopDown(kept(_("The shop does not answer: %(why)s."), why=str(error))) from None

    def _read(self, answer: Answer) -> Reply:
        status = answer.status
        if 300 <= status < 400:
            raise ShopDown(kept(_("The shop is at another address (it answered %(status)s)."), status=status))
        content = _json(answer)
        if 200 <= status < 300:
            if content is None:
                raise ShopDown(kept(_("What came back is not what this interface answers.")))
            return Reply(content, _count(answer, "x-wp-totalpages"), _count(answer, "x-wp-total"))
        words, code = _said(content)
        if status in (401, 403):
            raise ShopDown(
                kept(_("The key is not accepted (the shop answered %(status)s). %(words)s"), status=status, words=words)
            )
        if status == 404 and code in ("woocommerce_rest_shop_order_invalid_id", "woocommerce_rest_invalid_order_id"):
            raise NotSuch(words or kept(_("The shop has no such order.")))
        if status in (404, 408, 425, 429) or (status >= 500 and code not in REFUSALS):
            raise ShopDown(
                kept(_("The shop answered %(status)s. %(words)s"), status=status, words=words), _wait(answer)
            )
        raise ShopRefused(words or kept(_("The shop answered %(status)s. %(words)s"), status=status, words=""))


def _json(answer: Answer) -> Any:
    """The answer's JSON, numbers exactly as they stand; None where it is none."""
    if answer.is_cut:
        return None
    try:
        return json.loads(answer.content, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def _said(content: Any) -> tuple[str, str]:
    """What an error says to people and to programs."""
    if not isinstance(content, dict):
        return "", ""
    words = "".join(c if c.isprintable() else " " for c in str(content.get("message") or ""))
    return words[:LONGEST_WORDS].strip(), str(content.get("code") or "")


def _count(answer: Answer, name: str) -> int:
    said = answer.headers.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def _wait(answer: Answer) -> timedelta | None:
    said = answer.headers.get("retry-after", "")
    if not (said.isascii() and said.isdigit() and len(said) < 8):
        return None
    return timedelta(seconds=min(int(said), LONGEST_WAIT))
