"""One-time codes: made, sent by a job, tried. Part of acts and of that job."""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.customers.enums import Confidence, IdentityKind
from onhand.customers.identification.code_carriers import CannotDeliver, CodeMessage, find_carrier
from onhand.customers.masks import mask_email, mask_telephone
from onhand.customers.membership import member_ids
from onhand.customers.models import CodeState, Customer, IdentificationRules, Identity, OneTimeCode
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Run
from onhand.kernel.errors import NotPossible
from onhand.kernel.events import Event
from onhand.kernel.rates import Rate, take
from onhand.kernel.records import Subject, publish
from onhand.kernel.signing import canonical, keyed_hash

FIGURES = 6
LAST_TRY = 6  # of sending; about a minute after the first
# Of codes, whoever asks: more is somebody playing, or somebody's mailbox being filled.
PER_ADDRESS, PER_CUSTOMER, PER_CONTACT = Rate(4, 4 / 3600), Rate(6, 6 / 3600), Rate(4, 4 / 3600)


@dataclass(frozen=True, slots=True)
class CodeSent(Event):
    """The message with a one-time code was handed to its carrier."""

    name: ClassVar[str] = "customers.code_sent"
    code_id: int


@dataclass(frozen=True, slots=True)
class CodeNotSent(Event):
    """The message with a one-time code could not be sent."""

    name: ClassVar[str] = "customers.code_not_sent"
    code_id: int


def code_of(row: OneTimeCode) -> str:
    """The code itself: worked out from the row, its address as it is now, and the installation's key."""
    identity = row.identity
    said = ["one-time code", row.pk, bytes(row.nonce).hex(), row.contact_id, identity.pk, identity.kind, identity.value]
    return f"{int.from_bytes(keyed_hash(canonical(said))) % 10**FIGURES:0{FIGURES}}"


def sendable(customer: Customer) -> QuerySet[Identity]:
    """The addresses of a file that something can carry a code to. `customer` is not merged itself."""
    kinds = [kind for kind in IdentityKind if (carrier := find_carrier(kind)) and not carrier.why_not()]
    found = Identity.objects.filter(customer__in=member_ids(customer.pk), kind__in=kinds, withdrawn_at__isnull=True)
    return found.order_by("-confidence", "pk")


def why_not_to(identity: Identity, at: datetime, rules: IdentificationRules) -> str:
    """Why no code goes to that address; empty if one may."""
    if identity.is_shared:
        return _("Several customers share this address, so a code sent there proves too little.")
    if identity.confidence < Confidence.STATED:
        return _("It is not sure that this address is the customer's.")
    if identity.created_at > at - timedelta(hours=rules.code_address_hours):
        hours = rules.code_address_hours
        return ngettext(
            "This address is on file for less than %(hours)s hour.",
            "This address is on file for less than %(hours)s hours.",
            hours,
        ) % {"hours": hours}
    return ""


def masked(identity: Identity) -> str:
    """An address as it is shown to who may not see it."""
    return mask_telephone(identity.value) if identity.kind == IdentityKind.TELEPHONE else mask_email(identity.value)


def make_code(
    customer: Customer, identity: Identity, run: Run, contact_id: int, rules: IdentificationRules
) -> OneTimeCode:
    """Store a new code, in place of those made before on this contact. Raises NotPossible when there were too many lately."""
    _require_rate(customer, identity, contact_id)
    live_codes(customer, contact_id, run.at).update(ended_at=run.at)
    return OneTimeCode.objects.create(
        customer=customer,
        identity=identity,
        contact_id=contact_id,
        nonce=secrets.token_bytes(16),
        at=run.at,
        until=run.at + timedelta(minutes=rules.code_minutes),
        by_id=run.actor.id,
        by_name=run.actor.name,
    )


