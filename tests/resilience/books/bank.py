"""
The payment provider of the run: it is never killed, what it knows is the truth, and it tells of it by signed messages, each several times
and in any order, some of them forged. Debits come in later or not at all, refunds come back, answers are lost.
"""

import json
import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from onhand.kernel.database import forget_connections
from onhand.payments import asking, webhooks
from onhand.payments.enums import EventState, MethodKind, ProviderKind
from onhand.payments.models import Payment, ProviderAccount, ProviderEvent, Refund
from onhand.payments.stripe.provider import NAME
from onhand.payments.webhooks import Reply
from tests.payments.stripe_simulator import DOWN, ERROR_AFTER, KEY, LOST, SECRET, Said, Simulator, sign

AFTERWARDS = timedelta(days=2)  # when everything that waits is due
FORGED, DEBIT = "forged", "pm_debit"


class Bank(Simulator):
    """A Stripe to which things happen by themselves."""

    def _read(self, parts: list[str], params: dict[str, Any]) -> Said:
        if parts == ["everything"]:
            return 200, {"data": [dict(one) for one in (*self.of("payment_intent"), *self.of("refund"))]}
        return super()._read(parts, params)

    def _pay(self, params: dict[str, Any]) -> Said:
        if params["payment_method"].startswith(DEBIT):
            params = params | {"payment_method": DEBIT}
        return super()._pay(params)

    def happen(self, chance: random.Random, *, is_last: bool = False) -> None:
        """Debits come in or are refused, some refunds come back, an answer is lost. At last nothing is still going on."""
        with self.lock:
            for one in self.of("payment_intent"):
                if one["status"] == "processing" and (is_last or chance.random() < 0.3):
                    self._end(one, comes=chance.random() < 0.7)
            for one in self.of("refund"):
                if one["status"] == "succeeded" and not is_last and chance.random() < 0.01:
                    one["status"] = "failed"
            if is_last:
                self.faults.clear()
            elif chance.random() < 0.4 and len(self.faults) < 3:
                self.faults.append(chance.choice((LOST, ERROR_AFTER, DOWN)))

    def _end(self, intent: dict[str, Any], *, comes: bool) -> None:
        if comes:
            intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        else:
            words = {"message": "The account is closed.", "code": "account_closed"}
            intent |= {"status": "requires_payment_method", "last_payment_error": words}


def tell(stop: threading.Event, place: int, folder: Path) -> None:
    """
    Bring the provider's messages as it sends them: again and again, old ones after new ones, two of us the same; now and then one that is
    not from it. Some are handled at once, and twice, the rest by whoever is due to.
    """
    chance = random.Random(f"{os.getpid()}")
    old: list[bytes] = []
    account = None
    while not stop.wait(0.02):
        try:
            account = account or ProviderAccount.objects.get(kind=ProviderKind.STRIPE)
            _tell_one(account, old, chance)
        except (OperationalError, InterfaceError):
            forget_connections()
        except Exception as error:  # noqa: BLE001 whatever it is, it is found
            broke(folder, place, error)


def broke(folder: Path, place: int, error: Exception) -> None:
    """Write down an error nobody should ever see."""
    with (folder / f"broken.{place}").open("a") as file:
        file.write(f"{type(error).__name__}: {error}\n")


def _tell_one(account: ProviderAccount, old: list[bytes], chance: random.Random) -> None:
    things = _everything(account.base_url)
    if not things:
        return
    if old and chance.random() < 0.4:
        body = chance.choice(old)
    else:
        body = _message(chance.choice(things), chance)
        old.append(body)
    if chance.random() < 0.1:
        forged = body.replace(b'"evt_', f'"{FORGED}_{uuid.uuid4().hex}_'.encode())
        header = sign(forged, "whsec_wrong") if chance.random() < 0.5 else sign(forged, SECRET, time.time() - 3600)
        if webhooks.take_in(account.hook, forged, header, timezone.now())[0] == Reply.TAKEN:
            raise AssertionError("a forged message was taken")
        return
    _reply, number = webhooks.take_in(account.hook, body, sign(body), timezone.now())
    if number and chance.random() < 0.6:
        for _time in range(chance.choice((1, 2))):
            webhooks.handle(number, timezone.now)


def _message(thing: dict[str, Any], chance: random.Random) -> bytes:
    """What is told of a thing as it is now, under the number its state has; sometimes told anew, under another one."""
    number = f"evt_{thing['id']}_{thing['status']}"
    if chance.random() < 0.2:
        number += f"_{chance.randrange(3)}"
    kind = "payment_intent.succeeded" if thing["object"] == "payment_intent" else "refund.updated"
    said = {"id": number, "object": "event", "type": kind, "data": {"object": thing}}
    return json.dumps(said).encode()


