"""What customers answered, as entries of their timeline."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.surveys.enums import Score
from onhand.customers.timeline import Entry, Source, Telling, register_source


def tone_of(score: int) -> str:
    """The tone a score is shown in."""
    return "good" if score >= Score.GOOD else "warn" if score == Score.MIDDLING else "bad"


def tell_survey(entry: Entry) -> Telling:
    """How satisfied the customer was, with whose work."""
    score = int(entry.data["score"])
    facts = [(_("Contact with"), entry.data["with"])] if entry.data["with"] else []
    badge = (_("%(score)s of 5") % {"score": score}, tone_of(score))
    label = str(dict(Score.choices).get(score, score))
    headline = _("Survey answered: %(answer)s") % {"answer": label}
    return Telling(headline, said=entry.said, icon="stream", facts=facts, badges=[badge])


register_source(
    Source(
        kind="survey",
        label=gettext_lazy("Surveys"),
        order=15,
        rows="surveys_survey v",
        of="v.customer_id = m.id and v.answered_at is not null",
        at="v.answered_at",
        id="v.id",
        by="''",
        said="v.comment",
        data="jsonb_build_object('score', v.score, 'with', v.representative_name, 'contact', v.contact_id)",
        searched="v.comment",
        tell=tell_survey,
    )
)