def _require_rate(customer: Customer, identity: Identity, contact_id: int) -> None:
    address = keyed_hash(canonical([identity.kind, identity.match_key])).hex()[:32]
    counted = (
        (f"code:a:{address}", PER_ADDRESS),
        (f"code:c:{customer.pk}", PER_CUSTOMER),
        (f"code:t:{contact_id}", PER_CONTACT),
    )
    waits = [take(key, rate) for key, rate in counted]
    if any(waits):
        minutes = -(-max(waits) // 60)
        raise NotPossible(
            ngettext(
                "Too many codes were sent lately. The next one is possible in %(minutes)s minute.",
                "Too many codes were sent lately. The next one is possible in %(minutes)s minutes.",
                minutes,
            )
            % {"minutes": minutes}
        )


def live_codes(customer: Customer, contact_id: int, at: datetime) -> QuerySet[OneTimeCode]:
    """The codes that can still be told on this contact: at most one."""
    return OneTimeCode.objects.filter(
        customer__in=member_ids(customer.pk), contact_id=contact_id, ended_at__isnull=True, until__gt=at
    ).order_by("-pk")


def try_code(row: OneTimeCode, said: str, at: datetime, rules: IdentificationRules) -> bool:
    """Whether what was said is the code. Counts the try; a right code, and the last wrong one, end it."""
    figures = "".join(str(unicodedata.digit(c)) for c in said if c.isdigit())
    is_right = hmac.compare_digest(figures.encode(), code_of(row).encode())
    row.tries += 1
    if is_right or row.tries >= rules.code_tries:
        row.ended_at = at
    row.save(update_fields=["tries", "ended_at"])
    return is_right


def is_still_good(row: OneTimeCode, at: datetime) -> bool:
    """Whether the code could still be told: not over, and its address still on the file."""
    return row.ended_at is None and row.until > at and row.identity.withdrawn_at is None


def send_message(code_id: int, *, attempt: int, at: datetime, actor: Actor) -> bool:
    """
    Send the message of a code, once; false if it is to be tried again. Not part of an act: a job calls it, outside of any
    transaction, as it talks to other machines. What is no longer good is not sent.
    """
    row = OneTimeCode.objects.select_related("identity", "customer").filter(pk=code_id).first()
    if row is None or row.state != CodeState.QUEUED:
        return True
    if not is_still_good(row, at):
        return _finish(row, CodeState.FAILED, at, actor, _("It was no longer good when it could have been sent."))
    carrier = find_carrier(row.identity.kind)
    try:
        if carrier is None:
            raise CannotDeliver(_("Nothing carries codes to this kind of address."))
        carrier.send(row.identity.value, _message(row))
    except CannotDeliver as error:
        return _finish(row, CodeState.FAILED, at, actor, str(error))
    except Exception as error:  # noqa: BLE001  (whatever a mail server or the network can do)
        words = _("The mail server cannot be reached or does not take it (%(error)s).") % {
            "error": type(error).__name__
        }
        if attempt >= LAST_TRY:
            return _finish(row, CodeState.FAILED, at, actor, words)
        OneTimeCode.objects.filter(pk=row.pk).update(trouble=words)
        return False
    return _finish(row, CodeState.SENT, at, actor)


def _finish(row: OneTimeCode, state: CodeState, at: datetime, actor: Actor, trouble: str = "") -> bool:
    with transaction.atomic():
        OneTimeCode.objects.filter(pk=row.pk).update(
            state=state, trouble=trouble[:200], sent_at=at if state is CodeState.SENT else None
        )
        event = CodeSent(code_id=row.pk) if state is CodeState.SENT else CodeNotSent(code_id=row.pk)
        publish(event, actor=actor, subject=Subject("customer", row.customer_id, row.contact_id), at=at)
    return True


def _message(row: OneTimeCode) -> CodeMessage:
    code = code_of(row)
    minutes = round((row.until - row.at).total_seconds() / 60)
    with translation.override(row.customer.language):
        lines = [
            _("Your code is %(code)s.") % {"code": f"{code[:3]} {code[3:]}"},
            ngettext(
                "It can be used once, within %(minutes)s minute.",
                "It can be used once, within %(minutes)s minutes.",
                minutes,
            )
            % {"minutes": minutes},
            _("Tell it only to the person of our company you are in touch with now."),
            _("If you are not in touch with us, somebody else gave your name: do not tell the code to anybody."),
        ]
        return CodeMessage(_("Your one-time code"), "\n\n".join(lines) + "\n")
