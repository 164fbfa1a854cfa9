"""
Attempts that were not allowed. Each is one statement of its own, after the act was taken back whole; a failure of it is logged, and what
was refused stays refused. Parts of a transaction that goes on, and acts done to many at once, are noted once it has ended
(`kernel.decisions.noting`). Bounded: one row for the same in a minute, and so many rows a minute for each actor and of one transaction.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Count, Sum

from onhand.guidelines.facts import customer_of
from onhand.guidelines.models import RefusedAttempt
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.database import run_prepared
from onhand.kernel.decisions import Answer, Decision, Question
from onhand.kernel.signing import plain
from onhand.staff.access import VIEW_RECORDS, visible_representatives

MOST_A_MINUTE = 30  # rows for each actor
GUIDELINE = "guideline:"
_NOTE = """
insert into guidelines_refusedattempt (at, last_at, minute, times, actor_kind, actor_id, actor_name, actor_role, via, act, subject_type,
  subject_id, customer_id, contact_id, answer, guidelines, facts, decision)
select n.at, n.at, date_trunc('minute', n.at), 1, n.kind, n.actor, n.name, n.role, n.via, n.act, n.type, n.subject, n.customer, n.contact,
  n.answer, n.guidelines, n.facts, n.decision
from (select %s::timestamptz as at, %s::text as kind, %s::bigint as actor, %s::text as name, %s::text as role, %s::text as via,
  %s::text as act, %s::text as type, %s::bigint as subject, %s::bigint as customer, %s::bigint as contact, %s::text as answer,
  %s::bigint[] as guidelines, %s::jsonb as facts, %s::jsonb as decision) n
where (select count(*) from guidelines_refusedattempt r where r.actor_kind = n.kind and r.actor_id is not distinct from n.actor
  and r.minute = date_trunc('minute', n.at)) < %s or exists (select from guidelines_refusedattempt r where r.actor_kind = n.kind
  and r.actor_id is not distinct from n.actor and r.minute = date_trunc('minute', n.at) and r.act = n.act and r.subject_type = n.type
  and r.subject_id is not distinct from n.subject)
on conflict (actor_kind, actor_id, minute, act, subject_type, subject_id)
do update set times = guidelines_refusedattempt.times + 1, last_at = excluded.at
"""
log = structlog.get_logger("onhand.guidelines")


def note(question: Question, decision: Decision) -> None:
    """Keep that an act was not allowed: who, what, to what, with which facts, and why."""
    actor = question.actor
    try:
        with transaction.atomic():
            run_prepared(
                _NOTE,
                [
                    *(question.at, actor.kind.value, actor.id, actor.name, actor.role, actor.via.value),
                    *(question.act, question.subject_type, question.subject_id, customer_of(question)),
                    *(question.contact_id, decision.answer.value, who_did_not_allow(decision)),
                    *(json.dumps(plain(dict(question.facts))), json.dumps(plain(decision.as_json())), MOST_A_MINUTE),
                ],
            )
    except DatabaseError as error:
        log.warning("refused attempt not noted", act=question.act, problem=str(error)[:300])


def who_did_not_allow(decision: Decision) -> list[int]:
    """The guidelines that refused or asked, by number."""
    said = [*decision.said, {"rule": decision.rule, "answer": decision.answer.value}]
    rules = [str(one.get("rule", "")) for one in said if one.get("answer") != Answer.ALLOW.value]
    return sorted(
        {int(number) for rule in rules if (number := rule.removeprefix(GUIDELINE)).isdigit() and number != rule}
    )


def attempts_against(guideline_id: int, acts: Iterable[str], since: datetime) -> Any:
    """The attempts since a time that this guideline did not allow."""
    found = RefusedAttempt.objects.filter(act__in=list(acts), at__gte=since)
    return found.filter(guidelines__contains=[guideline_id])


def visible_attempts(actor: Actor) -> Any:
    """The attempts an actor may see by name: of colleagues they see, for who may search the records."""
    if not actor.may(VIEW_RECORDS):
        return RefusedAttempt.objects.none()
    if actor.visibility is Visibility.ALL:
        return RefusedAttempt.objects.all()
    return RefusedAttempt.objects.filter(actor_id__in=visible_representatives(actor).values("pk"))


def who_tries(found: Any, most: int) -> list[tuple[str, int]]:
    """Who was not allowed something most often: (name, how often)."""
    by_person = found.values("actor_kind", "actor_id", "actor_name").annotate(often=Sum("times"), rows=Count("pk"))
    return [(row["actor_name"], row["often"]) for row in by_person.order_by("-often", "actor_name")[:most]]


def forget_attempts(before: datetime) -> int:
    """Take out attempts from before a time; how many."""
    return RefusedAttempt.objects.filter(at__lt=before).delete()[0]
