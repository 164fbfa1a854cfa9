"""``onhand settings``: every setting there is, for people."""

import os
import textwrap
from typing import Any

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from onhand.config.environment import Environment, variable_name


def lines(settings: Environment) -> list[str]:
    """Each setting as a short paragraph: variable, type, value, default, meaning. Secrets are never shown."""
    found: list[str] = []
    for name, field in Environment.model_fields.items():
        variable = variable_name(name)
        source = "set" if os.environ.get(variable) else "default"
        found.append(f"{variable} ({_kind(field.annotation)})")
        found.append(f"    value:   {_shown(getattr(settings, name))} ({source})")
        default = field.get_default(call_default_factory=True)
        found.append(f"    default: {'none' if default is PydanticUndefined else _shown(default)}")
        found += textwrap.wrap(field.description or "", 100, initial_indent="    ", subsequent_indent="    ")
        found.append("")
    return found


def page() -> str:
    """All settings as the table of docs/operations/settings.md."""
    head = "# Settings\n\nEvery setting is an environment variable. `onhand settings` lists them with their present values;\n"
    head += (
        "a wrong value stops the start and names the variable. This page is written by `onhand settings --page`.\n\n"
    )
    rows = ["| Variable | Type | Default | Meaning |", "|---|---|---|---|"]
    for name, field in Environment.model_fields.items():
        default = "`var` in the checkout" if name == "data" else _shown(field.get_default(call_default_factory=True))
        rows.append(f"| `{variable_name(name)}` | {_kind(field.annotation)} | {default} | {field.description} |")
    return head + "\n".join(rows) + "\n"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, SecretStr):
        return "(secret)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(part) for part in value) or "none"
    return str(value)


def _kind(annotation: Any) -> str:
    """The type in words."""
    text = str(annotation)
    for part, words in (
        ("Literal", ""),
        ("Secret", "text, secret"),
        ("bool", "true or false"),
        ("int", "whole number"),
        ("Path", "folder"),
        ("list", "list, separated by commas"),
    ):
        if part in text and words:
            return words
        if part in text and "list" not in text:
            return "one of " + ", ".join(str(choice) for choice in annotation.__args__)
    return "text"
