"""Checks of identity in words."""

from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.enums import IdentificationWay
from onhand.customers.panels import Reading

WAYS = dict(IdentificationWay.choices)


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:  # noqa: ARG001  (as every panel's)
    """The lines of the panel."""
    return {"checks": [_check(one) for one in content["checks"]]}


def _check(one: dict[str, Any]) -> dict[str, Any]:
    passed = one["level"] > 0
    result = _("identified, level %(level)s") % {"level": one["level"]} if passed else _("failed")
    return one | {
        "way": WAYS.get(one["way"], one["way"]),
        "result": result,
        "tone": "good" if passed else "bad",
        "icon": "shield" if passed else "stop",
        "line": " · ".join(part for part in (one["by"], one["detail"]) if part),
    }
