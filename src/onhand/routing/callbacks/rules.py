"""How callbacks are tried, as it is set up now."""

from datetime import timedelta

from onhand.routing.callbacks.enums import TryOutcome
from onhand.routing.callbacks.models import CallbackRules

LONGEST_PAUSE = timedelta(days=7)


def rules_for(queue_id: int | None) -> CallbackRules:
    """The rules of a queue: its own, else those of all."""
    found = list(CallbackRules.objects.filter(queue__isnull=True))
    own = CallbackRules.objects.filter(queue=queue_id).first() if queue_id is not None else None
    return own or (found[0] if found else CallbackRules())


def pause_after(rules: CallbackRules, outcome: TryOutcome, tries: int) -> timedelta | None:
    """How long nothing is tried after so many tries, the last with this outcome; None where it is not tried again."""
    minutes: int | None = {
        TryOutcome.NO_ANSWER: rules.no_answer_minutes,
        TryOutcome.BUSY: rules.busy_minutes,
        TryOutcome.VOICEMAIL: rules.voicemail_minutes,
    }.get(outcome)
    if minutes is None:
        return None
    return min(LONGEST_PAUSE, timedelta(minutes=minutes * (rules.growth_percent / 100) ** max(0, tries - 1)))
