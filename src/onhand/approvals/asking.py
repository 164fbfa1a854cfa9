"""
What is asked for, prepared: tried as it would be done, so that what cannot be done is said at once, and kept with what was known then.
And the one way in for the desk, REST and MCP.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from onhand.approvals.models import Approval
from onhand.contacts.access import visible_cases, visible_contacts
from onhand.contacts.models import Case, Contact
from onhand.guidelines.facts import customer_of
from onhand.kernel.actor import Actor, ActorKind
from onhand.kernel.acts import Act, get_act
from onhand.kernel.decisions import Answer, Question
from onhand.kernel.errors import KeyReused, NotPossible, SubjectBusy
from onhand.kernel.perform import Outcome, perform
from onhand.kernel.signing import canonical, plain
from onhand.kernel.subjects import subject_type

ASK_ACT, ALLOW_ACT, DENY_ACT = "approvals.ask", "approvals.allow", "approvals.deny"
WITHDRAW_ACT, PASS_ON_ACT = "approvals.withdraw", "approvals.pass_on"
NAME_DEPUTY_ACT, END_DEPUTY_ACT = "approvals.name_deputy", "approvals.end_deputy"
OWN = "approvals."
LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """An act ready to be done, tried once: what it is about, its arguments as records hold them, and what the try said."""

    act: Act
    about_id: int | None
    title: str
    customer_id: int | None
    arguments: dict[str, Any]
    tried: Outcome

    def digest(self) -> str:
        """The same for the same act on the same thing with the same arguments."""
        return hashlib.sha256(canonical(plain([self.act.name, self.about_id, self.arguments]))).hexdigest()


def ask_for(
    actor: Actor,
    *,
    act: str,
    subject_id: int | None,
    arguments: Mapping[str, Any],
    at: datetime,
    contact_id: int | None = None,
    case_id: int | None = None,
    key: str | None = None,
    note: str = "",
    customer_waits: bool = False,
) -> Approval:
    """
    Ask to be allowed an act, as its caller was about to do it under `key`. Asked again under the same key, it is the same approval.

    :raises ActError: it cannot be done, is refused, or needs nobody's approval.
    """
    key = key or secrets.token_hex(16)
    prepared = json.dumps(_as_recorded(act, arguments))
    asked = {"act": act, "about": subject_id, "prepared": prepared, "key": key}
    try:
        outcome = perform(
            ASK_ACT,
            actor=actor,
            arguments=asked | {"note": note, "customer_waits": customer_waits},
            at=at,
            contact_id=contact_id,
            case_id=case_id,
            idempotency_key=asked_key(key),
        )
    except SubjectBusy:
        twin = find_asked(actor, key, act, subject_id, arguments)
        if twin is None:
            raise
        return twin
    return Approval.objects.get(pk=outcome.subject_id or 0)


def asked_key(key: str) -> str:
    """The key of the asking itself, where the act's own is `key`: records know both."""
    return f"ask:{hashlib.sha256(key.encode()).hexdigest()}"


def find_asked(
    actor: Actor, key: str | None, act: str, subject_id: int | None, arguments: Mapping[str, Any]
) -> Approval | None:
    """
    What this actor asked for under that key before.

    :raises KeyReused: it was something else.
    """
    if key is None or actor.id is None:
        return None
    found = Approval.objects.filter(asked_by_kind=actor.kind, asked_by_id=actor.id, key=key).first()
    if found is None:
        return None
    if (found.act, found.about_id, found.arguments) != (act, subject_id, _as_recorded(act, arguments)):
        raise KeyReused
    return found


def prepare(
    actor: Actor,
    name: str,
    about_id: int | None,
    text: str,
    *,
    at: datetime,
    contact_id: int | None,
    case_id: int | None,
) -> Prepared:
    """
    The act as it will be done, tried and rolled back.

    :raises ActError: it cannot be done or is refused; or nobody needs to allow it; or it is of those that cannot be asked for.
    """
    act = get_act(name)
    if act.has_secrets or name.startswith(OWN) or act.creates != (about_id is None):
        raise NotPossible(_("This cannot be asked for: it has to be done by who may do it."), field="act")
    if actor.kind is ActorKind.SYSTEM or actor.id is None:
        raise NotPossible(_("Only people and programs ask to be allowed something."))
    if contact_id is not None and not visible_contacts(actor).filter(pk=contact_id).exists():
        raise NotPossible(_("There is no such contact, or you may not see it."), field="contact_id")
    if case_id is not None and not visible_cases(actor).filter(pk=case_id).exists():
        raise NotPossible(_("There is no such case, or you may not see it."), field="case_id")
    given = _as_recorded(name, _read(text))
    tried = perform(
        name,
        actor=actor,
        arguments=given,
        at=at,
        subject_id=about_id,
        contact_id=contact_id,
        case_id=case_id,
        preview=True,
        as_part=True,
    )
    if tried.decision.answer is not Answer.ASK:
        raise NotPossible(_("You may do this yourself: nobody needs to allow it."))
    title, customer = _whose(actor, act, about_id, at, contact_id, case_id)
    return Prepared(act, about_id, title, customer, given, tried)


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotPossible(_("Give the arguments of the act as a JSON object."), field="prepared")
    return found


def _as_recorded(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as records hold them; what they hold is read back to the same."""
    recorded: dict[str, Any] = get_act(name).read_arguments(arguments).model_dump(mode="json")
    return recorded


def _whose(
    actor: Actor, act: Act, about_id: int | None, at: datetime, contact_id: int | None, case_id: int | None
) -> tuple[str, int | None]:
    """What it is about, by name, and whose file that belongs to."""
    title, customer = "", None
    if about_id is not None:
        kind = subject_type(act.subject)
        row = kind.read(actor, about_id)
        title, customer = (
            str(kind.title(row)),
            customer_of(Question(actor, act.name, act.subject, about_id, {}, at, row)),
        )
    if customer is None and contact_id is not None:
        customer = Contact.objects.filter(pk=contact_id).values_list("customer_id", flat=True).first()
    if customer is None and case_id is not None:
        customer = Case.objects.filter(pk=case_id).values_list("customer_id", flat=True).first()
    return title[:200], customer
