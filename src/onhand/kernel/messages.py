"""What is wrong with one argument, in words for the person who typed it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def field_message(problem: Mapping[str, Any]) -> str:
    """One pydantic problem as a sentence that says how to mend it."""
    kind, context = problem["type"], problem.get("ctx", {})
    fixed = {
        "missing": _("This is needed."),
        "string_too_short": _("This is needed."),
        "extra_forbidden": _("There is no such argument. Take it out."),
        "string_type": _("Give a text."),
        "string_unicode": _("This text is not valid Unicode."),
        "enum": _("Choose one of the list."),
        "bool_parsing": _("Give yes or no."),
        "bool_type": _("Give yes or no."),
        "timezone_aware": _("Give the time with its time zone."),
        "list_type": _("Give a list."),
    }
    if kind in fixed:
        return fixed[kind]
    if kind == "too_short":
        return _("Give at least one entry.") if context.get("field_type") == "List" else fixed["string_too_short"]
    if kind == "string_too_long" or (kind == "too_long" and context.get("field_type") != "List"):
        most = int(context["max_length"])
        return ngettext("At most %(most)s character.", "At most %(most)s characters.", most) % {"most": most}
    if kind == "too_long":
        most = int(context["max_length"])
        return ngettext("At most %(most)s entry.", "At most %(most)s entries.", most) % {"most": most}
    if kind.startswith(("int_", "greater_than", "less_than", "finite_number")):
        return _("Give a whole number within the allowed range.")
    if kind.startswith("time_"):
        return _value_message("time_expected")
    if kind.startswith("date"):
        return _("Give a date such as 2026-12-31.")
    if kind == "value_error":
        return _value_message(str(context.get("error", "")))
    return str(problem["msg"])


def _value_message(code: str) -> str:
    known = {
        "control_characters": _(
            "This contains characters that cannot be stored. Remove line breaks and invisible characters."
        ),
        "money_expected": _("Give an amount with its currency."),
        "money_too_fine": _("This currency has no unit as small as that. Give fewer decimal places."),
        "money_too_large": _("This amount is too large."),
        "number_expected": _("Give a whole number within the allowed range."),
        "list_expected": _("Give a list."),
        "date_expected": _("Give a date such as 2026-12-31."),
        "time_expected": _("Give a time of day such as 17:30."),
        "choice_expected": _("Choose one of the list."),
        "plain_values_expected": _(
            "Give texts of at most 1,000 characters, whole numbers, yes or no, or amounts of money."
        ),
    }
    return known.get(code, code[:1].upper() + code[1:])
