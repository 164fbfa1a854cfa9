"""Arranging a callback: what is asked for, whether it can be, and the callback with its work. One way in, for customers and contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from onhand.contacts.hours import Hours
from onhand.contacts.models import Contact, Promise
from onhand.contacts.promises.from_contacts import CALLED
from onhand.customers.care_queries import may_contact
from onhand.customers.contact_points import InvalidContactPoint, language_options, read_telephone
from onhand.customers.enums import ChannelKind, IdentityKind
from onhand.customers.membership import of_file
from onhand.customers.models import Customer, Identity
from onhand.kernel.acts import Run
from onhand.kernel.errors import NotPossible
from onhand.routing.access import visible_queues
from onhand.routing.callbacks.enums import CallbackEnd
from onhand.routing.callbacks.expected_words import wait_now
from onhand.routing.callbacks.models import Callback, CallbackRules
from onhand.routing.callbacks.rules import rules_for
from onhand.routing.callbacks.times import (
    SHORTEST,
    Span,
    calling_hours,
    end_of_soon,
    next_span,
    next_time,
    zone_of,
)
from onhand.routing.callbacks.window_words import span_words, window_words
from onhand.routing.callbacks.work import begin_item
from onhand.routing.models import Queue
from onhand.routing.queues import default_queue, queue_for_team

MOST_CREDIT = timedelta(days=1)  # of waiting elsewhere
REMEMBERED = timedelta(days=365)  # that a number was wrong, or somebody wanted no calls


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for, as it was given. Without a window it is as soon as possible."""

    telephone: str
    matter: str
    language: str = ""
    queue: int | None = None
    window_from: datetime | None = None
    window_until: datetime | None = None
    waiting_since: datetime | None = None
    all_the_same: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which a callback is wanted, and when it can be given first in it."""

    begins: datetime
    ends: datetime
    is_soon: bool
    first: Span


def arrange(
    run: Run, asked: Asked, *, customer: Customer | None, contact: Contact | None = None, promise: Promise | None = None
) -> Callback:
    """
    Make a callback and its work. The customer or contact is locked by the caller.

    :raises NotPossible: a number or window that cannot be, a customer who may not be called, or one that is there already.
    """
    telephone = _telephone(asked.telephone, customer)
    queue = _queue(asked.queue, customer, contact, run)
    since = _since(asked.waiting_since, contact, run.at)
    rules, zone = rules_for(queue.pk), zone_of(customer, telephone)
    window = read_window(asked, queue, customer, zone, rules, run.at)
    _require_wanted(asked, telephone, customer, promise, window, run.at)
    callback = Callback.objects.create(
        customer=customer,
        contact=contact,
        promise=promise,
        telephone=telephone,
        matter=asked.matter,
        language=_language(asked.language, customer, contact),
        queue=queue,
        created_at=run.at,
        arranged_by_id=run.actor.id,
        arranged_by_name=run.actor.name,
        since=since,
        is_soon=window.is_soon,
        window_from=window.begins,
        window_until=window.ends,
        time_zone=zone,
        next_at=window.first[0],
        most_tries=rules.most_tries,
    )
    prefers = promise.made_by_id if promise is not None else None
    item = begin_item(callback, run.at, window.first, prefers=prefers)
    expected = (
        wait_now(queue.pk, item.order_at, run.at)
        if item.opens_at is None
        else _("from %(time)s") % {"time": span_words(window.first, zone)}
    )
    run.changed("callback", after={"id": callback.pk, "matter": asked.matter, "window": window_words(callback)})
    run.changed("telephone", after=telephone)
    run.changed("expected_wait", after=expected)
    return callback


def _telephone(text: str, customer: Customer | None) -> str:
    if text.strip():
        try:
            return read_telephone(text, customer.country if customer is not None else "")
        except InvalidContactPoint as error:
            raise NotPossible(str(error), field="telephone") from None
    found = number_on_file(customer)
    if not found:
        raise NotPossible(_("Give the number to call: none is known."), field="telephone")
    return found


def number_on_file(customer: Customer | None) -> str:
    """The number a customer is called at: the newest of those they have, sure ones first; empty if there is none."""
    if customer is None:
        return ""
    found = Identity.objects.filter(of_file(customer.pk), kind=IdentityKind.TELEPHONE, withdrawn_at__isnull=True)
    return found.order_by("is_shared", "-confidence", "-created_at").values_list("value", flat=True).first() or ""


def _queue(number: int | None, customer: Customer | None, contact: Contact | None, run: Run) -> Queue:
    if number is not None:
        found = visible_queues(run.actor).filter(pk=number, is_active=True).first()
        if found is None:
            raise NotPossible(_("Choose one of the list."), field="queue")
        return found
    return usual_queue(customer, contact)


def usual_queue(customer: Customer | None, contact: Contact | None) -> Queue:
    """Where a callback waits for which no queue is named: its contact's team's or its customer's, else the usual one."""
    for team in (contact.team_id if contact is not None else None, customer.team_id if customer is not None else None):
        if team is not None:
            return queue_for_team(team)
    return default_queue()


