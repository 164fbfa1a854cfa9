"""
Rules asked about arriving mail: how many arrivals a second of CPU with 200 published rules, half of which look for phrases in the text.

Nothing is read or written: this is what each arrival pays for rules that do not hold, beside the statements it makes in any case.
"""

import random
import time
from datetime import UTC, datetime
from typing import Any

from onhand_bench import place

RULES = 200
ARRIVALS = {False: 2_000, True: 300}
HOLD_EVERY = 50  # rules: so many arrivals have what one of these asks for


def measure(quick: bool = False) -> dict[str, Any]:
    """Measure, print the table, and return `per_cpu_second`, `per_cpu_second_without` rules, `us_per_rule` and `matches`."""
    with place.database():
        from onhand.kernel.discovery import load_apps

        load_apps()
        many = ARRIVALS[quick]
        took, matches = _ask(_rules(RULES), many)
        bare, _none = _ask([], many)
    each = (took - bare) / many / RULES * 1_000_000
    print(f"{many:,} arrivals of 40 to 400 words, {RULES} rules, {matches:,} matches")
    print(f"{'arrivals a second of CPU':28}{many / took:12,.0f}")
    print(f"{'microseconds a rule':28}{each:12.2f}")
    return {
        "per_cpu_second": round(many / took),
        "per_cpu_second_without": round(many / bare),
        "us_per_rule": round(each, 2),
        "matches": matches,
    }


def _ask(rules: Any, many: int) -> tuple[float, int]:
    """CPU-seconds for that many arrivals, and how many rules held."""
    from onhand.rules.planning import plan

    situations = [_situation(number) for number in range(many)]
    before = time.process_time()
    matches = sum(len(plan(rules, situation, lambda _address: None)) for situation in situations)
    return max(time.process_time() - before, 1e-6), matches


def _rules(many: int) -> Any:
    from onhand.rules.definitions import read_rule

    return [read_rule(_definition(number)) for number in range(many)]


def _definition(number: int) -> dict[str, Any]:
    words = [f"word{number * 7}", f"two words{number}", f"order{number}*"]
    asked = [
        {"what": "anywhere" if number % 2 else "subject", "how": "has_any", "value": words},
        {"what": "language", "how": "is_any", "value": ["en"]},
    ]
    if number % 3 == 0:
        asked.append({"what": "sender", "how": "is_any", "value": [f"*@company{number}.example"]})
    return {
        "name": f"Rule {number}",
        "when": "message",
        "groups": [{"how": "all", "conditions": asked}],
        "actions": [{"do": "set_priority", "with": {"priority": "2"}}],
    }


def _situation(number: int) -> Any:
    from onhand.rules.situations import Known, Situation

    chance = random.Random(number)
    words = [f"word{chance.randrange(20_000)}" for _ in range(chance.randrange(40, 400))]
    if number % HOLD_EVERY == 0:
        words.append("two words1")
    return Situation(
        message_id=number,
        contact_id=number,
        at=datetime(2026, 11, 22, 9, tzinfo=UTC),
        sender=f"customer{number}@mail{number % 50}.example",
        came_to="help@company.example",
        subject=" ".join(words[:8]),
        text=" ".join(words),
        known=Known(is_new=True, language="en"),
    )
