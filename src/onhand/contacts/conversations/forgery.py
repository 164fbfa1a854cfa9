"""Whether the sender of a message is who it says, by what our mail server found. Nobody's word for it is no forgery."""

from collections.abc import Mapping
from typing import Any


def is_forged(checks: Mapping[str, Any]) -> bool:
    """
    True where the checks speak against the sender: DMARC failed, or, where the domain says nothing of that, neither SPF nor DKIM
    passed and one of them failed.
    """
    if checks.get("forged"):
        return True
    sender, dmarc = checks.get("sender"), checks.get("dmarc")
    if sender == "fail" or dmarc == "fail":
        return True
    if sender == "pass" or dmarc == "pass":
        return False
    own = (checks.get("spf"), checks.get("dkim"))
    return "pass" not in own and "fail" in own


def with_verdict(checks: Mapping[str, Any]) -> dict[str, Any]:
    """The checks as they are stored: what is forged is marked, so that statements need not weigh them again."""
    return {**checks, "forged": True} if is_forged(checks) else dict(checks)
