"""What became of work and why, from the decisions that were stored with it: “why did I get this”, and its history on the floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onhand.kernel.actor import Actor
from onhand.routing.ability_words import AbilityWords, joined, read_words
from onhand.routing.enums import Choice, DecisionKind
from onhand.routing.matching.wanted import WrongWantedError, read_wanted
from onhand.routing.models import RoutingDecision, WorkItem
from onhand.routing.why import names_of

MOST = 30
GIVEN = (DecisionKind.GIVEN, DecisionKind.OFFERED, DecisionKind.ASSIGNED, DecisionKind.TAKEN, DecisionKind.RESUMED)
_OTHERS = {
    "passed": gettext_lazy("%(names)s passed it"),
    "away": gettext_lazy("%(names)s: away"),
    "busy": gettext_lazy("%(names)s: no room"),
    "after": gettext_lazy("%(names)s: free too, and came after in the order"),
}


@dataclass(frozen=True, slots=True)
class DecisionTold:
    """One decision in words: what happened, who by, and the reasons as sentences."""

    id: int
    at: datetime
    what: str
    headline: str
    reasons: Sequence[str] = ()


def why_mine(actor: Actor, kind: str, subject_id: int) -> DecisionTold | None:
    """Why this actor was given what they have of a kind and subject, last; None if they never were."""
    if actor.id is None:
        return None
    found = (
        RoutingDecision.objects.filter(
            item__kind=kind, item__subject_id=subject_id, representative=actor.id, what__in=GIVEN
        )
        .select_related("item")
        .order_by("-at", "-id")
        .first()
    )
    return told([found], actor)[0] if found else None


def read_history(actor: Actor, item: WorkItem) -> list[DecisionTold]:
    """What became of an item, the newest first."""
    return told(list(RoutingDecision.objects.filter(item=item).order_by("-at", "-id")[:MOST]), actor)


def told(decisions: Sequence[RoutingDecision], actor: Actor) -> list[DecisionTold]:
    """Decisions in words; people this actor may not see are not named."""
    mentioned = {one.representative_id for one in decisions if one.representative_id}
    for one in decisions:
        mentioned |= {other["who"] for other in one.explanation.get("others", ()) if isinstance(other, dict)}
    words = read_words(names_of(mentioned, actor))
    return [
        DecisionTold(one.pk, one.at, one.what, _headline(one, words, actor), tuple(_reasons(one, words, actor)))
        for one in decisions
    ]


def _headline(one: RoutingDecision, words: AbilityWords, actor: Actor) -> str:
    """What happened, to whom and by whom."""
    is_mine = one.representative_id is not None and one.representative_id == actor.id
    name = _("you") if is_mine else words.person(one.representative_id) if one.representative_id else ""
    by = one.by_name
    match one.what:
        case DecisionKind.OFFERED:
            return _("Offered to %(name)s") % {"name": name}
        case DecisionKind.GIVEN:
            return _("Given to %(name)s") % {"name": name}
        case DecisionKind.ASSIGNED:
            return _("%(by)s gave it to %(name)s") % {"by": by, "name": name}
        case DecisionKind.TAKEN:
            return _("%(by)s took it") % {"by": _("You") if is_mine else by or name}
    label = str(DecisionKind(one.what).label)
    who = by or (words.person(one.representative_id) if one.representative_id else "")
    return f"{label}: {who}" if who else label


def _reasons(one: RoutingDecision, words: AbilityWords, actor: Actor) -> list[str]:
    found: Mapping[str, Any] = one.explanation
    is_mine = one.representative_id is not None and one.representative_id == actor.id
    said: list[str] = []
    if isinstance(found.get("why"), str) and found["why"] not in ("", "by_hand"):
        said.append(found["why"])
    if "waited" in found:
        said.append(_("It had waited %(time)s.") % {"time": lasting(found["waited"])})
    if found.get("is_resumed"):
        said.append(_("It had been put aside, and there was room for it again."))
    if found.get("steps", 1) > 1:
        said.append(
            _("Step %(step)s of %(steps)s was reached.")
            % {"step": min(found.get("step", 0) + 1, found["steps"]), "steps": found["steps"]}
        )
    said.extend(_chosen(found, words, is_mine=is_mine))
    if found.get("levels"):
        levels = [
            _("%(what)s at level %(level)s") % {"what": words.attribute(name), "level": level}
            for name, level in found["levels"].items()
            if not name.startswith("licence:")
        ]
        levels += [words.attribute(name) for name in found["levels"] if name.startswith("licence:")]
        said.append(_("What counted: %(levels)s.") % {"levels": joined(levels, _("and"))})
    said.extend(_others(found.get("others", ()), words))
    return said


def _chosen(found: Mapping[str, Any], words: AbilityWords, *, is_mine: bool) -> list[str]:
    """How many fitted, what was asked, and what decided among those who were free."""
    said = []
    if found.get("fitting"):
        fit = ngettext("%(count)s person fitted it", "%(count)s people fitted it", found["fitting"])
        said.append(fit % {"count": found["fitting"]} + _asked(found, words) + ".")
    if found.get("choice") not in Choice.values or "idle" not in found:
        return said
    given = {
        "idle": lasting(found["idle"]),
        "load": found.get("load", 0),
        "capacity": found.get("capacity", 0),
    }
    match found["choice"]:
        case Choice.LEAST_LOADED:
            mine, theirs = _("You had the least to do"), _("They had the least to do")
            how = _("%(load)s of %(capacity)s taken") % given
        case Choice.BEST_SKILLED:
            mine, theirs = _("You have the highest levels"), _("They have the highest levels")
            how = _("then who waited longest for work: %(idle)s") % given
        case _:
            mine, theirs = _("You had waited longest for work"), _("They had waited longest for work")
            how = given["idle"]
    return [*said, f"{mine if is_mine else theirs} ({how})."]


def _asked(found: Mapping[str, Any], words: AbilityWords) -> str:
    try:
        wanted = read_wanted(found.get("wanted", {}))
    except WrongWantedError:
        return ""
    return f" ({words.wanted(wanted)})" if wanted.as_json() else ""


def _others(others: Sequence[Any], words: AbilityWords) -> list[str]:
    by_why: dict[str, list[str]] = {}
    for one in others:
        if isinstance(one, dict) and one.get("why") in _OTHERS and words.people.get(one.get("who", 0)):
            by_why.setdefault(one["why"], []).append(words.person(one["who"]))
    return [str(_OTHERS[why]) % {"names": joined(by_why[why], _("and"))} + "." for why in _OTHERS if why in by_why]


def lasting(seconds: float) -> str:
    """How long something lasted, short: 40 s, 12 min, 3 h 20 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return _("%(seconds)s s") % {"seconds": whole}
    if whole < 3_600:
        return _("%(minutes)s min") % {"minutes": whole // 60}
    if whole < 86_400:
        return _("%(hours)s h %(minutes)s min") % {"hours": whole // 3_600, "minutes": whole // 60 % 60}
    return ngettext("%(count)s day", "%(count)s days", whole // 86_400) % {"count": whole // 86_400}
