"""What follows from what happens in billing: customers are written, and somebody gets a plan in default to look at."""

from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _

from onhand.billing.events import Dunned, InstalmentDue, PlanDefaulted
from onhand.billing.explaining import day_words
from onhand.billing.models import DunningStage
from onhand.contacts.cases import states
from onhand.contacts.cases.kinds import USUAL_KIND
from onhand.customers.models import Customer
from onhand.kernel.actor import system_actor
from onhand.kernel.events import handles
from onhand.kernel.models import EventRecord
from onhand.kernel.money import Money


@handles(InstalmentDue)
def remind_of_instalment(event: EventRecord) -> None:
    """Have the customer reminded of the instalment."""
    said = event.payload
    customer = _customer_of(event)
    with translation.override(customer.language):
        due = day_words(date.fromisoformat(said["due_on"]))
        amount = Money(said["minor"], said["currency"]).formatted()
        subject = _("Instalment due on %(day)s") % {"day": due}
        text = _("Hello,\n\nthe next part of your payment plan, %(amount)s, is due on %(day)s.") % {
            "amount": amount,
            "day": due,
        }
    _write_later(event, subject, text)


@handles(Dunned)
def write_dunning(event: EventRecord) -> None:
    """Have the customer written the text of the stage, where it has one."""
    stage = DunningStage.objects.filter(number=event.payload["stage"]).first()
    if stage is None or not stage.text:
        return
    customer = _customer_of(event)
    with translation.override(customer.language):
        amount = Money(event.payload["overdue_minor"], event.payload["currency"]).formatted()
        text = _("%(text)s\n\nOpen and overdue: %(amount)s.") % {"text": stage.text, "amount": amount}
    _write_later(event, stage.name, text)


@handles(PlanDefaulted)
def look_at_default(event: EventRecord) -> None:
    """Open a case about a payment plan that is not kept, as work for somebody."""
    customer = _customer_of(event)
    root = customer if customer.merged_into_id is None else Customer.objects.get(pk=customer.merged_into_id)
    matter = _("A payment plan is not kept: talk about it, or let dunning go on")
    rules = states.usable_rules(USUAL_KIND)
    states.open_new(actor=system_actor("billing"), customer=root, rules=rules, subject=matter, at=event.at)


def _customer_of(event: EventRecord) -> Customer:
    assert event.subject_id is not None
    return Customer.objects.get(pk=event.subject_id)


def _write_later(event: EventRecord, subject: str, text: str) -> None:
    from onhand.billing.tasks import write_billing_notice

    write_billing_notice.defer(
        customer_id=event.subject_id or 0, subject=subject, text=text, key=f"billing-notice-{event.pk}"
    )
