"""Writing to customers: answering, undoing it, a second pair of eyes, and writing first."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.contact_acts import add_note
from onhand.contacts.contact_subject import CONTACT, GOING_OUT, HELD, TEAM
from onhand.contacts.conversations import outgoing, placing
from onhand.contacts.conversations.changes import require_seen
from onhand.contacts.conversations.written import LONGEST_HTML, clean_html, clean_written
from onhand.contacts.delivery import hand_over
from onhand.contacts.enums import Direction, MessageState
from onhand.contacts.events import ContactWrappedUp, MessageWritten
from onhand.contacts.models import Contact, Message
from onhand.contacts.uploads import find_uploads, use_uploads
from onhand.contacts.work import tell_lists
from onhand.customers.enums import ChannelKind
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.staff.access import visible_teams

LONGEST_WAIT = 365  # days
Text = Annotated[
    str,
    Field(label=gettext_lazy("Text"), widget="textarea", max_length=outgoing.LONGEST_TEXT, clean=clean_written),
]
Html = Annotated[
    str, Field(label=gettext_lazy("Formatted text"), widget="textarea", max_length=LONGEST_HTML, clean=clean_html)
]
Line = Annotated[list[str] | None, Field(max_length=254)]
Files = Annotated[list[str] | None, Field(label=gettext_lazy("Files"), max_length=40)]
SendAt = Annotated[
    datetime | None,
    Field(label=gettext_lazy("Send at"), help=gettext_lazy("Empty: now. It can be undone for some seconds.")),
]


@act(subject=CONTACT, permission=access.ANSWER, label=gettext_lazy("Answer"), only_adds=True)
def answer(
    contact: Contact,
    *,
    run: Run,
    text: Text = "",
    html: Html = "",
    to: Line = None,
    cc: Line = None,
    bcc: Line = None,
    subject: Annotated[str, Field(label=gettext_lazy("Subject"), max_length=500)] = "",
    files: Files = None,
    send_at: SendAt = None,
    wait_days: Annotated[
        int | None,
        Field(label=gettext_lazy("Come back after days"), help=gettext_lazy("If the customer does not write.")),
    ] = None,
    close: Annotated[bool, Field(label=gettext_lazy("End the contact"))] = False,
    seen: Annotated[int | None, Field(label=gettext_lazy("Last message seen"))] = None,
    anyway: Annotated[bool, Field(label=gettext_lazy("Send although the conversation went on"))] = False,
) -> None:
    """
    Answer the customer. What is written goes out after some seconds in which it can be undone, or at the time given; a beginner's
    answer is looked at by a colleague first. Whoever has not seen the newest messages is told what they say instead.
    """
    _require_in_writing(contact)
    if not anyway:
        require_seen(contact, seen, run.actor)
    afterwards = _read_afterwards(wait_days, close)
    writing = outgoing.read_writing(
        text,
        html,
        outgoing.read_recipients(
            contact.came_to, to=to if to is not None else outgoing.usual_recipient(contact), cc=cc, bcc=bcc
        ),
        subject or outgoing.usual_subject(contact, _reference_of(contact)),
    )
    message = _send(contact, writing, run, send_at=send_at, afterwards=afterwards, files=files)
    was = placing.place_of(contact)
    if contact.representative_id is None and run.actor.id is not None:
        placing.give_to(contact, run.actor.id, run.actor.name)
    contact.last_message_at = run.at
    if contact.ended_at is not None:
        placing.go_on(contact)
    placing.answered(contact)
    if message.state == MessageState.WAITING:
        _do_afterwards(contact, afterwards, run)
    tell_lists(contact, run.at, was_representative=was.representative_id)


@act(subject=CONTACT, permission=access.ANSWER, label=gettext_lazy("Undo sending"), only_adds=True)
def recall_answer(
    contact: Contact,
    *,
    run: Run,
    message: Annotated[int, Field(label=gettext_lazy("Message"), reference=GOING_OUT)],
) -> None:
    """Stop an answer that is not on its way yet. It stays readable, and the contact needs an answer again."""
    one = _message(contact, message)
    waits = one.state == MessageState.WAITING and one.send_after is not None and one.send_after > run.at
    if not waits and one.state != MessageState.HELD:
        raise NotPossible(_("This is on its way already."), field="message")
    if one.author_id != run.actor.id and not run.actor.may(access.RELEASE):
        raise NotPossible(_("Only %(name)s can undo this.") % {"name": one.author_name}, field="message")
    _set_state(one, MessageState.CANCELLED)
    _needs_answer_again(contact, run.at)
    run.changed("message", before={"id": one.pk, "state": str(one.state)}, after={"id": one.pk, "state": "cancelled"})
    tell_lists(contact, run.at)


@act(subject=CONTACT, permission=access.RELEASE, label=gettext_lazy("Release an answer"), only_adds=True)
def release_answer(
    contact: Contact,
    *,
    run: Run,
    message: Annotated[int, Field(label=gettext_lazy("Message"), reference=HELD)],
) -> None:
    """Let a colleague's answer go out as it is."""
    one = _held(contact, message, run)
    one.state, one.send_after = MessageState.WAITING, outgoing.when_to_send(run.at, one.send_after)
    one.released_by_name = run.actor.name
    one.save(update_fields=["state", "send_after", "released_by_name"])
    hand_over(one, contact.channel)
    _do_afterwards(contact, one.afterwards, run)
    run.changed("message", before={"id": one.pk, "state": "held"}, after={"id": one.pk, "state": "waiting"})
    run.publish(MessageWritten(one.pk, is_held=False))
    tell_lists(contact, run.at)


