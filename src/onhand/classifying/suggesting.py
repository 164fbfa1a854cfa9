"""Suggestions for contacts as they begin, in the transaction of the arrival; a fault here loses no mail."""

from datetime import datetime

import structlog
from django.db import OperationalError, transaction

from onhand.classifying.enums import Target
from onhand.classifying.models import Suggestion
from onhand.classifying.predicting import predictor
from onhand.contacts.models import Contact, Message
from onhand.kernel.database import run_prepared
from onhand.kernel.inserting import insert_row

log = structlog.get_logger("onhand.classifying")

# How sure it must be, what was learnt and is used, and whether the contact begins with this message.
_ASKED = """
select r.is_on, r.team_sure, r.reason_sure,
  (select l.id from classifying_learnt l where l.target = 'team' and l.is_used),
  (select l.id from classifying_learnt l where l.target = 'reason' and l.is_used),
  not exists (select 1 from contacts_message e where e.contact_id = %(contact)s and e.id <> %(message)s and not e.is_internal)
from classifying_suggestionrules r order by r.id limit 1
"""


def suggest_at_arrival(contact: Contact, message: Message, at: datetime) -> None:
    """Suggest team and reason for a contact that begins with this message, as far as something was learnt and is sure enough."""
    if message.automatic:
        return
    try:
        suggestion = _suggest(contact, message, at)
        if suggestion is not None:
            with transaction.atomic():
                insert_row(suggestion)
    except OperationalError:
        raise  # the whole arrival is tried again
    except Exception:
        log.exception("nothing could be suggested", message=message.pk)


def _suggest(contact: Contact, message: Message, at: datetime) -> Suggestion | None:
    found = run_prepared(_ASKED, {"contact": contact.pk, "message": message.pk})
    if not found:
        return None
    ((is_on, team_sure, reason_sure, team_learnt, reason_learnt, begins),) = found
    if not is_on or not begins or (team_learnt is None and reason_learnt is None):
        return None
    text = message.text if message.quoted_from is None else message.text[: message.quoted_from]
    suggestion = Suggestion(contact=contact, message=message, at=at)
    if team_learnt is not None:
        likeliest, sure = predictor(Target.TEAM, team_learnt).predict(message.subject, text)
        suggestion.team_likeliest, suggestion.team_sure = likeliest, sure
        suggestion.team = likeliest if sure >= team_sure else None
    if reason_learnt is not None:
        likeliest, sure = predictor(Target.REASON, reason_learnt).predict(message.subject, text)
        suggestion.reason_likeliest, suggestion.reason_sure = likeliest, sure
        suggestion.reason = likeliest if sure >= reason_sure else None
    return suggestion
