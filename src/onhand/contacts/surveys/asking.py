"""Asking: what is due is looked at once more, and a mail is handed to the channel."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from onhand.contacts.conversations.outgoing import next_message_id, outside_id
from onhand.contacts.delivery import hand_over
from onhand.contacts.enums import Direction, MessageState
from onhand.contacts.models import Contact, Message
from onhand.contacts.surveys.enums import SurveyState, WhyNot
from onhand.contacts.surveys.letter import Letter, write_letter
from onhand.contacts.surveys.models import Survey, SurveyRules
from onhand.contacts.surveys.rules import survey_rules
from onhand.contacts.surveys.tokens import HIDDEN, digest, link, new_nonce, token_of, with_token
from onhand.customers.care_queries import may_contact
from onhand.customers.enums import ChannelKind, ConsentAnswer, ConsentPurpose
from onhand.customers.membership import of_file
from onhand.customers.models import Consent, Customer
from onhand.kernel.hints import send_after_commit

AUTOMATIC = "survey"  # what its messages say wrote them
_OPPOSED = (ConsentAnswer.REFUSED, ConsentAnswer.WITHDRAWN, ConsentAnswer.OBJECTED)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is asked: the customer's file, and the address they wrote from."""

    customer_id: int
    name: str
    address: str


def ask_next(at: datetime) -> Survey | None:
    """
    Decide about the survey that has been due longest, and ask or leave it out; None if none is due. One transaction each; several may
    do it side by side.
    """
    due = Survey.objects.filter(state=SurveyState.PLANNED, due_at__lte=at).order_by("due_at", "pk")
    while (found := due.values_list("pk", "contact__customer_id").first()) is not None:
        survey = _decide(*found, at)
        if survey is not None:
            return survey
    return None


def _decide(survey_id: int, customer_id: int | None, at: datetime) -> Survey | None:
    """The survey with what became of it; None if somebody else decided meanwhile."""
    with transaction.atomic():
        file_id = _lock_file(customer_id)  # first, as whoever erases does
        survey = Survey.objects.select_for_update(of=("self",)).filter(pk=survey_id, state=SurveyState.PLANNED).first()
        if survey is None:
            return None
        contact = Contact.objects.get(pk=survey.contact_id)
        rules = survey_rules()
        found = recipient_of(contact, file_id, rules, at)
        if isinstance(found, WhyNot):
            survey.state, survey.why_not = SurveyState.LEFT_OUT, found
        else:
            _ask(survey, contact, found, rules, at)
        survey.save()
        send_after_commit(f"contact:{contact.pk}")
        return survey


def _lock_file(customer_id: int | None) -> int | None:
    """Lock the file a customer is read in, so that two are not asked at once; its id."""
    given = Customer.objects.filter(pk=customer_id).first() if customer_id is not None else None
    if given is None:
        return None
    return Customer.objects.select_for_update(no_key=True).get(pk=given.merged_into_id or given.pk).pk


def recipient_of(contact: Contact, file_id: int | None, rules: SurveyRules, at: datetime) -> Recipient | WhyNot:
    """Who is to be asked about a contact now, or why nobody is. `file_id` is the file its customer is read in, locked."""
    if not rules.is_on:
        return WhyNot.OFF
    if contact.ended_at is None:
        return WhyNot.GOES_ON
    if contact.customer_id is None or file_id is None:
        return WhyNot.UNKNOWN
    file = Customer.objects.get(pk=file_id)
    if not may_contact(file.pk, None, ChannelKind.EMAIL, at).allowed:
        return WhyNot.MAY_NOT
    refusal = _by_consent(file.pk, rules, at)
    if refusal is not None:
        return refusal
    since = at - timedelta(days=rules.rest_days)
    if Survey.objects.filter(of_file(file.pk), state=SurveyState.ASKED, asked_at__gt=since).exists():
        return WhyNot.ASKED_LATELY
    address = _address_of(contact)
    return Recipient(file.pk, file.name, address) if address else WhyNot.NO_ADDRESS


def _by_consent(file_id: int, rules: SurveyRules, at: datetime) -> WhyNot | None:
    answers = Consent.objects.filter(
        of_file(file_id), purpose=ConsentPurpose.SURVEYS, channel__in=("", ChannelKind.EMAIL), at__lte=at
    )
    newest = answers.order_by("-at", "-pk").first()
    if newest is not None and newest.answer in _OPPOSED:
        return WhyNot.OPPOSED
    if rules.needs_consent and not may_contact(file_id, ConsentPurpose.SURVEYS, ChannelKind.EMAIL, at).allowed:
        return WhyNot.NO_CONSENT
    return None


def _address_of(contact: Contact) -> str:
    """Where the customer last wrote from; none if what we wrote last did not arrive there."""
    said = Message.objects.filter(contact=contact, is_internal=False).order_by("-at", "-pk")
    theirs = said.filter(direction=Direction.INBOUND, automatic="").first()
    ours = said.filter(direction=Direction.OUTBOUND).first()
    if theirs is None or (ours is not None and ours.state == MessageState.FAILED):
        return ""
    return theirs.reply_to or theirs.sender_address


def _ask(survey: Survey, contact: Contact, to: Recipient, rules: SurveyRules, at: datetime) -> None:
    survey.customer_id = contact.customer_id
    survey.nonce = new_nonce()
    survey.token_hash = digest(token_of(survey))
    survey.state, survey.asked_at = SurveyState.ASKED, at
    survey.open_until = at + timedelta(days=rules.open_days)
    letter = write_letter(survey, contact.subject, rules, token=HIDDEN)
    survey.message = _new_message(contact, letter, to, at)
    hand_over(survey.message, contact.channel)


def _new_message(contact: Contact, letter: Letter, to: Recipient, at: datetime) -> Message:
    """The mail, waiting to be sent; its links are made whole only on its way out."""
    number = next_message_id()
    return Message.objects.create(
        pk=number,
        contact=contact,
        direction=Direction.OUTBOUND,
        at=at,
        sender_address=contact.came_to,
        recipients=[{"name": to.name, "address": to.address, "as": "to"}],
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        outside_id=outside_id(number, contact.came_to),
        automatic=AUTOMATIC,
        checks={"list_unsubscribe": link(HIDDEN, "no-more/")},
        state=MessageState.WAITING,
        send_after=at,
    )


def finish_letter(message: Message) -> None:
    """Put the token into the links of a survey's mail that is on its way out."""
    survey = Survey.objects.filter(message=message, state=SurveyState.ASKED).first()
    if survey is None or survey.token_hash is None:
        return
    token = token_of(survey)
    message.text = with_token(message.text, token)
    message.html = with_token(message.html, token)
    message.checks = {name: with_token(str(value), token) for name, value in message.checks.items()}
