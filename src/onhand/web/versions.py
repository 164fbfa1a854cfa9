"""Versions of what is published, guidelines and procedures, as pages list them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from onhand.guidelines.drafted import PublishedVersion


def version_row(one: PublishedVersion, in_force: PublishedVersion | None, now: datetime) -> dict[str, Any]:
    """A version and how it stands, in words and as a tone; `in_force` is the one that holds now."""
    is_to_come = one.withdrawn_at is None and one.effective_from > now
    state, tone = _("in force before"), ""
    if in_force is not None and one.pk == in_force.pk:
        state, tone = _("in force"), "good"
    elif one.withdrawn_at is not None:
        state, tone = _("withdrawn"), "bad"
    elif is_to_come:
        state, tone = _("to come"), "info"
    return {"version": one, "state": state, "tone": tone, "is_to_come": is_to_come}