@act(subject=CONTACT, permission=access.RELEASE, label=gettext_lazy("Give an answer back"), only_adds=True)
def return_answer(
    contact: Contact,
    *,
    run: Run,
    message: Annotated[int, Field(label=gettext_lazy("Message"), reference=HELD)],
    why: Annotated[str, Field(label=gettext_lazy("What to change"), widget="textarea", max_length=5_000)],
) -> None:
    """Give a colleague's answer back to them, with what to change. It does not go out."""
    one = _held(contact, message, run)
    one.problem = why
    _set_state(one, MessageState.CANCELLED)
    add_note(contact, why, run)
    was = placing.place_of(contact)
    if one.author_id is not None:
        placing.give_to(contact, one.author_id, one.author_name)
    _needs_answer_again(contact, run.at)
    run.changed(
        "message", before={"id": one.pk, "state": "held"}, after={"id": one.pk, "state": "cancelled", "why": why}
    )
    tell_lists(contact, run.at, was_representative=was.representative_id)


@act(
    subject=CUSTOMER,
    permission=access.ANSWER,
    label=gettext_lazy("Write to the customer"),
    only_adds=True,
    row_only=True,
)
def write_to_customer(
    customer: Customer,
    *,
    run: Run,
    address: Annotated[str, Field(label=gettext_lazy("E-mail address"), widget="email", max_length=254)],
    subject: Annotated[str, Field(label=gettext_lazy("Subject"), max_length=200)],
    text: Text = "",
    html: Html = "",
    cc: Line = None,
    bcc: Line = None,
    files: Files = None,
    team: Annotated[int | None, Field(label=gettext_lazy("For the team"), reference=TEAM)] = None,
    from_address: Annotated[str, Field(label=gettext_lazy("From"), max_length=254)] = "",
    send_at: SendAt = None,
    wait_days: Annotated[int | None, Field(label=gettext_lazy("Come back after days"))] = None,
    close: Annotated[bool, Field(label=gettext_lazy("End the contact"))] = False,
) -> None:
    """Write to a customer who did not write before: a new contact begins with it."""
    afterwards = _read_afterwards(wait_days, close)
    team_id = _team(team, run)
    recipients = outgoing.read_recipients(from_address, asked_as="address", to=[address], cc=cc, bcc=bcc)
    writing = outgoing.read_writing(text, html, recipients, subject)
    contact = Contact(
        customer=customer,
        channel=ChannelKind.EMAIL,
        direction=Direction.OUTBOUND,
        outside_address=writing.recipients[0]["address"],
        came_to=from_address,
        subject=subject,
        started_at=run.at,
        last_message_at=run.at,
        representative_id=run.actor.id,
        representative_name=run.actor.name,
        team_id=team_id,
        language=customer.language,
    )
    contact.save()
    message = _send(contact, writing, run, send_at=send_at, afterwards=afterwards, files=files, says_more=False)
    if message.state == MessageState.WAITING:
        _do_afterwards(contact, afterwards, run)
        contact.save()
    run.changed("contact", after={"id": contact.pk, "channel": contact.channel, "direction": contact.direction})
    tell_lists(contact, run.at)


