"""Consent and preferences in words."""

from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.enums import AccessibilityNeed, ChannelKind, ConsentAnswer, ConsentPurpose
from onhand.customers.file_queries import ConsentState
from onhand.customers.panels import Reading
from onhand.web.templating import show_date

SIGNS = {ConsentAnswer.GIVEN.value: ("good", "check")}


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:  # noqa: ARG001  (as every panel's)
    """The lines of the panel."""
    needs = ", ".join(_label(AccessibilityNeed, need) for need in content["accessibility_needs"])
    hours = ""
    if content["reach_from"] or content["reach_until"]:
        times = [f"{time:%H:%M}" if time else "…" for time in (content["reach_from"], content["reach_until"])]
        hours = " – ".join(times)
    preferred = content["preferred_channel"]
    pairs = (
        (_("Needs"), needs),
        (_("Prefers"), _label(ChannelKind, preferred) if preferred else ""),
        (_("To be called"), hours),
    )
    return {
        "facts": [pair for pair in pairs if pair[1]],
        "consents": [_consent(one, holds=holds) for one, holds in content["consents"]],
    }


def _consent(one: ConsentState, *, holds: bool) -> dict[str, Any]:
    tone, icon = SIGNS.get(one.answer, ("warn", "stop")) if holds else ("", "clock")
    answer = _label(ConsentAnswer, one.answer)
    return {
        "purpose": _label(ConsentPurpose, one.purpose),
        "answer": answer if holds else _("%(answer)s, no longer valid") % {"answer": answer},
        "tone": tone,
        "icon": icon,
        "channel": _label(ChannelKind, one.channel) if one.channel else "",
        "line": " · ".join(part for part in (show_date(one.at), one.taken_by, one.proof) if part),
    }


def _label(choices: Any, value: str) -> str:
    return str(dict(choices.choices).get(value, value))
