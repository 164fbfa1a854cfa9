"""What the composer sends, read from its form: words, lines, files, when, and what is to become of the contact."""

import json
import re
from datetime import datetime
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from onhand.web.desk.access import number_of
from onhand.web.filled_text import as_html

_ADDRESS = re.compile(r"[\s,;]+")


def written_values(data: QueryDict, signature: str) -> dict[str, Any]:
    """The arguments every act of writing to a customer has in common, with the signature below the text."""
    text, html = signed(data.get("text", ""), data.get("html", ""), signature)
    arguments: dict[str, Any] = {
        "text": text,
        "html": html,
        "subject": data.get("subject", ""),
        "files": _files(data.get("files", "")),
        "close": data.get("then") == "close",
    }
    if data.get("then") == "wait":
        arguments["wait_days"] = number_of(data.get("wait_days"))
    if data.get("then") == "later":
        arguments["send_at"] = _moment(data.get("send_at", ""))
    return arguments


def line_of(data: QueryDict, name: str) -> list[str]:
    """The addresses of one line."""
    return [one for one in _ADDRESS.split(data.get(name, "").strip()) if one]


def wants_signature(request: HttpRequest) -> bool:
    """Whether something was written that is to be signed."""
    return request.POST.get("signed") in ("true", "on") and bool(request.POST.get("text", "").strip())


def signed(text: str, html: str, signature: str) -> tuple[str, str]:
    """Text and HTML with a signature below."""
    if not signature:
        return text, html
    return f"{text.rstrip()}\n\n{signature}", f"{html}{as_html(signature)}" if html else ""


def _moment(text: str) -> str:
    """A moment as the browser's box gives it, in the reader's time zone; what cannot be read is left for the act to refuse."""
    try:
        return timezone.make_aware(datetime.fromisoformat(text)).isoformat()
    except ValueError:
        return text or "-"


def _files(text: str) -> list[str]:
    """The files of the draft, by their names with us."""
    try:
        given = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    return [str(one["id"]) for one in given if isinstance(one, dict) and "id" in one] if isinstance(given, list) else []
