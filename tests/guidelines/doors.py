"""
Every door an act can be asked for at: the kernel, REST and MCP over the running application, the forms of the desk, and the product itself.

Whatever the door, what came of it is told in the same words, so that it can be compared.
"""

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
from django.db import transaction
from django.test import Client
from django.utils import timezone

from onhand.approvals.asking import ask_for
from onhand.kernel.actor import Actor, Via, system_actor
from onhand.kernel.decisions import NeedsApproval, Refused
from onhand.kernel.errors import ActError
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for
from tests.factories.callers import make_token
from tests.factories.staff import actor_of

DONE, ASKED, REFUSED, NEEDS, OTHERWISE = "done", "asked", "refused", "needs_approval", "otherwise"
_CODES = {"refused": REFUSED, "needs_approval": NEEDS}
_SHOWN = re.compile(r'data-outcome="(\w+)">.*?<span>(.*?)</span>', re.S)


@dataclass(frozen=True)
class Deed:
    """An act somebody wants done. `gives` is what it gives away in cents of euro; `typed` is how a form says it, where it can."""

    act: str
    subject_id: int
    arguments: dict[str, Any]
    gives: int
    customer_id: int
    is_of_customer: bool = False
    typed: dict[str, str] | None = None


@dataclass(frozen=True)
class Said:
    """What came of it: how it ended, the decision as records keep it (none where there was none), and the record."""

    how: str
    decision: dict[str, Any] = field(default_factory=dict)
    record_id: int | None = None
    is_replay: bool = False

    @property
    def answer(self) -> tuple[Any, ...]:
        """What must be the same for everybody of a role, wherever they ask."""
        names = ("answer", "reason", "rule", "version", "words", "clause")
        return (*(self.decision.get(name) or "" for name in names), tuple(self.decision.get("may_approve") or ()))


class Member:
    """Somebody who works here, with everything needed to come in at each door they have."""

    def __init__(self, person: Representative, address: str, http: httpx.Client) -> None:
        self.person, self.address, self.http = person, address, http
        self.token = make_token(person)
        self.client = Client(headers={"HX-Request": "true", "HX-Target": "act-panel"})
        self.client.force_login(person)

    @property
    def role(self) -> str:
        """The key of their role."""
        return self.person.role.key

    def actor(self, via: Via = Via.DESK) -> Actor:
        """The actor they are, read anew."""
        return actor_of(self.person) if via is Via.DESK else actor_for(self.person, via)

    def doors(self, deed: Deed) -> list[str]:
        """The doors they have for this."""
        forms = ["desk"] if self.person.kind == "person" and deed.typed is not None else []
        return ["kernel", "rest", "mcp", *forms]

    def through(
        self, door: str, deed: Deed, *, key: str | None = None, preview: bool = False, ask: bool = False
    ) -> Said:
        """Ask for an act at one of the doors; with `ask`, to be allowed it where it needs that."""
        ways: dict[str, Callable[..., Said]] = {
            "kernel": self._kernel,
            "rest": self._rest,
            "mcp": self._mcp,
            "desk": self._desk,
        }
        return ways[door](deed, key, preview, ask)

    def _kernel(self, deed: Deed, key: str | None, preview: bool, ask: bool) -> Said:
        given: dict[str, Any] = {"arguments": deed.arguments, "at": timezone.now(), "subject_id": deed.subject_id}
        try:
            if ask:
                ask_for(self.actor(), act=deed.act, key=key, **given)
                return Said(ASKED)
            return _told(perform(deed.act, actor=self.actor(), idempotency_key=key, preview=preview, **given))
        except ActError as error:
            return _why(error)

    def _rest(self, deed: Deed, key: str | None, preview: bool, ask: bool) -> Said:
        body: dict[str, Any] = {"subject_id": deed.subject_id, "arguments": deed.arguments}
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        place = f"{self.address}/api/v1/acts/{deed.act}{'/preview' if preview else ''}"
        answer = self.http.post(place, json=body | ({"ask": True} if ask else {}), headers=headers)
        return _read(answer.json())

    def _mcp(self, deed: Deed, key: str | None, preview: bool, ask: bool) -> Said:
        call = {"subject_id": deed.subject_id, "arguments": deed.arguments, "preview": preview, "ask": ask}
        params = {"name": deed.act.replace(".", "-"), "arguments": call | ({"idempotency_key": key} if key else {})}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json, text/event-stream"}
        answer = self.http.post(f"{self.address}/mcp", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return _read(answer.json()["result"]["structuredContent"])

    def _desk(self, deed: Deed, key: str | None, preview: bool, ask: bool) -> Said:
        place = f"/desk/acts/{deed.act}/{deed.subject_id}/"
        if deed.is_of_customer:
            place = f"/desk/customers/{deed.subject_id}/acts/{deed.act}/"
        typed = {**(deed.typed or {}), **({"idempotency_key": key} if key else {})}
        typed |= {"ask_approval": "1", "approval_note": "Please"} if ask else {}
        page = self.client.post(f"{place}{'preview/' if preview else ''}", typed).content.decode()
        shown = _SHOWN.search(page)
        answer = shown[1] if shown else ""
        decision = {"answer": answer, "reason": html.unescape(shown[2])} if shown else {}
        done = ActRecord.objects.filter(actor_id=self.person.pk, idempotency_key=key).first() if key else None
        if done is not None:
            return Said(DONE, done.decision, done.pk)
        if ask and 'data-live="approval:' in page:
            return Said(ASKED)
        if answer in ("ask", "refuse"):
            return Said(NEEDS if answer == "ask" else REFUSED, decision)
        return Said(DONE if preview and answer == "allow" else OTHERWISE, decision)


def by_itself(deed: Deed) -> Said:
    """The product does it, as rules and reactions do: as a part of a transaction that goes on, whatever comes of it."""
    try:
        with transaction.atomic():
            return _told(
                perform(
                    deed.act,
                    actor=system_actor("Rule “Tests”, version 1"),
                    arguments=deed.arguments,
                    at=timezone.now(),
                    subject_id=deed.subject_id,
                    as_part=True,
                )
            )
    except ActError as error:
        return _why(error)


def _told(outcome: Any) -> Said:
    return Said(DONE, json.loads(json.dumps(outcome.decision.as_json())), outcome.record_id, outcome.is_replay)


def _why(error: ActError) -> Said:
    if isinstance(error, Refused):
        return Said(NEEDS if isinstance(error, NeedsApproval) else REFUSED, error.decision.as_json())
    return Said(OTHERWISE)


def _read(answer: dict[str, Any]) -> Said:
    if "approval_id" in answer:
        return Said(ASKED)
    if "code" in answer:
        return Said(_CODES.get(answer["code"], OTHERWISE), answer.get("decision") or {})
    return Said(DONE, answer["decision"], answer["record_id"], answer["is_replay"])
