"""A draft tried on the past: acts a second, over records as the product keeps them, against reading the same records and doing nothing."""

import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from onhand_bench import place

SIZES = {False: 100_000, True: 20_000}  # quick? → acts
PASSES = 3
ACT = "invoicing.give_goodwill"


def measure(quick: bool = False) -> dict[str, Any]:
    """Print the table; `acts_per_second`, `floor_per_second`, `ratio`, `seconds`."""
    count = SIZES[quick]
    with place.database():
        from onhand.guidelines.models import GuidelineTrial

        at = datetime.now(UTC)
        guideline = _company(at)
        _records(count, at)
        floors, rates = [], []
        for _number in range(PASSES):
            floors.append(count / _floor(count))
            rates.append(count / _trial(guideline, at))
        trial = GuidelineTrial.objects.latest("pk")
        if trial.seen != count or trial.counts["allow"].get("unknown"):
            raise RuntimeError(f"not all were tried: {trial.seen}, {trial.counts}")
    ratio = median(one / floor for one, floor in zip(rates, floors, strict=True))
    print(f"{count:,} acts, twenty rows of four facts; {trial.counts}")
    print(f"tried        {median(rates):12,.0f} acts a second")
    print(f"only read    {median(floors):12,.0f} acts a second   ratio {ratio:.2f}")
    return {
        "acts_per_second": round(median(rates)),
        "floor_per_second": round(median(floors)),
        "ratio": round(ratio, 3),
        "seconds": round(count / median(rates), 2),
    }


def _company(at: datetime) -> Any:
    """A guideline with a stricter draft of twenty rows over four facts."""
    from onhand.guidelines.documents import Document, as_json, inputs_of
    from onhand.guidelines.enums import DraftState
    from onhand.guidelines.graphs import Decision, Graph
    from onhand.guidelines.models import Guideline
    from onhand.guidelines.tables import HitPolicy, Input, Output, Rule, Table

    names = ("amount given", "role", "door", "weekday")
    rows = []
    for step in range(20):
        amount = f"[{step * 5}..{step * 5 + 5})" if step < 19 else f">= {step * 5}"
        answer = '"allow"' if step < 8 else '"ask"' if step < 16 else '"refuse"'
        rows.append(Rule((amount, "-", '"desk","api"' if step % 2 else "-", "-"), (answer,)))
    inputs = tuple(Input(name, name) for name in names)
    table = Table("Answer", inputs, (Output("answer", type="string"),), tuple(rows), HitPolicy.FIRST)
    graph = Graph("Goodwill", inputs_of(names), (Decision("Answer", table, names),))
    return Guideline.objects.create(
        name="Goodwill",
        created_at=at,
        draft=as_json(Document((ACT,), graph, "Answer")),
        draft_state=DraftState.WRITING,
        draft_number=1,
        draft_at=at,
    )


def _records(count: int, at: datetime) -> None:
    """As many acts on record, done over ninety days."""
    from django.db import transaction

    from onhand.kernel.actor import Actor, ActorKind
    from onhand.kernel.bulk import Done, record_all
    from onhand.kernel.decisions import Answer, Decision
    from onhand.kernel.money import Money

    actor = Actor(ActorKind.PERSON, 1, "Ana Prieto", "representative")
    for page in range(count // 1_000):
        known = {
            "amount given": f"{page % 100}.50",
            "role": '"representative"',
            "door": '"desk"',
            "weekday": '"Monday"',
        }
        decision = Decision(Answer.ALLOW, "Allowed.", "guideline:1", "1", known=known)
        amount = Money(page % 100 * 100 + 50, "EUR")
        done = [Done(number, {"amount": amount.as_json(), "reason": "Late"}) for number in range(1, 1_001)]
        when = at - timedelta(days=89) + timedelta(days=88) * page / (count // 1_000)
        with transaction.atomic():
            record_all(ACT, done, actor=actor, at=when, decision=decision, facts={"amount": amount})


def _floor(count: int) -> float:
    """Seconds to read the same columns of the same records."""
    from onhand.guidelines.trials import _COLUMNS
    from onhand.kernel.models import ActRecord

    begun = time.perf_counter()
    read = sum(1 for _row in ActRecord.objects.filter(act=ACT).values_list(*_COLUMNS).iterator(chunk_size=2_000))
    if read != count:
        raise RuntimeError(f"{read} of {count} records are there")
    return time.perf_counter() - begun


def _trial(guideline: Any, at: datetime) -> float:
    from onhand.guidelines.trials import run_trial, start_trial
    from onhand.kernel.actor import system_actor

    trial = start_trial(guideline, actor=system_actor("bench"), at=at + timedelta(seconds=1))
    begun = time.perf_counter()
    run_trial(trial.pk, lambda: at)
    return time.perf_counter() - begun
