"""
Whether the sender is who it says: what our own mail server found (Authentication-Results, RFC 8601).

Anybody can write such a line into a mail; only those under the name of the server we trust count, and only as many as stand above
the first line of the way the mail came before it. Where nothing is trusted and a DNS function is given, the signature is checked here.
"""

import importlib
import re
from collections.abc import Callable

from onhand.channels.email.reading.heads import Head
from onhand.channels.email.reading.parsed import Address
from onhand.channels.email.reading.words import text_of

DnsText = Callable[[str], str]  # the TXT record of a name, empty if there is none

_COMMENT = re.compile(r"\([^()]*\)")
_METHOD = re.compile(r"(?:^|;)\s*(spf|dkim|dmarc|arc)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)([^;]*)", re.IGNORECASE)
_PROPERTY = re.compile(
    r"\b(header\.d|header\.i|header\.from|smtp\.mailfrom|smtp\.helo)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE
)
_RESULTS = {"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "policy", "bestguesspass"}


def read(
    head: Head, *, sender: Address, trusted_authserv: str, raw: bytes = b"", dns_text: DnsText | None = None
) -> dict[str, str]:
    """
    spf, dkim and dmarc as found, and `sender`: pass if one of them speaks for the very domain in From, fail if DMARC failed, else
    none. An empty answer means that nobody checked.
    """
    lines = _trusted(head, trusted_authserv) if trusted_authserv else []
    if lines:
        return _combined(lines, sender)
    if dns_text is not None and raw:
        return _checked_here(raw, head, sender, dns_text)
    return {}


def _trusted(head: Head, authserv: str) -> list[str]:
    """The lines our server wrote: it puts them on top, so those below another's Received line that is not ours are not its."""
    found: list[str] = []
    received = 0
    wanted = authserv.strip().lower().rstrip(".")
    for name, value in head.fields:
        if name == "received":
            received += 1
            # Our own server's trace may stand above its results; past the second station the sender could have written them.
            if received > 1 and found:
                break
            if received > 3:
                break
        elif name == "authentication-results":
            said = _COMMENT.sub(" ", text_of(value))
            server, _, results = said.partition(";")
            if server.split() and server.split()[0].strip().lower().rstrip(".") == wanted:
                found.append(results)
    return found


def _combined(lines: list[str], sender: Address) -> dict[str, str]:
    checks: dict[str, str] = {}
    speaks = False
    for line in lines:
        for method in _METHOD.finditer(";" + line):
            name, result = method[1].lower(), method[2].lower()
            if name == "arc" or result not in _RESULTS:
                continue
            speaks = speaks or (result == "pass" and _speaks_for(name, method[3], sender))
            # Of several signatures one that passes is enough; of the others the first result stands.
            if name not in checks or (name == "dkim" and result == "pass"):
                checks[name] = result
    if checks.get("dmarc") == "fail":
        speaks = False
    for name in ("spf", "dkim", "dmarc"):
        checks.setdefault(name, "none")
    checks["sender"] = "pass" if speaks else "fail" if checks["dmarc"] == "fail" else "none"
    return checks


def _speaks_for(method: str, properties: str, sender: Address) -> bool:
    given = {found[1].lower(): found[2].lower().strip("<>") for found in _PROPERTY.finditer(properties)}
    if method == "dmarc":
        return _same(given.get("header.from", sender.domain), sender.domain)
    if method == "dkim":
        domain = given.get("header.d") or given.get("header.i", "").rpartition("@")[2]
    else:
        domain = given.get("smtp.mailfrom", "").rpartition("@")[2]
    return _same(domain, sender.domain)


def _same(domain: str, of_sender: str) -> bool:
    """The same domain, or one below the other (relaxed alignment, without the siblings a list of suffixes would be needed for)."""
    domain, of_sender = domain.rstrip("."), of_sender.rstrip(".")
    if not domain or not of_sender or "." not in domain or "." not in of_sender:
        return False
    return domain == of_sender or of_sender.endswith("." + domain) or domain.endswith("." + of_sender)


def _checked_here(raw: bytes, head: Head, sender: Address, dns_text: DnsText) -> dict[str, str]:
    if "dkim-signature" not in head:
        return {"spf": "none", "dkim": "none", "dmarc": "none", "sender": "none"}
    try:
        dkim = importlib.import_module("dkim")
    except ImportError:
        return {}

    def answer(name: bytes | str, **_options: object) -> bytes:
        asked = name.decode("ascii") if isinstance(name, bytes) else name
        return dns_text(asked.rstrip(".")).encode("ascii", "ignore")

    try:
        checker = dkim.DKIM(raw)
        passed = bool(checker.verify(dnsfunc=answer))
        domain = (checker.domain or b"").decode("ascii", "ignore").lower()
    except Exception:  # noqa: BLE001  (whatever a forged signature makes a library do, the mail is read)
        passed, domain = False, ""
    speaks = passed and _same(domain, sender.domain)
    return {
        "spf": "none",
        "dkim": "pass" if passed else "fail",
        "dmarc": "none",
        "sender": "pass" if speaks else "none",
    }
