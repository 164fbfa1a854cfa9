"""What a form opens with beyond what is stored: values the product can choose better than whoever fills it in."""

from datetime import datetime

from onhand.contacts.models import ContactReason
from onhand.customers.identification.queries import ways_to_identify
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act
from onhand.procedures.enums import Outcome
from onhand.procedures.knowing import script_of
from onhand.procedures.models import ProcedureRun
from onhand.procedures.script import ScriptError
from onhand.web.act_forms import FormValue

WRAP_UP = "contacts.wrap_up"
QUESTIONS = "customers.answer_questions"
MOST_RUNS = 5
QUESTION_FIELDS = ("first_question", "second_question", "third_question")


def suggested_values(
    act: Act, actor: Actor, subject_id: int | None, contact_id: int | None, at: datetime
) -> dict[str, FormValue]:
    """
    Values by field; none for most acts. The questions to identify by are those chosen for this contact; the reason to wrap up with is
    that of the procedure which was gone through on it.
    """
    if act.name == WRAP_UP and subject_id is not None:
        return _reason_of_procedure(subject_id)
    if act.name != QUESTIONS or subject_id is None or contact_id is None:
        return {}
    ways = ways_to_identify(actor, subject_id, contact_id, at)
    asked = [one.key for one in ways.questions[: ways.needed]]
    return dict(zip(QUESTION_FIELDS, asked, strict=False))


def _reason_of_procedure(contact_id: int) -> dict[str, FormValue]:
    """The reason that the procedure gone through on a contact is meant for, by its name."""
    gone = ProcedureRun.objects.filter(contact=contact_id).exclude(outcome=Outcome.GIVEN_UP)
    for run in gone.select_related("procedure_version").order_by("-pk")[:MOST_RUNS]:
        try:
            reasons = script_of(run).reasons
        except ScriptError:  # written for another version of the product
            continue
        for name in reasons:
            used = ContactReason.objects.filter(name__iexact=name, is_active=True, children__isnull=True)
            found = used.order_by("position", "pk").values_list("pk", flat=True).first()
            if found is not None:
                return {"reason": str(found)}
    return {}