def _since(given: datetime | None, contact: Contact | None, at: datetime) -> datetime:
    """The place in the order: since they wait on the line, if they do, or since it is said they waited."""
    if given is None:
        waits = contact is not None and contact.channel == ChannelKind.TELEPHONE and contact.ended_at is None
        return max(contact.started_at, at - MOST_CREDIT) if waits and contact is not None else at
    if not at - MOST_CREDIT <= given <= at:
        raise NotPossible(_("Give a time within the last day."), field="waiting_since")
    return given


def _language(given: str, customer: Customer | None, contact: Contact | None) -> str:
    if given and given not in dict(language_options()):
        raise NotPossible(_("Choose one of the list."), field="language")
    return given or (contact.language if contact is not None else "") or (customer.language if customer else "")


def read_window(
    asked: Asked, queue: Queue, customer: Customer | None, zone: str, rules: CallbackRules, at: datetime
) -> Window:
    """
    The window asked for, with the first time in it at which customers are called.

    :raises NotPossible: it is over, too far off, too short, or nobody is called in it.
    """
    hours = calling_hours(rules, queue, customer, zone)
    if asked.window_from is None and asked.window_until is None:
        begins, ends, is_soon = at, end_of_soon(hours, at, rules), True
    else:
        begins, is_soon = max(asked.window_from or at, at), False
        ends = asked.window_until or begins + timedelta(hours=2)
        _require_possible(begins, ends, rules, at)
    first = next_span(hours, begins, ends)
    if first is None:
        raise NotPossible(_nobody_then(hours, begins, zone, rules), field="" if is_soon else "window_from")
    return Window(begins, ends, is_soon, first)


def _require_possible(begins: datetime, ends: datetime, rules: CallbackRules, at: datetime) -> None:
    if ends <= at:
        raise NotPossible(_("Give a time that is still to come."), field="window_until")
    if ends - begins < SHORTEST:
        raise NotPossible(_("Give a window of five minutes at least, that ends after it begins."), field="window_until")
    if ends > at + timedelta(days=rules.longest_days):
        raise NotPossible(
            _("Give a window that ends within %(days)s days.") % {"days": rules.longest_days}, field="window_until"
        )


def _nobody_then(hours: Sequence[Hours], begins: datetime, zone: str, rules: CallbackRules) -> str:
    following = next_span(hours, begins, begins + timedelta(days=rules.longest_days))
    words = _("Nobody is called then: it is outside the hours in which customers are called.")
    if following is None:
        return words
    return f"{words} {_('The next time is %(time)s.') % {'time': span_words(following, zone)}}"


def _require_wanted(
    asked: Asked,
    telephone: str,
    customer: Customer | None,
    promise: Promise | None,
    window: Window,
    at: datetime,
) -> None:
    """What stands against it: the customer may not be called, wanted no calls, the number is wrong, or it is arranged already."""
    if customer is not None:
        answer = may_contact(customer.pk, None, ChannelKind.TELEPHONE, window.first[0])
        if not answer.allowed:
            raise NotPossible(_("This customer may not be called. %(why)s") % {"why": answer.why})
    if promise is not None and Callback.objects.filter(promise=promise, ended_at__isnull=True).exists():
        raise NotPossible(_("A callback for this promise is arranged already."), field="promise")
    if asked.all_the_same:
        return
    theirs = Q(telephone=telephone) | (of_file(customer.pk) if customer is not None else Q(pk__in=()))
    _require_no_other(asked, theirs, at)
    ended = Callback.objects.filter(telephone=telephone, ended_at__gt=at - REMEMBERED)
    last = ended.order_by("-ended_at", "-pk").first()
    told = {
        CallbackEnd.DO_NOT_CALL: _("Whoever has this number said that they do not want to be called."),
        CallbackEnd.WRONG_NUMBER: _("This number was noted as a wrong one."),
    }
    if last is not None and last.ended_why in told:
        words = told[CallbackEnd(last.ended_why)]
        raise NotPossible(
            _("%(what)s Say “All the same” if they ask for this call themselves.") % {"what": words},
            field="all_the_same",
        )


def _require_no_other(asked: Asked, theirs: Q, at: datetime) -> None:
    same = asked.matter.casefold().split()
    for other in Callback.objects.filter(theirs, ended_at__isnull=True).select_related("queue", "customer"):
        if other.matter.casefold().split() == same and next_time(other, at, rules_for(other.queue_id)) is not None:
            raise NotPossible(
                _("A callback about the same is arranged already: %(window)s. Move that one, or say “All the same”.")
                % {"window": window_words(other)},
                field="all_the_same",
            )


def open_promises_to_call(customer_id: int) -> list[Promise]:
    """The promises to call a customer that are neither kept nor called off, those due first at the beginning."""
    found = Promise.objects.filter(of_file(customer_id), test=CALLED, kept_at__isnull=True, called_off_at__isnull=True)
    return list(found.order_by("due_at", "pk"))
