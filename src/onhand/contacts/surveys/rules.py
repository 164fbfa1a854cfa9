"""The rules as they are now, and which contacts they choose."""

from onhand.contacts.surveys.models import SurveyRules
from onhand.kernel.signing import canonical, keyed_hash


def survey_rules() -> SurveyRules:
    """The one row of rules."""
    return SurveyRules.objects.order_by("pk").first() or SurveyRules()


def is_chosen(contact_id: int, share: int) -> bool:
    """
    Whether a contact is among the share (per cent) that is asked. By the installation's key, so nobody can tell before, and nobody
    changes it by wrapping up once more.
    """
    return int.from_bytes(keyed_hash(canonical(["surveys.chosen", contact_id]))[:8]) % 100 < share
