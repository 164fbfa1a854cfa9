"""The tests on promises that contacts, messages and cases can answer. All look at the customer's whole file."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from onhand.contacts.cases.belonging import matter_ids
from onhand.contacts.enums import Direction, MessageState
from onhand.contacts.models import Case, Contact, Message, Promise
from onhand.contacts.promises.tests_on_books import promise_test
from onhand.customers.enums import ChannelKind
from onhand.customers.membership import family_ids

CALLED = "contacts.called"


@promise_test("contacts.message_sent", _("A message was sent to the customer"))
def message_sent(promise: Promise, at: datetime) -> bool:
    """Something written by the company, and accepted by the other side's server, since the promise was made."""
    return Message.objects.filter(
        contact__customer__in=family_ids([promise.customer_id]),
        direction=Direction.OUTBOUND,
        is_internal=False,
        automatic="",
        state=MessageState.SENT,
        sent_at__gt=promise.made_at,
        sent_at__lte=at,
    ).exists()


@promise_test(CALLED, _("The customer was called, and was reached"))
def called(promise: Promise, at: datetime) -> bool:
    """
    A call to the customer that began after the promise was made and reached them: it connected, or they were identified on it. Of a
    promise in a case, the call was about that case, or about one that is the same matter by now.
    """
    reached = Contact.objects.filter(
        Q(connected_at__lte=at) | Q(identified_level__gt=0, started_at__lte=at),
        customer__in=family_ids([promise.customer_id]),
        channel=ChannelKind.TELEPHONE,
        direction=Direction.OUTBOUND,
        started_at__gt=promise.made_at,
    )
    if promise.case_id is not None:
        cases = matter_ids(promise.case_id)
        reached = reached.filter(Q(case__in=cases) | Q(case_contacts__case__in=cases))
    return reached.exists()


@promise_test("contacts.case_closed", _("The case was closed"))
def case_closed(promise: Promise, at: datetime) -> bool:
    """The promise's own case is closed; of a promise without one, any of the file's was closed since."""
    closed = Case.objects.filter(closed_at__gt=promise.made_at, closed_at__lte=at, merged_into__isnull=True)
    if promise.case_id is not None:
        return closed.filter(pk=promise.case_id).exists()
    return closed.filter(customer__in=family_ids([promise.customer_id])).exists()