def _everything(url: str) -> list[dict[str, Any]]:
    request = Request(f"{url}/v1/everything", headers={"Authorization": f"Bearer {KEY}"})
    with urlopen(request, timeout=30) as answer:
        found: list[dict[str, Any]] = json.loads(answer.read())["data"]
    return found


def handle_due(now: datetime) -> None:
    """Do what the jobs do: handle messages, and ask for payments and refunds that are due."""
    for one in webhooks.due_events(now, 20):
        webhooks.handle(one, lambda: now)
    for one in asking.due_payments(now, 20):
        asking.ask_for_payment(one, lambda: now)
    for one in asking.due_refunds(now, 20):
        asking.ask_for_refund(one, lambda: now)


def settle_all(bank: Bank, chance: random.Random) -> None:
    """Let what goes on there end, ask for all that waits, and tell of everything once more."""
    account = ProviderAccount.objects.get(kind=ProviderKind.STRIPE)
    bank.happen(chance, is_last=True)
    for days in range(1, 4):
        later = timezone.now() + AFTERWARDS * days
        while webhooks.due_events(later, 1) or asking.due_payments(later, 1) or asking.due_refunds(later, 1):
            handle_due(later)
        for thing in chance.sample(found := _everything(account.base_url), len(found)):
            body = bank.message("payment_intent.x" if thing["object"] == "payment_intent" else "refund.x", thing)
            _reply, number = webhooks.take_in(account.hook, body, sign(body), timezone.now())
            webhooks.handle(number or 0, lambda at=later: at)  # type: ignore[misc]


def told(bank: Bank) -> dict[str, int]:
    """What came of the provider: payments and refunds made there, how many were asked for again, messages, and those of nothing of ours."""
    by_card, found = {"method__provider__kind": ProviderKind.STRIPE, "tries__gt": 1}, ProviderEvent.objects.all()
    back_by_card = {f"payment__{name}": value for name, value in by_card.items() if name != "tries__gt"}
    return {
        "payments": len(bank.of("payment_intent")),
        "refunds": len(bank.of("refund")),
        "asked_again": Payment.objects.filter(**by_card).count()
        + Refund.objects.filter(**back_by_card, tries__gt=1).count(),
        "messages": found.count(),
        "not_ours": found.filter(why="not_ours").count(),
        "requests": len(bank.asked),
    }


def differences(bank: Bank, folder: Path) -> Iterator[str]:
    """Everything in which our books are not what the provider knows: what was taken or given back twice, never, or otherwise."""
    by_card = {"method__provider__kind": ProviderKind.STRIPE}
    ours = {one.token: one for one in Payment.objects.filter(**by_card)}
    backs = {
        one.token: one
        for one in Refund.objects.filter(payment__method__provider__kind=ProviderKind.STRIPE).exclude(
            to__kind=MethodKind.STORED_VALUE
        )
    }
    intents, refunds = bank.of("payment_intent"), bank.of("refund")
    for what, things in (("payment", intents), ("refund", refunds)):
        twice = [token for token, times in Counter(one["metadata"][NAME] for one in things).items() if times > 1]
        if twice:
            yield f"{what}s made twice at the provider: {twice}"
    came = {one["metadata"][NAME]: one["amount_received"] for one in intents}
    went = {one["metadata"][NAME]: one["amount"] for one in refunds if one["status"] == "succeeded"}
    for token, payment in ours.items():
        if payment.captured_minor != came.pop(token, 0):
            yield f"payment {payment.pk} ({payment.state}) says {payment.captured_minor} came in, the provider otherwise"
    for token, refund in backs.items():
        if (refund.minor if refund.state == "done" else 0) != went.pop(token, 0):
            yield f"refund {refund.pk} ({refund.state}) of {refund.minor} is not what the provider says"
    if any(came.values()) or went:
        yield f"the provider took or gave back what nobody here knows of: {came} {went}"
    waiting = ProviderEvent.objects.exclude(state=EventState.HANDLED).count()
    if waiting:
        yield f"{waiting} messages of the provider were not handled"
    if ProviderEvent.objects.filter(outside_id__startswith=FORGED).exists():
        yield "a forged message was kept"
    for path in folder.glob("broken.*"):
        yield from path.read_text().splitlines()
