"""The name a page gives a request, so that what is sent twice is done once."""

import re
import secrets

from django.http import HttpRequest

_KEY = re.compile(r"[0-9A-Za-z_-]{8,64}")


def key_of(request: HttpRequest) -> str:
    """The idempotency key the form carried; a new one where it carried none that can be used."""
    key = request.POST.get("idempotency_key", "")
    return key if _KEY.fullmatch(key) else secrets.token_hex(16)