def _send(
    contact: Contact,
    writing: outgoing.Writing,
    run: Run,
    *,
    send_at: datetime | None,
    afterwards: dict[str, Any],
    files: list[str] | None,
    says_more: bool = True,
) -> Message:
    if send_at is not None and send_at <= run.at:
        raise NotPossible(_("Give a time that is still to come."), field="send_at")
    uploads = find_uploads(run.actor, contact.pk, files or [])
    is_held = not run.actor.may(access.ANSWER_UNREVIEWED)
    message = outgoing.new_message(
        contact, writing, actor=run.actor, at=run.at, send_at=send_at, is_held=is_held, afterwards=afterwards
    )
    use_uploads(message, uploads, run.at)
    if not is_held:
        hand_over(message, contact.channel)
    if says_more:
        run.changed("message", after={"id": message.pk, "state": str(message.state)})
    run.publish(MessageWritten(message.pk, is_held=is_held))
    return message


def _read_afterwards(wait_days: int | None, close: bool) -> dict[str, Any]:
    if wait_days is not None and not 0 < wait_days <= LONGEST_WAIT:
        raise NotPossible(_("Give 1 to %(most)s days.") % {"most": LONGEST_WAIT}, field="wait_days")
    if close and wait_days is not None:
        raise NotPossible(_("Either end the contact or wait for the customer, not both."), field="close")
    return {"close": True} if close else {"wait_days": wait_days} if wait_days is not None else {}


def _do_afterwards(contact: Contact, afterwards: dict[str, Any], run: Run) -> None:
    if afterwards.get("close"):
        placing.end(contact, run.at)
        run.publish(ContactWrappedUp(contact.pk, contact.reason_id))
    elif afterwards.get("wait_days"):
        placing.answered(contact, wait_until=run.at + timedelta(days=afterwards["wait_days"]))


def _needs_answer_again(contact: Contact, at: datetime) -> None:
    """Unless another answer is out, or on its way: then it was answered all the same."""
    last = (
        Message.objects.filter(contact=contact.pk, is_internal=False)
        .exclude(state=MessageState.CANCELLED)
        .order_by("-at", "-pk")
        .values_list("direction", flat=True)
        .first()
    )
    if last == Direction.OUTBOUND:
        return
    placing.go_on(contact)
    if last is None:
        placing.end(contact, at)  # written first, and nothing of it goes out
    else:
        contact.waiting_until = None
        placing.customer_waits(contact, at)


def _message(contact: Contact, message_id: int) -> Message:
    """A message of ours in this contact, locked: whoever sends it waits, or has it already."""
    found = (
        Message.objects.select_for_update()
        .filter(pk=message_id, contact=contact.pk, direction=Direction.OUTBOUND, is_internal=False)
        .first()
    )
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="message")
    return found


def _held(contact: Contact, message_id: int, run: Run) -> Message:
    one = _message(contact, message_id)
    if one.state != MessageState.HELD:
        raise NotPossible(_("This does not wait to be released any more."), field="message")
    if one.author_id is not None and one.author_id == run.actor.id:
        raise NotPossible(_("Somebody else has to look at what you wrote yourself."), field="message")
    return one


def _set_state(message: Message, state: MessageState) -> None:
    Message.objects.filter(pk=message.pk).update(state=state, problem=message.problem)


def _require_in_writing(contact: Contact) -> None:
    if contact.channel != ChannelKind.EMAIL:
        raise NotPossible(_("This contact is not in writing."))


def _reference_of(contact: Contact) -> str:
    """The reference of the one case the contact is about; with several, none is named."""
    linked = list(contact.case_contacts.values_list("case__reference", flat=True)[:2])
    first = contact.case.reference if contact.case else ""
    found = {one for one in (*linked, first) if one}
    return found.pop() if len(found) == 1 else ""


def _team(team: int | None, run: Run) -> int | None:
    if team is not None:
        if not visible_teams(run.actor).filter(pk=team).exists():
            raise NotPossible(_("Choose one of the list."), field="team")
        return team
    own = sorted(run.actor.team_ids)
    return own[0] if len(own) == 1 else None
