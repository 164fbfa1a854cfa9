"""What customers answer: taken by the link's token, changed until a date, and a low score made work again."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from onhand.contacts.conversations import placing
from onhand.contacts.enums import Direction
from onhand.contacts.models import Contact, Message
from onhand.contacts.surveys.asking import AUTOMATIC
from onhand.contacts.surveys.enums import Score, SurveyState
from onhand.contacts.surveys.events import SurveyAnswered
from onhand.contacts.surveys.models import Survey
from onhand.contacts.surveys.rules import survey_rules
from onhand.contacts.surveys.tokens import digest
from onhand.contacts.work import tell_lists
from onhand.customers.enums import ConsentAnswer, ConsentPurpose
from onhand.customers.membership import of_file
from onhand.customers.models import Consent
from onhand.kernel.actor import Actor, system_actor
from onhand.kernel.card_numbers import mask_card_numbers
from onhand.kernel.hints import send_after_commit
from onhand.kernel.perform import perform
from onhand.kernel.records import Subject, publish

LONGEST_COMMENT = 2_000  # characters


class NoSuchSurvey(Exception):
    """No survey has that token, or the person it was sent to was erased."""


class SurveyOver(Exception):
    """The time to answer is over."""


def find_survey(token: str) -> Survey:
    """The survey of a link. Raises NoSuchSurvey."""
    found = (
        Survey.objects.filter(token_hash=digest(token), state=SurveyState.ASKED)
        .select_related("contact", "customer")
        .first()
    )
    if found is None:
        raise NoSuchSurvey
    return found


def is_open(survey: Survey, at: datetime) -> bool:
    """Whether it may still be answered."""
    return survey.open_until is not None and at < survey.open_until


def answer(token: str, score: Score, comment: str | None, *, at: datetime) -> Survey:
    """
    Record what the customer answers, in place of what they answered before; `comment` None keeps that one.

    :raises NoSuchSurvey: no survey has that token.
    :raises SurveyOver: the time to answer is over.
    """
    with transaction.atomic():
        locked = Survey.objects.select_for_update(of=("self",)).filter(token_hash=digest(token))
        survey = locked.filter(state=SurveyState.ASKED).first()
        if survey is None:
            raise NoSuchSurvey
        if not is_open(survey, at):
            raise SurveyOver
        said = survey.comment if comment is None else mask_card_numbers(comment[:LONGEST_COMMENT])
        before = survey.score
        if (before, survey.comment) == (score, said):
            return survey
        survey.score, survey.comment, survey.changed_at = score, said, at
        survey.answered_at = survey.answered_at or at
        rules = survey_rules()
        is_low = score <= rules.low_score
        if is_low and rules.low_comes_back and survey.came_back_at is None:
            survey.came_back_at = at
            _bring_back(survey, at)
        survey.save(update_fields=["score", "comment", "answered_at", "changed_at", "came_back_at"])
        told = SurveyAnswered(survey.pk, survey.contact_id, int(score), before, is_low)
        publish(told, actor=_surveys(), subject=_contact(survey), at=at)
        if survey.customer_id is not None:
            send_after_commit(f"customer:{survey.customer_id}")
        return survey


def refuse(token: str, *, at: datetime) -> Survey:
    """
    Write down that the customer does not want to be asked any more; also after the time to answer. Done twice it is done once.

    :raises NoSuchSurvey: no survey has that token, or the person it was sent to was erased.
    """
    survey = find_survey(token)
    customer = survey.customer
    if customer is None or customer.erased_at is not None:
        raise NoSuchSurvey
    file_id = customer.merged_into_id or customer.pk
    answers = Consent.objects.filter(of_file(file_id), purpose=ConsentPurpose.SURVEYS, at__lte=at)
    newest = answers.order_by("-at", "-pk").first()
    if newest is None or newest.answer != ConsentAnswer.OBJECTED or newest.channel:
        with translation.override(settings.LANGUAGE_CODE):
            proof = _("By the link in the survey of %(day)s.") % {"day": f"{survey.asked_at:%Y-%m-%d}"}
        perform(
            "customers.record_consent",
            actor=_surveys(),
            subject_id=file_id,
            contact_id=survey.contact_id,
            arguments={"purpose": ConsentPurpose.SURVEYS, "answer": ConsentAnswer.OBJECTED, "proof": proof},
            at=at,
            idempotency_key=f"survey:{survey.pk}:{newest.pk if newest else 0}",
        )
    return survey


def _bring_back(survey: Survey, at: datetime) -> None:
    """Make the contact work again, with what the customer said as a note in it that colleagues read."""
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=survey.contact_id)
    placing.go_on(contact)
    placing.come_back(contact, at)
    contact.version += 1
    contact.save(update_fields=["ended_at", "needs_answer", "due_at", "waiting_until", "version"])
    with translation.override(settings.LANGUAGE_CODE):
        words = _("The customer is not satisfied with this contact: %(score)s of 5 (%(words)s).") % {
            "score": survey.score,
            "words": Score(survey.score or 1).label,
        }
    Message.objects.create(
        contact_id=survey.contact_id,
        direction=Direction.INBOUND,
        is_internal=True,
        at=at,
        text=f"{words}\n\n{survey.comment}".strip(),
        automatic=AUTOMATIC,
        author_name=_surveys().name,
    )
    tell_lists(contact, at)


def _surveys() -> Actor:
    return system_actor("surveys")


def _contact(survey: Survey) -> Subject:
    return Subject("contact", survey.contact_id, survey.contact_id)
