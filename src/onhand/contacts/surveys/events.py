"""What happens with surveys, for those who react to it."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class SurveyAnswered(Event):
    """A customer said how satisfied they are with a contact, or said it anew. `before` is what they had said, if anything."""

    name: ClassVar[str] = "surveys.answered"
    survey_id: int
    contact_id: int
    score: int
    before: int | None
    is_low: bool
