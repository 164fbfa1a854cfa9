"""Procedures for tests: a text, published, and people who go through it."""

from datetime import datetime, timedelta
from typing import Any

from onhand.kernel.actor import Actor, system_actor
from onhand.kernel.perform import Outcome, perform
from onhand.procedures.models import Procedure, ProcedureRun
from tests.factories import NOON

BEFORE = NOON - timedelta(days=300)
DAMAGED = """# Damaged

Goods that arrive damaged.

about: order
reasons: Damaged goods
binds: orders.add_goodwill when order state = "delivered"
note: Damaged: {damage}. Agreed: {remedy}.

## Sorry
say
en: I am sorry.
es: Lo siento.

## Identify
identify: 1
must

## Not here yet
stop: order state = "in_process"
en: It has not left us yet.

## Damage
ask: damage
must
en: What is damaged?
es: ¿Qué está dañado?

| damage    | en            | es          |
|-----------|---------------|-------------|
| packaging | The packaging | El embalaje |
| product   | The product   | El producto |

## Hurt
ask: hurt (yes or no)
if: damage = "product"
en: Was anybody hurt?

## How dear
ask: paid in all (number)
fact: order total
en: What did you pay?

## Remedies
offer:
must
en: What would you like?

| remedy   | if                 | act                 | with                                         | en            |
|----------|--------------------|---------------------|----------------------------------------------|---------------|
| refund   | damage = "product" | orders.return_lines | reason = "damaged"; note = damage            | Send it back  |
| goodwill |                    | orders.add_goodwill | amount = paid in all / 10; reason = "damaged" | A lower price |
| nothing  |                    |                     |                                              | Nothing       |

## Bye
say
en: Thank you.

# Tests

## A broken product
given: order state = "delivered"; damage = "product"; hurt = false; order total = 50
offers: refund, goodwill, nothing

## The packaging
given: order state = "delivered"; damage = "packaging"; order total = 50
offers: goodwill, nothing

## Still here
given: order state = "in_process"
stops: Not here yet
"""


def publish(name: str = "Damaged", text: str = DAMAGED, at: datetime = BEFORE) -> Procedure:
    """Write, submit and publish a procedure, as the product itself does with its own."""
    actor = system_actor("procedures")
    made = perform("procedures.add_procedure", actor=actor, arguments={"name": name, "text": text}, at=at)
    for act in ("procedures.submit_procedure", "procedures.publish_procedure"):
        perform(act, actor=actor, arguments={}, at=at, subject_id=made.subject_id)
    return Procedure.objects.get(pk=made.subject_id or 0)


def do(name: str, actor: Actor, one: ProcedureRun | None = None, /, *, at: datetime = NOON, **given: Any) -> Outcome:
    """An act on a run, or without one the beginning of one."""
    contact = given.pop("contact_id", None)
    subject = one.pk if one else None
    return perform(f"procedures.{name}", actor=actor, arguments=given, at=at, subject_id=subject, contact_id=contact)


def begun(actor: Actor, procedure: Procedure, about: int, contact_id: int | None = None, **more: Any) -> ProcedureRun:
    """A run, begun."""
    outcome = do("begin_procedure", actor, procedure=procedure.pk, about=about, contact_id=contact_id, **more)
    return ProcedureRun.objects.get(pk=outcome.subject_id or 0)
