"""What machines tell us about mail we sent: that it did not arrive, or that somebody called it unwanted. Neither is anybody writing."""

from datetime import datetime

from django.utils.translation import gettext as _

from onhand.contacts import delivery
from onhand.contacts.contact_tasks import withdraw_consent
from onhand.contacts.enums import Direction
from onhand.contacts.models import Message
from onhand.contacts.received import Received
from onhand.customers.recognition.clues import ClueKind, read_clue
from onhand.customers.recognition.recognise import recognise
from onhand.kernel.actor import Actor
from onhand.kernel.hints import send_after_commit

LONGEST_PROBLEM = 2_000


def note_bounce(parsed: Received, *, at: datetime, actor: Actor) -> Message | None:
    """
    Note on the message that came back what the other side said; the message, if it is one of ours and went to that recipient. Only
    what is for good makes its contact work again.
    """
    bounce = parsed.bounce
    names = [bounce.original_message_id] if bounce and bounce.original_message_id else _answered(parsed)
    message = _ours(names)
    if message is None or bounce is None:
        return None
    written_to = {str(one.get("address", "")).casefold() for one in message.recipients}
    if bounce.recipient and bounce.recipient.casefold() not in written_to and len(written_to) > 1:
        return None  # of several recipients, it names none
    said = " ".join(part for part in (bounce.recipient, bounce.code, bounce.text) if part)[:LONGEST_PROBLEM]
    if bounce.is_permanent:
        delivery.note_not_delivered(message, said, at=at, actor=actor)
    else:
        Message.objects.filter(pk=message.pk).update(problem=said)
    send_after_commit(f"contact:{message.contact_id}")
    return message


def note_unwanted(parsed: Received, *, raw_id: int, at: datetime, actor: Actor) -> Message | None:
    """
    Somebody pressed the button for unwanted mail: if it is known who, what they agreed to is withdrawn for mail, on the record. The
    message it was about, if it is one of ours.
    """
    report = parsed.feedback_report
    message = _ours([report.original_message_id] if report and report.original_message_id else _answered(parsed))
    address = report.recipient if report else ""
    if not address and message is not None and len(message.recipients) == 1:
        address = str(message.recipients[0].get("address", ""))
    if report is None or report.kind == "not-spam" or not address:
        return message
    known = recognise(actor, [read_clue(ClueKind.EMAIL, address)], at=at).customer_id
    if known is not None:
        proof = _("%(address)s reported mail of ours as unwanted (%(kind)s).")
        withdraw_consent.defer(
            customer_id=known,
            proof=(proof % {"address": address, "kind": report.kind})[:500],
            key=f"unwanted mail {raw_id}",
        )
    return message


def _answered(parsed: Received) -> list[str]:
    return [one for one in (parsed.in_reply_to, *reversed(parsed.references)) if one]


def _ours(names: list[str]) -> Message | None:
    """The message of ours that is called one of these, the first named first."""
    found = {
        one.outside_id: one
        for one in Message.objects.filter(outside_id__in=names, direction=Direction.OUTBOUND, is_internal=False)
    }
    return next((found[name] for name in names if name in found), None)
