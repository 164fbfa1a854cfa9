"""A company with guidelines of its own, for tests of what they decide."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from onhand.guidelines.documents import Case, Document, Words, inputs_of
from onhand.guidelines.graphs import Decision, Graph
from onhand.guidelines.models import Guideline
from onhand.guidelines.publishing import publish_for_company
from onhand.guidelines.tables import HitPolicy, Input, Output, Rule, Table
from onhand.kernel.actor import Actor, ActorKind, Visibility, system_actor
from onhand.kernel.perform import perform
from tests.company import NAME
from tests.factories import NOON

BEFORE = NOON - timedelta(days=300)  # whatever moment a test plays at, guidelines are in force
OUTPUTS = ("answer", "approver", "most", "words")
TYPES = {"most": "number", "days": "number", "second person": "boolean", "identification": "number"}


def table(
    name: str,
    inputs: Sequence[str],
    rows: Sequence[Sequence[str]],
    outputs: Sequence[str] = OUTPUTS,
    policy: HitPolicy = HitPolicy.UNIQUE,
) -> Table:
    """A table of facts by name; each row has its tests, then its outputs."""
    allowed = {"answer": ('"refuse"', '"ask"', '"allow"')} if policy is HitPolicy.PRIORITY else {}
    return Table(
        name,
        tuple(Input(one, one) for one in inputs),
        tuple(Output(one, type=TYPES.get(one, "string"), allowed=allowed.get(one, ())) for one in outputs),
        tuple(Rule(tuple(row[: len(inputs)]), tuple(cell or "null" for cell in row[len(inputs) :])) for row in rows),
        policy,
    )


def document(
    acts: Sequence[str],
    inputs: Sequence[str],
    rows: Sequence[Sequence[str]],
    outputs: Sequence[str] = OUTPUTS,
    *,
    words: Mapping[str, Words] | None = None,
    cases: Sequence[Case] = (),
    policy: HitPolicy = HitPolicy.UNIQUE,
) -> Document:
    """A guideline of one table."""
    decision = Decision("Answer", table("Answer", inputs, rows, outputs, policy), tuple(inputs))
    graph = Graph("Guideline", inputs_of(inputs), (decision,))
    return Document(tuple(acts), graph, "Answer", words=dict(words or {}), cases=tuple(cases))


def publish(name: str, what: Document, at: datetime = BEFORE) -> Guideline:
    """Put a guideline into force as the product does with its own."""
    return publish_for_company(name, what, at=at)


def nothing_laid_down(at: datetime = BEFORE) -> None:
    """Retire the guideline all other tests live by."""
    generous = Guideline.objects.get(name=NAME)
    actor = system_actor("tests")
    perform("guidelines.retire_guideline", actor=actor, arguments={"note": "."}, at=at, subject_id=generous.pk)


def somebody(role: str = "representative", number: int = 7, **more: Any) -> Actor:
    """An actor of a role who may do everything by permission, so that only guidelines stand in the way."""
    from onhand.kernel.permissions import all_permissions

    given: dict[str, Any] = {
        "kind": ActorKind.PERSON,
        "permissions": frozenset(one.name for one in all_permissions()),
        "visibility": Visibility.ALL,
    } | more
    return Actor(id=number, name=f"{role} {number}", role=role, **given)
