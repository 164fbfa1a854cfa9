"""The tests on promises that the books of orders can answer: of the returns and exchanges agreed by the act the promise followed from."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.contacts.models import Promise
from onhand.contacts.promises.tests_on_books import promise_test
from onhand.orders.enums import ReturnState
from onhand.orders.models import OrderLine, Return
from onhand.orders.subjects import ORDER, RETURN
from onhand.payments.enums import RefundState
from onhand.payments.models import Refund


def _returns(promise: Promise) -> QuerySet[Return]:
    """What was agreed with the promise: on an order in the same moment, or the return itself."""
    if promise.about_type == RETURN:
        return Return.objects.filter(pk=promise.about_id or 0)
    if promise.about_type == ORDER:
        return Return.objects.filter(order=promise.about_id, agreed_at=promise.made_at)
    return Return.objects.none()


def called_off(promise: Promise, at: datetime) -> bool:  # noqa: ARG001
    """Whether all that was agreed with it was called off since: nothing comes back, and nothing is sent for it."""
    states = set(_returns(promise).values_list("state", flat=True))
    return states == {ReturnState.WITHDRAWN}


@promise_test("orders.return_settled", _("What came back was looked at, and its money given back"), is_moot=called_off)
def return_settled(promise: Promise, at: datetime) -> bool:
    """Every return agreed with it is closed, and no money that goes back for it is still to go out."""
    found = list(_returns(promise).filter(agreed_at__lte=at).exclude(state=ReturnState.WITHDRAWN))
    if not found or any(one.closed_at is None or one.closed_at > at for one in found):
        return False
    return not any(_on_its_way(one) for one in found)


def _on_its_way(one: Return) -> bool:
    sent = Refund.objects.filter(document_type="return", document_id=one.pk)
    return sent.filter(state=RefundState.PENDING).exists()


def nothing_to_send(promise: Promise, at: datetime) -> bool:
    """Whether it was called off, or nothing of what came back was taken: then nothing is sent for it."""
    if called_off(promise, at):
        return True
    fresh = list(OrderLine.objects.filter(in_return__in=_returns(promise)))
    return bool(fresh) and not any(line.pieces for line in fresh)


@promise_test("orders.replacement_sent", _("What is sent instead has left"), is_moot=nothing_to_send)
def replacement_sent(promise: Promise, at: datetime) -> bool:
    """Everything to be sent for what came back has been shipped; what was not taken is not sent."""
    returns = _returns(promise).filter(agreed_at__lte=at).exclude(state=ReturnState.WITHDRAWN)
    fresh = list(OrderLine.objects.filter(in_return__in=returns))
    return any(line.shipped for line in fresh) and all(line.shipped >= line.pieces for line in fresh)
