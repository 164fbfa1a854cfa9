"""What a form opens with beyond what is stored: values the product can choose better than whoever fills it in."""

from datetime import datetime

from onhand.customers.identification.queries import ways_to_identify
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act
from onhand.web.act_forms import FormValue

QUESTIONS = "customers.answer_questions"
QUESTION_FIELDS = ("first_question", "second_question", "third_question")


def suggested_values(
    act: Act, actor: Actor, subject_id: int | None, contact_id: int | None, at: datetime
) -> dict[str, FormValue]:
    """Values by field; none for most acts. The questions to identify by are those chosen for this contact."""
    if act.name != QUESTIONS or subject_id is None or contact_id is None:
        return {}
    ways = ways_to_identify(actor, subject_id, contact_id, at)
    asked = [one.key for one in ways.questions[: ways.needed]]
    return dict(zip(QUESTION_FIELDS, asked, strict=False))
