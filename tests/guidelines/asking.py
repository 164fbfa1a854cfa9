"""Asking for facts as a decision does, for tests of what apps tell."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from onhand.guidelines.facts import all_sources, gather
from onhand.guidelines.feel.values import Value
from onhand.kernel.actor import Actor
from onhand.kernel.decisions import Question
from onhand.kernel.money import Money
from tests.factories import make_actor


def facts_of(
    source: str,
    subject_type: str,
    subject: Any,
    *,
    at: datetime,
    actor: Actor | None = None,
    values: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    gives: Money | None = None,
    contact_id: int | None = None,
) -> dict[str, Value]:
    """What one source tells of a subject at a moment; null where it knows nothing. It tells nothing but what it declares."""
    (one,) = (found for found in all_sources() if found.key == source)
    names = [fact.name for fact in one.facts]
    question = Question(
        actor or make_actor(),
        "tests.act",
        subject_type,
        subject.pk if subject is not None else None,
        facts or {},
        at,
        subject,
        values or {},
        contact_id,
        None,
        gives,
    )
    told = gather(names, question)
    assert not one.knows(subject_type) or set(one.provide(question)) <= set(names)
    return {name: told[name] for name in names}
