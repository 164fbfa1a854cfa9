"""What checks found, in the words of the reader: each with what shows it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.models import Promise
from onhand.customers.models import IdentityCheck
from onhand.kernel.acts import find_act
from onhand.kernel.models import ActRecord
from onhand.kernel.subjects import subject_type
from onhand.procedures.enums import Check, Result
from onhand.procedures.models import Followed, StepTaken
from onhand.procedures.subjects import PROCEDURE_RUN
from onhand.web.templating import show_datetime

FAILED = {
    Check.RUN: gettext_lazy("Not gone through"),
    Check.END: gettext_lazy("Not to the end"),
    Check.MUSTS: gettext_lazy("Something left undone"),
    Check.SKIPPED: gettext_lazy("Something skipped"),
    Check.PACE: gettext_lazy("Clicked through"),
    Check.OUTSIDE: gettext_lazy("Given past it"),
    Check.IDENTIFIED: gettext_lazy("Not identified first"),
    Check.PROMISES: gettext_lazy("A promise broken"),
}
TONES = {Result.KEPT: ("good", "check"), Result.NOT_KEPT: ("bad", "warn"), Result.NONE: ("", "")}


def failed_in_words(names: Sequence[str]) -> list[tuple[str, str]]:
    """What was amiss, each with its tone. What was skipped with a reason is no breach."""
    return [(str(FAILED[Check(name)]), "warn" if name == Check.SKIPPED else "bad") for name in names if name in Check]


def checks_in_words(one: Followed) -> list[dict[str, Any]]:
    """Each check with its result and what shows it. A statement for each kind of evidence there is."""
    shown = [each for check in one.checks for each in check["evidence"]]
    known = _Known(shown)
    return [_check(check, known) for check in one.checks if check["name"] in Check]


class _Known:
    """What evidence points at, read at once."""

    def __init__(self, shown: Sequence[Mapping[str, Any]]) -> None:
        def ids(kind: str) -> list[int]:
            return [each["id"] for each in shown if each["kind"] == kind and each.get("id")]

        self.steps = StepTaken.objects.in_bulk(ids("step"))
        self.records = ActRecord.objects.in_bulk(ids("record"))
        self.identities = IdentityCheck.objects.in_bulk(ids("identity"))
        self.promises = Promise.objects.in_bulk(ids("promise"))


def _check(check: Mapping[str, Any], known: _Known) -> dict[str, Any]:
    result = Result(check["result"])
    tone, icon = TONES[result]
    if check["name"] == Check.SKIPPED and result is Result.NOT_KEPT:
        tone, icon = "warn", "info"
    return {
        "label": Check(check["name"]).label,
        "result": result.label,
        "tone": tone,
        "icon": icon,
        "evidence": [_evidence(each, known) for each in check["evidence"]],
    }


def _evidence(each: Mapping[str, Any], known: _Known) -> dict[str, Any]:
    kind, number = each["kind"], each.get("id", 0)
    if kind == "run":
        return {"words": _("Run %(number)s") % {"number": number}, "url": subject_type(PROCEDURE_RUN).page(number)}
    if kind == "step":
        step = known.steps.get(number)
        if step is None:
            return {"words": _("%(step)s: not done") % {"step": each.get("step", "")}}
        said = f"{step.step}: {step.reason}" if step.reason else step.step
        return {"words": said, "at": step.at, "by": step.by_name}
    if kind == "record":
        record, act = known.records.get(number), find_act(each.get("act", ""))
        words = str(act.label) if act else each.get("act", "")
        return {"words": words, "at": record.at if record else None, "by": record.actor_name if record else ""}
    if kind == "identity":
        check = known.identities.get(number)
        return {"words": _("Identified"), "at": check.at if check else None, "by": check.by_name if check else ""}
    promise = known.promises.get(number)
    if promise is None:
        return {"words": _("A promise")}
    return {"words": _("%(what)s, by %(when)s") % {"what": promise.text, "when": show_datetime(promise.due_at)}}
