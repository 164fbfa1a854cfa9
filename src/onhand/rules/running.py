"""
Rules at work. Everything happens in the transaction of the arrival: a contact is on a list only after rules directed it, and a process
killed in the middle leaves nothing half done. An action that fails is noted beside the others; the mail is never lost by it.

What rules do cannot make rules act again: only what arrives from outside asks them, and what they send is no arrival.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from onhand.contacts.models import Contact, Message
from onhand.kernel.actor import Actor, system_actor
from onhand.kernel.decisions import noting
from onhand.kernel.errors import ActError
from onhand.kernel.inserting import insert_row
from onhand.kernel.perform import Outcome, perform
from onhand.rules.answering import answer_text, last_answer, mark_answer, whose_turn
from onhand.rules.enums import Moment
from onhand.rules.gathering import gather
from onhand.rules.models import Arrival, RuleExecution
from onhand.rules.planning import Match, Step, plan
from onhand.rules.published import applied
from onhand.rules.situations import Situation

log = structlog.get_logger("onhand.rules")
LONGEST_PROBLEM = 500


def apply_to_arrival(contact: Contact, message: Message, at: datetime) -> None:
    """Apply the published rules to a message that has just been received, in the transaction of its arrival."""
    try:
        situation, version_id = gather(contact, message.pk, at, Moment.MESSAGE)
        version = applied(version_id)
        matches = plan(version.rules, situation, last_answer)
        arrival = Arrival(message=message, contact=contact, at=at, known=situation.known.as_json())
        if not matches:
            insert_row(arrival)
            return
        with transaction.atomic():
            insert_row(arrival)
            contact.save()  # acts read it from the database
            carry_out(matches, situation, version.number, at)
        contact.refresh_from_db()
    except OperationalError:
        raise  # the whole arrival is tried again
    except Exception:
        log.exception("rules could not be applied", message=message.pk)


def carry_out(matches: Sequence[Match], situation: Situation, number: int, at: datetime) -> None:
    """Do what the rules of a version that matched do, and store each with why and what came of it."""
    RuleExecution.objects.bulk_create([_execute(match, situation, number, at) for match in matches])


def _execute(match: Match, situation: Situation, number: int, at: datetime) -> RuleExecution:
    done = [_do(step, match, place, situation, number, at) for place, step in enumerate(match.steps)]
    return RuleExecution(
        contact_id=situation.contact_id,
        message_id=situation.message_id,
        at=at,
        moment=situation.moment,
        set_version=number,
        rule_key=match.rule.key,
        rule_name=match.rule.name,
        because=[reason.as_json() for reason in match.because],
        done=done,
        stopped=match.rule.stops,
        has_problem=any("problem" in one for one in done),
    )


def _do(step: Step, match: Match, place: int, situation: Situation, number: int, at: datetime) -> dict[str, Any]:
    """One step, and what came of it. Whatever goes wrong undoes this step only."""
    told = step.as_json()
    if step.left_out:
        return told
    actor = rule_actor(match.rule.name, number)
    key = f"rule:{match.rule.key}:{situation.moment}:{situation.message_id}:{place}"
    try:
        with noting(actor), transaction.atomic():
            outcome = _perform(step, situation, actor, key, at)
    except ActError as error:
        details = " ".join(message for messages in error.fields.values() for message in messages)
        return told | {"problem": f"{error.message} {details}".strip()[:LONGEST_PROBLEM]}
    except OperationalError:
        raise
    except Exception:
        log.exception("a rule's action failed", rule=match.rule.key, message=situation.message_id)
        return told | {"problem": _("This failed for a reason that is in the log.")}
    return told | {"record": outcome.record_id}


def rule_actor(name: str, number: int) -> Actor:
    """Who a rule acts as: its name and version stand in every record."""
    return system_actor(_("Rule “%(name)s”, version %(number)s") % {"name": name, "number": number})


def _perform(step: Step, situation: Situation, actor: Actor, key: str, at: datetime) -> Outcome:
    kind = step.action.kind
    if kind is None:
        raise ActError(_("This version of Onhand cannot do that."))
    arguments = kind.fill(situation, step.action.values)
    if not kind.answers:
        return _act(kind.act_name, arguments, situation, actor, key, at)
    turn = whose_turn(situation.contact_id)
    text = answer_text(step.action.values["response"], situation, actor)
    outcome = _act(kind.act_name, arguments | {"text": text}, situation, actor, key, at)
    mark_answer(situation, turn, at)
    return outcome


def _act(name: str, arguments: dict[str, Any], situation: Situation, actor: Actor, key: str, at: datetime) -> Outcome:
    return perform(
        name,
        actor=actor,
        subject_id=situation.contact_id,
        contact_id=situation.contact_id,
        arguments=arguments,
        at=at,
        idempotency_key=key,
        as_part=True,
    )
