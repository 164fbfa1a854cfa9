"""What guidelines can ask about procedures: by which one an act comes."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.facts import Fact, Source, register_facts
from onhand.kernel.database import run_prepared
from onhand.kernel.decisions import Question
from onhand.procedures.binding import STAYS_ALLOWED

_BY_WHICH = """
select p.name from procedures_procedurerun r join procedures_procedure p on p.id = r.procedure_id
where %(act)s = any(r.allows) and (r.ended_at is null or r.ended_at > %(since)s)
  and ((r.about_type = %(type)s and r.about_id = %(id)s) or (%(type)s = 'customer' and r.customer_id = %(id)s))
order by r.id desc limit 1
"""


def _by_which(question: Question) -> Mapping[str, object]:
    since = question.at - STAYS_ALLOWED
    asked = {"act": question.act, "since": since, "type": question.subject_type, "id": question.subject_id}
    rows = run_prepared(_BY_WHICH, asked) if question.subject_id is not None else []
    return {"procedure": rows[0][0] if rows else None}


register_facts(
    Source(
        "procedure",
        _("The procedure it comes of"),
        (
            Fact(
                "procedure",
                "string",
                _("The procedure that has come to this act; null where it is done by itself."),
                example='"Damaged on arrival"',
            ),
        ),
        _by_which,
    )
)
