"""What follows from payments a bank asks back: they are somebody's work."""

from django.utils.translation import gettext as _

from onhand.contacts.cases import states
from onhand.contacts.cases.kinds import USUAL_KIND
from onhand.contacts.models import Case
from onhand.customers.models import Customer
from onhand.kernel.actor import system_actor
from onhand.kernel.events import handles
from onhand.kernel.locking import lock_in_order
from onhand.kernel.models import EventRecord
from onhand.kernel.money import Money
from onhand.payments.enums import ChargebackState
from onhand.payments.events import ChargebackBegan, ChargebackEnded
from onhand.payments.models import Chargeback

ACTOR = system_actor("Payments")


@handles(ChargebackBegan)
def open_case(event: EventRecord) -> None:
    """Open a case about it, as work for somebody: due when the bank's answer is, where it said by when."""
    said = event.payload
    customer = Customer.objects.get(pk=said["customer_id"])
    root = customer if customer.merged_into_id is None else Customer.objects.get(pk=customer.merged_into_id)
    one = Chargeback.objects.get(pk=said["chargeback_id"])
    if one.case_id is not None:
        return
    amount = Money(said["minor"], said["currency"]).formatted()
    due = one.respond_by if one.respond_by is not None and one.respond_by > event.at else None
    one.case = states.open_new(
        actor=ACTOR,
        customer=root,
        rules=states.usable_rules(USUAL_KIND),
        subject=_("The bank asks a payment of %(amount)s back: answer at the payment provider") % {"amount": amount},
        at=event.at,
        due=due,
    )
    one.save(update_fields=["case"])


@handles(ChargebackEnded, wants=lambda event, _subject: event.state == ChargebackState.LOST)
def look_again(event: EventRecord) -> None:
    """What was decided against the company is looked at again, also where its case was closed."""
    one = Chargeback.objects.get(pk=event.payload["chargeback_id"])
    if one.case_id is None:
        return
    lock_in_order(Case, [one.case_id])
    case = states.locked(one.case_id)
    if case.closed_at is not None:
        states.reopen(case, event.at, actor=ACTOR, by_customer=False)
        states.store(case)
