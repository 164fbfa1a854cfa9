"""What an answer is signed with: the signature of the contact's team in its language, with its fields filled."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from onhand.contacts.models import TeamSignature
from onhand.contacts.text_circumstances import TextCircumstances
from onhand.kernel.actor import Actor
from onhand.knowledge.filling import fill
from onhand.knowledge.response_fields import Circumstances, example_values, field_labels, values_for


def signature_for(circumstances: TextCircumstances, team_id: int | None, *, at: datetime) -> str:
    """The signature to put below an answer; empty if the team has none. That of the language is taken, else that for every language."""
    if team_id is None:
        return ""
    found = {
        one.language: one.text
        for one in TeamSignature.objects.filter(team=team_id, language__in=("", circumstances.language))
    }
    text = found.get(circumstances.language) or found.get("", "")
    return filled_signature(text, circumstances.values(at, circumstances.language)) if text else ""


def filled_signature(text: str, values: Mapping[str, str]) -> str:
    """A signature with its fields filled. Lines whose field has no value are left out."""
    lines = [fill(line, values, field_labels()) for line in text.split("\n")]
    return "\n".join(line.text for line in lines if not line.gaps).strip()


def example_signature(text: str, actor: Actor, language: str, *, at: datetime, is_known: bool = True) -> str:
    """
    How a signature would look below an answer of the actor in this language: with their name and today's date, to an invented customer,
    or where `is_known` is false to somebody who is not known and with no case.
    """
    own = values_for(Circumstances(actor, None, timezone.localdate(at), language))
    return filled_signature(text, {**example_values(), **own} if is_known else own)
