"""What guidelines can ask about notices: how many that are due somebody has not passed."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.facts import Fact, Source, register_facts
from onhand.kernel.actor import ActorKind
from onhand.kernel.decisions import Question
from onhand.receipts.queries import count_unread


def _of_the_actor(question: Question) -> Mapping[str, object]:
    actor = question.actor
    if actor.kind is ActorKind.SYSTEM or actor.id is None:
        return {}
    return {"notices unread": count_unread(actor, question.at).due}


register_facts(
    Source(
        "notices",
        _("Notices"),
        (
            Fact(
                "notices unread",
                "number",
                _("How many notices that are due who does it has not read and understood."),
                example="0",
            ),
        ),
        _of_the_actor,
    )
)
